//! Scenarios of gates: what is measured, what is allowed, what is answered.

use harness_meter::Class;

use super::certify::{Answer, Claim, certify};
use super::{GateReport, Reference, Verdict};
use crate::claim::Certification;
use crate::limit::{Change, Gate, Limit};
use crate::report::example::{Example, example, summary, summary_of};
use crate::summary::Summary;

fn judge_run(summary: &Summary, gates: &[Gate]) -> GateReport {
    super::judge_run(summary, gates, Reference::Blocks)
}

fn judge_all(summary: &Summary, gates: &[Gate], claims: &[Certification]) -> GateReport {
    super::judge_all(summary, gates, claims, Reference::Blocks)
}

fn code(summary: &Summary, line: &str, variant: &str) -> u8 {
    let gate = Gate { variants: vec![variant.to_owned()], ..Gate::read_line(line).unwrap() };
    judge_run(summary, &[gate]).verdict.code()
}

/// The example with every window of one variant's cells changed.
fn changed(variant: usize, change: impl Fn(u32, &mut crate::record::WindowRecord)) -> Summary {
    let mut example = example();
    for window in &mut example.windows {
        let cell = window.cell.unwrap();
        if cell as usize % 3 == variant {
            change(cell, window);
        }
    }
    summary_of(&example)
}

fn with_energy(variant: usize, factor: impl Fn(u32) -> f64) -> Summary {
    changed(variant, |cell, window| {
        window.energy_j = window.energy_j.map(|energy| energy * factor(cell));
    })
}

const FULL: usize = 0;
const INT8: usize = 1;

/// Every second block a little more, every other a little less.
fn wobble(cell: u32, size: f64) -> f64 {
    if (cell / 3).is_multiple_of(2) { 1.0 + size } else { 1.0 - size }
}

#[test]
fn clear_changes_are_answered_by_every_limit_of_change() {
    // int8 costs half in every block, pruned about a fifth less and 7.5 points of its score. Three clusters that all agree
    // do not show that no fourth one differs.
    let summary = summary();
    for (line, variant, expected) in [
        ("energy-per-task max-increase 3%", "int8", 0),
        ("energy-per-task max-increase 0%", "int8", 0),
        ("energy-per-task max-decrease 3%", "int8", 1),
        ("energy-per-task min-decrease 10%", "int8", 0),
        ("energy-per-task min-decrease 40%", "int8", 0),
        ("energy-per-task min-decrease 60%", "int8", 1),
        ("energy-per-task min-increase 1%", "int8", 1),
        ("energy-per-task min-decrease 10%", "pruned", 0),
        ("energy-per-task min-decrease 20%", "pruned", 4),
        ("energy-per-task min-decrease 30%", "pruned", 1),
        ("energy-per-token max-increase 3%", "int8", 0),
        ("energy-per-token min-decrease 60%", "int8", 1),
        ("seconds-per-task max-increase 3%", "int8", 0),
        ("seconds-per-task min-decrease 3%", "int8", 1),
        ("peak-memory max-increase 1%", "int8", 0),
        ("peak-memory min-decrease 1%", "int8", 1),
        ("exact-match max-decrease 2 points", "int8", 4),
        ("quality max-decrease 2 points", "int8", 4),
        ("quality max-decrease 75 points", "int8", 0),
        ("quality max-decrease 50 points", "pruned", 0),
        ("quality max-decrease 2 points", "pruned", 4),
    ] {
        assert_eq!(code(&summary, line, variant), expected, "{line} {variant}");
    }
}

#[test]
fn an_increase_fails_only_beyond_the_limit_and_by_no_accident() {
    for (percent, spread, expected) in [
        (34.0, 0.01, 1),
        (34.0, 0.60, 4), // large, and it may be chance
        (5.0, 0.001, 1),
        (2.0, 0.001, 0), // significant, and allowed
        (2.9, 0.02, 4),  // allowed, not yet shown
        (0.0, 0.001, 0),
        (-20.0, 0.001, 0),
        (3.5, 0.05, 4),
    ] {
        let factor = 2.0 * (1.0 + percent / 100.0); // int8 costs half in the example
        let summary = with_energy(INT8, |cell| factor * wobble(cell, spread));
        let found = code(&summary, "energy-per-task max-increase 3%", "int8");
        assert_eq!(found, expected, "{percent} % ± {spread}");
    }
}

