//! Synthetic runs of which the right verdict is known.

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

use Answer::{Agrees, CannotBeJudged as Open, Differs};

const VALUE: &str = "kind = \"value\"\nmetric = \"energy-per-task\"\nvariant = \"full\"\n";
const RATIO: &str = "kind = \"ratio\"\nmetric = \"energy-per-task\"\nvariant = \"int8\"\n";
const ORDER: &str = "kind = \"ordering\"\nmetric = \"energy-per-task\"\n";

#[test]
fn a_number_agrees_where_its_whole_interval_does_and_differs_where_none_does() {
    let run = run();
    for (published, tolerance, answer, why) in [
        (2.0, "5%", Agrees, ""),
        (2.05, "5%", Agrees, ""),
        (2.2, "5%", Differs, ""),
        (1.5, "5%", Differs, ""),
        (2.0, "0.5%", Open, "the interval is too wide"),
        (2.1, "5%", Open, "the interval is too wide"),
        (2.0, "0.1", Agrees, ""),
    ] {
        answers(&run, &format!("{VALUE}value = {published}\ntolerance = \"{tolerance}\""), answer, why);
    }
    answers(&run, &format!("{VALUE}hi = 2.5"), Agrees, "");
    answers(&run, &format!("{VALUE}lo = 2.5"), Differs, "");
    answers(&run, &format!("{VALUE}lo = 1.9\nhi = 2.0"), Open, "the interval is too wide");
}

#[test]
fn conditions_that_do_not_hold_leave_a_number_unjudged_and_still_show_it() {
    let run = run();
    let agreeing = format!("{VALUE}value = 2.0\ntolerance = \"5%\"\n");
    for (condition, answer, why) in [
        ("hardware = \"RTX 8000\"", Agrees, ""),
        ("hardware = \"rtx quadro\"", Agrees, ""),
        ("hardware = \"H100\"", Open, "other hardware: `H100` is needed, this is Quadro RTX 8000"),
        ("model = \"llama-java\"", Agrees, ""),
        ("model = \"opt-java\"", Open, "other model: `opt-java` is needed, `full` is `../models/llama-java`"),
        ("items = 1000", Agrees, ""),
        ("items = 1001", Open, "too few items: 1000 of 1001"),
        ("class = \"counter\"", Agrees, ""),
    ] {
        let keys = format!("{agreeing}{condition}");
        answers(&run, &keys, answer, why);
        assert_eq!(judged(&run, &keys).measured, Some(2.0), "{condition}");
    }
}

#[test]
fn estimates_give_ratios_but_no_joules_and_simulations_neither() {
    let with = |class: Class, model: f64| {
        let mut run = run();
        run.rows.iter_mut().for_each(|row| (row.class, row.u_model_rel) = (Some(class), model));
        run
    };
    let (joules, ratio) = (
        format!("{VALUE}value = 2.0\ntolerance = \"5%\"\n"),
        format!("{RATIO}value = 0.5\ntolerance = \"5%\"\n"),
    );
    answers(
        &with(Class::Estimated, 0.0),
        &joules,
        Open,
        "the class is estimated, and joules themselves are compared",
    );
    answers(&with(Class::Estimated, 0.0), &ratio, Agrees, "");
    answers(&with(Class::Estimated, 0.1), &ratio, Open, "the interval is too wide");
    answers(
        &with(Class::Estimated, 0.0),
        &format!("{ratio}class = \"counter\""),
        Open,
        "`counter` is needed",
    );
    answers(&with(Class::Integrated, 0.0), &joules, Agrees, "");
    answers(&with(Class::Simulated, 0.0), &ratio, Open, "the joules are simulated");
    answers(&with(Class::Simulated, 0.0), &format!("{ratio}class = \"simulated\""), Agrees, "");
    answers(&with(Class::Estimated, 0.0), &format!("{joules}class = \"estimated\""), Agrees, "");
    let mut mixed = run();
    mixed.rows[0].class = Some(Class::Integrated);
    answers(&mixed, &ratio, Open, "different classes");
}

