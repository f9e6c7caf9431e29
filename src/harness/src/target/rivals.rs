//! A variant on or above the front of some others: none of them is both better and cheaper.

use super::order::{Answered, Step};
use super::pairs::Pairs;
use super::report::Answer;
use crate::limit::QUALITY;

const ENERGY: &str = "energy-per-task";

/// Whether none of the rivals is both better and cheaper, at the run's alpha.
///
/// A rival is behind where it is shown to be worse or to cost more: two ways, so each at alpha / 2 (Bonferroni); every rival
/// must be behind (intersection-union; Berger 1982). It is ahead where it is shown to be better and cheaper, both at alpha
/// over the number of rivals.
///
/// # Errors
/// Why it cannot be judged.
pub(super) fn beside(
    pairs: &Pairs<'_>,
    task: &str,
    variant: &str,
    rivals: &[String],
) -> Result<Answered, String> {
    let alpha = pairs.summary.alpha;
    let (either, any) = (alpha / 2.0, alpha / rivals.len().max(1) as f64);
    let (mut seen, mut ahead, mut open) = (Vec::new(), None, None);
    for rival in rivals {
        let joules = Step::new(pairs, task, ENERGY, rival, variant)?;
        let quality = Step::new(pairs, task, QUALITY, rival, variant)?;
        seen.push(format!("{}, {}", joules.told(true), quality.number(false)));
        if joules.shown(-1.0, any)? && quality.shown(1.0, any)? {
            ahead.get_or_insert(rival);
        } else if !(joules.shown(1.0, either)? || quality.shown(-1.0, either)?) {
            open.get_or_insert(rival);
        }
    }
    let seen = seen.join("; ");
    Ok(match (ahead, open) {
        (Some(rival), _) => {
            (Answer::Differs, seen, Some(format!("`{rival}` is shown to be both better and cheaper")))
        }
        (None, Some(rival)) => {
            let why = format!("`{rival}` is shown neither to be worse nor to cost more");
            (Answer::CannotBeJudged, seen, Some(why))
        }
        (None, None) => (Answer::Agrees, seen, None),
    })
}
