//! Variants against the baselines of their own runs, after compared with before: what a session does to both cancels.

use harness_stats::{Difference, Estimate};

use super::quantity::Quantity;
use super::report::{Counted, Found, Kind};
use super::session::Session;
use crate::summary::{SummaryRow, VariantSetting};

const METHOD: &str = "each variant against its run's baseline in the same blocks; errors of both sides in quadrature, Welch and Satterthwaite";

/// The baseline that all runs hold, under the name that the first has for it.
///
/// # Errors
/// Why they hold none.
pub(super) fn common<'s>(sessions: &[&'s Session]) -> Result<&'s str, String> {
    let Some((first, rest)) = sessions.split_first() else { return Err("there is no run".to_owned()) };
    let own = Baseline::of(first)?;
    for session in rest {
        let other = Baseline::of(session)?;
        let what = [
            ("weights", own.weights != other.weights),
            ("engines", own.engine != other.engine),
            ("settings", own.setting != other.setting),
        ];
        if let Some((what, _)) = what.iter().find(|(_, differs)| *differs) {
            return Err(format!("the runs' baselines have other {what}"));
        }
    }
    Ok(&first.summary.baseline)
}

/// What makes baselines of two runs the same.
struct Baseline<'s> {
    weights: Vec<&'s str>,
    engine: &'s str,
    setting: Option<&'s VariantSetting>,
}

impl<'s> Baseline<'s> {
    fn of(session: &'s Session) -> Result<Self, String> {
        let name = &session.summary.baseline;
        let manifest = &session.manifest;
        // Runs of version 1 name no variants: their one engine ran all.
        let ran = |variants: &[String]| variants.is_empty() || variants.contains(name);
        let weights = manifest.weights.iter().filter(|weights| weights.variants.contains(name));
        let engine = manifest.engines.iter().find(|engine| ran(&engine.variants));
        let engine = engine.and_then(|engine| engine.identity.sha256.as_deref());
        let missing =
            |what: &str| format!("`{}` does not keep the hash of its baseline's {what}", session.name);
        let mut weights: Vec<&str> = weights.map(|weights| weights.sha256.as_str()).collect();
        weights.sort_unstable();
        if weights.is_empty() {
            return Err(missing("weights"));
        }
        let engine = engine.ok_or_else(|| missing("engine"))?;
        Ok(Self { weights, engine, setting: manifest.summary_input.settings.variants.get(name) })
    }
}

/// How the variant's comparison with its baseline differs between the sides; None where no run of a side has one. A row is
/// that of the variant in one session.
pub(super) fn against_baselines(
    quantity: &Quantity,
    before: &[&SummaryRow],
    after: &[&SummaryRow],
    level: f64,
) -> Option<Found> {
    let side = |rows: &[&SummaryRow]| -> Vec<Estimate> {
        rows.iter().filter_map(|row| stored(quantity, row)).collect()
    };
    let (before, after) = (side(before), side(after));
    let difference = combined(&after)?.less(&combined(&before)?).difference(level);
    let Difference { value, lo, hi, p } = difference;
    Some(Found {
        value: quantity.unscaled(value),
        lo: lo.map(|lo| quantity.unscaled(lo)),
        hi: hi.map(|hi| quantity.unscaled(hi)),
        p,
        p_holm: None,
        counted: Counted::Sessions,
        n_before: before.len(),
        n_after: after.len(),
        method: METHOD.to_owned(),
        verdict: None,
    })
}

/// The stored comparison with the run's baseline, on the scale of the quantity.
fn stored(quantity: &Quantity, row: &SummaryRow) -> Option<Estimate> {
    let found = match quantity.kind {
        Kind::Ratio => row.ratios.get(&quantity.name),
        Kind::Difference => row.score_differences.get(&quantity.name),
    }?;
    let value = quantity.scaled(found.value);
    let sound = value.is_finite() && found.error.is_finite() && found.error >= 0.0 && found.freedom >= 0.0;
    sound.then_some(Estimate { value, error: found.error, freedom: found.freedom })
}

/// One session has the error of its blocks; several have that of their spread, which holds it.
pub(super) fn combined(sessions: &[Estimate]) -> Option<Estimate> {
    match sessions {
        [only] => Some(*only),
        _ => Estimate::of_mean(&sessions.iter().map(|session| session.value).collect::<Vec<_>>()),
    }
}
