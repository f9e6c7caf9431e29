//! A run held against earlier sessions: the spread between sessions, not that of blocks, tells what a change is.
//!
//! The blocks of two runs are never paired: what differs between sessions (temperature, boot, memory layout) would pass for a
//! change. A new session of the same thing has its logarithm within mean ± t·s·√(1 + 1/k) of the k earlier ones.

use std::fmt;

use harness_meter::Class;
use harness_stats::{Estimate, normal};
use harness_task::find_scorer;

use super::judge::Evidence;
use crate::baseline::{FEWEST_SESSIONS, Session, SessionRow};
use crate::metric::{METRICS, PER_CORRECT};
use crate::summary::{PerCorrect, Summary, SummaryRow};

/// Earlier sessions of the same suite on the same machine.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The baseline's name, or the runs'.
    pub name: String,
    /// At least one.
    pub sessions: Vec<Session>,
    /// How their joules came about.
    pub class: Option<Class>,
}

impl fmt::Display for History {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} sessions of {}", self.sessions.len(), self.name)
    }
}

impl History {
    /// What is known of a row's change since these sessions.
    pub fn evidence(&self, summary: &Summary, row: &SummaryRow, metric: &str) -> Evidence {
        let known = METRICS.iter().find(|known| known.name == metric);
        let is_energy = metric == PER_CORRECT || known.is_some_and(|metric| metric.is_energy);
        if is_energy && row.class != self.class {
            let word = |class: Option<Class>| class.map_or("missing".to_owned(), |class| class.to_string());
            return Evidence::Missing(format!(
                "its joules are {}, those of the sessions {}: they do not compare",
                word(row.class),
                word(self.class)
            ));
        }
        let values: Vec<f64> = self.rows(row).filter_map(|earlier| value(earlier, metric)).collect();
        let count = values.len();
        if count < FEWEST_SESSIONS {
            return Evidence::Missing(format!(
                "{count} of the {FEWEST_SESSIONS} sessions that are needed have it"
            ));
        }
        if is_energy || known.is_some() {
            self.ratio(row, metric, &values)
        } else {
            difference(row, metric, &values, width(summary, metric))
        }
    }

    fn rows<'s>(&'s self, row: &'s SummaryRow) -> impl Iterator<Item = &'s SessionRow> {
        let all = self.sessions.iter().flat_map(|session| &session.rows);
        all.filter(|earlier| earlier.task == row.task && earlier.variant == row.variant)
    }

    fn ratio(&self, row: &SummaryRow, metric: &str, values: &[f64]) -> Evidence {
        let Some(now) = amount(row, metric) else {
            return Evidence::Missing(
                row.energy_reason.clone().unwrap_or_else(|| "no block has it".to_owned()),
            );
        };
        let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        match new_session(&logs, now.ln()) {
            // The same model of the same machine stands on both sides: its error is in both.
            Some(estimate) => Evidence::Ratio { estimate, model_error: 0.0, n: values.len() },
            None => Evidence::Missing("a session tells an impossible number".to_owned()),
        }
    }
}

/// A score's difference. Sessions that answer alike have no spread, which tells nothing of other items: the score's own
/// uncertainty is added, as if the items were drawn anew.
fn difference(row: &SummaryRow, scorer: &str, values: &[f64], width: Option<f64>) -> Evidence {
    let Some(now) = row.scores.get(scorer) else {
        return Evidence::Missing("nothing was scored".to_owned());
    };
    let Some(of_items) = now.lo.zip(now.hi).map(|(lo, hi)| (hi - lo) / 2.0 / normal::reach(LEVEL)) else {
        return Evidence::Missing("one cluster of items does not tell how sure the score is".to_owned());
    };
    let Some(estimate) = new_session(values, now.value) else {
        return Evidence::Missing("a session tells an impossible number".to_owned());
    };
    // Nothing was lost where every session and the run have the same score: the same items were answered as well.
    let error = match estimate.value == 0.0 && estimate.error == 0.0 {
        true => 0.0,
        false => estimate.error.hypot(of_items),
    };
    let baseline = values.iter().sum::<f64>() / values.len() as f64;
    Evidence::Difference { estimate: Estimate { error, ..estimate }, baseline, width, n: values.len() }
}

/// Width of a scorer's range; None without bounds, and where nothing tells the range of a program of the suite's own.
fn width(summary: &Summary, scorer: &str) -> Option<f64> {
    let told = summary.rows.iter().find_map(|row| row.score_differences.get(scorer)?.width);
    let known = || {
        let (lowest, highest) = find_scorer(scorer)?.range();
        Some(highest - lowest).filter(|width| width.is_finite())
    };
    told.or_else(known)
}

/// Confidence of the scores' intervals in a summary.
const LEVEL: f64 = 0.95;

/// The new value minus the mean of earlier ones, with the error that a new session has.
fn new_session(earlier: &[f64], now: f64) -> Option<Estimate> {
    let mean = Estimate::of_mean(earlier)?;
    let spread = (1.0 + earlier.len() as f64).sqrt();
    Some(Estimate { value: now - mean.value, error: mean.error * spread, freedom: mean.freedom })
}

fn value(row: &SessionRow, metric: &str) -> Option<f64> {
    row.amounts.get(metric).or(row.scores.get(metric)).copied()
}

