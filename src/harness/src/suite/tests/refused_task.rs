//! Tasks that make no sense together with their kind and their scorers.

use super::trial::assert_refused;

#[test]
fn a_task_that_makes_no_sense_is_refused_with_its_line_and_what_to_do() {
    assert_refused(&[
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = ["exact-mach"]"#,
            r#"error: unknown scorer `exact-mach`
  --> s.toml:19:12
   |
19 | scorers = ["exact-mach"]
   |            ^^^^^^^^^^^^
expected one of `accuracy`, `bleu`, `bleu-codexglue`, `bleu-hf`, `chrf`, `chrf++`, `codebleu`, `codebleu-dataflow`, `codebleu-ngram`, `codebleu-syntax`, `codebleu-weighted-ngram`, `codebleu-zero-dataflow`, `edit-similarity`, `exact-match`, `levenshtein`, `line-exact-match`, `macro-f1`, `pass@k`, `perplexity`, `robust-drop@k`, `robust-pass@k`, `robust-relative@k`, `rouge-1`, `rouge-2`, `rouge-l`, `rouge-lsum`, `token-accuracy`
help: did you mean `exact-match`?"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
families = ["format"]"#,
            r#"error: `families` has no effect on `code-completion` tasks
  --> s.toml:19:12
   |
19 | families = ["format"]
   |            ^^^^^^^^^^
help: remove the key, or choose another kind"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
few-shot-path = "x""#,
            r#"error: `few-shot-path` has no effect without `few-shot`
  --> s.toml:19:17
   |
19 | few-shot-path = "x"
   |                 ^^^
expected a number of examples
help: add for example `few-shot = 3`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = ["pass@1"]"#,
            r#"error: `pass@1` needs a verdict of running the completion, which `code-completion` tasks do not have
  --> s.toml:19:12
   |
19 | scorers = ["pass@1"]
   |            ^^^^^^^^
help: remove it, or see `harness list tasks` for the kinds"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = ["codebleu"]"#,
            r#"error: `codebleu` must know what completions are written in
  --> s.toml:19:12
   |
19 | scorers = ["codebleu"]
   |            ^^^^^^^^^^
expected the task's key `language`
help: add for example `language = "java"`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = []"#,
            r#"error: no scorer
  --> s.toml:19:11
   |
19 | scorers = []
   |           ^^
expected at least one
help: see `harness list scorers`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = [{ name = "mine" }]"#,
            r#"error: no scorer: missing field `command`
  --> s.toml:19:12
   |
19 | scorers = [{ name = "mine" }]
   |            ^^^^^^^^^^^^^^^^^
expected a name, or `{ name = "…", command = ["…"] }`
help: beside them `better` ("higher" or "lower") and `range` ([lowest, highest]) may stand"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = [{ name = "rouge-l", command = ["x"] }]"#,
            r#"error: `rouge-l` is the name of a built-in scorer
  --> s.toml:19:12
   |
19 | scorers = [{ name = "rouge-l", command = ["x"] }]
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
expected a name, or `{ name = "…", command = ["…"] }`
help: beside them `better` ("higher" or "lower") and `range` ([lowest, highest]) may stand"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
language = "cobol""#,
            r#"error: unknown language `cobol`
  --> s.toml:19:12
   |
19 | language = "cobol"
   |            ^^^^^^^
expected one of `c`, `c-sharp`, `cpp`, `go`, `java`, `javascript`, `php`, `python`, `ruby`, `rust`
help: choose one of them for `task.java.language`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
few-shot = 2"#,
            r#"error: 2 examples, and no `few-shot-path` to take them from
  --> s.toml:19:12
   |
19 | few-shot = 2
   |            ^
expected the path of a file in the task's form
help: name a file whose questions are not asked, or remove `few-shot`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
stop = ["a", ""]"#,
            r#"error: an empty stop text would end every completion at once
  --> s.toml:19:14
   |
19 | stop = ["a", ""]
   |              ^^
expected texts of at least one character
help: remove it"#,
        ),
        (
            r#"code-completion""#,
            r#"statement-completion"
stop = []"#,
            r#"error: `statement-completion` needs a text that ends a completion
  --> s.toml:17:8
   |
17 | stop = []
   |        ^^
expected at least one
help: remove the key, which then is `stop = [";", "{", "}"]`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
max-context = 0"#,
            r#"error: `task.java.max-context` is 0
  --> s.toml:19:15
   |
19 | max-context = 0
   |               ^
expected a whole number from 1 to 1000000
help: change the number"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
max-context = 16"#,
            r#"error: 16 tokens are no room for a prompt beside 15 new tokens
  --> s.toml:19:15
   |
19 | max-context = 16
   |               ^^
expected at least 17
help: raise it, or lower `new-tokens`"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = [0.3]
scorers = ["exact-match"]
primary-score = "edit-similarity""#,
            r#"error: `edit-similarity` is not among the scorers of this task
  --> s.toml:20:17
   |
20 | primary-score = "edit-similarity"
   |                 ^^^^^^^^^^^^^^^^^
expected `exact-match`
help: choose one of them, or add `edit-similarity` to `scorers`"#,
        ),
    ]);
}
