//! Suites that cannot be read, and things that suites need and are not here.

use std::path::Path;

use super::trial::{GOOD, Trial};
use crate::suite::{check_resources, load};

#[test]
fn a_file_that_is_no_suite_is_refused() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "error: `s.toml` is empty\nexpected a suite\nhelp: start from a copy of suites/smoke.toml"),
        (
            b" \n\n",
            "error: `s.toml` is empty\nexpected a suite\nhelp: start from a copy of suites/smoke.toml",
        ),
        (
            b"schema = 1\nname = \"\xff\"\n",
            "error: `s.toml` is not UTF-8 text: see line 2\nexpected a TOML file\nhelp: save it as UTF-8, or name another file",
        ),
        (
            b"# only a comment\n",
            "error: missing key `schema` at the top level\n --> s.toml\nhelp: write `schema = 1` on the first line",
        ),
    ];
    for (bytes, expected) in cases {
        let trial = Trial::of(bytes);
        let error = trial.load(None, &[]).unwrap_err();
        assert_eq!((trial.shown(&error).as_str(), error.exit_code()), (expected, 2));
    }
}

#[test]
fn a_missing_suite_is_refused_and_its_neighbour_proposed() {
    let trial = Trial::good();
    let folder = trial.folder.path();
    let shown = |path: &Path| trial.shown(&load(path, None, &[]).unwrap_err());
    let expected = "error: cannot read suite `t.toml`: no such file\nhelp: did you mean `s.toml`?";
    assert_eq!(shown(&folder.join("t.toml")), expected);
    let expected = "error: cannot read suite `no/other.toml`: no such file\nhelp: check the path; suites of this project lie in `suites/`";
    assert_eq!(shown(&folder.join("no/other.toml")), expected);
    std::fs::create_dir(folder.join("sub")).unwrap();
    let expected = "error: `sub` is a folder\nexpected a suite file\nhelp: name the .toml file in it";
    assert_eq!(shown(&folder.join("sub")), expected);
}

#[test]
fn any_damaged_suite_is_refused_without_a_panic() {
    for end in (0..GOOD.len()).filter(|end| GOOD.is_char_boundary(*end)) {
        let _ = Trial::of(&GOOD[..end]).load(None, &[]);
    }
    for (start, _) in GOOD.match_indices(['"', '[', ']', '{', '}', '=', '\n']) {
        let without = format!("{}{}", &GOOD[..start], &GOOD[start + 1..]);
        let _ = Trial::of(without).load(Some("paper"), &["run.blocks=9"]);
    }
}

#[test]
fn all_that_is_missing_is_listed_at_once() {
    let trial = Trial::with(r#"builtin = "tiny-random""#, r#"path = "m""#);
    let suite = trial.load(None, &["engine.device=cuda:99"]).unwrap();
    let error = check_resources(&suite).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    let shown = trial.shown(&error);
    for part in [
        "error: suite `trial` cannot run, 3 things are missing or unfit:\n",
        "  - model `m`: no such folder; download or train it, or set `model.path` (used by `full`, `int8`, `exit-0.6`, `exit-0.80`)\n",
        "  - data of task `java`, `data.jsonl`: no such file; put it there, or set `task.java.path`\n",
        "  - device `cuda:99`: ",
        "\n --> s.toml\nhelp: mend each of them, then try again; `harness plan` checks without measuring",
    ] {
        assert!(shown.contains(part), "`{part}` is absent from\n{shown}");
    }
}

#[test]
fn weights_are_missed_only_by_the_variants_that_read_them() {
    let trial = Trial::with(r#"builtin = "tiny-random""#, r#"path = "m""#);
    for file in ["data.jsonl", "m/config.json", "m/tokenizer.json"] {
        let file = trial.folder.path().join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "{}").unwrap();
    }
    let missing = |set: &str| {
        let suite = trial.load(None, &[set, "engine.device=cuda:99"]).unwrap();
        check_resources(&suite).map_err(|error| trial.shown(&error))
    };
    assert_eq!(missing("engine.command=[\"other\"]"), Ok(()));
    let shown = missing("variant.int8.engine.command=[\"other\"]").unwrap_err();
    assert!(shown.contains("model `m`: `model.safetensors` absent from it"), "{shown}");
    assert!(shown.contains("(used by `full`, `exit-0.6`, `exit-0.80`)"), "{shown}");
    assert!(shown.contains("device `cuda:99`"), "{shown}");
}

#[test]
fn data_must_have_the_hash_that_the_suite_wants() {
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let trial = Trial::with("context = [0.3]", &format!("sha256 = \"{}\"", OF_ABC.to_uppercase()));
    let suite = trial.load(None, &[]).unwrap();
    let data = trial.folder.path().join("data.jsonl");
    std::fs::write(&data, "abc").unwrap();
    assert_eq!(check_resources(&suite), Ok(()));
    std::fs::write(&data, "abd").unwrap();
    let shown = trial.shown(&check_resources(&suite).unwrap_err());
    assert!(
        shown.contains(&format!("the suite wants {OF_ABC}; restore the file, or correct `sha256`")),
        "{shown}"
    );
}

#[test]
fn absent_data_that_can_be_fetched_name_the_command() {
    let trial = Trial::with("data.jsonl", "fetched/mbpp/mbpp.jsonl");
    let error = trial.shown(&check_resources(&trial.load(None, &[]).unwrap()).unwrap_err());
    assert!(error.contains("put it there, `harness fetch dataset mbpp`, or set `task.java.path`"), "{error}");
}
