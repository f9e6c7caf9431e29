//! Synthetic runs of which the right verdict is known.

mod numbers;
mod orders;

use std::collections::BTreeMap;

use harness_meter::Class;
use harness_stats::{FitQuality, Interval};

use super::{Answer, Facts, Found, baselines, judge_targets, needs_items};
use crate::published::{Known, Target};
use crate::report::example::summary;
use crate::summary::{Comparison, DepthFit, DepthLaw, DepthPoint, Energy, Group, Score, Summary, Told};

/// A run of three variants on one task; `full` is the baseline.
fn run() -> Summary {
    let mut run = summary();
    for (row, joules) in run.rows.iter_mut().zip([2.0, 1.0, 1.6]) {
        row.class = Some(Class::Counter);
        row.energy_per_task_j = Some(energy(joules, 0.01));
        row.on_front_p = Some(0.5);
        row.speed.mean_exit_layer = Some(8.0 * joules);
        row.items = 1000;
    }
    compare(&mut run, "int8", "energy-per-task", 0.5, 0.01);
    compare(&mut run, "pruned", "energy-per-task", 0.8, 0.01);
    run
}

fn energy(value: f64, off: f64) -> Energy {
    let (lo, hi) = (Some(value * (1.0 - off)), Some(value * (1.0 + off)));
    Energy { value, lo, hi, u_scale_rel: Some(off), lo_absolute: lo, hi_absolute: hi }
}

/// A ratio or difference to the baseline, with the standard error of its logarithm or of itself, and 9 degrees of freedom.
fn compared(value: f64, error: f64, ratio: bool) -> Comparison {
    let estimate =
        harness_stats::Estimate { value: if ratio { f64::ln(value) } else { value }, error, freedom: 9.0 };
    let found = estimate.difference(0.95);
    let back = |value: f64| if ratio { value.exp() } else { value };
    Comparison {
        value,
        lo: found.lo.map(back),
        hi: found.hi.map(back),
        error,
        freedom: 9.0,
        p: found.p,
        p_holm: None,
        n: 10,
        width: (!ratio).then_some(1.0),
        method: "test".to_owned(),
    }
}

fn compare(run: &mut Summary, variant: &str, metric: &str, value: f64, error: f64) {
    let row = run.rows.iter_mut().find(|row| row.variant == variant).unwrap();
    let ratio = crate::published::is_amount(metric);
    let all = if ratio { &mut row.ratios } else { &mut row.score_differences };
    all.insert(metric.to_owned(), compared(value, error, ratio));
}

fn known() -> Known {
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Known {
        variants: texts(&["full", "int8", "pruned"]),
        tasks: texts(&["java"]),
        scorers: texts(&["edit-similarity", "exact-match"]),
        baseline: "full".to_owned(),
    }
}

fn facts() -> Facts {
    let models = ["full", "int8", "pruned"].map(|name| (name.to_owned(), "../models/llama-java".to_owned()));
    Facts { hardware: vec!["Quadro RTX 8000".to_owned()], models: BTreeMap::from(models), profile: None }
}

/// A target from its keys in TOML; name and source are added.
fn target(keys: &str) -> Target {
    toml::from_str(&format!("name = \"t\"\nsource = \"Table 1\"\n{keys}")).unwrap()
}

fn judged(run: &Summary, keys: &str) -> Found {
    judged_beside(run, &BTreeMap::new(), keys)
}

fn judged_beside(run: &Summary, rebased: &BTreeMap<String, Summary>, keys: &str) -> Found {
    let found = judge_targets(run, rebased, &[target(keys)], &known(), &facts()).found;
    let [found] = &found[..] else { panic!("one verdict for {keys}: {found:?}") };
    found.clone()
}

fn answers(run: &Summary, keys: &str, answer: Answer, why: &str) {
    let found = judged(run, keys);
    let told =
        format!("{} {}", found.why.as_deref().unwrap_or_default(), found.seen.as_deref().unwrap_or_default());
    assert_eq!(found.answer, answer, "{keys}\n{found:?}");
    assert!(told.contains(why), "{keys}: {told}");
}

const VALUE: &str = "kind = \"value\"\nmetric = \"energy-per-task\"\nvariant = \"full\"\n";
const RATIO: &str = "kind = \"ratio\"\nmetric = \"energy-per-task\"\nvariant = \"int8\"\n";
const ORDER: &str = "kind = \"ordering\"\nmetric = \"energy-per-task\"\n";
