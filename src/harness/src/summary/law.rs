//! The depth law: energy as a constant plus so much for each block that runs, and the depth at which a policy pays.

use super::gather::{Gathered, Measured};
use super::point::{CellPoint, cell_points, class_of, groups, holds};
use super::{BreakEven, DecisionEnergy, DepthFit, DepthLaw, DepthPoint, Group, SummaryInput, Told};
use harness_stats::{NoRegression, regress, student};

/// Mean depths that differ by less than this, in blocks, are one depth.
const SAME_DEPTH: f64 = 1e-6;

/// The laws of every task and every group in which a variant leaves at a fixed exit.
pub(super) fn depth_laws(input: &SummaryInput, gathered: &Gathered<'_>, level: f64) -> Vec<DepthLaw> {
    let leaves = |group: &Group| {
        let settings = group.variants.iter().filter_map(|name| input.settings.variants.get(name));
        settings.filter_map(|setting| setting.exit.as_ref()).any(|exit| exit.policy == "fixed")
    };
    let groups: Vec<Group> = groups(&input.settings, &input.variants).into_iter().filter(leaves).collect();
    let mut laws = Vec::new();
    for task in &input.tasks {
        for group in &groups {
            laws.push(depth_law(&task.name, group, gathered, level));
        }
    }
    laws
}

