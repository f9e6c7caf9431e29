#!/usr/bin/env python3
"""Writes a golden model for each architecture under src/engine/tests/golden; --check prints what each feature is worth
in its logits (needs torch and transformers; golden_llama.py writes the two older ones)."""

import copy
import json
import shutil
import sys
from itertools import count
from pathlib import Path

import torch
import transformers
from torch.nn import GELU, Identity
from transformers import AutoConfig, AutoModelForCausalLM

GOLDEN = Path(__file__).resolve().parents[1] / "src/engine/tests/golden"
TOKENS = [1, 5, 9, 2, 31, 17, 17, 0, 63, 8, 30, 4, 44, 5, 9, 58, 21, 40, 3, 12]
STEPS = 64
LEAST_GAP = 2e-3  # between the best and the second logit, so that no rounding turns a greedy step
LEAST_WORTH = 1e-2  # what forgetting a feature must move some logit by

NO_IDS = dict(bos_token_id=None, eos_token_id=None, pad_token_id=None, vocab_size=64)
PLAIN = dict(**NO_IDS, hidden_size=16, num_hidden_layers=4, num_attention_heads=4, max_position_embeddings=128)
LLAMA = dict(**PLAIN, intermediate_size=24, num_key_value_heads=2, head_dim=8)
WIDE = dict(LLAMA, hidden_size=24)  # for classes whose head_dim is always width / heads
WIDE.pop("head_dim")
NEOX = dict(PLAIN, hidden_size=32, intermediate_size=24, rotary_pct=0.5, rotary_emb_base=500.0)
GPT = dict(**NO_IDS, n_embd=24, n_layer=4, n_head=4, n_inner=24, n_positions=128)
OPT = dict(PLAIN, hidden_size=24, ffn_dim=24)
XGLM = dict(**NO_IDS, d_model=24, ffn_dim=24, num_layers=4, attention_heads=4, max_position_embeddings=128)
CODEGEN = dict(GPT, n_embd=48, n_head=8, rotary_dim=4)  # two heads in each of the four parts of qkv
CODEGEN.pop("pad_token_id")


def rope(rope_type="default", theta=500.0, **rest):
    return {"rope_parameters": {"rope_type": rope_type, "rope_theta": theta, **rest}}


def longrope(short, long, **rest):
    return rope("longrope", short_factor=short, long_factor=long, partial_rotary_factor=0.5, **rest)


def layered(local, full):
    rows = {"sliding_attention": local, "full_attention": full}
    return {"rope_parameters": {kind: row["rope_parameters"] for kind, row in rows.items()}}


# Ways to break a model, for --check: each takes the model and changes it in place.
def modules(model, suffix):
    return [(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], module)
            for name, module in list(model.named_modules()) if name.endswith(suffix)]


def replaced(suffix, new):
    return lambda model: [setattr(parent, name, new) for parent, name, _ in modules(model, suffix)]


def attribute(suffix, name, value):
    return lambda model: [setattr(module, name, value) for _, _, module in modules(model, suffix)]


def unscaled(model):
    model.get_input_embeddings().embed_scale = torch.tensor(1.0)


def without_one(model):
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            parameter.data -= 1


def zero(suffix):
    return lambda model: [module.weight.data.zero_() for _, _, module in modules(model, suffix)]


def reordered(suffix, shape, dim, order):
    """The output rows of a projection seen as `shape`, with axis `dim` in another order."""

    def change(model):
        for _, _, module in modules(model, suffix):
            rows = torch.arange(module.weight.shape[0]).view(shape)
            module.weight.data = module.weight.data[rows.index_select(dim, torch.tensor(order)).flatten()]

    return change


GELU_ERF = replaced(".act_fn", GELU())
SMOL = dict(LLAMA, **rope(), tie_word_embeddings=True)
GEMMA2 = dict(LLAMA, **rope(), sliding_window=8, query_pre_attn_scalar=2)
LONG = dict(WIDE, hidden_size=32, max_position_embeddings=512, original_max_position_embeddings=128)
SHORT, FAR = [1.5, 3.0], [4.0, 20.0]
LOCAL, SCALED = rope(theta=50.0), rope("linear", theta=5000.0, factor=8.0)
ROTATE_HALF = [0, 2, 1, 3, 4, 5]  # what pairs 0 with 2 and 1 with 3 when neighbours are paired

