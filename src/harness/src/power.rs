//! How many blocks of a planned run find a change, and how small a change so many blocks find.

use std::time::Duration;

use harness_stats::{blocks_needed, detectable};

use crate::plan::Plan;
use crate::progress::minutes;
use crate::suite::{Suite, fewest_blocks};

/// What a run is to find, and what is known of its noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Aim {
    /// Chance of finding the change.
    pub power: f64,
    /// Smallest relative change that is to be found; None: tell what the planned blocks find.
    pub effect: Option<f64>,
    /// Standard deviation of the logarithm of a block's ratio, and where it comes from.
    pub spread: (f64, String),
    /// Longest time that the run may take, minutes.
    pub max_minutes: Option<f64>,
}

/// What a plan finds, in sentences.
pub fn sentences(suite: &Suite, aim: &Aim) -> Vec<String> {
    let comparisons = (suite.variants.len() - 1) * suite.tasks.len();
    let alpha = suite.analysis.alpha / comparisons.max(1) as f64;
    let fewest = fewest_blocks(comparisons, suite.analysis.alpha);
    let (sd, source) = &aim.spread;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let time = |blocks: u16| {
        let mut longer = suite.clone();
        longer.run.blocks = blocks;
        Plan::new(&longer).seconds(&longer)
    };
    let told = |seconds: f64| minutes(Duration::from_secs_f64(seconds));
    let mut lines = vec![format!(
        "power {:.0} %, alpha {} over {comparisons} comparisons (the strictest step of Holm: {alpha:.4}), block ratios scatter by {} ({source})",
        100.0 * aim.power,
        suite.analysis.alpha,
        percent(*sd)
    )];
    let finds = |blocks: u16| {
        let log = detectable(*sd, usize::from(blocks), alpha, aim.power)?;
        Some(format!("{blocks} blocks find changes of {} and more", percent(log.exp_m1())))
    };
    lines.push(match finds(suite.run.blocks) {
        Some(found) => format!("as planned: {found}"),
        None => format!("as planned: {} blocks find no change that surely", suite.run.blocks),
    });
    if let Some(effect) = aim.effect {
        let needed = blocks_needed(effect.ln_1p(), *sd, alpha, aim.power);
        lines.push(
            match needed.and_then(|blocks| u16::try_from(blocks).ok()).map(|blocks| blocks.max(fewest)) {
                Some(blocks) => format!(
                    "changes of {} need {blocks} blocks, at least {}: `--set run.blocks={blocks}`",
                    percent(effect),
                    told(time(blocks))
                ),
                None => format!("changes of {} need more blocks than a run can have", percent(effect)),
            },
        );
    }
    if let Some(most) = aim.max_minutes {
        let (one, ten) = (time(1), time(11));
        let each = (ten - one) / 10.0;
        let blocks = ((60.0 * most - one) / each + 1.0).floor().clamp(0.0, f64::from(u16::MAX)) as u16;
        lines.push(match finds(blocks) {
            Some(found) => format!("in {most} min: {found}"),
            None => format!("in {most} min: {blocks} blocks find no change that surely"),
        });
    }
    lines
}