fn depth_law(task: &str, group: &Group, gathered: &Gathered<'_>, level: f64) -> DepthLaw {
    let measured = |name: &str| gathered.of(task, name);
    let class = class_of(group, measured);
    let members: Vec<(&str, &Measured<'_>)> =
        group.variants.iter().filter_map(|name| Some((name.as_str(), measured(name)?))).collect();
    let of_all = |energy: fn(&CellPoint) -> Option<f64>| match &class {
        Ok(_) => fit(&members, energy, level).into(),
        Err(why) => Told::refused(why.as_str()),
    };
    DepthLaw {
        task: task.to_owned(),
        group: group.clone(),
        class: class.as_ref().ok().map(|class| class.0),
        blocks: members.iter().filter_map(|(_, variant)| variant.exits.keys().max().copied()).max(),
        per_token_j: of_all(CellPoint::energy_per_token),
        per_task_j: of_all(|point| Some(point.energy)),
    }
}

fn fit(
    members: &[(&str, &Measured<'_>)],
    energy: fn(&CellPoint) -> Option<f64>,
    level: f64,
) -> Result<DepthFit, String> {
    let mut cells: Vec<(&str, f64, f64)> = Vec::new();
    for (name, variant) in members {
        let known = cell_points(variant);
        cells.extend(known.iter().filter_map(|cell| Some((*name, cell.depth?, energy(cell)?))));
    }
    if cells.is_empty() {
        return Err("no cell tells both depth and energy".to_owned());
    }
    let depths = || cells.iter().map(|cell| cell.1);
    let (least, most) = (depths().fold(f64::MAX, f64::min), depths().fold(f64::MIN, f64::max));
    if most - least < SAME_DEPTH {
        return Err(format!("every cell ran {most} blocks per token: a line needs two depths"));
    }
    let columns = [vec![1.0; cells.len()], depths().collect()];
    let energies: Vec<f64> = cells.iter().map(|cell| cell.2).collect();
    let found = regress(&columns, &energies, level).map_err(|why| match why {
        NoRegression::TooFew => "a line needs two cells".to_owned(),
        NoRegression::Dependent(_) => "the depths hardly differ".to_owned(),
        NoRegression::NotFinite => "an energy or a depth is no number".to_owned(),
    })?;
    let point = |name: &str| {
        let own: Vec<(f64, f64)> =
            cells.iter().filter(|cell| cell.0 == name).map(|cell| (cell.1, cell.2)).collect();
        let n = own.len();
        let (depth, energy_j) = mean(&own)?;
        let law = found.coefficients[0].value + found.coefficients[1].value * depth;
        Some(DepthPoint { variant: name.to_owned(), depth, energy_j, residual_j: energy_j - law, n })
    };
    let points: Vec<DepthPoint> = members.iter().filter_map(|(name, _)| point(name)).collect();
    let [a, b] = found.coefficients[..] else { return Err("the law has no two terms".to_owned()) };
    Ok(DepthFit { a, b, quality: found.quality, r_squared_of_means: r_squared(&points), points })
}

/// Share of the variance of the variants' means that the law explains; None where they do not differ.
fn r_squared(points: &[DepthPoint]) -> Option<f64> {
    // A line always goes through two points.
    if points.len() < 3 {
        return None;
    }
    let mean = points.iter().map(|point| point.energy_j).sum::<f64>() / points.len() as f64;
    let all: f64 = points.iter().map(|point| (point.energy_j - mean).powi(2)).sum();
    let left: f64 = points.iter().map(|point| point.residual_j.powi(2)).sum();
    (all > 0.0).then(|| 1.0 - left / all)
}

fn mean(pairs: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = Some(pairs.len()).filter(|count| *count > 0)? as f64;
    let sums = pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    Some((sums.0 / count, sums.1 / count))
}

/// The law of the group that a variant belongs to.
pub(super) fn law_of<'l>(
    input: &SummaryInput,
    laws: &'l [DepthLaw],
    task: &str,
    variant: &str,
) -> Option<&'l DepthLaw> {
    laws.iter().find(|law| law.task == task && holds(&law.group, &input.settings, variant))
}

/// The break-even depth of a variant whose decisions cost this much, or why there is none.
pub(super) fn break_even(
    law: Option<&DepthLaw>,
    decision: &Told<DecisionEnergy>,
    mean_exit_layer: Option<f64>,
    level: f64,
) -> Result<BreakEven, String> {
    let decision = match decision {
        Told::Value(decision) => decision,
        Told::Refused { refused } => return Err(refused.clone()),
    };
    let law = law.ok_or("no variant of the same model, cache and head leaves at a fixed exit")?;
    let fit = match &law.per_token_j {
        Told::Value(fit) => fit,
        Told::Refused { refused } => return Err(refused.clone()),
    };
    let of = law.blocks.ok_or("the engine does not tell how many blocks ran")?;
    let mean_exit_layer = mean_exit_layer.ok_or("the engine does not tell how many blocks ran")?;
    let slope = fit.b.value;
    if slope <= 0.0 {
        return Err("by the law a block costs nothing, so that nothing can be saved".to_owned());
    }
    let cost = decision.per_token_j;
    let all = f64::from(of);
    // What leaving before the first block would save, and what is left of it beside the decisions of full depth.
    let (saved, both) = (slope * all, slope * all + cost.value);
    if both <= 0.0 {
        return Err("asking costs less than nothing, so that leaving at any depth pays".to_owned());
    }
    let depth = all * saved / both;
    // Delta method: slope and decision energy come from different cells.
    let error_of = |hi: Option<f64>, value: f64, freedom: usize| {
        let reach = student::reach(level, freedom)?;
        Some(((hi? - value) / reach, reach))
    };
    let of_cost = error_of(cost.hi, cost.value, decision.n_blocks.saturating_sub(1));
    let of_slope = error_of(fit.b.hi, slope, fit.quality.freedom);
    let half = of_cost.zip(of_slope).map(|((of_cost, reach_cost), (of_slope, reach_slope))| {
        let by_cost = of_cost * all * saved / both.powi(2);
        let by_slope = of_slope * all.powi(2) * cost.value / both.powi(2);
        reach_cost.max(reach_slope) * by_cost.hypot(by_slope)
    });
    Ok(BreakEven {
        depth,
        lo: half.map(|half| depth - half),
        hi: half.map(|half| depth + half),
        of,
        mean_exit_layer,
        pays: mean_exit_layer < depth,
    })
}

#[cfg(test)]
mod tests {
    use crate::report::exits_example::summary_with;
    use crate::report::exits_example::{exits_example, exits_input, exits_summary};

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn the_law_that_made_the_energies_is_found_again() {
        let summary = exits_summary(&exits_example());
        let [law] = &summary.depth_laws[..] else { panic!("one law") };
        assert_eq!(law.group.variants, ["full", "exit-4", "exit-8"]);
        assert_eq!((law.blocks, law.group.cache.as_deref()), (Some(12), Some("propagate")));
        let fit = law.per_token_j.value().unwrap();
        close(fit.a.value, 0.05);
        close(fit.b.value, 0.01);
        close(fit.quality.r_squared.unwrap(), 1.0);
        close(fit.r_squared_of_means.unwrap(), 1.0);
        assert_eq!((fit.quality.n, fit.points.len()), (18, 3));
        close(fit.points[1].depth, 4.8);
        close(fit.points[1].residual_j, 0.0);
        let fit = law.per_task_j.value().unwrap();
        close(fit.b.value, 0.1);
        close(fit.at(12.0, 0.95).value, 1.7);
    }

    #[test]
    fn a_policy_breaks_even_where_the_saved_blocks_pay_for_its_decisions() {
        let summary = exits_summary(&exits_example());
        let row = |name: &str| summary.rows.iter().find(|row| row.variant == name).unwrap();
        let found = row("sure-0.6").answers.break_even.value().unwrap();
        // All blocks cost 0.12 J, all decisions 0.08 J: 12 · 0.12 / 0.20.
        close(found.depth, 7.2);
        assert_eq!((found.of, found.pays), (12, true));
        let energy = |name: &str| row(name).energy_per_token_j.as_ref().unwrap().value;
        assert!(energy("sure-0.6") < energy("full"));
        assert!(!row("never").answers.break_even.value().unwrap().pays);
        assert_eq!(row("full").answers.break_even.why(), Some("no exit policy"));
    }

    #[test]
    fn one_depth_is_no_law() {
        let mut example = exits_example();
        for cell in &mut example.cells {
            cell.mean_exit_layer = Some(12.0);
        }
        let summary = exits_summary(&example);
        let why = summary.depth_laws[0].per_token_j.why().unwrap();
        assert_eq!(why, "every cell ran 12 blocks per token: a line needs two depths");
        let row = summary.rows.iter().find(|row| row.variant == "sure-0.6").unwrap();
        assert_eq!(row.answers.break_even.why(), Some(why));
    }

    #[test]
    fn without_settings_or_with_mixed_classes_there_is_no_law() {
        let example = exits_example();
        let mut input = exits_input();
        input.settings = crate::summary::Settings::default();
        let summary = summary_with(&input, &example);
        assert!(summary.depth_laws.is_empty() && summary.price_models.is_empty());
        assert!(summary.rows[0].answers.decision_energy.why().unwrap().contains("does not keep"));

        let mut example = exits_example();
        for window in example.windows.iter_mut().filter(|w| w.cell.is_some_and(|cell| cell % 5 == 1)) {
            window.class = harness_meter::Class::Estimated;
        }
        let summary = exits_summary(&example);
        assert!(summary.depth_laws[0].per_token_j.why().unwrap().contains("different classes"));
    }
}
