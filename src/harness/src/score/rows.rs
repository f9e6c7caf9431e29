//! Scores of items' rows: from what they hold, so that stored rows can be scored again.

use std::collections::HashMap;

use harness_protocol::Finish;
use harness_task::{Answer, Language, Scorer, ScorerSpec, Stats, Version, cut_at_stop};

use super::input::TaskInput;
use super::text::of_reference;
use crate::record::ItemRecord;

/// Fills in scores and statistics of one task's rows, in place of those they had. Where a scorer has none,
/// its columns stay null and `unscored_reason` says why; rows that an engine failed on have none at all.
pub fn score_rows(rows: &mut [&mut ItemRecord], task: &TaskInput) {
    for row in rows.iter_mut() {
        row.score.clear();
        row.stats.clear();
        row.unscored_reason = (row.finish == Finish::Error).then(|| ENGINE_FAILED.to_owned());
    }
    let answered: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].finish != Finish::Error).collect();
    let known: Vec<Known> = answered.iter().map(|index| Known::of(rows[*index], task)).collect();
    let answers: Vec<Answer<'_>> = known.iter().map(|known| known.answer(task)).collect();
    // Scorers of one family keep the same statistics.
    let mut kept: HashMap<String, Kept> = HashMap::new();
    for spec in &task.scorers {
        let Some(scorer) = spec.make() else { continue };
        let found = kept
            .entry(scorer.family().to_owned())
            .or_insert_with(|| scorer.stats_of_all(&answers).map_err(|error| error.to_string()));
        for (place, index) in answered.iter().enumerate() {
            let stats = found.as_ref().map(|stats| stats.get(place).cloned().flatten());
            keep(rows[*index], scorer.as_ref(), spec, stats.map_err(String::as_str));
        }
    }
}

const ENGINE_FAILED: &str = "the engine failed on it";
/// Between one scorer's reason and the next.
const BETWEEN: &str = "; ";

/// Why a scorer has no statistics of this row; None: it has, or it was never asked.
pub fn why_unscored<'r>(row: &'r ItemRecord, scorer: &str) -> Option<&'r str> {
    let reasons = row.unscored_reason.as_deref()?;
    let own =
        |reason: &&str| reason.strip_prefix('`').is_some_and(|rest| rest.starts_with(&format!("{scorer}`")));
    reasons.split(BETWEEN).find(own).or((reasons == ENGINE_FAILED).then_some(reasons))
}

/// Statistics of every answer, or why there are none.
type Kept = Result<Vec<Option<Stats>>, String>;

fn keep(row: &mut ItemRecord, scorer: &dyn Scorer, spec: &ScorerSpec, stats: Result<Option<Stats>, &str>) {
    let name = spec.name();
    let Ok(Some(stats)) = stats else {
        let why = match (stats, row.verdict.as_deref()) {
            (Err(failure), _) => failure.lines().next().unwrap_or_default().replace(BETWEEN, ", "),
            (_, Some(verdict)) => format!("the verdict is {verdict}"),
            (_, None) => "the item lacks what it needs".to_owned(),
        };
        let earlier = row.unscored_reason.take().map(|earlier| earlier + BETWEEN).unwrap_or_default();
        row.unscored_reason = Some(format!("{earlier}`{name}`: {why}"));
        return;
    };
    if let Some(value) = scorer.value(&stats) {
        row.score.insert(name.to_owned(), value);
    }
    row.stats.insert(name.to_owned(), stats.0);
}

/// A row's side of an answer, owned.
struct Known {
    raw: String,
    text: String,
    reference: Option<String>,
    label: Option<String>,
    verdict: Option<harness_task::Verdict>,
    logprobs: Option<Vec<f64>>,
    problem: u32,
    version: Option<Version>,
}

impl Known {
    fn of(row: &ItemRecord, task: &TaskInput) -> Self {
        Self {
            raw: cut_at_stop(&row.completion, &task.stop).to_owned(),
            text: row.completion_post.clone().unwrap_or_else(|| row.completion.clone()),
            reference: row.reference.as_deref().map(|text| of_reference(&task.post_process, text)),
            label: row.label.clone(),
            verdict: row.verdict.as_deref().and_then(|word| word.parse().ok()),
            logprobs: row.logprobs.clone(),
            problem: row.problem.unwrap_or(row.item),
            version: row.version.as_ref().map(|version| Version {
                problem: row.cluster.clone().unwrap_or_default(),
                family: version.family.clone(),
                recipe: version.recipe.clone(),
                seed: version.seed,
            }),
        }
    }

    fn answer<'a>(&'a self, task: &'a TaskInput) -> Answer<'a> {
        Answer {
            raw: &self.raw,
            text: &self.text,
            reference: self.reference.as_deref(),
            language: task.language.as_deref().and_then(Language::find),
            label: self.label.as_deref(),
            classes: &task.classes,
            verdict: self.verdict,
            logprobs: self.logprobs.as_deref(),
            problem: self.problem,
            version: self.version.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{example, input};

    fn scored(scorers: &[&str], change: impl Fn(&mut ItemRecord)) -> ItemRecord {
        let mut task = input().tasks.remove(0);
        task.scorers = scorers.iter().map(|name| ScorerSpec::Board((*name).to_owned())).collect();
        task.stop = vec!["\n".to_owned()];
        task.classes = vec!["no".to_owned(), "yes".to_owned()];
        let mut row = example().items.remove(0);
        change(&mut row);
        score_rows(&mut [&mut row], &task);
        row
    }

    #[test]
    fn an_item_that_the_engine_failed_on_has_no_score_and_says_so() {
        let row = scored(&["exact-match", "rouge-l"], |row| row.finish = Finish::Error);
        assert!(row.score.is_empty() && row.stats.is_empty());
        assert_eq!(why_unscored(&row, "rouge-l"), Some("the engine failed on it"));
        let row = scored(&["exact-match"], |_| {});
        assert_eq!((row.score["exact-match"], why_unscored(&row, "exact-match")), (1.0, None));
    }

    #[test]
    fn each_scorer_without_statistics_has_a_reason_of_its_own() {
        let row = scored(&["pass@1", "perplexity", "exact-match"], |row| {
            row.verdict = Some("sandbox-error".to_owned());
        });
        assert_eq!(why_unscored(&row, "pass@1"), Some("`pass@1`: the verdict is sandbox-error"));
        assert!(why_unscored(&row, "perplexity").is_some_and(|reason| reason.starts_with("`perplexity`: ")));
        assert_eq!((why_unscored(&row, "exact-match"), row.score.len()), (None, 1));
    }

    #[test]
    fn what_stands_behind_a_stop_text_names_no_class() {
        let named = |completion: &str| {
            scored(&["accuracy"], |row| {
                row.label = Some("yes".to_owned());
                row.completion = completion.to_owned();
            })
            .score["accuracy"]
        };
        assert_eq!((named("yes\nno"), named("hm\nyes")), (1.0, 0.0));
    }
}
