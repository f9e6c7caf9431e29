//! Which variants the figures about depth show, and how they look.

use super::canvas::{GREY, SERIES};
use super::chart::{Dot, Look};
use crate::summary::{DepthLaw, Summary, SummaryRow};

/// Look of variants that ask when to leave.
pub(super) const POLICY: Look = Look { colour: GREY, filled: false, diamond: false };

/// Look of the variants of the law with this place.
pub(super) fn look(place: usize) -> Look {
    Look { colour: SERIES[place % SERIES.len()], filled: true, diamond: false }
}

/// Tasks that have laws, in their order.
pub(super) fn tasks(summary: &Summary) -> Vec<&str> {
    let mut tasks: Vec<&str> = summary.depth_laws.iter().map(|law| law.task.as_str()).collect();
    tasks.dedup();
    tasks
}

/// Whether a variant is one of those that a law was fitted to.
pub(super) fn has(law: &DepthLaw, row: &SummaryRow) -> bool {
    law.task == row.task && law.group.variants.contains(&row.variant)
}

/// Whether a variant asks when to leave: its tokens left at different depths, or it asked and never left.
pub(super) fn asks(summary: &Summary, row: &SummaryRow) -> bool {
    let leaves = row.answers.exit_histogram.len() > 1 || row.answers.decision_energy.value().is_some();
    leaves && !summary.depth_laws.iter().any(|law| has(law, row))
}

/// Names a law's variants by what sets them apart from those of other laws.
pub(super) fn name(law: &DepthLaw, several: bool) -> String {
    if !several {
        return "full depth and fixed exits".to_owned();
    }
    let group = &law.group;
    let model = group.model.rsplit('/').next().unwrap_or(&group.model);
    let parts = [model, group.dtype.as_str()].into_iter().chain(group.compression.iter().map(String::as_str));
    format!("{}, cache {}", parts.collect::<Vec<_>>().join(", "), group.cache.as_deref().unwrap_or("unknown"))
}

/// Full depth stands in several laws and is one dot.
pub(super) fn once(dots: Vec<Dot>) -> Vec<Dot> {
    let mut kept: Vec<Dot> = Vec::new();
    for dot in dots {
        if !kept.iter().any(|known| known.label == dot.label) {
            kept.push(dot);
        }
    }
    kept
}