#[test]
fn ratios_and_differences_are_those_of_the_blocks_and_items() {
    let mut run = run();
    answers(&run, &format!("{RATIO}value = -50\nunit = \"%\"\ntolerance = \"3 points\""), Agrees, "");
    answers(&run, &format!("{RATIO}value = -60\nunit = \"%\"\ntolerance = \"3%\""), Differs, "");
    // Within the tolerance, but the interval is not.
    compare(&mut run, "int8", "energy-per-task", 0.51, 0.1);
    answers(&run, &format!("{RATIO}value = 0.5\ntolerance = \"5%\""), Open, "the interval is too wide");
    // From the other side.
    let turned = RATIO.replace("int8", "full") + "against = \"pruned\"\nvalue = 1.25\ntolerance = \"5%\"";
    answers(&run, &turned, Agrees, "");
    compare(&mut run, "int8", "exact-match", -0.02, 0.002);
    let score = RATIO.replace("energy-per-task", "exact-match");
    answers(&run, &format!("{score}value = -2\nunit = \"points\"\ntolerance = \"1 point\""), Agrees, "");
    answers(&run, &format!("{score}value = -0.1\ntolerance = \"0.01\""), Differs, "");
    run.rows[1].ratios.clear();
    answers(&run, &format!("{RATIO}value = 0.5\ntolerance = \"5%\""), Open, "not measured: no block");
}

#[test]
fn what_has_no_interval_or_no_value_cannot_be_judged() {
    let mut run = run();
    run.rows[0].energy_per_task_j = Some(Energy { lo: None, hi: None, ..energy(2.0, 0.0) });
    let keys = format!("{VALUE}value = 2.0\ntolerance = \"5%\"");
    answers(&run, &keys, Open, "too few blocks or items");
    run.rows[0].energy_per_task_j =
        Some(Energy { lo_absolute: None, hi_absolute: None, ..energy(2.0, 0.01) });
    answers(&run, &keys, Open, "does not say how far its joules may be off");
    run.rows[0].energy_per_task_j = None;
    (run.rows[0].class, run.rows[0].energy_reason) = (None, Some("the counter stood still".to_owned()));
    answers(&run, &keys, Open, "not measured: the counter stood still");
    run.rows.remove(0);
    answers(&run, &keys, Open, "the run has no row of `full` on `java`");
    let mut one = compared(0.5, 0.0, true);
    (one.lo, one.hi, one.p, one.freedom) = (None, None, None, 0.0);
    run = self::run();
    run.rows[1].ratios.insert("energy-per-task".to_owned(), one);
    answers(&run, &format!("{RATIO}value = 0.5\ntolerance = \"5%\""), Open, "too few blocks or items");
    answers(&run, &format!("{ORDER}order = [\"int8\", \"full\"]"), Open, "too few blocks or items");
}

#[test]
fn formulas_keep_their_intervals_and_never_divide_by_what_may_be_zero() {
    let mut run = run();
    let formula = |formula: &str| format!("kind = \"value\"\nformula = \"{formula}\"\n");
    let saved = formula("100 * (1 - ratio(energy-per-task, int8, full))");
    answers(&run, &format!("{saved}value = 50\ntolerance = \"5%\""), Agrees, "");
    answers(&run, &format!("{saved}value = 60\ntolerance = \"5%\""), Differs, "");
    let less = formula("ratio(energy-per-task, int8, full) - ratio(energy-per-task, pruned, full)");
    answers(&run, &format!("{less}hi = 0"), Agrees, "");
    answers(&run, &format!("{less}lo = 0"), Differs, "");
    answers(
        &run,
        &format!("{}value = 1\ntolerance = \"1%\"", formula("1 / (depth(int8) - depth(int8))")),
        Open,
        "division by zero",
    );
    answers(&run, &format!("{}value = 1\ntolerance = \"1%\"", formula("1 / 0")), Open, "division by zero");
    answers(
        &run,
        &format!("{}value = 2\ntolerance = \"1%\"", formula("depth(full) / depth(int8)")),
        Agrees,
        "",
    );
    compare(&mut run, "int8", "exact-match", 0.001, 0.01);
    let per_point = formula("ratio(energy-per-task, int8, full) / difference(exact-match, int8, full)");
    answers(&run, &format!("{per_point}value = 1\ntolerance = \"1%\""), Open, "division by zero");
    // Two quantities share the error: each has a wider interval than alone.
    let alone = judged(&run, &format!("{}hi = 0.6", formula("ratio(energy-per-task, int8, full)")));
    let both =
        judged(&run, &format!("{}hi = 0.6", formula("ratio(energy-per-task, int8, full) + 0 * depth(full)")));
    assert!(both.lo < alone.lo && both.hi > alone.hi, "{alone:?} {both:?}");
}