# name: class of the config, its keys, the spread of the matrices, and the changes that must show in the logits.
# A wider spread where only the form of the gelu shows: its two forms are never more than 5e-4 apart.
CASES = {
    "llama_bias": ("Llama", dict(LLAMA, **rope(), attention_bias=True, mlp_bias=True), 0.3, {
        "no attention bias": {"attention_bias": False},
        "no mlp bias": {"mlp_bias": False},
    }),
    "llama_linear": ("Llama", dict(LLAMA, **rope("linear", factor=4.0)), 0.3, {"no scaling": rope()}),
    "llama_dynamic": ("Llama", dict(LLAMA, **rope("dynamic", factor=2.0)), 0.3, {
        "as linear": rope("linear", factor=2.0),
        "base of twice the context": rope(theta=500.0 * 3 ** (8 / 6)),
        "base times factor": rope(theta=500.0 * 2 ** (8 / 6)),
    }),
    "llama_yarn": ("Llama", dict(LLAMA, **rope("yarn", factor=4.0, original_max_position_embeddings=32)), 0.3, {
        "no scaling": rope(),
        "no attention factor": rope("yarn", factor=4.0, original_max_position_embeddings=32, attention_factor=1.0),
        "ramp not rounded": rope("yarn", factor=4.0, original_max_position_embeddings=32, truncate=False),
    }),
    "mistral": ("Mistral", dict(LLAMA, **rope(), sliding_window=8), 0.3, {
        "no window": {"sliding_window": None},
        "window 7": {"sliding_window": 7},
        "window 9": {"sliding_window": 9},
    }),
    "qwen2": ("Qwen2", dict(WIDE, **rope(), tie_word_embeddings=True), 0.3, {}),
    "qwen2_window": (
        "Qwen2", dict(LLAMA, **rope(), use_sliding_window=True, sliding_window=8, max_window_layers=2), 0.3, {
            "no window": {"use_sliding_window": False},
            "all layers": {"max_window_layers": 0},
            "the lower layers": {"layer_types": ["sliding_attention"] * 2 + ["full_attention"] * 2},
        }),
    "qwen3": ("Qwen3", dict(LLAMA, **rope()), 0.3, {
        "no q norm": replaced(".q_norm", Identity()),
        "no k norm": replaced(".k_norm", Identity()),
    }),
    "gemma": ("Gemma", dict(LLAMA, **rope(), num_key_value_heads=1), 0.5, {
        "gelu erf": GELU_ERF,
        "norm without 1 +": without_one,
        "no embedding scale": unscaled,
    }),
    "gemma2": ("Gemma2", dict(GEMMA2, attn_logit_softcapping=5.0, final_logit_softcapping=8.0), 0.3, {
        "gelu erf": GELU_ERF,
        "norm without 1 +": without_one,
        "no embedding scale": unscaled,
        "no attention cap": {"attn_logit_softcapping": None},
        "no final cap": {"final_logit_softcapping": None},
        "scale of head_dim": {"query_pre_attn_scalar": 8},
        "no scale": {"query_pre_attn_scalar": 1},
        "no window": {"layer_types": ["full_attention"] * 4},
        "odd layers slide": {"layer_types": ["full_attention", "sliding_attention"] * 2},
    }),
    "gemma3": ("Gemma3Text", dict(GEMMA2, **layered(LOCAL, SCALED), sliding_window_pattern=3), 0.3, {
        "gelu erf": GELU_ERF,
        "norm without 1 +": without_one,
        "no embedding scale": unscaled,
        "no q norm": replaced(".q_norm", Identity()),
        "no k norm": replaced(".k_norm", Identity()),
        "scale of head_dim": {"query_pre_attn_scalar": 8},
        "no scale": {"query_pre_attn_scalar": 1},
        "window 128": {"sliding_window": 128},
        "one base": layered(rope(theta=5000.0), SCALED),
        "no scaling": layered(LOCAL, rope(theta=5000.0)),
        "local scaled too": layered(rope("linear", theta=50.0, factor=8.0), SCALED),
        "alternating": {"sliding_window_pattern": 2},
    }),
    "phi3": ("Phi3", dict(WIDE, **rope(), sliding_window=None), 0.3, {
        "gate and up swapped": reordered(".gate_up_proj", (2, 24), 0, [1, 0]),
        "k and v swapped": reordered(".qkv_proj", (4, 12), 0, [0, 1, 3, 2]),
    }),
    "phi3_longrope": ("Phi3", dict(LONG, **longrope(SHORT, FAR), sliding_window=None), 0.3, {
        "no factors": longrope([1.0, 1.0], FAR),
        "long factors": longrope(FAR, FAR),
        "no attention factor": longrope(SHORT, FAR, attention_factor=1.0),
        "whole head turned": rope("longrope", short_factor=[1.5, 3.0] * 2, long_factor=[4.0] * 4),
    }),
    "opt": ("OPT", OPT, 0.3, {
        "gelu": {"activation_function": "gelu"},
        "no offset": attribute("embed_positions", "offset", 0),
        "norm after": {"do_layer_norm_before": False},
    }),
    "opt_350m": ("OPT", dict(OPT, do_layer_norm_before=False, word_embed_proj_dim=16), 0.3, {
        "norm before": {"do_layer_norm_before": True},
        "no offset": attribute("embed_positions", "offset", 0),
    }),
    "gpt2": ("GPT2", GPT, 0.6, {
        "gelu erf": {"activation_function": "gelu"},
        "no positions": zero(".wpe"),
    }),
    "gpt_neox": ("GPTNeoX", NEOX, 0.6, {
        "gelu tanh": {"hidden_act": "gelu_new"},
        "sequential": {"use_parallel_residual": False},
        "whole head turned": {"rotary_pct": 1.0},
        "qkv not by head": reordered(".query_key_value", (3, 4, 8), 0, [0, 2, 1]),
    }),
    "gpt_neox_sequential": ("GPTNeoX", dict(NEOX, use_parallel_residual=False), 0.3, {
        "parallel": {"use_parallel_residual": True},
        "whole head turned": {"rotary_pct": 1.0},
    }),
    "gptj": ("GPTJ", dict(GPT, rotary_dim=4), 0.6, {
        "gelu erf": {"activation_function": "gelu"},
        "whole head turned": {"rotary_dim": 6},
        "halves turned": lambda model: [reordered(f".{p}_proj", (4, 6), 1, ROTATE_HALF)(model) for p in "qk"],
    }),
    "codegen": ("CodeGen", CODEGEN, 0.4, {
        "gelu erf": {"activation_function": "gelu"},
        "whole head turned": {"rotary_dim": 6},
        "halves turned": reordered(".qkv_proj", (24, 6), 1, ROTATE_HALF),
        "parts in the order q, k, v": reordered(".qkv_proj", (4, 3, 12), 1, [0, 2, 1]),
        "parts of one head": lambda model: [
            setattr(m.weight, "data", m.weight.data.view(4, 2, 3, 6, 48).transpose(1, 2).reshape(144, 48))
            for _, _, m in modules(model, ".qkv_proj")
        ],
    }),
    "xglm": ("XGLM", XGLM, 0.6, {
        "gelu tanh": {"activation_function": "gelu_new"},
        "no embedding scale": {"scale_embedding": False},
        "no offset": attribute("embed_positions", "offset", 0),
    }),
    "starcoder2": ("Starcoder2", dict(WIDE, **rope(), sliding_window=None), 0.5, {
        "gelu erf": {"hidden_act": "gelu"},
        "no bias": {"use_bias": False},
    }),
    "gpt_bigcode": ("GPTBigCode", dict(GPT, multi_query=True), 0.5, {
        "gelu erf": {"activation_function": "gelu"},
    }),
    "gpt_bigcode_heads": ("GPTBigCode", dict(GPT, multi_query=False), 0.5, {}),
    "stablelm": ("StableLm", dict(WIDE, hidden_size=32, **rope(partial_rotary_factor=0.5), use_qkv_bias=True), 0.5, {
        "no bias": {"use_qkv_bias": False},
        "all turned": rope(partial_rotary_factor=1.0),
    }),
    "stablelm_parallel": ("StableLm", dict(WIDE, hidden_size=32, **rope(partial_rotary_factor=0.5), use_parallel_residual=True), 0.5, {}),
    "smollm3": ("SmolLM3", dict(SMOL, no_rope_layers=[1, 0, 1, 0]), 0.3, {
        "all turned": {"no_rope_layers": [1, 1, 1, 1]},
        "the other layers turned": {"no_rope_layers": [0, 1, 0, 1]},
    }),
}