fn amount(row: &SummaryRow, metric: &str) -> Option<f64> {
    match (&row.energy_per_correct_j, metric) {
        (PerCorrect::Value { value, .. }, PER_CORRECT) => Some(*value),
        _ => row.amounts.get(metric).map(|interval| interval.value),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gate::{Reference, Verdict, judge_run};
    use crate::limit::Gate;
    use crate::report::example::summary;

    /// Sessions in which every amount and score was the example's times these.
    fn history(factors: &[f64]) -> History {
        let summary = summary();
        let session = |(number, factor): (usize, &f64)| Session {
            created_utc: format!("2026-01-0{number}"),
            mono_ns: 0,
            harness_version: String::new(),
            git: None,
            rows: summary
                .rows
                .iter()
                .map(|row| SessionRow {
                    task: row.task.clone(),
                    variant: row.variant.clone(),
                    amounts: row
                        .amounts
                        .iter()
                        .map(|(name, now)| (name.clone(), now.value * factor))
                        .collect(),
                    scores: row.scores.iter().map(|(name, now)| (name.clone(), now.value)).collect(),
                })
                .collect(),
        };
        let sessions = factors.iter().enumerate().map(session).collect();
        History { name: "`main`".to_owned(), sessions, class: summary.rows[0].class }
    }

    fn verdict(line: &str, history: &History) -> Verdict {
        let gate = Gate { variants: vec!["full".to_owned()], ..Gate::read_line(line).unwrap() };
        judge_run(&summary(), &[gate], Reference::Sessions(history)).verdict
    }

    #[test]
    fn a_run_within_the_spread_of_sessions_passes_and_one_beyond_it_does_not() {
        let still = history(&[1.0, 1.004, 0.996, 1.002, 0.999]);
        assert_eq!(verdict("energy-per-task max-increase 3%", &still), Verdict::Pass);
        let cheaper = history(&[0.9, 0.904, 0.896, 0.902, 0.899]);
        assert_eq!(verdict("energy-per-task max-increase 3%", &cheaper), Verdict::Regression);
        assert_eq!(verdict("energy-per-task max-increase 20%", &cheaper), Verdict::Pass);
        // A spread of some 10 % hides a change of 10 %.
        let loud = history(&[0.8, 1.0, 0.85, 0.95]);
        assert_eq!(verdict("energy-per-task max-increase 3%", &loud), Verdict::Inconclusive);
        // The run's own baseline is judged like every other variant, values as within the run.
        assert_eq!(verdict("energy-per-task max 1000", &loud), Verdict::Pass);
    }

    // scripts/golden_stats.py: the prediction interval of statsmodels' OLS on a constant holds as `harness_stats::prediction`
    // says, whose interval this one must be.
    #[test]
    fn the_interval_is_the_prediction_interval_of_the_sessions() {
        let factors = [1.02, 0.99, 1.01, 1.035, 0.985];
        let (summary, history) = (summary(), history(&factors));
        let row = &summary.rows[0];
        let Evidence::Ratio { estimate, .. } = history.evidence(&summary, row, "energy-per-task") else {
            panic!("a ratio")
        };
        let found = estimate.difference(0.95);
        let predicted = harness_stats::prediction_of_ratio(&factors, 0.95).unwrap();
        // The run is 1 in the sessions' unit: what is predicted lies around it the other way round.
        for (end, expected) in [(found.lo, predicted.hi), (found.hi, predicted.lo)] {
            assert!((end.unwrap().exp() - 1.0 / expected.unwrap()).abs() < 1e-9);
        }
    }

    #[test]
    fn scores_that_never_changed_pass_and_others_need_more_than_sessions() {
        let same = history(&[1.0; 4]);
        assert_eq!(verdict("quality max-decrease 1 points", &same), Verdict::Pass);
        let mut better = same.clone();
        for row in better.sessions.iter_mut().flat_map(|session| &mut session.rows) {
            row.scores.values_mut().for_each(|score| *score = 1.0);
        }
        // A quarter of four items lost: so few items do not tell.
        assert_eq!(verdict("quality max-decrease 1 points", &better), Verdict::Inconclusive);
    }

    #[test]
    fn what_cannot_be_held_against_sessions_is_not_measurable() {
        let line = "energy-per-task max-increase 3%";
        assert_eq!(verdict(line, &history(&[1.0, 1.01, 0.99])), Verdict::NotMeasurable);
        assert_eq!(verdict(line, &history(&[1.0, 1.01, 0.99, 0.0])), Verdict::NotMeasurable);
        assert_eq!(verdict(line, &history(&[1.0, 1.01, 0.99, f64::NAN])), Verdict::NotMeasurable);
        let mut other = history(&[1.0, 1.01, 0.99, 1.0]);
        other.class = Some(Class::Estimated);
        assert_eq!(verdict(line, &other), Verdict::NotMeasurable);
        assert_eq!(verdict("seconds-per-task max-increase 3%", &other), Verdict::Pass);
        let mut renamed = history(&[1.0, 1.01, 0.99, 1.0]);
        for row in renamed.sessions.iter_mut().flat_map(|session| &mut session.rows) {
            row.variant = "other".to_owned();
            row.amounts = BTreeMap::new();
        }
        assert_eq!(verdict(line, &renamed), Verdict::NotMeasurable);
    }
}
