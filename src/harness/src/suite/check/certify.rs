//! Checks `[[certify]]`.

use super::cursor::Cursor;
use super::gate::whom;
use super::words;
use crate::claim::{Certification, Claim};
use crate::limit::{Change, QUALITY};
use crate::metric::{METRICS, PER_CORRECT};
use crate::suite::checked::{TaskSpec, Variant};
use crate::suite::error::SuiteError;
use crate::suite::file_gate::CertifyFile;

/// A claim of a suite with these tasks and variants.
pub(super) fn certify(
    file: &CertifyFile,
    tasks: &[TaskSpec],
    variants: &[Variant],
    at: &Cursor<'_>,
) -> Result<Certification, SuiteError> {
    let amounts: Vec<&str> = METRICS.iter().map(|metric| metric.name).chain([PER_CORRECT]).collect();
    words::look_up(&file.metric, &amounts, |name| name, "metric", &at.key("metric"))?;
    let scorers = tasks.iter().flat_map(|task| &task.scorers).map(|scorer| scorer.name());
    let scores: Vec<&str> = [QUALITY].into_iter().chain(scorers).collect();
    words::look_up(&file.score, &scores, |name| name, "score", &at.key("score"))?;
    whom(&file.tasks, &file.variants, tasks, variants, at)?;
    let change = |key: &str, text: &str, expected: &str| {
        Change::read(text).map_err(|why| at.key(key).error(why).expected(expected).help("change the margin"))
    };
    let saves = "a percentage below 100 %";
    let lower = Claim::share(change("saves", &file.saves, saves)?).ok_or_else(|| {
        let error = at.key("saves").error(format!("`{}` is no share below 100 %", file.saves));
        error.expected(saves).help("write for example `saves = \"10%\"`")
    })?;
    Ok(Certification {
        claim: Claim {
            score: file.score.clone(),
            worse: change("quality", &file.quality, "`2 points`, or a percentage of the baseline's score")?,
            metric: file.metric.clone(),
            lower,
        },
        tasks: file.tasks.clone(),
        variants: file.variants.clone(),
    })
}
