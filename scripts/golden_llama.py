#!/usr/bin/env python3
"""Writes the golden models and logits under src/engine/tests/golden (needs torch and transformers)."""

import json
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

GOLDEN = Path(__file__).resolve().parents[1] / "src/engine/tests/golden"
TOKENS = [1, 5, 9, 2, 31, 17, 17, 0, 23, 8, 30, 4]
# A short first context, so that one of the four frequencies is kept, one is stretched in part, two in full.
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


def write(name, rope_theta, rope_scaling, tied):
    config = LlamaConfig(
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,  # not 16 / 4, so that nothing may assume it
        vocab_size=32,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_theta": rope_theta, **(rope_scaling or {"rope_type": "default"})},
        tie_word_embeddings=tied,
        bos_token_id=0,
        eos_token_id=None,
        attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).float().eval()
    torch.manual_seed(20250119)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.copy_(1 + 0.2 * torch.randn(parameter.shape))
            else:
                parameter.copy_(0.3 * torch.randn(parameter.shape))
        logits = model(torch.tensor([TOKENS])).logits[0]
    folder = GOLDEN / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    rows = [[float(f"{value:.9g}") for value in row] for row in logits.tolist()]
    text = ",\n".join(json.dumps(row) for row in rows)
    (folder / "logits.json").write_text(f'{{"tokens": {json.dumps(TOKENS)},\n"logits": [\n{text}\n]}}\n')


write("llama", rope_theta=500.0, rope_scaling=LLAMA3, tied=False)
write("llama_tied", rope_theta=10_000.0, rope_scaling=None, tied=True)
