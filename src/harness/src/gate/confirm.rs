//! A regression that has to be found twice.

use super::certify::Answer;
use super::{GateReport, Verdict};

/// The second report, in which a regression that the first did not find is inconclusive. What the second run passes, passes:
/// the first finding was not repeated.
pub fn confirmed(first: &GateReport, mut second: GateReport) -> GateReport {
    for judged in &mut second.judged {
        let key = (&judged.task, &judged.variant, &judged.metric, &judged.limit);
        let before = first
            .judged
            .iter()
            .find(|other| (&other.task, &other.variant, &other.metric, &other.limit) == key);
        let was = before.map(|before| before.verdict);
        match (was, judged.verdict) {
            (Some(Verdict::Regression), Verdict::Regression) => {
                judged.why = Some("both runs found it".to_owned());
            }
            (Some(was), Verdict::Regression) => {
                judged.verdict = Verdict::Inconclusive;
                judged.why = Some(format!("only the second run found it, the first said {}", was.word()));
            }
            (Some(Verdict::Regression), _) => {
                let why = "the first run found a regression, which this one does not repeat".to_owned();
                judged.why = Some(judged.why.take().map_or(why.clone(), |own| format!("{own}; {why}")));
            }
            _ => {}
        }
    }
    for certificate in &mut second.certificates {
        let key = (&certificate.task, &certificate.variant, &certificate.claim);
        let before =
            first.certificates.iter().find(|other| (&other.task, &other.variant, &other.claim) == key);
        let was = before.map(|before| before.answer);
        if certificate.answer == Answer::No && was.is_some_and(|was| was != Answer::No) {
            certificate.answer = Answer::CannotTell;
            certificate.why =
                was.map(|was| format!("only the second run says no, the first said {}", was.word()));
        }
    }
    second.settled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Reference, judge_run};
    use crate::limit::Gate;
    use crate::report::example::summary;

    fn report(lines: &[&str]) -> GateReport {
        let gates: Vec<Gate> = lines.iter().map(|line| Gate::read_line(line).unwrap()).collect();
        judge_run(&summary(), &gates, Reference::Blocks)
    }

    #[test]
    fn only_what_both_runs_find_is_a_regression() {
        let broken = report(&["energy-per-task min-decrease 60%"]);
        assert_eq!(broken.verdict, Verdict::Regression);
        assert_eq!(confirmed(&broken, broken.clone()).verdict, Verdict::Regression);
        let mut fine = broken.clone();
        fine.judged.iter_mut().for_each(|judged| judged.verdict = Verdict::Pass);
        fine.verdict = Verdict::Pass;
        let second_only = confirmed(&fine, broken.clone());
        assert_eq!(second_only.verdict, Verdict::Inconclusive);
        assert!(second_only.judged[0].why.as_ref().unwrap().contains("only the second run"));
        let first_only = confirmed(&broken, fine);
        assert_eq!(first_only.verdict, Verdict::Pass);
        assert!(first_only.judged[0].why.as_ref().unwrap().contains("does not repeat"));
    }
}
