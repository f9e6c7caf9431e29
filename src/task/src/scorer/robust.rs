//! Robustness against perturbed prompts as ReCode defines it (arXiv 2212.10264): the worst case over all
//! perturbations that were asked, whatever their recipe and seed.
//!
//! Versions of the families `natgen` and `format` change the code of a half-solved prompt: they are compared
//! with the problem's `partial` version, all others with its `nominal` one. A problem asked both ways counts
//! as two. The authors compare `natgen` with code reformatted by Black instead, which they did not release.
//!
//! Completion number i of a problem passes in the worst case if completion number i of every version passes;
//! completions are numbered in the order in which they are given. Where one prompt's versions have unequal numbers
//! of completions, because the sandbox failed on one, there is no score at all: the others would pass for all.

use super::pass_at_k::estimate;
use super::{Direction, Drawn, Need, Scorer, Stats};
use crate::answer::Answer;
use crate::question::Version;

/// What is said of the perturbed versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// RP@k: pass@k of the worst case.
    Pass,
    /// RD@k: share of the nominal pass@k that the worst case loses; below 0 where it gains.
    Drop,
    /// RR@k for k = 1: share of completions that pass where their nominal one fails, or fail where it
    /// passes, under any perturbation. For more, the chance to find one of these among k.
    Relative,
}

/// One measure for one k.
pub(super) struct Robust {
    name: String,
    measure: Measure,
    k: u32,
}

impl Robust {
    pub(super) fn new(measure: Measure, k: u32) -> Self {
        let family = match measure {
            Measure::Pass => "robust-pass",
            Measure::Drop => "robust-drop",
            Measure::Relative => "robust-relative",
        };
        Self { name: format!("{family}@{k}"), measure, k }
    }
}

/// Families that perturb half-solved prompts.
const PARTIAL_FAMILIES: [&str; 2] = ["natgen", "format"];

impl Scorer for Robust {
    fn name(&self) -> &str {
        &self.name
    }

    fn range(&self) -> (f64, f64) {
        match self.measure {
            Measure::Pass | Measure::Relative => (0.0, 1.0),
            Measure::Drop => (f64::NEG_INFINITY, 1.0),
        }
    }

    fn direction(&self) -> Direction {
        match self.measure {
            Measure::Pass => Direction::Higher,
            Measure::Drop | Measure::Relative => Direction::Lower,
        }
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Verdict, Need::Version]
    }

    fn no_value(&self) -> String {
        match self.measure {
            Measure::Drop => "has no value where no unperturbed version passes".to_owned(),
            Measure::Pass | Measure::Relative => {
                format!("needs at least {} completions of every problem, as many of each version", self.k)
            }
        }
    }

    /// The problem, whether its prompt is half-solved, the number of the perturbation (0: none), whether the
    /// completion passed; None where the sandbox failed.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let (version, passed) = (answer.version?, answer.verdict?.passed()?);
        let (partial, perturbed) = match version.family.as_str() {
            "nominal" => (false, false),
            "partial" => (true, false),
            family => (PARTIAL_FAMILIES.contains(&family), true),
        };
        let perturbation = if perturbed { number(version) } else { 0.0 };
        Some(Stats(vec![f64::from(answer.problem), f64::from(partial), perturbation, f64::from(passed)]))
    }

    /// None without perturbed versions, where versions of one prompt have unequal numbers of completions or
    /// fewer than k, for drop and relative where one lacks what it is compared with, and for drop where that
    /// never passes. Prompts that were not perturbed do not count.
    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let mut runs = Vec::with_capacity(items.len());
        for item in items {
            let &[problem, partial, perturbation, passed] = item.stats.0.as_slice() else { return None };
            if item.times > 0.0 {
                let key = [problem, partial, perturbation].map(f64::to_bits);
                runs.push(Run { key, passed, times: item.times });
            }
        }
        // Completions of one version stay in their order.
        runs.sort_by_key(|run| run.key);
        let (mut weight, mut scores, mut nominals) = (0.0, 0.0, 0.0);
        for prompt in runs.chunk_by(|a, b| a.key[..2] == b.key[..2]) {
            if prompt.iter().all(Run::is_nominal) {
                continue;
            }
            let outcome = Outcome::of(prompt)?;
            let (count, times) = (outcome.worst.len() as f64, prompt[0].times);
            let robust = estimate(count, outcome.worst.iter().sum(), self.k)?;
            let (score, nominal) = match (self.measure, outcome.nominal) {
                (Measure::Pass, _) => (robust, 0.0),
                (_, None) => return None,
                (Measure::Drop, Some(nominal)) => {
                    (robust, estimate(count, nominal.iter().map(|run| run.passed).sum(), self.k)?)
                }
                (Measure::Relative, Some(nominal)) => {
                    (estimate(count, outcome.changes(nominal), self.k)?, 0.0)
                }
            };
            weight += times;
            scores += times * score;
            nominals += times * nominal;
        }
        match self.measure {
            Measure::Pass | Measure::Relative => (weight > 0.0).then(|| scores / weight),
            Measure::Drop => (nominals > 0.0).then(|| (nominals - scores) / nominals),
        }
    }
}