#[test]
fn scores_have_points_and_too_few_items_leave_them_open() {
    let mut run = run();
    run.rows[0].scores.insert(
        "exact-match".to_owned(),
        Score { value: 0.42, lo: Some(0.41), hi: Some(0.43), method: "test".to_owned() },
    );
    let score = VALUE.replace("energy-per-task", "exact-match");
    answers(&run, &format!("{score}value = 42.5\nunit = \"points\"\ntolerance = \"2 points\""), Agrees, "");
    answers(&run, &format!("{score}value = 0.5\ntolerance = \"2 points\""), Differs, "");
    run.rows[0].scores.get_mut("exact-match").unwrap().lo = Some(0.3);
    answers(&run, &format!("{score}value = 0.42\ntolerance = \"2 points\""), Open, "too wide");
    run.rows[0].scores.clear();
    answers(&run, &format!("{score}value = 0.42\ntolerance = \"2 points\""), Open, "was not scored");
}

#[test]
fn an_order_needs_every_pair_and_breaks_by_one() {
    let mut run = run();
    let known = known();
    let all = "order = [\"int8\", \"pruned\", \"full\"]";
    let ordering = target(&format!("{ORDER}{all}"));
    assert_eq!(baselines(std::slice::from_ref(&ordering), &known).into_iter().collect::<Vec<_>>(), ["int8"]);
    assert!(
        !needs_items(&[ordering])
            && needs_items(&[target("kind = \"ordering\"\nmetric = \"quality\"\norder = []")])
    );
    let by_int8 = |ratio: f64, error: f64| {
        let mut rebased = run.clone();
        compare(&mut rebased, "pruned", "energy-per-task", ratio, error);
        BTreeMap::from([("int8".to_owned(), rebased)])
    };
    let ask = |run: &Summary, rebased| judged_beside(run, &rebased, &format!("{ORDER}{all}"));
    assert_eq!(ask(&run, by_int8(1.6, 0.01)).answer, Agrees);
    let tie = ask(&run, by_int8(1.01, 0.05));
    assert_eq!(
        (tie.answer, tie.why.as_deref()),
        (Open, Some("`int8` and `pruned` are tied: neither is shown to have more"))
    );
    let turned = ask(&run, by_int8(0.8, 0.01));
    assert_eq!(
        (turned.answer, turned.why.as_deref()),
        (Differs, Some("`pruned` is shown to have less than `int8`"))
    );
    assert_eq!(
        ask(&run, BTreeMap::new()).why.as_deref(),
        Some("not measured: nothing is held against `int8`")
    );
    // p = 0.03 is shown alone, and not as one of two pairs (Holm).
    let doubtful = by_int8(1.026, 0.01);
    assert_eq!(ask(&run, doubtful).answer, Open);
    answers(&run, &format!("{ORDER}order = [\"full\", \"int8\"]"), Differs, "less than");
    run.rows.iter_mut().for_each(|row| (row.class, row.u_model_rel) = (Some(Class::Estimated), 0.3));
    answers(
        &run,
        &format!("{ORDER}order = [\"pruned\", \"full\"]"),
        Open,
        "less than the meter's model error",
    );
}

#[test]
fn a_monotone_law_allows_ties_but_no_fall_and_needs_a_rise() {
    let mut run = run();
    let law = |tolerance: &str| {
        format!(
            "kind = \"law\"\nlaw = \"monotone\"\nmetric = \"energy-per-task\"\norder = [\"int8\", \"full\", \"pruned\"]\n{tolerance}"
        )
    };
    let rebased = |run: &Summary, ratio: f64| {
        let mut rebased = run.clone();
        compare(&mut rebased, "pruned", "energy-per-task", ratio, 0.01);
        BTreeMap::from([("int8".to_owned(), rebased)])
    };
    let found = judged_beside(&run, &rebased(&run, 1.6), &law(""));
    assert_eq!(found.answer, Differs, "{found:?}");
    compare(&mut run, "pruned", "energy-per-task", 1.0, 0.005);
    let found = judged_beside(&run, &rebased(&run, 2.0), &law("tolerance = \"3%\""));
    assert_eq!(found.answer, Agrees, "{found:?}");
    let found = judged_beside(&run, &rebased(&run, 2.0), &law(""));
    assert_eq!(found.answer, Open, "{found:?}");
    let flat = judged_beside(&run, &rebased(&run, 1.0), &law("tolerance = \"3%\""));
    assert_eq!(flat.why.as_deref(), Some("no rise is shown from end to end"));
}