#[test]
fn what_differs_by_rounding_alone_is_no_increase() {
    let summary = with_energy(INT8, |cell| 2.0 * wobble(cell, 1e-15));
    assert_eq!(code(&summary, "energy-per-task max-increase 0%", "int8"), 0);
    let more = with_energy(INT8, |cell| 2.0 * (1.0 + 1e-15) * wobble(cell, 1e-16));
    assert_eq!(code(&more, "energy-per-task max-increase 0%", "int8"), 0);
}

#[test]
fn values_are_held_against_limits_with_their_uncertainty_of_scale() {
    let summary = summary();
    for (line, variant, expected) in [
        ("energy-per-task max 1.2", "int8", 0),
        ("energy-per-task max 0.8", "int8", 1),
        ("energy-per-task max 1.01", "int8", 4),
        ("energy-per-task min 0.9", "int8", 0),
        ("energy-per-task min 1.5", "int8", 1),
        ("energy-per-task max 3", "full", 0), // a value needs no baseline, so the baseline has one too
        ("seconds-per-task max 0.3", "full", 0),
        ("seconds-per-task max 0.2", "full", 1),
        ("peak-memory max 300000000", "full", 0),
        ("peak-memory max 1000", "full", 1),
        ("exact-match min 0.9", "full", 4),
        ("quality min 0.5", "full", 0),
        ("quality min 1", "pruned", 4),
    ] {
        assert_eq!(code(&summary, line, variant), expected, "{line} {variant}");
    }
}

#[test]
fn what_was_not_measured_is_never_green() {
    let line = "energy-per-task max-increase 3%";
    let invalid = |window: &mut crate::record::WindowRecord| {
        (window.energy_j, window.energy_net_j, window.valid) = (None, None, false);
        window.why = Some(crate::report::example::why("counter-stuck", "for 2 s"));
    };
    for variant in [FULL, INT8] {
        let summary = changed(variant, |_, window| invalid(window));
        assert_eq!(code(&summary, line, "int8"), 3, "no energy of {variant}");
        assert_eq!(code(&summary, "seconds-per-task max-increase 3%", "int8"), 0, "time is still known");
    }
    let other_class = changed(INT8, |_, window| window.class = Class::Estimated);
    assert_eq!(code(&other_class, line, "int8"), 3);
    let none = changed(INT8, |_, window| window.energy_j = Some(0.0));
    assert_eq!(code(&none, line, "int8"), 3, "no joules are no measurement");
    let infinite = changed(INT8, |_, window| window.energy_j = Some(f64::INFINITY));
    assert_eq!(code(&infinite, line, "int8"), 3);
    let nan = changed(FULL, |_, window| window.energy_j = Some(f64::NAN));
    assert_eq!(code(&nan, line, "int8"), 3);
    let unscaled = changed(INT8, |_, window| window.u_scale_rel = None);
    assert_eq!(code(&unscaled, "energy-per-task max 100", "int8"), 3, "nothing tells how far joules are off");
    let without = |keep: fn(&str) -> bool| {
        let mut example = example();
        example.cells.retain(|cell| keep(&cell.variant));
        summary_of(&example)
    };
    assert_eq!(code(&without(|variant| variant != "full"), line, "int8"), 3, "no baseline");
    assert_eq!(code(&without(|variant| variant != "int8"), line, "int8"), 3, "no variant");
}

#[test]
fn limits_that_fit_no_amount_and_unknown_quantities_fit_nothing() {
    let summary = summary();
    let unchecked = |limit| Gate {
        metric: "energy-per-task".to_owned(),
        limits: vec![limit],
        tasks: Vec::new(),
        variants: vec!["int8".to_owned()],
    };
    for limit in [Limit::MaxIncrease(Change::Points(0.03)), Limit::MinDecrease(Change::Relative(1.0))] {
        assert_eq!(judge_run(&summary, &[unchecked(limit)]).verdict.code(), 3, "{limit}");
    }
    assert_eq!(code(&summary, "beauty max-decrease 3%", "int8"), 3);
    assert_eq!(code(&summary, "energy-per-task max-increase 3%", "of-another-suite"), 3);
    assert_eq!(judge_run(&summary, &[]).verdict.code(), 3, "nothing was asked");
    // Beside one that passes, too.
    let gate = |line: &str| Gate::read_line(line).unwrap();
    let passes = gate("energy-per-task min-decrease 10%");
    let elsewhere = Gate { tasks: vec!["python".to_owned()], ..passes.clone() };
    assert_eq!(judge_run(&summary, std::slice::from_ref(&passes)).verdict.code(), 0);
    assert_eq!(judge_run(&summary, &[passes.clone(), elsewhere]).verdict.code(), 3);
    assert_eq!(judge_run(&summary, &[passes, gate("beauty max 3")]).verdict.code(), 3);
}