/// One completion.
struct Run {
    /// Problem, whether half-solved, perturbation: bits of numbers not below 0 are ordered like these.
    key: [u64; 3],
    passed: f64,
    times: f64,
}

impl Run {
    fn is_nominal(&self) -> bool {
        self.key[2] == 0
    }
}

/// What became of each completion of a prompt.
struct Outcome<'a> {
    nominal: Option<&'a [Run]>,
    worst: Vec<f64>,
    best: Vec<f64>,
}

impl<'a> Outcome<'a> {
    /// Of all versions of one prompt, in order. None without perturbations, and for unequal numbers of
    /// completions.
    fn of(prompt: &'a [Run]) -> Option<Self> {
        let mut versions = prompt.chunk_by(|a, b| a.key == b.key).peekable();
        let nominal = versions.next_if(|version| version[0].is_nominal());
        let count = versions.peek()?.len();
        if nominal.is_some_and(|nominal| nominal.len() != count) {
            return None;
        }
        let (mut worst, mut best) = (vec![1.0_f64; count], vec![0.0_f64; count]);
        for version in versions {
            if version.len() != count {
                return None;
            }
            for ((run, worst), best) in version.iter().zip(&mut worst).zip(&mut best) {
                *worst = worst.min(run.passed);
                *best = best.max(run.passed);
            }
        }
        Some(Self { nominal, worst, best })
    }

    /// How many completions a perturbation changes for better or worse.
    fn changes(&self, nominal: &[Run]) -> f64 {
        let cases = nominal.iter().zip(&self.worst).zip(&self.best);
        cases.map(|((run, worst), best)| (run.passed - worst).max(best - run.passed).max(0.0)).sum()
    }
}