/// A law through depths 4, 8 and 16 whose cells scatter by `scatter` J.
fn with_law(slope: f64, half: f64, share: Option<f64>, bend: f64, scatter: f64) -> Summary {
    let mut run = run();
    let point = |(variant, depth, residual): (&str, f64, f64)| DepthPoint {
        variant: variant.to_owned(),
        depth,
        energy_j: 1.0 + slope * depth,
        residual_j: residual,
        n: 10,
    };
    let points =
        [("int8", 4.0, -bend), ("pruned", 8.0, 2.0 * bend), ("full", 16.0, -bend)].map(point).to_vec();
    let fit = DepthFit {
        a: Interval { value: 1.0, lo: Some(0.9), hi: Some(1.1) },
        b: Interval { value: slope, lo: Some(slope - half), hi: Some(slope + half) },
        quality: FitQuality {
            n: 30,
            freedom: 28,
            r_squared: share,
            residual_sd: Some(scatter),
            inverse: vec![vec![0.1, 0.0], vec![0.0, 0.1]],
        },
        r_squared_of_means: share,
        points,
    };
    run.depth_laws = vec![DepthLaw {
        task: "java".to_owned(),
        group: Group {
            model: "m".to_owned(),
            dtype: "f32".to_owned(),
            compression: Vec::new(),
            engine: "e".to_owned(),
            batch_size: 1,
            cache: None,
            head: None,
            variants: ["int8", "pruned", "full"].map(str::to_owned).to_vec(),
        },
        class: Some(Class::Counter),
        blocks: Some(16),
        per_token_j: Told::Value(fit),
        per_task_j: Told::refused("not computed"),
    }];
    run
}

#[test]
fn a_line_along_depth_is_told_from_a_bend_and_from_no_rise() {
    let law = "kind = \"law\"\nlaw = \"linear-in-depth\"\n";
    answers(&with_law(0.1, 0.01, Some(0.99), 0.0, 0.1), law, Agrees, "R² of 3 means 0.990");
    answers(&with_law(-0.1, 0.01, Some(0.99), 0.0, 0.1), law, Differs, "not to rise");
    answers(&with_law(0.1, 0.2, Some(0.99), 0.0, 0.1), law, Open, "holds 0");
    answers(&with_law(0.1, 0.01, Some(0.9), 0.01, 0.5), law, Open, "below 0.95");
    answers(&with_law(0.1, 0.01, Some(0.9), 0.2, 0.28), law, Differs, "below 0.95");
    answers(&with_law(0.1, 0.01, Some(0.9), 0.01, 0.5), &format!("{law}r-squared = 0.85"), Agrees, "");
    answers(&with_law(0.1, 0.01, None, 0.0, 0.1), law, Open, "fewer than 3 depths");
    answers(&run(), law, Open, "no variants leave at fixed depths");
    answers(
        &with_law(0.1, 0.01, Some(0.99), 0.0, 0.1),
        &format!("{law}metric = \"energy-per-task\""),
        Open,
        "not computed",
    );
    answers(
        &with_law(0.1, 0.01, Some(0.99), 0.0, 0.1),
        &format!("{law}hardware = \"H100\""),
        Open,
        "other hardware",
    );
    let slope = "kind = \"law\"\nlaw = \"slope\"\nvalue = 0.1\n";
    answers(
        &with_law(0.101, 0.004, Some(0.99), 0.0, 0.1),
        &format!("{slope}tolerance = \"10%\""),
        Agrees,
        "",
    );
    answers(&with_law(0.2, 0.004, Some(0.99), 0.0, 0.1), &format!("{slope}tolerance = \"10%\""), Differs, "");
    let mut estimated = with_law(0.1, 0.004, Some(0.99), 0.0, 0.1);
    estimated.rows.iter_mut().for_each(|row| row.class = Some(Class::Estimated));
    answers(&estimated, &format!("{slope}tolerance = \"10%\""), Open, "joules themselves");
    answers(&estimated, law, Agrees, "");
}

