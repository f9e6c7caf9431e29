//! Sessions of the same suite held against the earlier ones, as gates against stored sessions are.

use harness_stats::{Estimate, prediction_p};
use serde::Serialize;

use crate::gate::FalseAlarms;
use crate::gate::false_alarms::AaSession;

/// Fewer earlier sessions predict nothing.
const FEWEST_SESSIONS: usize = 4;

/// One metric on one task over sessions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Across {
    /// Name of the metric.
    pub metric: String,
    /// The task.
    pub task: String,
    /// Sessions that have it.
    pub sessions: usize,
    /// Standard deviation of its logarithm between sessions; None below two.
    pub sd: Option<f64>,
    /// Sessions outside of what all earlier ones predicted, the first four left out; None where there are no others.
    pub alarms: Option<FalseAlarms>,
}

/// The sessions that are like `last`, oldest first, metric by metric: each is held against those before it.
pub fn across(history: &[AaSession], last: &AaSession, alpha: f64) -> Vec<Across> {
    let alike: Vec<&AaSession> = history
        .iter()
        .filter(|old| {
            (&old.suite_sha256, old.class, &old.meter_key)
                == (&last.suite_sha256, last.class, &last.meter_key)
        })
        .collect();
    let one = |metric: &String, task: &String| {
        let value = |session: &&AaSession| {
            let mut compared = session.compared.iter();
            compared.find(|compared| compared.metric == *metric && compared.task == *task)?.value
        };
        let logs: Vec<f64> = alike.iter().filter_map(value).map(f64::ln).collect();
        let p: Vec<f64> =
            (FEWEST_SESSIONS..logs.len()).filter_map(|at| prediction_p(&logs[..at], logs[at])).collect();
        let mean = Estimate::of_mean(&logs).filter(|mean| mean.freedom > 0.0);
        Across {
            metric: metric.clone(),
            task: task.clone(),
            sessions: logs.len(),
            sd: mean.map(|mean| mean.error * (logs.len() as f64).sqrt()),
            alarms: FalseAlarms::count(metric, p.iter(), alpha),
        }
    };
    last.compared.iter().map(|compared| one(&compared.metric, &compared.task)).collect()
}

#[cfg(test)]
mod tests {
    use harness_meter::Class;

    use super::*;
    use crate::gate::false_alarms::{Compared, LimitCount};

    fn session(value: f64) -> AaSession {
        let compared = Compared {
            metric: "energy-per-task".into(),
            task: "java".into(),
            p: Vec::new(),
            sd_within: None,
            value: Some(value),
        };
        AaSession {
            utc: String::new(),
            harness_version: String::new(),
            suite: String::new(),
            suite_sha256: "a".into(),
            class: Some(Class::Counter),
            meter_key: String::new(),
            qualified: true,
            blocks: 6,
            compared: vec![compared],
            limits: LimitCount::default(),
            position: None,
        }
    }

    #[test]
    fn the_fifth_session_is_the_first_that_is_judged() {
        let sessions: Vec<AaSession> = [2.0, 2.02, 1.99, 2.01, 2.0, 2.5].map(session).to_vec();
        let at = |count: usize| across(&sessions[..count], &sessions[0], 0.05)[0].clone();
        assert_eq!((at(4).sessions, at(4).alarms), (4, None));
        let five = at(5).alarms.unwrap();
        assert_eq!((five.alarms, five.comparisons), (0, 1));
        let six = at(6).alarms.unwrap();
        assert_eq!((six.alarms, six.comparisons), (1, 2));
        assert!((at(2).sd.unwrap() - (2.02_f64 / 2.0).ln() / 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(at(1).sd, None);
    }

    #[test]
    fn sessions_of_other_suites_classes_or_meters_do_not_count() {
        let mut others: Vec<AaSession> = [2.0, 2.02, 1.99, 2.01].map(session).to_vec();
        others[0].suite_sha256 = "b".into();
        others[1].class = None;
        others[2].meter_key = "b".into();
        assert_eq!(across(&others, &session(2.0), 0.05)[0].sessions, 1);
    }

    #[test]
    fn impossible_values_are_no_alarm() {
        let sessions: Vec<AaSession> = [2.0, f64::NAN, 0.0, 2.01, 2.0, 2.5].map(session).to_vec();
        assert_eq!(across(&sessions, &sessions[0], 0.05)[0].alarms, None);
    }
}
