"""A small engine: answers each prompt with the prompt's own last tokens.

Usage: echo.py MILLISECONDS    how long one token takes
"""

import hashlib
import json
import resource
import sys
import time

TOKEN_NS = int(sys.argv[1]) * 1_000_000


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def reply(word, **fields):
    print(json.dumps({"type": word, **fields}), flush=True)


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def hello(_):
    reply("hello", protocol=1, engine="echo", version="1", now_ns=now_ns(), capabilities=[])


def load(_):
    start = now_ns()
    with open(__file__, "rb") as file:  # No weights: the program itself decides what it answers.
        sha256 = hashlib.sha256(file.read()).hexdigest()
    reply("loaded", layers=1, parameters=0, weights_bytes=0, weights_sha256=sha256, context=2048,
          kernels={"prefill": "echo", "decode": "echo"}, peak_rss_bytes=peak_bytes(),
          t_start_ns=start, t_end_ns=now_ns())


def prepare(request):
    global items, new_tokens, answers
    items, new_tokens = request["items"], request["new_tokens"]
    answers = {item["id"]: [] for item in items}
    reply("prepared", tokens_in=[len(item["prompt_ids"]) for item in items])


def generate(item):
    """The answer's tokens, and the times of the start, the first token and the last one."""
    start, ids, times = now_ns(), [], []
    for token in item["prompt_ids"][-new_tokens:]:
        ready = now_ns() + TOKEN_NS
        while now_ns() < ready:  # Where a model would compute.
            pass
        ids.append(token)
        times.append(now_ns())
    return ids, start, times[0], times[-1]


def warm_up(request):
    start = now_ns()
    for number in range(request["items"]):
        generate(items[number % len(items)])
    reply("warmed", t_start_ns=start, t_end_ns=now_ns())


def window(request):
    for passes in answers.values():
        passes.clear()
    start, number = now_ns(), 0
    reply("window-start", t_ns=start)
    while number == 0 or now_ns() - start < min(request["min_ns"], request["max_ns"]):
        for item in items:
            ids, t0, first, t1 = generate(item)
            answers[item["id"]].append(ids)
            reply("item", id=item["id"], **{"pass": number}, t0_ns=t0, first_ns=first, t1_ns=t1, out=len(ids))
        number += 1
    reply("window-end", t_ns=now_ns(), passes=number, device_synced=True)


def digest(ids):
    return hashlib.sha256(b"".join(token.to_bytes(4, "little") for token in ids)).hexdigest()


def collect(_):
    for name, passes in answers.items():
        # A prompt of fewer tokens than asked for is echoed whole.
        finish = "length" if len(passes[-1]) == new_tokens else "stop"
        reply("completion", id=name, ids=passes[-1], sha256_per_pass=[digest(ids) for ids in passes],
              finish=finish)
    reply("collected", peak_rss_bytes=peak_bytes())


ANSWERS = {"hello": hello, "load": load, "prepare": prepare, "warm-up": warm_up, "window": window, "collect": collect}

for line in sys.stdin.buffer:
    asked = json.loads(line)
    if asked["type"] == "shutdown":
        break
    if asked["type"] in ANSWERS:
        ANSWERS[asked["type"]](asked)
    else:
        reply("fault", kind="unsupported", message=f"this engine knows no `{asked['type']}`")
