//! Comparisons of made-up runs: numbers that can be checked by hand, and tables as people see them.

use harness_stats::Interval;

use super::form::{FORMS, text};
use super::own_baseline::against_baselines;
use super::quantity::{Quantity, quantities};
use super::report::{CompareReport, Compared, Counted, Families, Found, Kind, Side};
use super::sessions::Values;
use super::settle::settle;
use super::{Asked, Pair};
use crate::metric::PER_CORRECT;
use crate::report::example::summary;
use crate::summary::{PerCorrect, SummaryRow, Verdict};

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found}, expected {expected}");
}

fn energy() -> Quantity {
    Quantity { name: "energy-per-task".to_owned(), kind: Kind::Ratio, unit: "J/task", is_energy: true }
}

fn score(name: &str) -> Quantity {
    Quantity { name: name.to_owned(), kind: Kind::Difference, unit: "1", is_energy: false }
}

fn values(quantity: &Quantity, before: &[f64], after: &[f64]) -> Values {
    let side = |values: &[f64]| {
        let interval = |value: &f64| Interval { value: *value, lo: Some(0.9 * value), hi: Some(value / 0.9) };
        values.iter().map(|value| Values::scaled(quantity, interval(value))).collect()
    };
    Values { before: side(before), after: side(after) }
}

#[test]
fn enough_sessions_give_a_shift_with_an_interval_and_p() {
    let found =
        values(&energy(), &[2.0, 2.02, 1.99, 2.04], &[2.2, 2.25, 2.17, 2.21]).between(&energy(), 0.95);
    let (found, why) = found.unwrap();
    // numpy: the median of the sixteen ratios is the mean of the eighth and the ninth; the outermost are the ends.
    close(found.value, (2.2_f64 / 2.0 * 2.21 / 2.02).sqrt());
    close(found.lo.unwrap(), 2.17 / 2.04);
    close(found.hi.unwrap(), 2.25 / 1.99);
    // scipy.stats.mannwhitneyu.
    close(found.p.unwrap(), 0.02857142857142857);
    assert_eq!((why, found.counted, found.n_before, found.n_after), (None, Counted::Sessions, 4, 4));
}

#[test]
fn too_few_sessions_say_how_many_would_do_and_what_their_runs_alone_tell() {
    for (before, after, needed) in [
        (&[2.0][..], &[2.2][..], "4 before and 4 after"),
        (&[2.0, 2.1], &[2.2, 2.3], "4 before and 4 after"),
        (&[2.0; 6], &[2.2], "6 before and 3 after"),
    ] {
        let values = values(&energy(), before, after);
        let (found, why) = values.between(&energy(), 0.95).unwrap();
        assert_eq!((found.lo, found.p), (None, None));
        assert!(why.unwrap().ends_with(&format!("{needed} would be enough")), "{needed}");
        let within = values.within(&energy()).unwrap();
        assert!(within.lo.unwrap() < within.value && within.p.is_none());
        assert!(!within.method.contains("sessions"));
    }
    // Ends at 0.9 and 1/0.9 on both sides: the logarithms add in quadrature.
    let within = values(&energy(), &[2.0], &[2.2]).within(&energy()).unwrap();
    close(within.value, 1.1);
    close(within.lo.unwrap(), 1.1 * 0.9_f64.powf(2.0_f64.sqrt()));
    close(within.hi.unwrap(), 1.1 / 0.9_f64.powf(2.0_f64.sqrt()));
    // A mean of two sessions is surer than one by the root of two.
    let within = values(&energy(), &[2.0; 2], &[2.2; 2]).within(&energy()).unwrap();
    close(within.lo.unwrap(), 1.1 * 0.9);
    assert!(values(&energy(), &[], &[2.2]).between(&energy(), 0.95).is_none());
    assert!(values(&energy(), &[], &[2.2]).within(&energy()).is_none());
}

/// The pruned variant of the example, its ratio to the baseline changed by a factor.
fn pruned(factor: f64) -> SummaryRow {
    let mut row = summary().rows[2].clone();
    row.ratios.get_mut("energy-per-task").unwrap().value *= factor;
    row
}

