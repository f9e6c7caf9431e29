//! Outputs of other length than the baseline's: a variant that answers shorter spends less per task without being cheaper.

use crate::summary::diagnosis::LengthEffect;
use crate::summary::{Comparison, SummaryInput, SummaryRow};

/// What energy per task and per token say of a row; both ratios come from the same blocks, so that their quotient is the ratio of
/// tokens per task.
pub(super) fn length(input: &SummaryInput, row: &SummaryRow) -> Result<LengthEffect, String> {
    if row.variant == input.baseline {
        return Err("it is the baseline".to_owned());
    }
    let of = |metric: &str| {
        row.ratios.get(metric).ok_or("variant and baseline have no energy and tokens in a common block")
    };
    let (task, token) = (of("energy-per-task")?, of("energy-per-token")?);
    let tokens_ratio = task.value / token.value;
    if !(tokens_ratio.is_finite() && tokens_ratio > 0.0) {
        return Err("no token was generated".to_owned());
    }
    let relevant = (task.value - 1.0).abs() >= input.practical && direction(task) != 0;
    Ok(LengthEffect {
        tokens_ratio,
        per_task_ratio: task.value,
        per_token_ratio: token.value,
        explained: relevant.then(|| tokens_ratio.ln() / task.value.ln()).filter(|share| share.is_finite()),
        disagree: direction(task) * direction(token) < 0,
    })
}

/// −1 where the whole interval lies below no change, 1 where above, else 0.
fn direction(ratio: &Comparison) -> i8 {
    let below = ratio.hi.is_some_and(|hi| hi < 1.0);
    let above = ratio.lo.is_some_and(|lo| lo > 1.0);
    i8::from(above) - i8::from(below)
}
