//! The command line's smaller verbs: quick, without an engine, readable by people and programs.

use std::process::Command;

use serde_json::Value as Json;

use crate::programs::{HARNESS, present};
use crate::trial::{Said, Trial, harness};

#[test]
fn help_names_every_verb_and_the_exit_codes() {
    let said = harness(&["--help"]);
    assert_eq!(said.code, 0);
    for word in ["run", "plan", "train", "doctor", "list", "schema", "Exit codes", "130"] {
        assert!(said.out.contains(word), "`{word}` is not in\n{}", said.out);
    }
}

#[test]
fn the_program_does_not_link_libtorch() {
    if !present("ldd") {
        return;
    }
    let said = Said::from(&Command::new("ldd").arg(HARNESS).output().unwrap());
    assert!(said.out.contains("libc.so"), "{}{}", said.out, said.err);
    assert!(!said.out.contains("torch") && !said.out.contains("libc10"), "{}", said.out);
}

#[test]
fn list_shows_every_board_as_text_and_as_json() {
    let said = harness(&["list"]);
    assert_eq!(said.code, 0);
    for name in ["sim", "tiny-random", "int8-weight", "max-probability", "code-completion", "exact-match"] {
        assert!(said.out.contains(&format!("  {name} ")), "`{name}` is not in\n{}", said.out);
    }
    let json: Json = serde_json::from_str(&harness(&["list", "--json"]).out).unwrap();
    assert!(json["meters"].is_array());
    let said = harness(&["list", "meter"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("did you mean `meters`?"), "{}", said.err);
}

#[test]
fn the_schema_is_a_json_schema_of_the_keys_of_a_suite() {
    let said = harness(&["schema"]);
    assert_eq!(said.code, 0);
    let schema: Json = serde_json::from_str(&said.out).unwrap();
    for key in ["run", "task", "variant", "profile"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

#[test]
fn a_profile_and_then_set_change_the_plan() {
    let trial = Trial::good();
    let suite = trial.path("s.toml");
    for (arguments, cells) in [
        (&[][..], 12),
        (&["--profile", "brief"], 14),
        (&["--set", "run.blocks=9"], 18),
        (&["--profile", "brief", "--set", "run.blocks=9"], 18),
    ] {
        let said = harness(&[&["plan", suite.to_str().unwrap()], arguments].concat());
        let line = format!("order of the {cells} cells:");
        assert!(said.code == 0 && said.out.contains(&line), "{arguments:?}: {}{}", said.out, said.err);
    }
    trial.assert_nothing_written();
}

#[test]
fn a_plan_tells_how_many_blocks_find_a_change() {
    let trial = Trial::good();
    let suite = trial.path("s.toml");
    let suite = suite.to_str().unwrap();
    let plan = |arguments: &[&str]| harness(&[&["plan", suite], arguments].concat());
    let said = plan(&["--power", "80%", "--effect", "5%", "--spread", "2%", "--max-minutes", "30"]);
    assert_eq!(said.code, 0, "{}", said.err);
    // scripts/golden_stats.py: 4 blocks would do; a suite has six at least.
    for part in ["as planned: 6 blocks find changes of ", "changes of 5.0 % need 6 blocks", "in 30 min: "] {
        assert!(said.out.contains(part), "`{part}` is not in\n{}", said.out);
    }
    for (arguments, code, part) in [
        (&["--effect", "5%"][..], 2, "nothing tells by how much blocks scatter"),
        (&["--effect", "5", "--spread", "2%"], 2, "neither a percentage"),
        (&["--effect", "0%", "--spread", "2%"], 2, "no percentage above 0"),
        (&["--power", "100%", "--spread", "2%"], 2, "no percentage above 0"),
        (&["--max-minutes", "0", "--spread", "2%"], 2, "no time above 0"),
        (&["--max-minutes", "NaN", "--spread", "2%"], 2, "no time above 0"),
        (&["--effect", "5%", "--like", "/no/such/run"], 3, "cannot read"),
    ] {
        let said = plan(arguments);
        assert_eq!((said.code, said.err.contains(part)), (code, true), "{arguments:?}\n{}", said.err);
    }
    let said = plan(&["--effect", "0.0001%", "--spread", "90%"]);
    assert!(said.out.contains("more blocks than a run can have"), "{}{}", said.out, said.err);
}
