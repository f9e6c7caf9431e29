//! Suites whose words and numbers make no sense: the change to the good suite, then every line that a person reads.

use super::trial::assert_refused;

#[test]
fn a_suite_that_makes_no_sense_is_refused_with_its_line_and_what_to_do() {
    assert_refused(&[
        (
            r#"blocks = 8"#,
            r#"blocks = 2"#,
            r#"error: 2 blocks are too few for 3 comparisons at alpha 0.05
 --> s.toml:8:10
  |
8 | blocks = 2
  |          ^
expected at least 7: with fewer no difference could become significant
help: write `blocks = 7` in `[run]`, or compare fewer variants"#,
        ),
        (
            r#"blocks = 8"#,
            r#"blocks = -3"#,
            r#"error: `run.blocks` is -3
 --> s.toml:8:10
  |
8 | blocks = -3
  |          ^^
expected a whole number from 1 to 65535
help: change the number"#,
        ),
        (
            r#""60ms""#,
            r#""-5s""#,
            r#"error: `run.min-window` is negative: `-5s`
 --> s.toml:9:14
  |
9 | min-window = "-5s"
  |              ^^^^^
expected a number with a unit, `ms`, `s`, `m` or `h`
help: write for example `"500ms"`, `"5s"` or `"2m"`"#,
        ),
        (
            r#""60ms""#,
            r#""5 parsecs""#,
            r#"error: `run.min-window` is not a length of time: `5 parsecs`
 --> s.toml:9:14
  |
9 | min-window = "5 parsecs"
  |              ^^^^^^^^^^^
expected a number with a unit, `ms`, `s`, `m` or `h`
help: write for example `"500ms"`, `"5s"` or `"2m"`"#,
        ),
        (
            r#"seed = 7"#,
            r#"seed = -1"#,
            r#"error: `seed` is -1
 --> s.toml:3:8
  |
3 | seed = -1
  |        ^^
expected 0 or more
help: change the number"#,
        ),
        (
            r#""sim""#,
            r#""smi""#,
            r#"error: unknown meter `smi`
 --> s.toml:4:11
  |
4 | meters = ["smi"]
  |           ^^^^^
expected one of `nvml`, `rapl`, `hwmon`, `estimate`, `replay`, `sim`, `auto`
help: did you mean `sim`?"#,
        ),
        (
            r#""sim""#,
            r#""sim", "auto""#,
            r#"error: `auto` beside other meters
 --> s.toml:4:10
  |
4 | meters = ["sim", "auto"]
  |          ^^^^^^^^^^^^^^^
expected `auto` alone, or names of meters, all of them required
help: remove `auto`, or everything else"#,
        ),
        (
            r#"baseline = "full""#,
            r#"baseline = "ful""#,
            r#"error: unknown variant `ful`
 --> s.toml:5:12
  |
5 | baseline = "ful"
  |            ^^^^^
expected one of `full`, `int8`, `exit-0.6`, `exit-0.80`
help: did you mean `full`?"#,
        ),
        (
            r#"code-completion"#,
            r#"code-complete"#,
            r#"error: unknown task kind `code-complete`
  --> s.toml:16:8
   |
16 | kind = "code-complete"
   |        ^^^^^^^^^^^^^^^
expected one of `code-completion`, `code-generation`, `code-summarization`, `jsonl`, `line-completion`, `multiple-choice`, `perplexity`, `response-feedback`, `robust-code-generation`, `root-cause-analysis`, `statement-completion`
help: did you mean `code-completion`?"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3, 1.5]"#,
            r#"error: `task.java.context[1]` is 1.5
  --> s.toml:18:17
   |
18 | context = [0.3, 1.5]
   |                 ^^^
expected a number above 0 and below 1
help: change the number"#,
        ),
        (
            r#"int8-weight"#,
            r#"int9-weight"#,
            r#"error: unknown compression `int9-weight`
  --> s.toml:25:26
   |
25 | compress = [{ quantize = "int9-weight" }]
   |                          ^^^^^^^^^^^^^
expected `int8-weight`
help: did you mean `int8-weight`?"#,
        ),
        (
            r#"quantize = "int8-weight""#,
            r#"quantise = "int8-weight""#,
            r#"error: `variant.int8.compress[0]` names no compression
  --> s.toml:25:13
   |
25 | compress = [{ quantise = "int8-weight" }]
   |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
expected one of `quantize = "int8-weight"`, `prune = "ffn-neurons"`
help: name exactly one; a chain has one table for each step"#,
        ),
        (
            r#"quantize = "int8-weight""#,
            r#"prune = "ffn-neurons""#,
            r#"error: missing parameter `ratio` of compression `ffn-neurons`
  --> s.toml:25:13
   |
25 | compress = [{ prune = "ffn-neurons" }]
   |             ^^^^^^^^^^^^^^^^^^^^^^^^^
expected a number from 0 to 0.95
help: add `ratio = …`: share of each layer's neurons that goes"#,
        ),
        (
            r#"quantize = "int8-weight""#,
            r#"prune = "ffn-neurons", ratio = 1.5"#,
            r#"error: `variant.int8.compress[0].ratio` is 1.5
  --> s.toml:25:46
   |
25 | compress = [{ prune = "ffn-neurons", ratio = 1.5 }]
   |                                              ^^^
expected a number from 0 to 0.95
help: `ratio`: share of each layer's neurons that goes"#,
        ),
        (
            r#"quantize = "int8-weight""#,
            r#"prune = "ffn-neurons", ratio = 0.5, by = "size""#,
            r#"error: `variant.int8.compress[0].by` is "size"
  --> s.toml:25:56
   |
25 | compress = [{ prune = "ffn-neurons", ratio = 0.5, by = "size" }]
   |                                                        ^^^^^^
expected `magnitude`
help: `by`: how a neuron's worth is judged: product of its weights' norms"#,
        ),
        (
            r#"max-probability"#,
            r#"max-entropy"#,
            r#"error: unknown exit policy `max-entropy`
  --> s.toml:29:19
   |
29 | exit = { policy = "max-entropy", threshold = "{threshold}" }
   |                   ^^^^^^^^^^^^^
expected one of `full`, `fixed`, `max-probability`, `top-2-gap`, `entropy`, `saturation`, `decaying-threshold`, `linear-classifier`, `agent`, `oracle`, `random`, `skip-decode`, `self-speculation`
help: choose one of them for `variant.exit-0.6.exit.policy`"#,
        ),
        (
            r#"[0.6, 0.80]"#,
            r#"[0.6, 7]"#,
            r#"error: `variant.exit-7.exit.threshold` is 7
  --> s.toml:30:29
   |
30 | sweep = { threshold = [0.6, 7] }
   |                             ^
expected a number from 0 to 1
help: `threshold`: probability that must be exceeded; at 1 no token ever leaves early"#,
        ),
        (
            r#"[0.6, 0.80]"#,
            r#"[]"#,
            r#"error: the sweep over `threshold` is empty
  --> s.toml:30:23
   |
30 | sweep = { threshold = [] }
   |                       ^^
expected at least one value
help: add values, or remove the key"#,
        ),
        (
            r#"{ threshold = ["#,
            r#"{ treshold = ["#,
            r#"error: the placeholder `{threshold}` has no sweep
  --> s.toml:29:50
   |
29 | exit = { policy = "max-probability", threshold = "{threshold}" }
   |                                                  ^^^^^^^^^^^^^
expected `treshold`
help: did you mean `{treshold}`?"#,
        ),
        (
            r#"sweep ="#,
            r#"# sweep ="#,
            r#"error: the placeholder `{threshold}` has no sweep
  --> s.toml:29:50
   |
29 | exit = { policy = "max-probability", threshold = "{threshold}" }
   |                                                  ^^^^^^^^^^^^^
expected `sweep = { threshold = […] }` in this variant
help: add the key to `sweep`, or write the value itself"#,
        ),
        (
            r#"name = "exit-{threshold}""#,
            r#"name = "exit""#,
            r#"error: the placeholder `{threshold}` of the sweep is not in the variant's name
  --> s.toml:30:11
   |
30 | sweep = { threshold = [0.6, 0.80] }
   |           ^^^^^^^^^
expected it in the name and in at least one value
help: write for example `name = "exit-{threshold}"`"#,
        ),
        (
            r#"threshold = "{threshold}""#,
            r#"threshold = 0.5"#,
            r#"error: the placeholder `{threshold}` of the sweep is in no value
  --> s.toml:30:11
   |
30 | sweep = { threshold = [0.6, 0.80] }
   |           ^^^^^^^^^
expected it in the name and in at least one value
help: write for example `threshold = "{threshold}"` where the value belongs"#,
        ),
        (
            r#"name = "int8""#,
            r#"name = "full""#,
            r#"error: two variants are called `full`
  --> s.toml:24:8
   |
24 | name = "full"
   |        ^^^^^^
expected every name once
help: rename or remove one of them"#,
        ),
        (
            r#"name = "int8""#,
            r#"name = "Int 8""#,
            r#"error: bad name `Int 8`
  --> s.toml:24:8
   |
24 | name = "Int 8"
   |        ^^^^^^^
expected letters a-z, digits, `-` and `.`
help: write for example `int-8`"#,
        ),
        (
            r#"builtin = "tiny-random""#,
            r#"builtin = "tiny-randm""#,
            r#"error: unknown built-in model `tiny-randm`
  --> s.toml:12:11
   |
12 | builtin = "tiny-randm"
   |           ^^^^^^^^^^^^
expected `tiny-random`
help: did you mean `tiny-random`?"#,
        ),
        (
            r#"builtin = "tiny-random""#,
            r#"hub = "model""#,
            r#"error: `model` is no model's name, expected `owner/name`
  --> s.toml:12:7
   |
12 | hub = "model"
   |       ^^^^^^^
help: write for example `hub = "Qwen/Qwen2.5-0.5B"`"#,
        ),
        (
            r#"builtin = "tiny-random""#,
            r#"path = "../m"
hub = "x""#,
            r#"error: `variant.full.model` has more than one source
  --> s.toml:11:1
   |
11 | [model]
   | ^^^^^^^
expected exactly one of `path`, `hub`, `builtin`
help: remove all but one"#,
        ),
        (
            r#"builtin = "tiny-random""#,
            r#"dtype = "f64""#,
            r#"error: unknown dtype `f64`
  --> s.toml:12:9
   |
12 | dtype = "f64"
   |         ^^^^^
expected one of `f32`, `bf16`, `f16`, `packed`
help: choose one of them for `variant.full.model.dtype`"#,
        ),
        (
            r#"builtin = "tiny-random""#,
            r#"dtype = "bf16""#,
            r#"error: `variant.full.model` says nowhere where the weights are
  --> s.toml:11:1
   |
11 | [model]
   | ^^^^^^^
expected one of `path`, `hub`, `builtin`
help: add `[model]` with `path = "FOLDER"`, or `builtin = "tiny-random"` for a trial"#,
        ),
        (
            r#"compress = [{ quantize = "int8-weight" }]"#,
            r#"engine = { device = "cuda:0" }"#,
            r#"error: variant `full` computes on `cpu`, and `int8` on `cuda:0`
  --> s.toml:25:21
   |
25 | engine = { device = "cuda:0" }
   |                     ^^^^^^^^
expected one device: the energy domains of a run belong to one
help: write `device` in `[engine]` only, and give the other device a suite of its own"#,
        ),
        (
            r#"compress = [{ quantize = "int8-weight" }]"#,
            r#"engine = { treads = 3 }"#,
            r#"error: unknown key `treads` in `[variant.engine]`
  --> s.toml:25:12
   |
25 | engine = { treads = 3 }
   |            ^^^^^^
expected one of `command`, `device`, `threads`
help: did you mean `threads`?"#,
        ),
        (
            r#"blocks = 8"#,
            r#"blocks = 8
cell-timeout = "10ms""#,
            r#"error: `run.cell-timeout` is `10ms`: every cell would fail
 --> s.toml:9:16
  |
9 | cell-timeout = "10ms"
  |                ^^^^^^
expected more than `settle` and `min-window` together
help: write a longer time, for example `"5m"`"#,
        ),
    ]);
}
