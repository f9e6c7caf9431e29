//! Cells as points of a fit: what an item cost, and how much work it was.

use harness_meter::Class;

use super::Group;
use super::gather::Measured;
use super::settings::{Settings, VariantSetting};

/// One cell with a valid energy, per item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CellPoint {
    pub(super) block: u16,
    /// J.
    pub(super) energy: f64,
    /// Prompt tokens; None where the engine did not tell.
    pub(super) prompt_tokens: Option<f64>,
    /// Generated tokens.
    pub(super) tokens: f64,
    /// Blocks that ran per generated token; None where the engine did not tell.
    pub(super) depth: Option<f64>,
}

impl CellPoint {
    /// J per generated token; None where none was generated.
    pub(super) fn energy_per_token(&self) -> Option<f64> {
        (self.tokens > 0.0).then(|| self.energy / self.tokens)
    }
}

/// The cells of a variant that have a valid energy, in the order of their blocks.
pub(super) fn cell_points(measured: &Measured<'_>) -> Vec<CellPoint> {
    let point = |(block, energy): (&u16, &crate::metric::BlockEnergy)| {
        let cell = measured.cells.iter().find(|cell| cell.block == *block)?;
        (energy.tasks > 0.0).then(|| CellPoint {
            block: *block,
            energy: energy.energy / energy.tasks,
            prompt_tokens: cell.tokens_in.map(|tokens| tokens as f64 / energy.tasks),
            tokens: energy.tokens / energy.tasks,
            depth: cell.mean_exit_layer,
        })
    };
    measured.blocks.iter().filter_map(point).collect()
}

/// The groups of a run, in the order of its variants: those who ask nothing and cost the same at the same depth. Full
/// depth without an exit policy stands in every group whose cache mode acts on skipped blocks alone.
pub(super) fn groups(settings: &Settings, names: &[String]) -> Vec<Group> {
    let known = || names.iter().filter_map(|name| Some((name, settings.variants.get(name)?)));
    let asking_nothing = || known().filter(|(_, setting)| setting.asks_nothing());
    let mut heads: Vec<&VariantSetting> = Vec::new();
    let (with, without): (Vec<_>, Vec<_>) = asking_nothing().partition(|(_, s)| s.exit.is_some());
    for (_, setting) in with.into_iter().chain(without) {
        let fits = |head: &&VariantSetting| head.same_model(setting) && head.same_cost_of_depth(setting);
        if !heads.iter().any(fits) {
            heads.push(setting);
        }
    }
    let group = |head: &VariantSetting| {
        let fits = |s: &VariantSetting| head.same_model(s) && head.same_cost_of_depth(s);
        Group {
            model: head.model.clone(),
            dtype: head.dtype.clone(),
            compression: head.compression.clone(),
            engine: head.engine.clone(),
            batch_size: head.batch_size,
            cache: head.cache.clone(),
            head: head.head.clone(),
            variants: asking_nothing().filter(|(_, s)| fits(s)).map(|(name, _)| name.clone()).collect(),
        }
    };
    heads.into_iter().map(group).collect()
}

/// Whether a variant differs from those of a group only in how it decides.
pub(super) fn holds(group: &Group, settings: &Settings, variant: &str) -> bool {
    let members = || group.variants.iter().filter_map(|name| settings.variants.get(name));
    // One that leaves early names the group's cache mode.
    let head = members().find(|setting| setting.exit.is_some()).or(members().next());
    let own = settings.variants.get(variant);
    own.zip(head).is_some_and(|(own, head)| head.same_model(own) && head.same_cost_of_depth(own))
}

/// The class of those of a group's variants that have an energy, and their largest uncertainty of scale.
///
/// # Errors
/// None has an energy, or their classes differ.
pub(super) fn class_of<'m>(
    group: &Group,
    measured: impl Fn(&str) -> Option<&'m Measured<'m>>,
) -> Result<(Class, Option<f64>), String> {
    let members = group.variants.iter().filter_map(|name| measured(name));
    let with_energy: Vec<&Measured<'_>> = members.filter(|variant| !variant.blocks.is_empty()).collect();
    let first = with_energy.iter().find_map(|variant| variant.class).ok_or("no valid energy")?;
    if with_energy.iter().any(|variant| variant.class != Some(first)) {
        return Err("energies of different classes are never fitted together".to_owned());
    }
    let scale = with_energy.iter().filter_map(|variant| variant.u_scale_rel);
    Ok((first, scale.reduce(f64::max)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_protocol::Exit;
    use std::collections::BTreeMap;

    fn setting(policy: Option<&str>, cache: &str) -> VariantSetting {
        VariantSetting {
            exit: policy
                .map(|policy| Exit { policy: policy.to_owned(), parameters: serde_json::Map::default() }),
            cache: Some(cache.to_owned()),
            head: Some("last".to_owned()),
            ..VariantSetting::default()
        }
    }

    #[test]
    fn full_depth_joins_the_fixed_exits_of_every_mode_that_acts_on_skipped_blocks() {
        let names = ["full", "a", "b", "off", "sure"].map(str::to_owned);
        let settings = [
            setting(None, "key-value"),
            setting(Some("fixed"), "propagate"),
            setting(Some("fixed"), "recompute"),
            setting(Some("fixed"), "off"),
            setting(Some("max-probability"), "propagate"),
        ];
        let settings =
            Settings { variants: names.iter().cloned().zip(settings).collect(), tasks: BTreeMap::default() };
        let found = groups(&settings, &names);
        let variants: Vec<Vec<&str>> =
            found.iter().map(|group| group.variants.iter().map(String::as_str).collect()).collect();
        assert_eq!(variants, [vec!["full", "a"], vec!["full", "b"], vec!["off"]]);
        assert!(holds(&found[0], &settings, "sure") && !holds(&found[1], &settings, "sure"));
        assert_eq!(groups(&settings, &names[..1])[0].cache.as_deref(), Some("key-value"));
    }
}
