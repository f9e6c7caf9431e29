//! Runs whose blocks go on until the gates are answered, and what programs see of a run.

use serde_json::{Value as Json, json};

use crate::programs::present;
use crate::trial::{Trial, harness};

const GATE: &str = "[[gate]]\nmetric = \"energy-per-task\"\nmax-increase = \"900%\"\n\n[profile.brief]\n";

fn trial() -> Option<Trial> {
    present("python3").then(|| Trial::with_echo_engine(&[("[profile.brief]\n", GATE)], ""))
}

/// The cells of a run by their blocks.
fn blocks(order: &Json) -> usize {
    order.as_array().unwrap().len()
}

#[test]
fn blocks_go_on_until_every_gate_is_answered() {
    let Some(trial) = trial() else { return };
    let said = trial.run(&["--until", "verdict", "--max-minutes", "5"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("gate: pass: 1 pass"), "{}", said.out);
    let run = trial.run_folder();
    let until = &run.manifest["until"];
    assert_eq!(until["ended"], "every gate has its answer", "{until}");
    let looks = until["looks"].as_array().unwrap();
    // Four blocks leave the interval unbounded.
    assert!(looks.len() >= 5 && looks[3]["verdict"] == "inconclusive", "{looks:?}");
    assert_eq!(blocks(&run.manifest["order"]), looks.len());
    assert_eq!(run.cells.len(), 2 * looks.len());
    assert_eq!((&run.manifest["complete"], &run.summary["looks"]), (&json!(true), &json!("always")));
    let ratio = &run.summary["rows"][1]["ratios"]["energy-per-task"];
    assert!(ratio["method"].as_str().unwrap().contains("always valid"), "{ratio}");
    let shown = harness(&["show", run.path.to_str().unwrap()]).out;
    assert!(shown.contains("every gate has its answer"), "{shown}");
    let verified = harness(&["verify", run.path.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert_eq!(harness(&["gate", run.path.to_str().unwrap()]).code, 0);
}

#[test]
fn a_budget_ends_a_run_without_a_verdict() {
    let Some(trial) = trial() else { return };
    let said = trial.run(&["--until", "verdict", "--max-joules", "0.001"]);
    assert_eq!(said.code, 4, "{}{}", said.out, said.err);
    assert!(said.err.contains("after 1 blocks one more would go beyond the joules"), "{}", said.err);
    assert_eq!(blocks(&trial.run_folder().manifest["order"]), 1);
}

#[test]
fn what_a_run_would_wait_for_in_vain_is_refused() {
    let Some(trial) = trial() else { return };
    for (arguments, told) in [
        (&["--until", "verdict"][..], "nothing ends a run"),
        (&["--max-minutes", "3"], "--until"),
        (&["--until", "verdict", "--max-minutes", "0"], "no number above 0"),
        (&["--until", "verdict", "--max-joules", "NaN"], "no number above 0"),
        (&["--until", "dawn", "--max-minutes", "3"], "verdict"),
    ] {
        let said = trial.run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}\n{}", said.err);
        assert!(said.err.contains(told), "{}", said.err);
    }
    let without = Trial::with_echo_engine(&[], "");
    let said = without.run(&["--until", "verdict", "--max-minutes", "3"]);
    assert!(said.code == 2 && said.err.contains("waits for gates"), "{}", said.err);
    without.assert_nothing_written();
}

#[test]
fn programs_see_a_run_as_lines_of_json() {
    let Some(trial) = trial() else { return };
    let said = trial.run(&["--json", "--write", "junit=gate.xml"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let events: Vec<Json> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    assert_eq!((&events[0]["event"], of("begun").len()), (&json!("note"), 1));
    assert_eq!(of("begun")[0]["cells"], 12);
    let cells = of("cell");
    assert_eq!(cells.len(), 12);
    assert!(cells.iter().all(|cell| cell["status"] == "ok" && cell["class"] == "simulated"), "{cells:?}");
    let last = events.last().unwrap();
    assert_eq!((&last["event"], &last["code"]), (&json!("finished"), &json!(0)));
    assert_eq!(last["gate"]["verdict"], "pass");
    assert!(trial.path("gate.xml").is_file());
    let schema: Json = serde_json::from_str(&harness(&["schema", "--of", "events"]).out).unwrap();
    let known: Vec<&Json> =
        schema["oneOf"].as_array().unwrap().iter().map(|one| &one["properties"]["event"]["const"]).collect();
    assert!(events.iter().all(|event| known.contains(&&event["event"])), "{known:?}");
}
