//! Numbers: values, ratios, differences, formulas, and what is wrong with targets.

use super::*;
use Answer::{Agrees, CannotBeJudged as Open, Differs};

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
