"""An engine without a model: echoes prompts, and misbehaves in the way that the exit layer asks for.

Usage: echo.py FOLDER [foreign-clock | odd-names | talkative]    FOLDER receives the process ids of children.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

FOLDER = sys.argv[1]
CLOCK_AHEAD_NS = 3_600_000_000_000 if "foreign-clock" in sys.argv else 0
# What would clear a terminal, turn the direction of writing and end the line that it stands in.
ODD = "\x1b[2J\u202e\u009b31m<script>|`\nhelp: run this\u2028" if "odd-names" in sys.argv else ""
FAULTS = [
    "none",
    "exit-after-load",
    "killed-in-window",
    "hang-in-window",
    "garbage",
    "out-of-memory",
    "item-left-out",
    "item-made-up",
    "completion-left-out",
    "device-not-synced",
    "unknown-type",
    "item-outside-window",
    "half-a-line",
    "too-many-tokens",
    "ids-of-another-count",
    "loaded-before-it-began",
    "completion-twice",
    "huge-fault",
    "pass-twice",
    "window-too-short",
    "digests-left-out",
    "loaded-of-no-blocks",
]


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def reply(type, **fields):
    print(json.dumps({"type": type, **fields}), flush=True)


def load(request):
    global fault
    fault = FAULTS[((request.get("exit") or {}).get("parameters") or {}).get("layer", 0)]
    start = now_ns()
    if fault == "loaded-before-it-began":
        start += 2 * 10**9
    reply(
        "loaded",
        layers=0 if fault == "loaded-of-no-blocks" else 16,
        parameters=1,
        weights_bytes=4,
        weights_sha256="0" * 64,
        context=2048,
        kernels={"prefill": "echo", "decode": "echo" + ODD},
        peak_rss_bytes=1,
        t_start_ns=start,
        t_end_ns=now_ns(),
        field_of_a_later_version=True,
    )
    if fault == "exit-after-load":
        sys.exit(7)


def prepare(request):
    global items, new_tokens
    items, new_tokens = request["items"], request["new_tokens"]
    reply("prepared", tokens_in=[len(item["prompt_ids"]) for item in items])


def generate(item, number):
    start = now_ns()
    first = start + 1
    while now_ns() - start < 1_000_000:
        pass
    if fault == "item-outside-window":
        start -= 60_000_000_000
    if fault == "pass-twice":
        number = 0
    out = 2**32 - 1 if fault == "too-many-tokens" else new_tokens
    reply("item", id=item["id"], **{"pass": number}, t0_ns=start, t1_ns=now_ns(), first_ns=first, out=out)


def window(request):
    if fault == "out-of-memory":
        reply("fault", kind="out-of-memory", message="the device has no room for the cache" + ODD, item=0)
        return
    if fault == "huge-fault":
        reply("fault", kind="internal", message="x" * 8_000_000)
        return
    start = now_ns()
    reply("window-start", t_ns=start)
    if fault == "killed-in-window":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "hang-in-window":
        child = subprocess.Popen(["sleep", "86399"])
        open(os.path.join(FOLDER, f"child-{child.pid}"), "w").close()
        time.sleep(86399)
    if fault == "garbage":
        print("Downloading shards: 100%", flush=True)
    if fault == "unknown-type":
        reply("applause")
    if fault == "half-a-line":
        sys.stdout.write('{"type":"item","id":0,')
        sys.stdout.flush()
        sys.exit(0)
    while "talkative" in sys.argv:
        reply("progress", message="almost done")
    global number
    number = 0
    while now_ns() - start < request["min_ns"] and not (fault == "window-too-short" and number > 0):
        for item in items[1:] if fault == "item-left-out" else items:
            generate(item, number)
        if fault == "item-made-up":
            generate({"id": 4711}, number)
        number += 1
    reply("window-end", t_ns=now_ns(), passes=number, device_synced=fault != "device-not-synced")


def collect(_):
    for item in items[1:] if fault == "completion-left-out" else items:
        text = item["prompt"][-8:]
        digest = hashlib.sha256(text.encode()).hexdigest()
        ids = [1] if fault == "ids-of-another-count" else []
        digests = [] if fault == "digests-left-out" else [digest] * number
        reply("completion", id=item["id"], text=text, ids=ids, sha256_per_pass=digests, finish="length")
        if fault == "completion-twice":
            reply("completion", id=item["id"], text=text, ids=[], sha256_per_pass=digests, finish="length")
    reply("collected", peak_rss_bytes=1)


for line in sys.stdin:
    request = json.loads(line)
    kind = request["type"]
    if kind == "shutdown":
        break
    if kind == "hello":
        clock = now_ns() + CLOCK_AHEAD_NS
        reply("hello", protocol=1, engine="echo", version="1" + ODD, now_ns=clock, capabilities=["exit"])
    elif kind == "warm-up":
        start = now_ns()
        reply("warmed", t_start_ns=start, t_end_ns=now_ns())
    else:
        {"load": load, "prepare": prepare, "window": window, "collect": collect}[kind](request)
