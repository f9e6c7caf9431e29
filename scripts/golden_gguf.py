#!/usr/bin/env python3
"""Makes the files in src/checkpoint/tests/gguf/golden: run it with a Python that has gguf, tokenizers and sentencepiece.

With the path of SmolLM2-135M-Instruct in GGUF behind it, also the encodings of that model's tokenizer.
"""

import io
import json
import os
import sys

import numpy as np
import sentencepiece
import tokenizers
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize, quantize
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src/checkpoint/tests/gguf/golden")
FORMATS = [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_NL]
# Where the 16-bit scales and minima of a block lie; other bytes may be anything.
HALVES = {T.Q8_0: [0], T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q2_K: [80, 82],
          T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_NL: [0]}


def quants():
    rng = np.random.default_rng(20240)
    golden = {}
    for kind in FORMATS:
        length, size = GGML_QUANT_SIZES[kind]
        if length == 1:
            values = np.concatenate([rng.normal(size=30), [0.0, -1e-7]]).astype(np.float32)
            blocks = quantize(values, kind).view(np.uint8).reshape(1, -1)
        else:
            # One block with an everyday scale, one with a subnormal scale, for 32 values one more.
            scales = [0.0123, 3e-6] + ([-1.7] if length == 32 else [])
            blocks = rng.integers(0, 256, size=(len(scales), size), dtype=np.uint8)
            for block, scale in zip(blocks, scales):
                for place in HALVES[kind]:
                    half = np.float16(scale * rng.uniform(0.5, 1.5))
                    block[place:place + 2] = np.frombuffer(half.tobytes(), np.uint8)
        values = np.concatenate([dequantize(block, kind).ravel() for block in blocks])
        golden[kind.name] = {"bytes": blocks.tobytes().hex(), "values": values.astype("<f4").tobytes().hex()}
    write("quants.json", golden)


TRAINING = [
    "The quick brown fox jumps over the lazy dog, doesn't it? They've said that we'll see 12 of them in 2024.",
    "def fibonacci(number):\n    if number < 2:\n        return number\n    return fibonacci(number - 1)\n",
    "public static void main(String[] args) {\n\t\tint value = 0;\n\t\treturn value + 1;\n\t}\n",
    "for (int i = 0; i < 10; i++) {\n    System.out.println(\"value: \" + i);\n}\n",
    "Größe, Übung, café, naïve, señor, Привет мир, 日本語のテキスト, 한국어 텍스트, العربية",
    "import os\nimport sys\n\nclass Value:\n    def __init__(self, value):\n        self.value = value\n",
    "It's the first one; that's the third. I'm sure you're right, he'd say. DON'T SHOUT, THEY'LL HEAR.",
] * 3

TEXTS = [
    "",
    " ",
    "a",
    "  two blanks before",
    "two blanks behind  ",
    "The quick brown fox doesn't jump.",
    "It's WE'LL they'Ve I'm you'RE he'd",
    "def f(x):\n    if x < 2:\n        return x\n    return f(x - 1)\n",
    "\tint value = 0;\n\t\treturn value;\n",
    "x = 1234567890 + 3.14159 - 0x1F",
    "in 2024 or 12,345.67",
    "new\n\n\nlines\r\nand\r\rreturns\n",
    "trailing newline\n",
    "a  b   c    d     e      f       g",
    "Größe café naïve señor e\u0301",
    "Привет мир, как дела?",
    "日本語のテキスト、漢字とひらがな。",
    "한국어 텍스트",
    "العربية ١٢٣",
    "emoji \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f!",
    "<|im_start|>user\nHello<|im_end|>\n",
    "<s>hello</s> and <|endoftext|>",
    "snake_case camelCase PascalCase SCREAMING_CASE kebab-case",
    "path/to/file.rs::module->field /* comment */ // line",
    "!@#$%^&*()_+-=[]{}|;':\",./<>?`~",
    "\u2581literal\u2581marks <0x41> <0x0A>",
    "nbsp\u00a0thin\u2009ideographic\u3000",
    "\u0000\u0001\u007f\u0085",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "                                 thirty-three blanks",
    "½ ² Ⅷ 四 mixed9digits8in7words",
    "ǅ ʰ ª Ωmega STRAẞE ﬁligature",
]

GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
SPELL = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
END = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
          r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
          r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def split(regex):
    return pre_tokenizers.Split(Regex(regex), "isolated")


DIGITS = pre_tokenizers.Digits(individual_digits=True)
SPLITTERS = {
    "gpt-2": [GPT2],
    "smollm": [DIGITS, GPT2],
    "llama-bpe": [split(CONTRACTIONS + r"|\p{N}{1,3}" + END), SPELL],
    "qwen2": [split(CONTRACTIONS + r"|\p{N}" + END), SPELL],
    "tekken": [split(TEKKEN), SPELL],
    "deepseek-coder": [split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"),
                       split("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"), DIGITS, SPELL],
}