/// A number above 0 for the perturbation, by FNV-1a. So few bits that averages of it are exact.
fn number(version: &Version) -> f64 {
    let seed = version.seed.to_le_bytes();
    let parts = [version.family.as_bytes(), b"\0", version.recipe.as_bytes(), b"\0", &seed];
    let hash = parts.into_iter().flatten().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash >> 16) | 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Verdict;

    /// (problem, family, recipe, seed, passed)
    type Run = (u32, &'static str, &'static str, u32, bool);

    fn score(measure: Measure, k: u32, runs: &[Run]) -> Option<f64> {
        let scorer = Robust::new(measure, k);
        let stats: Vec<Stats> = runs
            .iter()
            .map(|&(problem, family, recipe, seed, passed)| {
                let version = Version {
                    problem: problem.to_string(),
                    family: family.to_owned(),
                    recipe: recipe.to_owned(),
                    seed,
                };
                let verdict = Some(if passed { Verdict::Pass } else { Verdict::Fail });
                let answer = Answer { problem, version: Some(&version), verdict, ..Answer::default() };
                scorer.stats(&answer).unwrap()
            })
            .collect();
        let drawn: Vec<Drawn<'_>> = stats.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
        scorer.aggregate(&drawn)
    }

    const GREEDY: &[Run] = &[
        // Fails once under a seed.
        (0, "nominal", "", 0, true),
        (0, "func_name", "FuncRenameButterFinger", 0, true),
        (0, "func_name", "FuncRenameButterFinger", 1, false),
        // Passes always.
        (1, "nominal", "", 0, true),
        (1, "func_name", "FuncRenameButterFinger", 0, true),
        (1, "nlaugmenter", "ButterFingersPerturbation", 0, true),
        // Passes once perturbed.
        (2, "nominal", "", 0, false),
        (2, "func_name", "FuncRenameButterFinger", 0, true),
        (2, "nlaugmenter", "ButterFingersPerturbation", 0, false),
        // Never passes.
        (3, "nominal", "", 0, false),
        (3, "func_name", "FuncRenameButterFinger", 0, false),
    ];

    #[test]
    fn the_worst_version_of_each_problem_counts() {
        assert_eq!(score(Measure::Pass, 1, GREEDY), Some(0.25));
        assert_eq!(score(Measure::Drop, 1, GREEDY), Some(0.5));
        assert_eq!(score(Measure::Relative, 1, GREEDY), Some(0.5));
    }

    #[test]
    fn perturbed_code_is_compared_with_the_half_solved_prompt() {
        let runs = [
            (0, "nominal", "", 0, false),
            (0, "partial", "", 0, true),
            (0, "natgen", "ForWhileTransformer", 0, true),
            (0, "format", "tab_indent", 0, true),
        ];
        assert_eq!(score(Measure::Drop, 1, &runs), Some(0.0));
        assert_eq!(score(Measure::Relative, 1, &runs), Some(0.0));
        // Without it there is nothing to compare with.
        assert_eq!(score(Measure::Drop, 1, &[runs[0], runs[2]]), None);
        assert_eq!(score(Measure::Relative, 1, &[runs[0], runs[2]]), None);
        assert_eq!(score(Measure::Pass, 1, &[runs[0], runs[2]]), Some(1.0));
        assert_eq!(score(Measure::Pass, 1, &runs[..2]), None);
    }

    #[test]
    fn completions_are_compared_number_by_number() {
        // Two completions a version, each failing under one of the perturbations or none.
        let runs = [
            (0, "nominal", "", 0, true),
            (0, "nominal", "", 0, true),
            (0, "func_name", "a", 0, true),
            (0, "func_name", "a", 0, false),
            (0, "func_name", "b", 0, true),
            (0, "func_name", "b", 0, true),
        ];
        assert_eq!(score(Measure::Pass, 1, &runs), Some(0.5));
        assert_eq!(score(Measure::Pass, 2, &runs), Some(1.0));
        assert_eq!(score(Measure::Drop, 1, &runs), Some(0.5));
        assert_eq!(score(Measure::Relative, 1, &runs), Some(0.5));
        assert_eq!(score(Measure::Pass, 3, &runs), None);
    }

    #[test]
    fn a_lost_completion_of_one_prompt_leaves_no_score() {
        let mut twice: Vec<Run> = GREEDY.iter().flat_map(|&run| [run, run]).collect();
        let all = [Measure::Pass, Measure::Drop, Measure::Relative];
        for measure in all {
            assert!(score(measure, 1, &twice).is_some(), "{measure:?}");
        }
        // Of the version of problem 0 that is not perturbed, of one that is, and of the last one.
        for place in [0, 2, twice.len() - 1] {
            let run = twice.remove(place);
            for measure in all {
                assert_eq!(score(measure, 1, &twice), None, "{measure:?} {place}");
            }
            twice.insert(place, run);
        }
        // What one of four problems is compared with is gone whole.
        for measure in &all[1..] {
            assert_eq!(score(*measure, 1, &GREEDY[1..]), None, "{measure:?}");
        }
    }

    #[test]
    fn prompts_that_were_not_perturbed_do_not_count() {
        let mut runs = GREEDY.to_vec();
        runs.extend([(4, "nominal", "", 0, true), (4, "nominal", "", 0, true), (5, "partial", "", 0, true)]);
        assert_eq!(score(Measure::Pass, 1, &runs), Some(0.25));
        assert_eq!(score(Measure::Drop, 1, &runs), Some(0.5));
    }
}