#[test]
fn a_variant_against_both_baselines_is_a_ratio_of_ratios_with_the_errors_of_both() {
    let (before, after) = (pruned(1.0), pruned(1.1));
    let found = against_baselines(&energy(), &[&before], &[&after], 0.95).unwrap();
    close(found.value, 1.1);
    let own = &before.ratios["energy-per-task"];
    // Equal errors with four degrees of freedom each: √2 times the error with eight.
    let half = 2.306004135204166 * own.error * 2.0_f64.sqrt();
    close(found.hi.unwrap(), 1.1 * half.exp());
    close(found.lo.unwrap(), 1.1 / half.exp());
    assert!(found.p.unwrap() < 0.001);

    // Several sessions: the error is that of their spread.
    let before: Vec<SummaryRow> = [1.0, 1.02, 0.98].map(pruned).to_vec();
    let after: Vec<SummaryRow> = [1.1, 1.13, 1.07].map(pruned).to_vec();
    let (before, after): (Vec<_>, Vec<_>) = (before.iter().collect(), after.iter().collect());
    let found = against_baselines(&energy(), &before, &after, 0.95).unwrap();
    // scipy.stats.ttest_ind(equal_var=False) of the logarithms.
    close(found.p.unwrap(), WELCH);
    assert_eq!((found.n_before, found.n_after), (3, 3));

    let baseline = summary().rows[0].clone();
    assert_eq!(against_baselines(&energy(), &[&baseline], &[&baseline], 0.95), None);
    let mut broken = pruned(1.0);
    broken.ratios.get_mut("energy-per-task").unwrap().error = f64::NAN;
    assert_eq!(against_baselines(&energy(), &[&broken], &[&pruned(1.0)], 0.95), None);
}

const WELCH: f64 = 0.010181758451440452;

#[test]
fn values_that_have_no_ratio_say_why() {
    let mut row = summary().rows[1].clone();
    for (value, why) in [
        (0.0, "not above zero"),
        (-1.0, "not above zero"),
        (f64::NAN, "not finite"),
        (f64::INFINITY, "not finite"),
    ] {
        row.amounts.insert("energy-per-task".to_owned(), Interval::bare(value));
        assert!(energy().of(&row).unwrap_err().contains(why), "{value}");
    }
    row.amounts.clear();
    assert_eq!(energy().of(&row).unwrap_err(), "no block has it");
    row.energy_reason = Some("the meter slept".to_owned());
    assert_eq!(energy().of(&row).unwrap_err(), "no energy: the meter slept");
    let correct = Quantity { name: PER_CORRECT.to_owned(), ..energy() };
    row.energy_per_correct_j = PerCorrect::Refused { refused: "nothing was right".to_owned() };
    assert_eq!(correct.of(&row).unwrap_err(), "nothing was right");
    assert_eq!(score("beauty").of(&row).unwrap_err(), "nothing was scored");
    // A score of zero is a score.
    row.scores.get_mut("exact-match").unwrap().value = 0.0;
    assert_eq!(score("exact-match").of(&row).unwrap().value, 0.0);
}

#[test]
fn what_was_named_is_shown_and_else_everything_that_a_row_has() {
    let names = |asked: &Asked, row: &SummaryRow| -> Vec<String> {
        quantities(asked, row).into_iter().map(|quantity| quantity.name).collect()
    };
    let row = summary().rows[0].clone();
    let all = [
        "energy-per-task",
        "energy-per-token",
        "seconds-per-task",
        "peak-memory",
        PER_CORRECT,
        "edit-similarity",
        "exact-match",
    ];
    assert_eq!(names(&Asked::default(), &row), all);
    let refused = summary().rows[2].clone();
    assert!(!names(&Asked::default(), &refused).contains(&PER_CORRECT.to_owned()));
    let asked = Asked { metrics: vec![PER_CORRECT.to_owned()], ..Asked::default() };
    assert_eq!(names(&asked, &refused), [PER_CORRECT]);
    let asked = Asked { scores: vec!["quality".to_owned()], ..Asked::default() };
    assert_eq!(names(&asked, &row), ["edit-similarity"]);
}

#[test]
fn variants_are_named_once_or_under_both_names() {
    let pair = |before: &str, after: &str| Ok(Pair { before: before.to_owned(), after: after.to_owned() });
    assert_eq!(Pair::read("int8"), pair("int8", "int8"));
    assert_eq!(Pair::read("old=new"), pair("old", "new"));
    for wrong in ["", "=", "a=", "=b"] {
        assert!(Pair::read(wrong).is_err(), "{wrong}");
    }
}

fn made(value: f64, half: Option<f64>, p: Option<f64>, counted: Counted) -> Found {
    Found {
        value,
        lo: half.map(|half| value - half),
        hi: half.map(|half| value + half),
        p,
        p_holm: None,
        counted,
        n_before: 1,
        n_after: 1,
        method: "made up".to_owned(),
        verdict: None,
    }
}

fn side(run: &str) -> Side {
    Side {
        run: run.to_owned(),
        created_utc: "2026-01-01T00:00:00Z".to_owned(),
        harness_version: "0.1.0".to_owned(),
        git: None,
        suite_sha256: "ab".to_owned(),
        hardware_key: "cd".to_owned(),
    }
}