#[test]
fn one_block_is_no_evidence() {
    let few = |blocks: u16| {
        let Example { mut cells, windows, items } = example();
        cells.retain(|cell| cell.block < blocks);
        summary_of(&Example { cells, windows, items })
    };
    assert_eq!(code(&few(1), "energy-per-task max-increase 3%", "int8"), 4);
    assert_eq!(code(&few(1), "energy-per-task max 100", "int8"), 4);
    assert_eq!(code(&few(0), "energy-per-task max-increase 3%", "int8"), 3);
}

#[test]
fn the_model_error_of_an_estimate_widens_what_is_possible() {
    let estimated = |factor: f64| {
        let mut example = example();
        for window in &mut example.windows {
            (window.class, window.u_model_rel) = (Class::Estimated, Some(0.1));
            if window.cell.unwrap() % 3 == 1 {
                window.energy_j = window.energy_j.map(|energy| 2.0 * factor * energy);
            }
        }
        summary_of(&example)
    };
    for (factor, line, expected) in [
        (1.05, "energy-per-task max-increase 3%", 4), // the model may have made it
        (1.34, "energy-per-task max-increase 3%", 1),
        (1.0, "energy-per-task max-increase 3%", 4), // no number of blocks helps
        (1.0, "energy-per-task max-increase 15%", 0),
        (1.0, "seconds-per-task max-increase 3%", 0), // time has no such error
        (0.5, "energy-per-task min-decrease 40%", 0),
        (0.5, "energy-per-task min-decrease 48%", 4),
    ] {
        assert_eq!(code(&estimated(factor), line, "int8"), expected, "{factor} {line}");
    }
}

#[test]
fn a_regression_must_survive_all_limits_that_are_judged_together() {
    // p is about 0.03 alone.
    let summary = with_energy(INT8, |cell| 2.0 * 1.1 * wobble(cell, 0.09));
    let gate = |line: &str| Gate { variants: vec!["int8".into()], ..Gate::read_line(line).unwrap() };
    let alone = judge_run(&summary, &[gate("energy-per-task max-increase 3%")]);
    assert_eq!(alone.verdict.code(), 1, "{alone:?}");
    let lines = ["energy-per-token", "energy-per-task", "seconds-per-task", "peak-memory", "quality"];
    let many: Vec<Gate> = lines.iter().map(|name| gate(&format!("{name} max-increase 3%"))).collect();
    let together = judge_run(&summary, &many);
    assert_ne!(together.verdict.code(), 1, "{together:?}");
    assert!(together.judged[1].why.as_ref().unwrap().contains("may be chance"), "{together:?}");
}

#[test]
fn what_is_open_says_how_many_blocks_would_decide() {
    let summary = with_energy(INT8, |cell| 2.0 * wobble(cell, 0.05));
    let report = judge_run(&summary, &[Gate::read_line("energy-per-task max-increase 3%").unwrap()]);
    let int8 = report.judged.iter().find(|judged| judged.variant == "int8").unwrap();
    assert_eq!(int8.verdict.code(), 4);
    assert!(int8.needed.is_some_and(|blocks| blocks > 6 && blocks < 100), "{int8:?}");
}

fn claim(points: f64, lower: f64) -> Claim {
    let (score, metric) = ("quality".to_owned(), "energy-per-task".to_owned());
    Claim { score, worse: Change::Points(points / 100.0), metric, lower }
}

fn answers(summary: &Summary, claim: &Claim) -> Vec<Answer> {
    certify(summary, claim, |_| true).iter().map(|certificate| certificate.answer).collect()
}

#[test]
fn a_claim_holds_only_where_both_of_its_parts_are_shown() {
    use Answer::{CannotTell, No, Yes};
    let summary = summary();
    for (points, lower, expected) in [
        (75.0, 0.1, [Yes, Yes]),              // int8, pruned
        (75.0, 0.3, [Yes, No]),               // pruned saves a fifth
        (75.0, 0.6, [No, No]),                // int8 saves half
        (2.0, 0.1, [CannotTell, CannotTell]), // three clusters show no two points
        (2.0, 0.6, [No, No]),
        (75.0, 0.2, [Yes, CannotTell]),
    ] {
        assert_eq!(answers(&summary, &claim(points, lower)), expected, "{points} points, {lower}");
    }
}

