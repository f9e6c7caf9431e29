//! The depth law: energy as a constant plus so much for each block that runs, and the depth at which a policy pays.

use super::gather::{Gathered, Measured};
use super::point::{CellPoint, cell_points, class_of, groups, holds};
use super::{BreakEven, DecisionEnergy, DepthFit, DepthLaw, DepthPoint, Group, SummaryInput, Told};
use crate::stats::{NoRegression, regress, student};

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
    let points = members.iter().filter_map(|(name, _)| point(name)).collect();
    let [a, b] = found.coefficients[..] else { return Err("the law has no two terms".to_owned()) };
    Ok(DepthFit { a, b, quality: found.quality, points })
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
    let depth = f64::from(of) - cost.value / slope;
    // Delta method: d = L - D / b, where D and b come from different cells.
    let half = cost.hi.map(|hi| hi - cost.value).zip(fit.b.hi.map(|hi| hi - slope)).and_then(
        |(cost_half, slope_half)| {
            let reach_cost = student::reach(level, decision.n_blocks.checked_sub(1)?)?;
            let reach_slope = student::reach(level, fit.quality.freedom)?;
            let of_cost = cost_half / reach_cost / slope;
            let of_slope = slope_half / reach_slope * cost.value / slope.powi(2);
            Some(reach_cost.max(reach_slope) * of_cost.hypot(of_slope))
        },
    );
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
        // 0.08 J for deciding are 8 blocks of 0.01 J.
        close(found.depth, 4.0);
        assert_eq!((found.of, found.pays), (12, false));
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