def byte_level():
    """A byte-level vocabulary, and what each splitter makes of the texts with it."""
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = GPT2
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=marks,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(TRAINING, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get) + ["    ", "<tool>"]
    types = [3] * 3 + [1] * (len(tokens) - 5) + [4] * 2
    merges = [" ".join(merge) for merge in model["merges"]]
    encodings = {}
    for name, steps in SPLITTERS.items():
        whole = name in ("llama-bpe", "tekken")
        vocab = {token: id for id, token in enumerate(tokens)}
        tokenizer = tokenizers.Tokenizer(models.BPE(vocab, [tuple(m.split(" ")) for m in merges], ignore_merges=whole))
        tokenizer.normalizer = normalizers.NFC() if name == "qwen2" else None
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens([tokenizers.AddedToken(mark, normalized=False) for mark in marks])
        tokenizer.add_tokens([tokenizers.AddedToken(token, normalized=False) for token in tokens[-2:]])
        encodings[name] = [tokenizer.encode(text).ids for text in TEXTS]
        if name != "qwen2":
            assert all(tokenizer.decode(ids, skip_special_tokens=False) == text
                       for ids, text in zip(encodings[name], TEXTS))
    write("byte_level.json", {"texts": TEXTS, "encodings": pack(encodings)})
    tiny(tokens, types, merges)


def tiny(tokens, types, merges):
    """A complete small file: a value of every type, a vocabulary, a tensor of every kind of block."""
    writer = GGUFWriter(os.path.join(HERE, "tiny.gguf"), "llama")
    writer.add_custom_alignment(64)
    for name, value in [("uint8", 200), ("int8", -100), ("uint16", 60000), ("int16", -30000), ("uint32", 4000000000),
                        ("int32", -2000000000), ("float32", 0.1), ("bool", True), ("string", "größe"),
                        ("uint64", 2**63), ("int64", -2**62), ("float64", 0.1)]:
        getattr(writer, f"add_{name}")(f"test.{name}", value)
    writer.add_array("test.numbers", [1, -2, 3])
    writer.add_array("test.floats", [0.5, -1.5])
    writer.add_array("test.flags", [True, False, True])
    writer.add_block_count(2)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_eot_token_id(0)
    writer.add_chat_template("{{ messages }}")
    rng = np.random.default_rng(7)
    writer.add_tensor("token_embd.weight", rng.normal(size=(3, 64)).astype(np.float32))
    writer.add_tensor("half.weight", rng.normal(size=(2, 3, 5)).astype(np.float16))
    for kind in (T.Q8_0, T.Q4_1, T.BF16):
        values = rng.normal(size=(2, 64)).astype(np.float32)
        writer.add_tensor(f"blk.0.{kind.name.lower()}.weight", quantize(values, kind), raw_dtype=kind)
    blocks = rng.integers(0, 60, size=(2, 144), dtype=np.uint8)
    writer.add_tensor("blk.1.q4_k.weight", blocks, raw_dtype=T.Q4_K)
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def train_pieces(prefix, user_defined, size):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for text in TRAINING for line in text.split("\n")), model_writer=model,
        model_type="bpe", vocab_size=size, byte_fallback=True, add_dummy_prefix=prefix,
        normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
        allow_whitespace_only_pieces=True, character_coverage=0.99, user_defined_symbols=user_defined,
        hard_vocab_limit=False, minloglevel=2, num_threads=1)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def pieces_file(name, model, prefix):
    """Writes a SentencePiece model as llama.cpp's converter does."""
    writer = GGUFWriter(os.path.join(HERE, name), "llama")
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    texts, scores, types = [], [], []
    for id in range(model.get_piece_size()):
        kind = (2 if model.is_unknown(id) else 3 if model.is_control(id) else 5 if model.is_unused(id)
                else 6 if model.is_byte(id) else 1)
        text, score = model.id_to_piece(id), model.get_score(id)
        if text in USER_DEFINED and not prefix:
            # The converter writes the text that such a piece stands for, and a score that says nothing.
            text, score, kind = text.replace("\u2581", " "), -1000.0, 4
        texts.append(text)
        scores.append(score)
        types.append(kind)
    writer.add_token_list(texts)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(prefix)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(not prefix)
    finish(writer)


USER_DEFINED = ["\n\n", "\u2581\u2581", "\u2581\u2581\u2581\u2581", "<turn>"]


def pieces():
    texts = [text for text in TEXTS if "<s>" not in text] + ["<turn>user\n\nhi<turn>", "a\n\n\nb"]
    encodings = {}
    for name, prefix, user_defined in [("prefix", True, []), ("bare", False, USER_DEFINED)]:
        model = train_pieces(prefix, user_defined, 460)
        pieces_file(f"pieces_{name}.gguf", model, prefix)
        encodings[name] = [model.encode(text) for text in texts]
    write("pieces.json", {"texts": texts, "encodings": pack(encodings)})


def smollm(path):
    """Encodings of a published vocabulary; its splitter is known from the model's own tokenizer.json."""
    fields = GGUFReader(path).fields
    tokens, types, merges = (fields["tokenizer.ggml." + key].contents() for key in ("tokens", "token_type", "merges"))
    tokenizer = tokenizers.Tokenizer(
        models.BPE({token: id for id, token in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(SPLITTERS["smollm"])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, normalized=False)
                                  for token, kind in zip(tokens, types) if kind == 3])
    encodings = [tokenizer.encode(text).ids for text in TEXTS]
    assert all(tokenizer.decode(ids, skip_special_tokens=False) == text for ids, text in zip(encodings, TEXTS))
    write("smollm.json", {"texts": TEXTS, "encodings": pack({"smollm": encodings})})


def pack(encodings):
    """Ids as one text an encoding, to keep the files small."""
    return {name: [" ".join(map(str, ids)) for ids in each] for name, each in encodings.items()}


def write(name, content):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=True, indent=0)
        file.write("\n")


if __name__ == "__main__":
    quants()
    byte_level()
    pieces()
    if len(sys.argv) > 1:
        smollm(sys.argv[1])
