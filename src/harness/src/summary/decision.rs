//! What deciding costs: a variant that asks at every exit and never leaves, against one that asks nothing.

use super::gather::{Gathered, Measured};
use super::point::{CellPoint, cell_points};
use super::{DecisionEnergy, SummaryInput};
use harness_stats::{Difference, difference};

/// The decision energy of a variant's policy, or why it is not known.
pub(super) fn decision_energy(
    input: &SummaryInput,
    task: &str,
    variant: &str,
    gathered: &Gathered<'_>,
    level: f64,
) -> Result<DecisionEnergy, String> {
    let settings = &input.settings;
    let own = settings.variants.get(variant).ok_or("the run does not keep how its variants answer")?;
    let exit = own.exit.as_ref().ok_or("no exit policy")?;
    if own.asks_nothing() {
        return Err(format!("policy `{}` asks nothing", exit.policy));
    }
    if own.decides_nothing() {
        return Err(format!("policy `{}` decides nothing while tokens run", exit.policy));
    }
    let measured = |name: &str| gathered.of(task, name);
    let against = settings
        .full_cost(variant, &input.variants)
        .ok_or("no variant of the same model, cache and head runs every block and asks nothing")?;
    let full = measured(against).ok_or_else(|| format!("`{against}` was not measured"))?;
    let blocks = full.exits.keys().max().ok_or("the engine does not tell how many blocks ran")?;
    let policy = |name: &&String| {
        let setting = settings.variants.get(*name);
        setting.is_some_and(|setting| setting.same_model(own) && setting.same_policy(own))
    };
    let never_leaves = |name: &&String| {
        measured(name).is_some_and(|variant| variant.exits.len() == 1 && variant.exits.contains_key(blocks))
    };
    let never = input
        .variants
        .iter()
        .filter(policy)
        .find(never_leaves)
        .ok_or_else(|| format!("no variant of policy `{}` asks and never leaves", exit.policy))?;
    let asks = measured(never).ok_or_else(|| format!("`{never}` was not measured"))?;
    compare(asks, full, level).map(|(per_token_j, per_task_j, n_blocks, within_model_error)| DecisionEnergy {
        measured_by: never.clone(),
        against: against.to_owned(),
        per_token_j,
        per_task_j,
        n_blocks,
        within_model_error,
    })
}

/// Both differences, the number of blocks, and whether the meter's model may have made them.
fn compare(
    asks: &Measured<'_>,
    full: &Measured<'_>,
    level: f64,
) -> Result<(Difference, Difference, usize, bool), String> {
    if asks.class != full.class {
        return Err("energies of different classes are never compared".to_owned());
    }
    let theirs = cell_points(full);
    let pairs: Vec<(CellPoint, CellPoint)> = cell_points(asks)
        .into_iter()
        .filter_map(|own| Some((own, *theirs.iter().find(|other| other.block == own.block)?)))
        .collect();
    let per_token: Option<Vec<f64>> =
        pairs.iter().map(|(own, other)| Some(own.energy_per_token()? - other.energy_per_token()?)).collect();
    let per_task: Vec<f64> = pairs.iter().map(|(own, other)| own.energy - other.energy).collect();
    let per_token = per_token
        .and_then(|blocks| difference(&blocks, level))
        .ok_or("no common block has tokens and energy")?;
    let per_task = difference(&per_task, level).ok_or("no common block has an energy")?;
    let usual = pairs.iter().map(|(_, other)| other.energy).sum::<f64>() / pairs.len() as f64;
    let hidden = per_task.value.abs() <= asks.u_model_rel.max(full.u_model_rel) * usual;
    Ok((per_token, per_task, pairs.len(), hidden))
}

#[cfg(test)]
mod tests {
    use crate::report::exits_example::{LAYERS, exits_example, exits_summary};
    use crate::summary::Told;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn asking_without_leaving_is_charged_to_every_variant_of_the_policy() {
        let summary = exits_summary(&exits_example());
        for name in ["sure-0.6", "never"] {
            let row = summary.rows.iter().find(|row| row.variant == name).unwrap();
            let found = row.answers.decision_energy.value().unwrap();
            assert_eq!((found.measured_by.as_str(), found.against.as_str()), ("never", "full"));
            // 0.08 J a token at 10 tokens a task, in every block.
            close(found.per_token_j.value, 0.08);
            close(found.per_task_j.value, 0.8);
            assert!(found.per_token_j.p.unwrap() < 0.01 && found.per_token_j.lo.unwrap() > 0.0);
            assert_eq!((found.n_blocks, found.within_model_error), (6, false));
        }
    }

    #[test]
    fn a_policy_that_saves_by_asking_has_a_negative_cost_and_one_that_left_has_none() {
        let mut example = exits_example();
        let never: Vec<u32> =
            example.cells.iter().filter(|cell| cell.variant == "never").map(|cell| cell.cell).collect();
        for window in example.windows.iter_mut().filter(|w| w.cell.is_some_and(|c| never.contains(&c))) {
            window.energy_j = window.energy_j.map(|energy| 0.5 * energy);
        }
        let row = |summary: &crate::summary::Summary| {
            summary.rows.iter().find(|row| row.variant == "never").unwrap().answers.decision_energy.clone()
        };
        let summary = exits_summary(&example);
        let found = row(&summary);
        assert!(found.value().unwrap().per_task_j.hi.unwrap() < 0.0, "{found:?}");

        for item in example.items.iter_mut().filter(|item| item.variant == "never") {
            item.exit_layers = Some(vec![LAYERS, 4]);
        }
        let found = row(&exits_summary(&example));
        assert_eq!(found, Told::refused("no variant of policy `max-probability` asks and never leaves"));
    }

    #[test]
    fn variants_that_ask_nothing_say_so() {
        let summary = exits_summary(&exits_example());
        let why = |name: &str| {
            let row = summary.rows.iter().find(|row| row.variant == name).unwrap();
            row.answers.decision_energy.why().unwrap().to_owned()
        };
        assert_eq!(why("full"), "no exit policy");
        assert_eq!(why("exit-4"), "policy `fixed` asks nothing");
    }
}