/// A comparison of two runs: a variant with one session a side, and a score on the same items.
fn report() -> CompareReport {
    let mut joules = energy().blank("java", "int8", "int8");
    (joules.before, joules.after) = (Some(2.0), Some(2.2));
    joules.found = Some(made(1.1, None, None, Counted::Sessions));
    joules.without_sessions = Some(made(1.1, Some(0.02), None, Counted::Sessions));
    joules.against_baselines = Some(made(1.05, Some(0.01), Some(0.0004), Counted::Sessions));
    joules.baseline = Some("full".to_owned());
    joules.why = Some("1 and 1 sessions are too few".to_owned());
    let mut points = score("exact-match").blank("java", "int8", "int8");
    (points.before, points.after, points.width) = (Some(0.5), Some(0.4), Some(1.0));
    points.found = Some(made(-0.1, Some(0.05), Some(0.01), Counted::Clusters));
    let mut gone = energy().blank("java", "late", "early");
    gone.why = Some("no block has it".to_owned());
    let mut rows = vec![joules, points, gone];
    let families = settle(&mut rows, 0.05, 0.03);
    CompareReport {
        schema: 1,
        suite: "example".to_owned(),
        baseline: None,
        before: vec![side("a")],
        after: vec![side("b")],
        level: 0.95,
        alpha: 0.05,
        practical: 0.03,
        energy: "Energy: made up".to_owned(),
        labels: vec!["other suite: x in `a`; y in `b`".to_owned()],
        notes: vec!["engine differs: 1 before, 2 after".to_owned()],
        families,
        rows,
    }
}

#[test]
fn families_are_adjusted_apart_and_judged() {
    let report = report();
    let expected =
        Families { amounts: 0, scores: 1, amounts_against_baselines: 1, scores_against_baselines: 0 };
    assert_eq!(report.families, expected);
    let verdict = |found: &Option<Found>| found.as_ref().and_then(|found| found.verdict);
    let Compared { found, without_sessions, against_baselines, .. } = &report.rows[0];
    assert_eq!(verdict(found), Some(Verdict::Inconclusive));
    assert_eq!(verdict(without_sessions), None);
    assert_eq!(verdict(against_baselines), Some(Verdict::Higher));
    assert_eq!(verdict(&report.rows[1].found), Some(Verdict::Lower));

    let row = |p: f64| {
        let mut row = energy().blank("java", "int8", "full");
        row.found = Some(made(1.5, Some(0.1), Some(p), Counted::Blocks));
        row
    };
    let mut rows: Vec<Compared> = [0.01, 0.04, 0.03].map(row).to_vec();
    assert_eq!(settle(&mut rows, 0.05, 0.03).amounts, 3);
    let adjusted: Vec<f64> = rows.iter().filter_map(|row| row.found.as_ref()?.p_holm).collect();
    for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06]) {
        close(*found, expected);
    }
}

#[test]
fn the_terminal_shows_every_estimate_and_what_it_leaves_out() {
    assert_eq!(text(&report()), EXPECTED);
}

const EXPECTED: &str = "\
before: a
after:  b
unpaired, 1 and 1 sessions
other suite: x in `a`; y in `b`

task java
variant       quantity                                before    after  Δ [95 %]                       adj. p  from
─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
int8          energy-per-task                        2.000 J  2.200 J  +10.0 % ?                           –  1 + 1 sessions
                without the spread between sessions                    +10.0 [+8.0, +12.0] %               –  1 + 1 sessions
                against each run's `full`                              +5.0 [+4.0, +6.0] % ▲         < 0.001  1 + 1 sessions
              exact-match                              0.500    0.400  −10.0 [−15.0, −5.0] points ▼    0.010  1 cluster
early → late  energy-per-task                              –        –  –                                   –  –

int8 on java, energy-per-task: 1 and 1 sessions are too few.
early → late on java, energy-per-task: no block has it.
engine differs: 1 before, 2 after.
Energy: made up.
Intervals: 95 %, unadjusted. p adjusted by Holm at alpha 0.05: 1 of scores, 1 of amounts against baselines, each a family; a change of 3 % is practical.
▼ significantly and relevantly lower; ▲ significantly and relevantly higher; ? neither a relevant difference nor its absence is shown.
";

#[test]
fn every_form_is_written_and_says_what_is_other() {
    let report = report();
    for form in FORMS {
        let page = (form.write)(&report).unwrap();
        if form.name == "png" {
            assert!(page.starts_with(b"\x89PNG\r\n"));
            continue;
        }
        let page = String::from_utf8(page).unwrap();
        for part in ["int8", "other suite: x in `a`"] {
            assert!(page.contains(part), "{} lacks {part}:\n{page}", form.name);
        }
    }
}

#[test]
fn a_picture_has_room_for_one_row_and_for_many_and_refuses_what_nobody_reads() {
    let svg = FORMS.iter().find(|form| form.name == "svg").unwrap();
    let with = |count: usize| {
        let mut report = report();
        report.rows = (0..count).map(|_| report.rows[1].clone()).collect();
        (svg.write)(&report)
    };
    let height = |page: Vec<u8>| -> u32 {
        let page = String::from_utf8(page).unwrap();
        let rest = page.split_once("height=\"").unwrap().1;
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let (one, many) = (height(with(1).unwrap()), height(with(60).unwrap()));
    assert_eq!(many - one, 59 * 22);
    let refused = with(401).unwrap_err().to_string();
    assert!(refused.contains("help: choose with `--task`"), "{refused}");
}