def build(case, changes=()):
    config = getattr(transformers, f"{case[0]}Config")(**{**case[1], **dict(changes)})
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()


def fill(model, case, seed):
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape)
        if parameter.dim() > 1:
            parameter.copy_(case[2] * noise)
        else:
            plain = name.endswith("bias") or case[0].startswith("Gemma")
            parameter.copy_(0.2 * noise + (0 if plain else 1))


def logits(model, tokens=TOKENS):
    return model(torch.tensor([tokens]), use_cache=False).logits[0]


def half(model):
    model = copy.deepcopy(model)
    blocks = next(module for module in model.modules() if isinstance(module, torch.nn.ModuleList))
    del blocks[len(blocks) // 2 :]
    return logits(model)[-1]


def greedy(model):
    """The ids that follow the prompt, or nothing where a step is too close or the ids too few."""
    tokens = list(TOKENS)
    for _ in range(STEPS):
        best = logits(model, tokens)[-1].topk(2)
        if best.values[0] - best.values[1] < LEAST_GAP:
            return None
        tokens.append(int(best.indices[0]))
    return tokens[len(TOKENS) :] if len(set(tokens[len(TOKENS) :])) >= 8 else None


def broken(model, case, change):
    if callable(change):
        other = copy.deepcopy(model)
        change(other)
    else:
        other = build(case, change)
        other.load_state_dict(model.state_dict(), strict=False)
    return other


def off(other, model):
    return (logits(other) - logits(model)).abs().max().item()


def write(name, case):
    model = build(case)
    for seed in count():
        fill(model, case, seed)
        if all(off(broken(model, case, change), model) > LEAST_WORTH for change in case[3].values()):
            if ids := greedy(model):
                break
    cached = model.generate(torch.tensor([TOKENS]), max_new_tokens=STEPS, do_sample=False, use_cache=True)[0]
    assert cached[len(TOKENS) :].tolist() == ids, f"{name}: the cache changes what is generated"
    folder = GOLDEN / name
    save(model, folder)
    rows = [json.dumps([float(f"{value:.9g}") for value in row.tolist()]) for row in (*logits(model), half(model))]
    (folder / "golden.json").write_text(
        f'{{"tokens": {json.dumps(TOKENS)},\n"greedy": {json.dumps(ids)},\n'
        f'"half": {rows.pop()},\n"logits": [\n' + ",\n".join(rows) + "\n]}\n"
    )
    print(f"{name}: seed {seed}, {len(set(ids))} ids")
    return model


def save(model, folder, **how):
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, **how)
    (folder / "generation_config.json").unlink(missing_ok=True)