#[test]
fn the_front_is_shown_excluded_or_open() {
    let law = "kind = \"law\"\nlaw = \"on-front\"\nvariant = \"int8\"\n";
    let mut run = run();
    for (p, answer) in [(Some(0.97), Agrees), (Some(0.01), Differs), (Some(0.5), Open), (None, Open)] {
        run.rows[1].on_front_p = p;
        answers(&run, law, answer, "");
    }
}

#[test]
fn values_are_a_verdict_each_and_unknown_names_say_so() {
    let keys = "kind = \"value\"\nmetric = \"energy-per-task\"\ntolerance = \"5%\"\nvalues = { full = 2.0, int8 = 1.0, pruned = 9.0 }";
    let found = judge_targets(&run(), &BTreeMap::new(), &[target(keys)], &known(), &facts());
    let answers: Vec<Answer> = found.found.iter().map(|found| found.answer).collect();
    assert_eq!(answers, [Agrees, Agrees, Differs]);
    assert_eq!((found.count(Agrees), found.count(Differs), found.count(Open)), (2, 1, 0));
    let unknown = judged(
        &run(),
        "kind = \"value\"\nmetric = \"joules\"\nvariant = \"full\"\nvalue = 1\ntolerance = \"1%\"",
    );
    assert_eq!((unknown.answer, unknown.why.as_deref()), (Open, Some("unknown metric `joules`")));
}

#[test]
fn what_is_wrong_with_a_target_is_said_by_key_with_help() {
    let faulty = [
        ("kind = \"number\"", "kind", "unknown kind `number`"),
        ("kind = \"value\"\nvariant = \"full\"", "metric", "the target names no metric"),
        (&format!("{VALUE}value = 2"), "tolerance", "without `tolerance`"),
        (VALUE, "value", "publishes no number"),
        (&format!("{VALUE}value = 2\nlo = 1\ntolerance = \"1%\""), "value", "or two"),
        (&format!("{VALUE}lo = 2\nhi = 1"), "lo", "`lo` lies above `hi`"),
        (&format!("{VALUE}value = 2\ntolerance = \"much\""), "tolerance", "`much` is no tolerance"),
        (&format!("{VALUE}value = 2\ntolerance = \"1%\"\nunit = \"kWh\""), "unit", "unknown unit `kWh`"),
        (&format!("{VALUE}value = 2\ntolerance = \"1%\"\nclass = \"good\""), "class", "unknown class `good`"),
        (
            &format!("{VALUE}value = 2\ntolerance = \"1%\"\ntasks = [\"jaba\"]"),
            "tasks",
            "unknown task `jaba`",
        ),
        (&VALUE.replace("full", "ful"), "variant", "unknown variant `ful`"),
        (&format!("{ORDER}order = [\"full\"]"), "order", "fewer than two"),
        (&format!("{ORDER}order = [\"full\", \"full\"]"), "order", "stands beside itself"),
        ("kind = \"law\"\nlaw = \"gravity\"", "law", "unknown law `gravity`"),
        ("kind = \"law\"\nlaw = \"on-front\"", "variant", "names no variant"),
        ("kind = \"value\"\nformula = \"1 +\"\nvalue = 1", "formula", "is no formula"),
        (
            "kind = \"value\"\nformula = \"ratio(exact-match, int8, full)\"\nvalue = 1",
            "metric",
            "unknown metric of a ratio",
        ),
        (
            "kind = \"value\"\nformula = \"difference(energy-per-task, int8, full)\"",
            "formula",
            "amounts have ratios",
        ),
        ("kind = \"value\"\nmetric = \"quality\"\nvalue = 1\ntolerance = \"1%\"", "variant", "whose number"),
    ];
    for (keys, key, why) in faulty {
        let fault = target(keys).claims(&known()).unwrap_err();
        assert!(fault.key == key && fault.why.contains(why) && !fault.help.is_empty(), "{keys}: {fault:?}");
    }
}
