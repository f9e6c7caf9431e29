#!/usr/bin/env python3
"""Writes training.safetensors beside two golden models: loss, gradients and one AdamW step of a weighted multi-exit
loss, with and without LoRA, by PyTorch's autograd through transformers' modules (needs torch and transformers)."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

GOLDEN = Path(__file__).resolve().parents[1] / "src/engine/tests/golden"
EXITS = {1: 0.5, 2: 0.3, 4: 0.2}  # block: weight
RANK, ALPHA = 2, 4.0
STEP = dict(lr=0.01, betas=(0.9, 0.95), eps=1e-8)
DECAY = 0.1


def parts(model):
    """The blocks and the final norm."""
    trunk = getattr(model.model, "decoder", model.model)
    return trunk.layers, trunk.norm if hasattr(trunk, "norm") else trunk.final_layer_norm


def losses(model, inputs, targets):
    blocks, norm = parts(model)
    states = []
    hooks = [block.register_forward_hook(
        lambda _m, _i, out: states.append(out[0] if isinstance(out, tuple) else out)) for block in blocks]
    model(inputs, use_cache=False)
    [hook.remove() for hook in hooks]
    return {exit: F.cross_entropy(model.lm_head(norm(states[exit - 1])).flatten(0, 1), targets.flatten())
            for exit in EXITS}


def backward(model, inputs, targets):
    found = losses(model, inputs, targets)
    sum(weight * found[exit] for exit, weight in EXITS.items()).backward()
    return torch.stack([found[exit].detach() for exit in EXITS])


def step(groups, parameters):
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    torch.optim.AdamW(groups, **STEP).step()


def load(folder):
    # Dropout is no part of the comparison.
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def all_weights(folder, inputs, targets):
    model = load(folder)
    out = {"losses": backward(model, inputs, targets)}
    named = dict(model.named_parameters())
    out |= {f"gradient.{name}": weight.grad.clone() for name, weight in named.items()}
    norm = lambda name: "norm" in name or name.endswith(".bias")
    groups = [{"params": [w for n, w in named.items() if norm(n)], "weight_decay": 0.0},
              {"params": [w for n, w in named.items() if not norm(n)], "weight_decay": DECAY}]
    step(groups, named.values())
    return out | {f"stepped.{name}": weight.detach() for name, weight in named.items()}


def adapters(folder, inputs, targets):
    model = load(folder)
    model.requires_grad_(False)
    thin, out = {}, {}
    for name, module in model.named_modules():
        if name.endswith(("q_proj", "v_proj")):
            a = torch.nn.Parameter(torch.randn(RANK, module.in_features) * 0.3)
            b = torch.nn.Parameter(torch.randn(module.out_features, RANK) * 0.3)
            thin[f"{name}.A"], thin[f"{name}.B"] = a, b

            def forward(x, module=module, a=a, b=b):
                return F.linear(x, module.weight, module.bias) + ALPHA / RANK * F.linear(F.linear(x, a), b)
            module.forward = forward
    out |= {f"before.{name}": weight.detach().clone() for name, weight in thin.items()}
    out["lora.losses"] = backward(model, inputs, targets)
    step([{"params": list(thin.values()), "weight_decay": DECAY}], thin.values())
    return out | {f"after.{name}": weight.detach() for name, weight in thin.items()}


def main():
    for name in ("llama_bias", "opt"):
        folder = GOLDEN / name
        torch.manual_seed(7)
        vocabulary = load(folder).config.vocab_size
        tokens = torch.randint(0, vocabulary, (2, 13))
        inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
        out = {"inputs": inputs, "targets": targets}
        out |= all_weights(folder, inputs, targets) | adapters(folder, inputs, targets)
        save_file({key: value.contiguous().clone() for key, value in out.items()}, folder / "training.safetensors")
        print(name, [round(loss, 5) for loss in out["losses"].tolist()], len(out), "tensors")


if __name__ == "__main__":
    main()
