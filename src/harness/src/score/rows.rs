//! Scores of items' rows: from what they hold, so that stored rows can be scored again.

use std::collections::HashMap;

use harness_protocol::Finish;
use harness_task::{Answer, Language, Scorer, ScorerSpec, Stats, Version, cut_at_stop};

use super::input::TaskInput;
use super::text::of_reference;
use crate::record::{ItemRecord, Unscored};

/// Fills in scores and statistics of one task's rows, in place of those they had. Where a scorer has none,
/// its columns stay null and `unscored` says why; rows that an engine failed on have none at all.
pub fn score_rows(rows: &mut [&mut ItemRecord], task: &TaskInput) {
    for row in rows.iter_mut() {
        row.score.clear();
        row.stats.clear();
        row.unscored.clear();
        if row.finish == Finish::Error {
            let why =
                Unscored { word: "engine-failed".to_owned(), detail: "the engine failed on it".to_owned() };
            row.unscored.extend(task.scorers.iter().map(|spec| (spec.name().to_owned(), why.clone())));
        }
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

/// Statistics of every answer, or why there are none.
type Kept = Result<Vec<Option<Stats>>, String>;

fn keep(row: &mut ItemRecord, scorer: &dyn Scorer, spec: &ScorerSpec, stats: Result<Option<Stats>, &str>) {
    let name = spec.name();
    let Ok(Some(stats)) = stats else {
        let (word, detail) = match (stats, row.verdict.as_deref()) {
            (Err(failure), _) => ("scorer-failed", failure.lines().next().unwrap_or_default().to_owned()),
            (_, Some(verdict)) => (
                "not-run",
                match &row.verdict_reason {
                    Some(reason) => format!("the verdict is {verdict}: {reason}"),
                    None => format!("the verdict is {verdict}"),
                },
            ),
            (_, None) => ("not-in-item", "the item lacks what it needs".to_owned()),
        };
        row.unscored.insert(name.to_owned(), Unscored { word: word.to_owned(), detail });
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
        assert_eq!(row.unscored["rouge-l"].word, "engine-failed");
        let row = scored(&["exact-match"], |_| {});
        assert_eq!((row.score["exact-match"], row.unscored.len()), (1.0, 0));
    }

    #[test]
    fn each_scorer_without_statistics_has_a_reason_of_its_own() {
        let row = scored(&["pass@1", "perplexity", "exact-match"], |row| {
            row.verdict = Some("sandbox-error".to_owned());
        });
        let why = |scorer: &str| row.unscored.get(scorer).map(|why| (why.word.as_str(), why.detail.as_str()));
        assert_eq!(why("pass@1"), Some(("not-run", "the verdict is sandbox-error")));
        assert_eq!(why("perplexity").map(|why| why.0), Some("not-run"));
        assert_eq!((why("exact-match"), row.score.len()), (None, 1));
        let row = scored(&["pass@1"], |row| {
            row.verdict = Some("sandbox-error".to_owned());
            row.verdict_reason = Some("no thread left".to_owned());
        });
        assert_eq!(row.unscored["pass@1"].detail, "the verdict is sandbox-error: no thread left");
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
