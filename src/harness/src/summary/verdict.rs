//! What a comparison came to, in one word.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use harness_stats::Interval;

/// One word for the comparison of a variant with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// This is the baseline.
    Baseline,
    /// Costs less: significant after Holm's adjustment, and by at least the practical change and more
    /// than the model error.
    Lower,
    /// Costs more, in the same sense.
    Higher,
    /// The whole interval lies within the practical change on both sides.
    NoDifference,
    /// Estimated energy only: whatever the difference is, the meter's model may have made it.
    BelowModelError,
    /// Neither a relevant difference nor its absence is shown; more blocks may tell.
    Inconclusive,
    /// There is no ratio, because the variant or the baseline has no valid energy.
    NotMeasured,
}

/// Every verdict, for legends.
pub const VERDICTS: &[Verdict] = &[
    Verdict::Baseline,
    Verdict::Lower,
    Verdict::Higher,
    Verdict::NoDifference,
    Verdict::BelowModelError,
    Verdict::Inconclusive,
    Verdict::NotMeasured,
];

impl Verdict {
    /// The word as stored.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Baseline => "baseline",
            Verdict::Lower => "lower",
            Verdict::Higher => "higher",
            Verdict::NoDifference => "no-difference",
            Verdict::BelowModelError => "below-model-error",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotMeasured => "not-measured",
        }
    }

    /// One character beside a number.
    pub fn mark(self) -> char {
        match self {
            Verdict::Baseline => ' ',
            Verdict::Lower => '▼',
            Verdict::Higher => '▲',
            Verdict::NoDifference => '=',
            Verdict::BelowModelError => '~',
            Verdict::Inconclusive => '?',
            Verdict::NotMeasured => '–',
        }
    }

    /// What the word means, for legends.
    pub fn meaning(self) -> &'static str {
        match self {
            Verdict::Baseline => "what the others are compared with",
            Verdict::Lower => "significantly and relevantly lower",
            Verdict::Higher => "significantly and relevantly higher",
            Verdict::NoDifference => {
                "no relevant difference: the whole interval is within the practical change"
            }
            Verdict::BelowModelError => "no larger than the error of the estimate's model",
            Verdict::Inconclusive => "neither a relevant difference nor its absence is shown",
            Verdict::NotMeasured => "no valid energy to compare",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// The limits that a difference is held against.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest adjusted p of a finding.
    pub alpha: f64,
    /// Smallest relevant relative change.
    pub practical: f64,
    /// Relative error of ratios that the meter's model declares; 0 for hardware counters.
    pub model_error: f64,
}

/// Judges one ratio by its unadjusted interval and its adjusted p.
pub fn judge(ratio: &Interval, p_adjusted: Option<f64>, limits: Limits) -> Verdict {
    let change = ratio.value - 1.0;
    let significant = p_adjusted.is_some_and(|p| p < limits.alpha);
    let beyond_model = change.abs() > limits.model_error;
    if significant && beyond_model && change.abs() >= limits.practical {
        return if change < 0.0 { Verdict::Lower } else { Verdict::Higher };
    }
    let possible = rules_out(ratio);
    if limits.model_error > 0.0 {
        let within_model = possible.is_some_and(|possible| possible <= limits.model_error);
        let hidden = within_model || (significant && !beyond_model);
        return if hidden { Verdict::BelowModelError } else { Verdict::Inconclusive };
    }
    match possible {
        Some(possible) if possible <= limits.practical => Verdict::NoDifference,
        _ => Verdict::Inconclusive,
    }
}

/// The largest relative change, up or down, that the interval leaves possible: every larger one is ruled
/// out at its level.
pub fn rules_out(ratio: &Interval) -> Option<f64> {
    Some((ratio.lo? - 1.0).abs().max((ratio.hi? - 1.0).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_significance_relevance_and_more_than_the_model_error() {
        let interval = |value, lo, hi| Interval { value, lo: Some(lo), hi: Some(hi) };
        for (ratio, p, model_error, expected) in [
            (interval(0.8, 0.78, 0.82), Some(0.001), 0.0, Verdict::Lower),
            (interval(1.3, 1.2, 1.4), Some(0.001), 0.1, Verdict::Higher),
            (interval(0.8, 0.6, 1.1), Some(0.2), 0.0, Verdict::Inconclusive),
            (interval(0.98, 0.975, 0.985), Some(0.001), 0.0, Verdict::NoDifference),
            (interval(0.98, 0.95, 0.999), Some(0.04), 0.0, Verdict::Inconclusive),
            (interval(1.0, 0.98, 1.02), Some(0.9), 0.0, Verdict::NoDifference),
            (interval(1.0, 0.9, 1.1), Some(0.9), 0.0, Verdict::Inconclusive),
            (interval(0.93, 0.92, 0.94), Some(0.001), 0.1, Verdict::BelowModelError),
            (interval(0.93, 0.85, 0.98), Some(0.01), 0.1, Verdict::BelowModelError),
            (interval(1.0, 0.99, 1.01), Some(0.9), 0.1, Verdict::BelowModelError),
            (interval(0.93, 0.8, 1.06), Some(0.3), 0.1, Verdict::Inconclusive),
            (Interval::bare(0.5), None, 0.0, Verdict::Inconclusive),
        ] {
            let limits = Limits { alpha: 0.05, practical: 0.03, model_error };
            assert_eq!(judge(&ratio, p, limits), expected, "{ratio:?} {p:?} {model_error}");
        }
    }

    #[test]
    fn words_are_stored_as_they_are_printed() {
        for verdict in VERDICTS {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.to_string());
        }
    }
}