#[test]
fn a_claim_that_is_open_says_how_much_more_would_tell() {
    let summary = summary();
    let certificates = certify(&summary, &claim(2.0, 0.1), |row| row.variant == "int8");
    let [quality, energy] = &certificates[0].parts[..] else { panic!("{certificates:?}") };
    assert_eq!((quality.n, energy.n), (3, 6));
    assert!(quality.needed.is_some_and(|clusters| clusters > 100), "{quality:?}");
    assert!(energy.needed.is_some_and(|blocks| blocks <= 6), "{energy:?}");
}

#[test]
fn a_claim_without_energy_is_not_measurable() {
    let mut example = example();
    example.cells.retain(|cell| cell.variant != "full");
    let found = answers(&summary_of(&example), &claim(75.0, 0.1));
    assert_eq!(found, [Answer::NotMeasurable; 2]);
    assert_eq!(Answer::code(found), 3);
    assert_eq!(Answer::code([]), 3);
    assert_eq!(Answer::code([Answer::Yes, Answer::CannotTell]), 4);
    assert_eq!(Answer::code([Answer::Yes, Answer::No, Answer::NotMeasurable]), 1);
}

fn asked(claim: Claim, variants: &[&str]) -> Certification {
    let variants = variants.iter().map(|name| (*name).to_owned()).collect();
    Certification { claim, tasks: Vec::new(), variants }
}

#[test]
fn claims_of_a_suite_are_answered_as_gates_beside_its_limits() {
    let summary = summary();
    let passes = [Gate::read_line("energy-per-task min-decrease 10%").unwrap()];
    for (claims, expected) in [
        (vec![asked(claim(75.0, 0.1), &[])], Verdict::Pass),
        (vec![asked(claim(75.0, 0.3), &["int8"])], Verdict::Pass),
        (vec![asked(claim(75.0, 0.3), &[])], Verdict::Regression),
        (vec![asked(claim(2.0, 0.1), &["int8"])], Verdict::Inconclusive),
        (vec![asked(claim(75.0, 0.1), &["int8"]), asked(claim(2.0, 0.1), &["int8"])], Verdict::Inconclusive),
        (vec![asked(claim(75.0, 0.1), &["full"])], Verdict::NotMeasurable), // the baseline is no claim's variant
        (vec![asked(claim(75.0, 0.1), &["of-another-suite"])], Verdict::NotMeasurable),
        (vec![], Verdict::Pass),
    ] {
        let report = judge_all(&summary, &passes, &claims);
        assert_eq!(report.verdict, expected, "{claims:?}");
        let alone = if claims.is_empty() { Verdict::NotMeasurable } else { expected };
        assert_eq!(judge_all(&summary, &[], &claims).verdict, alone, "{claims:?}");
    }
}

#[test]
fn a_no_must_survive_all_claims_that_are_answered_together() {
    // 3.5 % more, 2 % give or take: sure alone, not among sixteen.
    let summary = with_energy(INT8, |cell| 2.0 * 1.035 * wobble(cell, 0.02));
    let one = asked(claim(75.0, 0.0), &["int8"]);
    let alone = judge_all(&summary, &[], std::slice::from_ref(&one));
    assert_eq!(alone.verdict, Verdict::Regression, "{alone:?}");
    let many: Vec<Certification> = vec![one; 16];
    let together = judge_all(&summary, &[], &many);
    assert_eq!(together.verdict, Verdict::Inconclusive, "{together:?}");
}

#[test]
fn points_are_hundredths_of_the_scores_range_and_scores_without_bounds_have_none() {
    let with_width = |width: Option<f64>| {
        let mut summary = summary();
        for row in &mut summary.rows {
            row.score_differences.values_mut().for_each(|difference| difference.width = width);
        }
        summary
    };
    // pruned: −0.075, between −0.454 and +0.304.
    for (width, line, expected) in [
        (Some(1.0), "quality max-decrease 50 points", 0),
        (Some(0.5), "quality max-decrease 50 points", 4),
        (Some(10.0), "quality max-decrease 5 points", 0),
        (None, "quality max-decrease 50 points", 3),
        (None, "quality max-decrease 90%", 0),
    ] {
        assert_eq!(code(&with_width(width), line, "pruned"), expected, "{width:?} {line}");
    }
    assert_eq!(answers(&with_width(None), &claim(75.0, 0.1)), [Answer::NotMeasurable; 2]);
}
