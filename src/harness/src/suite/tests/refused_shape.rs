//! Suites that are no TOML, or not of the right shape: the change to the good suite, then every line that a person reads.

use super::trial::assert_refused;

#[test]
fn a_suite_of_another_shape_is_refused_with_its_line_and_what_to_do() {
    assert_refused(&[
        (
            r#"blocks = 8"#,
            r#"blokcs = 8"#,
            r#"error: unknown key `blokcs` in `[run]`
 --> s.toml:8:1
  |
8 | blokcs = 8
  | ^^^^^^
expected one of `blocks`, `items-per-block`, `min-window`, `settle`, `idle`, `warm-up-items`, `load-timeout`, `cell-timeout`, `domains`, `max-steal`, `max-foreign-load`, `control`, `temperature-band`, `max-wait`
help: did you mean `blocks`?"#,
        ),
        (
            r#"blocks = 8"#,
            r#"blocks = "eight""#,
            r#"error: wrong type for `blocks`: text "eight"
 --> s.toml:8:10
  |
8 | blocks = "eight"
  |          ^^^^^^^
expected a whole number
help: write it without quotes: `blocks = 8`"#,
        ),
        (
            r#""60ms""#,
            r#"5"#,
            r#"error: wrong type for `min-window`: number `5`
 --> s.toml:9:14
  |
9 | min-window = 5
  |              ^
expected text
help: write it in quotes: `min-window = "…"`"#,
        ),
        (
            r#"seed = 7"#,
            r#"seed = ["#,
            r#"error: not TOML: unexpected `=` in array, expected value, `]`
 --> s.toml:4:8
  |
4 | meters = ["sim"]
  |        ^
help: correct the line; text needs quotes, `[table]` headers stand alone"#,
        ),
        (
            r#"seed = 7"#,
            r#"sede = 7"#,
            r#"error: unknown key `sede` at the top level
 --> s.toml:3:1
  |
3 | sede = 7
  | ^^^^
expected one of `schema`, `name`, `seed`, `meters`, `meter`, `baseline`, `run`, `engine`, `model`, `task`, `variant`, `analysis`, `account`, `gate`, `certify`, `target`, `profile`
help: did you mean `seed`?"#,
        ),
        (
            r#"baseline = "full""#,
            r#"#"#,
            r#"error: missing key `baseline` at the top level
 --> s.toml
help: add a line `baseline = …`"#,
        ),
        (
            r#"schema = 1"#,
            r#"schema = 2"#,
            r#"error: this version does not read suites of that schema
 --> s.toml:1:10
  |
1 | schema = 2
  |          ^
expected `1`
help: write `schema = 1` on the first line"#,
        ),
        (
            r#"schema = 1"#,
            r#"# nothing"#,
            r#"error: missing key `schema` at the top level
 --> s.toml
help: write `schema = 1` on the first line"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"contxt = [0.3]"#,
            r#"error: unknown key `contxt` in `[[task]]`
  --> s.toml:18:1
   |
18 | contxt = [0.3]
   | ^^^^^^
expected one of `name`, `kind`, `path`, `sha256`, `limit`, `paper-count`, `order`, `columns`, `split`, `families`, `recipes`, `seeds`, `language`, `system`, `few-shot`, `few-shot-path`, `chat-template`, `context`, `cut`, `new-tokens`, `min-new-tokens`, `samples`, `max-context`, `decode`, `stop`, `post-process`, `scorers`, `primary-score`
help: did you mean `context`?"#,
        ),
        (
            r#"context = [0.3]"#,
            r#"context = 0.3"#,
            r#"error: wrong type for `context`: number `0.3`
  --> s.toml:18:11
   |
18 | context = 0.3
   |           ^^^
expected an array
help: write it in brackets: `context = […]`"#,
        ),
        (
            r#"path = "data.jsonl""#,
            r#"decode = []"#,
            r#"error: wrong type for `decode`: an array
  --> s.toml:17:10
   |
17 | decode = []
   |          ^^
expected a table
help: write its keys in braces, or below a header in brackets"#,
        ),
        (
            r#"seed = 7"#,
            r#"meter.sim = []"#,
            r#"error: wrong type for `sim`: an array
 --> s.toml:3:13
  |
3 | meter.sim = []
  |             ^^
expected a table
help: write its keys in braces, or below a header in brackets"#,
        ),
        (
            r#"path = "data.jsonl""#,
            r#"limit = 3"#,
            r#"error: missing key `path` in `[[task]]`
  --> s.toml:14:1
   |
14 | [[task]]
   | ^^^^^^^^
help: add a line `path = …`"#,
        ),
        (
            r#"quantize = "int8-weight""#,
            r#"prune = "ffn-neurons", rato = 0.5"#,
            r#"error: unknown key `rato` of compression `ffn-neurons`
  --> s.toml:25:38
   |
25 | compress = [{ prune = "ffn-neurons", rato = 0.5 }]
   |                                      ^^^^
expected one of `prune`, `ratio`, `by`
help: did you mean `ratio`?"#,
        ),
        (
            r#"idle = "1m""#,
            r#"idel = "1m""#,
            r#"error: unknown key `idel` in `[run]`
  --> s.toml:35:1
   |
35 | idel = "1m"
   | ^^^^
expected one of `blocks`, `items-per-block`, `min-window`, `settle`, `idle`, `warm-up-items`, `load-timeout`, `cell-timeout`, `domains`, `max-steal`, `max-foreign-load`, `control`, `temperature-band`, `max-wait`
help: did you mean `idle`?"#,
        ),
        (
            r#"meters = ["estimate"]"#,
            r#"schema = 1"#,
            r#"error: unknown key `schema` in `[profile.paper]`
  --> s.toml:33:1
   |
33 | schema = 1
   | ^^^^^^
expected one of `account`, `analysis`, `baseline`, `certify`, `engine`, `gate`, `meter`, `meters`, `model`, `name`, `run`, `seed`, `target`, `task`, `variant`
help: remove it: a profile cannot change it"#,
        ),
        (
            r#"[profile.paper.run]"#,
            r#"[profile.paper.rnu]"#,
            r#"error: unknown key `rnu` at the top level
  --> s.toml:34:16
   |
34 | [profile.paper.rnu]
   |                ^^^
expected one of `schema`, `name`, `seed`, `meters`, `meter`, `baseline`, `run`, `engine`, `model`, `task`, `variant`, `analysis`, `account`, `gate`, `certify`, `target`, `profile`
help: did you mean `run`?"#,
        ),
        (
            r#"seed = 7"#,
            r#"seed = 7
seed = 8"#,
            r#"error: not TOML: duplicate key
 --> s.toml:4:1
  |
4 | seed = 8
  | ^^^^
help: correct the line; text needs quotes, `[table]` headers stand alone"#,
        ),
        (
            r#"seed = 7"#,
            r#"seed 7"#,
            r#"error: not TOML: key with no value, expected `=`
 --> s.toml:3:6
  |
3 | seed 7
  |      ^
help: correct the line; text needs quotes, `[table]` headers stand alone"#,
        ),
        (
            r#"seed = 7"#,
            r#"seed = 1979-05-27"#,
            r#"error: wrong type for `seed`: a table
 --> s.toml:3:8
  |
3 | seed = 1979-05-27
  |        ^^^^^^^^^^
expected a whole number
help: write it without quotes: `seed = 8`"#,
        ),
    ]);
}
