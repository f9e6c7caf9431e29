//! Orders and laws.

use super::*;
use Answer::{Agrees, CannotBeJudged as Open, Differs};

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
        (Differs, Some("`int8` is shown to have more than `pruned`"))
    );
    assert_eq!(
        ask(&run, BTreeMap::new()).why.as_deref(),
        Some("not measured: nothing is held against `int8`")
    );
    // p = 0.03 is shown beside a sure pair, and not beside another of its kind (Holm).
    assert_eq!(ask(&run, by_int8(1.026, 0.01)).answer, Agrees);
    let doubtful = by_int8(1.026, 0.01);
    compare(&mut run, "pruned", "energy-per-task", 1.0 / 1.026, 0.01);
    assert_eq!(ask(&run, doubtful).answer, Open);
    compare(&mut run, "pruned", "energy-per-task", 0.8, 0.01);
    answers(&run, &format!("{ORDER}order = [\"full\", \"int8\"]"), Differs, "more than");
    run.rows.iter_mut().for_each(|row| (row.class, row.u_model_rel) = (Some(Class::Estimated), 0.3));
    answers(
        &run,
        &format!("{ORDER}order = [\"pruned\", \"full\"]"),
        Open,
        "less than the meter's model error",
    );
}

#[test]
fn a_variant_is_held_against_rivals_only() {
    let mut run = run();
    let score = run.rows[0].primary_score.clone();
    let keys = "kind = \"law\"\nlaw = \"on-front\"\nvariant = \"full\"\nrivals = [\"int8\"]";
    assert!(needs_items(&[target(keys)]));
    for (joules, points, answer, why) in [
        (0.5, -0.2, Agrees, "int8 against full −50.0"),
        (1.5, 0.2, Agrees, ""),
        (0.5, 0.2, Differs, "`int8` is shown to be both better and cheaper"),
        (0.5, 0.001, Open, "`int8` is shown neither to be worse nor to cost more"),
        (1.001, 0.2, Open, "`int8` is shown neither to be worse nor to cost more"),
    ] {
        compare(&mut run, "int8", "energy-per-task", joules, 0.01);
        compare(&mut run, "int8", &score, points, 0.01);
        answers(&run, keys, answer, why);
    }
    let law = target("kind = \"law\"\nlaw = \"on-front\"\nvariant = \"int8\"\nrivals = [\"pruned\"]");
    assert_eq!(baselines(&[law], &known()).into_iter().collect::<Vec<_>>(), ["int8"]);
}

#[test]
fn of_errors_less_is_more_quality() {
    let mut run = run();
    let score = run.rows[0].primary_score.clone();
    compare(&mut run, "int8", &score, -0.2, 0.01);
    let order =
        |metric: &str| format!("kind = \"ordering\"\nmetric = \"{metric}\"\norder = [\"int8\", \"full\"]");
    answers(&run, &order("quality"), Agrees, "");
    run.rows.iter_mut().for_each(|row| row.lower_is_better = true);
    answers(&run, &order("quality"), Differs, "`int8` is shown to have more than `full`");
    // The score by its own name is a number as it stands.
    answers(&run, &order(&score), Agrees, "");
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
    answers(&with_law(0.1, 0.01, Some(0.9), 0.2, 0.32), law, Differs, "below 0.95");
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
