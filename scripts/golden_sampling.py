#!/usr/bin/env python3
"""Writes the distributions that transformers draws from (needs torch and transformers)."""

import json
from pathlib import Path

import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

OUT = Path(__file__).resolve().parents[1] / "src/engine/tests/golden/sampling.json"
CASES = [
    {},
    {"temperature": 0.7},
    {"temperature": 1.9},
    {"top_k": 5},
    {"top_k": 500},
    {"top_p": 0.8},
    {"top_p": 0.05},
    {"min_p": 0.1},
    {"repetition_penalty": 1.7},
    {"repetition_penalty": 0.8, "temperature": 0.9, "top_k": 12, "top_p": 0.9, "min_p": 0.04},
]

torch.manual_seed(20261127)
logits = (2.0 * torch.randn(40)).tolist()
logits[7] = logits[3]  # equals
seen = [1, 3, 3, 8, 20]
cases = []
for rules in CASES:
    scores = torch.tensor([logits])
    if "repetition_penalty" in rules:
        scores = RepetitionPenaltyLogitsProcessor(rules["repetition_penalty"])(torch.tensor([seen]), scores)
    for key, warper in [
        ("temperature", TemperatureLogitsWarper),
        ("top_k", TopKLogitsWarper),
        ("top_p", TopPLogitsWarper),
        ("min_p", MinPLogitsWarper),
    ]:
        if key in rules:
            scores = warper(rules[key])(torch.tensor([seen]), scores)
    cases.append({"rules": rules, "probabilities": [float(f"{p:.9g}") for p in scores.double().softmax(-1)[0].tolist()]})
rows = ",\n".join(json.dumps(case) for case in cases)
OUT.write_text(f'{{"logits": {json.dumps([float(f"{v:.9g}") for v in logits])},\n"seen": {seen},\n"cases": [\n{rows}\n]}}\n')
