//! pass@k: the chance that at least one of k completions passes, estimated without bias (arXiv 2107.03374).

use super::{Drawn, Need, Scorer, Stats};
use crate::answer::Answer;

/// pass@k for one k.
pub(super) struct PassAtK {
    name: String,
    k: u32,
}

impl PassAtK {
    pub(super) fn new(k: u32) -> Self {
        Self { name: format!("pass@{k}"), k }
    }
}

impl Scorer for PassAtK {
    fn name(&self) -> &str {
        &self.name
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Verdict]
    }

    /// Of pass@1, the mean over completions if all problems have as many.
    fn is_proportion(&self) -> bool {
        self.k == 1
    }

    /// The problem, and whether the completion passed; None where the sandbox failed.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        Some(Stats(vec![f64::from(answer.problem), f64::from(answer.verdict?.passed()?)]))
    }

    fn no_value(&self) -> String {
        format!("needs at least {} completions of every problem, as many of each version", self.k)
    }

    /// The mean over problems; None if one of them has fewer than k completions.
    ///
    /// Entries of one problem are its completions: how often they were drawn weighs the problem.
    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let mut runs = Vec::with_capacity(items.len());
        for item in items {
            let &[problem, passed] = item.stats.0.as_slice() else { return None };
            if item.times > 0.0 {
                runs.push((problem.to_bits(), passed, item.times));
            }
        }
        runs.sort_by_key(|run| run.0);
        let (mut sum, mut weight) = (0.0, 0.0);
        for problem in runs.chunk_by(|a, b| a.0 == b.0) {
            let (passes, times) = (problem.iter().map(|run| run.1).sum(), problem[0].2);
            sum += times * estimate(problem.len() as f64, passes, self.k)?;
            weight += times;
        }
        (weight > 0.0).then(|| sum / weight)
    }
}

/// 1 minus the share of draws of k out of `count` completions in which none of `passes` is; None if k exceeds
/// `count`.
pub(super) fn estimate(count: f64, passes: f64, k: u32) -> Option<f64> {
    let k = f64::from(k);
    if k > count {
        return None;
    }
    if count - passes < k {
        return Some(1.0);
    }
    // The product of (failures - j) / (count - j) for j below k, over passes or over k, whichever are fewer.
    let mut none = 1.0;
    let mut j = 0.0;
    if passes < k && passes.fract() == 0.0 {
        while j < passes {
            none *= 1.0 - k / (count - j);
            j += 1.0;
        }
    } else {
        while j < k {
            none *= (count - passes - j) / (count - j);
            j += 1.0;
        }
    }
    Some(1.0 - none)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Verdict;

    fn stats(problem: u32, verdict: Verdict) -> Option<Stats> {
        PassAtK::new(1).stats(&Answer { problem, verdict: Some(verdict), ..Answer::default() })
    }

    #[test]
    fn estimates_are_those_of_counting_draws() {
        assert_eq!(estimate(4.0, 0.0, 2), Some(0.0));
        assert_eq!(estimate(4.0, 4.0, 1), Some(1.0));
        assert_eq!(estimate(4.0, 3.0, 2), Some(1.0));
        // Of six pairs only one has none of two passes.
        assert!((estimate(4.0, 2.0, 2).unwrap() - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!(estimate(1.0, 1.0, 2), None);
    }

    #[test]
    fn problems_weigh_alike_and_as_often_as_drawn() {
        let stats: Vec<Stats> =
            [(0, Verdict::Pass), (0, Verdict::Fail), (0, Verdict::Timeout), (1, Verdict::Pass)]
                .map(|(problem, verdict)| stats(problem, verdict).unwrap())
                .into();
        let score = |k, times: [f64; 2]| {
            let drawn: Vec<Drawn<'_>> =
                stats.iter().map(|stats| Drawn { stats, times: times[stats.0[0] as usize] }).collect();
            PassAtK::new(k).aggregate(&drawn)
        };
        assert!((score(1, [1.0, 1.0]).unwrap() - 2.0 / 3.0).abs() < 1e-15);
        assert!((score(1, [2.0, 1.0]).unwrap() - 5.0 / 9.0).abs() < 1e-15);
        // The second problem has one completion only.
        assert_eq!(score(2, [1.0, 1.0]), None);
        assert!((score(2, [1.0, 0.0]).unwrap() - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(score(1, [0.0, 0.0]), None);
    }

    #[test]
    fn a_failed_sandbox_says_nothing() {
        assert_eq!(stats(0, Verdict::SandboxError), None);
        assert_eq!(stats(3, Verdict::OutOfMemory), Some(Stats(vec![3.0, 0.0])));
    }
}
