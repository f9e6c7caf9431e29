//! The suites that come with the project.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::trial::again;
use crate::suite::{Suite, load};

fn suites() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites"))
}

fn shipped(name: &str) -> Suite {
    load(&suites().join(name), None, &[]).unwrap_or_else(|error| panic!("error: {error}"))
}

#[test]
fn smoke_needs_no_model_no_hardware_and_little_time() {
    let suite = shipped("smoke.toml");
    assert_eq!(suite.meters, ["sim"]);
    assert!(suite.variants.iter().all(|variant| variant.model.kind == "tiny-random"));
    assert_eq!(suite.variants.len(), 4);
    assert!(suite.run.min_window + suite.run.settle <= Duration::from_millis(200));
}

#[test]
fn green_code_fits_into_ten_minutes() {
    let suite = shipped("green_code.toml");
    let names: Vec<&str> = suite.variants.iter().map(|variant| variant.name.as_str()).collect();
    let expected = [
        "full",
        "half",
        "half-untrained",
        "confident-0.6",
        "agent-0.6",
        "agent-0.8",
        "agent-0.9",
        "agent-never",
        "no-cache",
    ];
    assert_eq!(names, expected);
    assert_eq!((suite.tasks.len(), suite.targets.len()), (2, 6));
    let cells = u32::try_from(names.len() * suite.tasks.len()).unwrap();
    // A cell's window is at least one, at most two shortest windows long; starting, loading and warming take half a second.
    let cell = 2 * suite.run.min_window + suite.run.settle + Duration::from_millis(500);
    let whole = cells * u32::from(suite.run.blocks) * cell + suite.run.idle * (2 + 2 * cells);
    assert!(whole <= Duration::from_secs(10 * 60), "{whole:?}");
}

#[test]
fn green_code_has_every_policy_in_one_profile_and_the_papers_protocol_in_another() {
    let profile = |name| load(&suites().join("green_code.toml"), Some(name), &[]).unwrap();
    let full = profile("full");
    let policies: BTreeSet<&str> =
        full.variants.iter().filter_map(|variant| Some(variant.exit.as_ref()?.policy.as_str())).collect();
    assert_eq!(policies, harness_protocol::EXITS.iter().map(|entry| entry.name).collect());
    let paper = profile("paper");
    let thresholds: Vec<f64> = paper
        .variants
        .iter()
        .filter_map(|variant| variant.exit.as_ref().filter(|exit| exit.policy == "agent"))
        .filter_map(|exit| exit.parameters["threshold"].as_f64())
        .collect();
    assert_eq!(thresholds, [0.6, 0.8, 0.9, 0.91, 0.92, 0.93, 0.94, 1.0]);
    assert_eq!(
        paper.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>(),
        ["java", "java-30", "java-50", "java-60", "python", "python-more"]
    );
    let depth = profile("paper-depth");
    assert_eq!((depth.variants.len(), depth.tasks.len()), (14, 2));
    assert!(depth.targets.iter().all(|target| target.law.is_some() || target.model.is_some()));
}

#[test]
fn every_suite_that_comes_with_the_project_is_sound() {
    let mut names: Vec<String> = std::fs::read_dir(suites())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let expected = ["fault_tickets", "green_code", "humaneval", "java_completion", "mbpp", "recode", "smoke"];
    assert_eq!(names, expected.map(|name| format!("{name}.toml")));
    for name in names {
        shipped(&name);
    }
}

#[test]
fn the_suites_for_ci_are_sound_and_end_by_gates() {
    for name in ["variant", "engine"] {
        let suite = load(&suites().join(format!("../examples/ci/{name}.toml")), None, &[]).unwrap();
        assert_eq!((suite.gates.len(), suite.baseline.as_str()), (3, "before"), "{name}");
    }
    let profiles = [("depth", 4), ("python", 4), ("full", 6), ("paper", 131)];
    for (profile, targets) in profiles {
        let suite = load(&suites().join("green_code.toml"), Some(profile), &[]).unwrap();
        assert_eq!((suite.gates.len(), suite.targets.len()), (2, targets), "{profile}");
    }
}

#[test]
fn every_suite_that_comes_with_the_project_means_the_same_when_its_resolved_form_is_read() {
    for name in std::fs::read_dir(suites()).unwrap().map(|entry| entry.unwrap().path()) {
        if name.extension().is_some_and(|end| end == "toml") {
            let suite = load(&name, None, &[]).unwrap();
            assert_eq!(again(&suite, &suites()), suite);
        }
    }
    let quick = load(&suites().join("recode.toml"), Some("quick"), &[]).unwrap();
    assert_eq!(again(&quick, &suites()), quick);
}