def check(name, case):
    """Prints how far the worst logit of the prompt is off when a part is left out, read back from the disk."""
    folder = GOLDEN / name
    golden = json.loads((folder / "golden.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    right, kept = logits(model), copy.deepcopy(model)
    print(f"{name}: logits spread {right.std():.3f}, between positions {right.std(0).mean():.3f}, "
          f"half off by {(half(model) - right[-1]).abs().max():.3f}, "
          f"file off by {(right - torch.tensor(golden['logits'])).abs().max():.1e}")
    for label, change in case[3].items():
        report(f"  {label}", off(broken(model, case, change), model))
    # A bias of keys that are not turned moves all scores of a query alike, so the softmax drops it.
    turned = hasattr(model.config, "rope_parameters")
    worth = {}
    for key, parameter in model.named_parameters():
        if parameter.dim() == 1 and (turned or not key.endswith("k_proj.bias")):
            before = parameter.clone()
            parameter.fill_(0 if key.endswith("bias") or case[0].startswith("Gemma") else 1)
            worth[key] = off(model, kept)
            parameter.copy_(before)
    key = min(worth, key=worth.get)
    report(f"  least of {len(worth)} vectors, {key}", worth[key])


def report(label, value):
    print(f"{label}: {value:.4f}" + ("" if value > LEAST_WORTH else "  TOO SMALL"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    asked = [argument for argument in sys.argv[1:] if argument != "--check"]
    with torch.no_grad():
        for name, case in CASES.items():
            if asked and name not in asked:
                continue
            if "--check" in sys.argv:
                check(name, case)
            else:
                model = write(name, case)
                if name == "qwen3":
                    save(model, GOLDEN / "qwen3_sharded", max_shard_size="20KB")
