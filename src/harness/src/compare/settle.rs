//! Families of p values, and what each comparison came to.

use harness_stats::{Interval, holm};

use super::report::{Compared, Families, Found, Kind};
use crate::summary::Verdict;
use crate::summary::verdict::{Limits, judge};

/// The part of a comparison that belongs to a family.
type Part = fn(&mut Compared) -> Option<&mut Found>;

/// Adjusts every family of p values and judges what belongs to one; how many comparisons each has.
pub(super) fn settle(rows: &mut [Compared], alpha: f64, practical: f64) -> Families {
    let mut family = |kind: Kind, part: Part| {
        let own = rows.iter_mut().filter(|row| row.kind == kind);
        let mut found: Vec<(f64, &mut Found)> =
            own.filter_map(|row| Some((row.model_error, part(row)?))).collect();
        let p: Vec<f64> = found.iter().filter_map(|(_, found)| found.p).collect();
        let with_p = found.iter_mut().filter(|(_, found)| found.p.is_some());
        for ((_, found), adjusted) in with_p.zip(holm(&p)) {
            found.p_holm = Some(adjusted);
        }
        for (model_error, found) in found {
            found.verdict = Some(verdict(kind, found, Limits { alpha, practical, model_error }));
        }
        p.len()
    };
    let found: Part = |row| row.found.as_mut();
    let against_baselines: Part = |row| row.against_baselines.as_mut();
    Families {
        amounts: family(Kind::Ratio, found),
        scores: family(Kind::Difference, found),
        amounts_against_baselines: family(Kind::Ratio, against_baselines),
        scores_against_baselines: family(Kind::Difference, against_baselines),
    }
}

/// Of scores every significant difference counts: no change of a score is declared irrelevant.
fn verdict(kind: Kind, found: &Found, limits: Limits) -> Verdict {
    let Found { value, lo, hi, p_holm, .. } = *found;
    match kind {
        Kind::Ratio => judge(&Interval { value, lo, hi }, p_holm, limits),
        Kind::Difference if p_holm.is_none_or(|p| p >= limits.alpha) => Verdict::Inconclusive,
        Kind::Difference if value < 0.0 => Verdict::Lower,
        Kind::Difference => Verdict::Higher,
    }
}
