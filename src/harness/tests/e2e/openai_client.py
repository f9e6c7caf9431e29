"""Drives a service on the port given with OpenAI's own client; any surprise ends with a traceback."""

import sys

import openai

client = openai.OpenAI(base_url=f"http://127.0.0.1:{sys.argv[1]}/v1", api_key="unused", max_retries=0)
model = client.models.list().data[0].id


def check_energy(usage):
    """The client keeps fields that OpenAI does not have."""
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage
    energy = usage.model_extra["energy"]
    assert (energy["joules"] is None) == (energy["reason"] is not None), energy
    assert energy["class"] == "simulated", energy


answer = client.completions.create(model=model, prompt="public class", max_tokens=1500)
assert answer.usage.completion_tokens == 1500 and answer.choices[0].finish_reason == "length", answer.usage
check_energy(answer.usage)
assert answer.usage.model_extra["energy"]["joules"] > 0, answer.usage

options = {"include_usage": True}
chunks = list(client.completions.create(model=model, prompt="public class", max_tokens=1500, stream=True, stream_options=options))
assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == answer.choices[0].text
check_energy(chunks[-1].usage)

turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "hi"}]}]
chat = client.chat.completions.create(model=model, messages=turns, max_tokens=30)
assert chat.choices[0].message.role == "assistant"
check_energy(chat.usage)
chunks = list(client.chat.completions.create(model=model, messages=turns, max_tokens=30, stream=True, stream_options=options))
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == chat.choices[0].message.content
check_energy(chunks[-1].usage)

for broken in ({"n": 2}, {"max_tokens": 10**6}, {"model": "gpt-4"}, {"extra_body": {"harness": {"threshold": 0.5}}}):
    try:
        client.completions.create(**{"model": model, "prompt": "a"} | broken)
    except (openai.BadRequestError, openai.NotFoundError) as error:
        assert error.body["message"], error
    else:
        raise AssertionError(f"{broken} was answered")
