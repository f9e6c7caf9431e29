#!/usr/bin/env python3
"""Writes losses, gradients and two steps of PPO, and advantages, as PyTorch computes them (needs torch)."""

import json
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).resolve().parents[1] / "src/engine/tests/golden/agent.json"
WIDTH, HIDDEN, ROWS, STEPS = 6, [5, 4], 32, 20
CLIP, ENTROPY, VALUE, LARGEST, RATE = 0.2, 0.01, 0.5, 0.5, 0.01
DISCOUNT, LAMBDA = 0.99, 0.95

torch.manual_seed(20261127)


def network(outputs):
    sizes = [WIDTH, *HIDDEN, outputs]
    layers = []
    for inputs, features in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, features), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


actor, critic = network(2), network(1)
parameters = [*actor.parameters(), *critic.parameters()]
numbers = lambda tensor: tensor.detach().flatten().tolist()
all_numbers = lambda tensors: [numbers(tensor) for tensor in tensors]

states, actions = torch.randn(ROWS, WIDTH) * 2, torch.randint(0, 2, (ROWS,))
with torch.no_grad():
    shares = actor(states).log_softmax(-1)
    # As if the policy had moved since: some ratios leave the clip.
    logprobs = shares.gather(1, actions[:, None])[:, 0] + torch.randn(ROWS) * 0.3
advantages, returns = torch.randn(ROWS) * 3 + 1, torch.randn(ROWS)


def losses():
    shares = actor(states).log_softmax(-1)
    normed = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    ratio = (shares.gather(1, actions[:, None])[:, 0] - logprobs).exp()
    policy = -torch.min(normed * ratio, normed * ratio.clamp(1 - CLIP, 1 + CLIP)).mean()
    value = nn.functional.mse_loss(returns, critic(states)[:, 0])
    entropy = -(shares.exp() * shares).sum(-1).mean()
    return policy - ENTROPY * entropy + VALUE * value, policy, value, entropy, ((ratio - 1).abs() > CLIP).float().mean()


golden = {
    "width": WIDTH,
    "hidden": HIDDEN,
    "clip": CLIP,
    "entropy": ENTROPY,
    "value": VALUE,
    "largest": LARGEST,
    "rate": RATE,
    "states": numbers(states),
    "actions": actions.tolist(),
    "logprobs": numbers(logprobs),
    "advantages": numbers(advantages),
    "returns": numbers(returns),
    "parameters": all_numbers(parameters),
}
optimiser = torch.optim.Adam(parameters, lr=RATE, eps=1e-5)
golden["losses"], golden["gradients"] = [], []
for _ in range(2):
    told = losses()
    optimiser.zero_grad()
    told[0].backward()
    golden["losses"].append([loss.item() for loss in told])
    golden["gradients"].append(all_numbers(parameter.grad for parameter in parameters))
    nn.utils.clip_grad_norm_(parameters, LARGEST)
    optimiser.step()
golden["after"] = all_numbers(parameters)

# Three episodes, the last one cut off.
rewards, values = torch.randn(STEPS), torch.randn(STEPS)
starts = [step in (0, 7, 15) for step in range(STEPS)]
golden["walk"] = {"rewards": numbers(rewards), "values": numbers(values), "starts": starts, "last_value": 0.7}
golden["walk"]["discount"], golden["walk"]["lambda"] = DISCOUNT, LAMBDA
found, later = [0.0] * STEPS, 0.0
for step in reversed(range(STEPS)):
    end = step + 1 < STEPS and starts[step + 1]
    following = 0.7 if step + 1 == STEPS else float(values[step + 1])
    alive = 0.0 if end else 1.0
    surprise = float(rewards[step]) + DISCOUNT * following * alive - float(values[step])
    found[step] = later = surprise + DISCOUNT * LAMBDA * alive * later
golden["walk"]["advantages"] = found
OUT.write_text(json.dumps(golden, indent=None) + "\n")
