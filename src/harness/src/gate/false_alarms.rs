//! How often a machine tells a variant from itself, as `harness aa` counted it: a gate on a machine that does so more
//! often than its alpha says cannot be believed.

use std::collections::BTreeMap;

use harness_meter::Class;
use harness_stats::clopper_pearson;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::certify::Answer;
use super::{GateReport, Verdict};
use crate::state;
use crate::summary::Summary;

/// The history's file in the folder of a machine.
pub const AA_HISTORY: &str = "aa.jsonl";

/// Confidence of the interval of a counted rate.
const LEVEL: f64 = 0.95;

/// One line of the history: one run of a variant against itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AaSession {
    /// When the run began.
    pub utc: String,
    /// Version of the program.
    pub harness_version: String,
    /// The suite's name.
    pub suite: String,
    /// SHA-256 of its canonical form, the two variants included.
    pub suite_sha256: String,
    /// How the energies came about; None: there were none.
    pub class: Option<Class>,
    /// What makes joules of the counted domains comparable.
    pub meter_key: String,
    /// Whether the machine was fit.
    pub qualified: bool,
    /// Blocks of one comparison.
    pub blocks: u16,
    /// What was compared: the gates' metrics on every task.
    pub compared: Vec<Compared>,
    /// Limits of the suite that were held against a variant and itself; they were broken by chance.
    pub limits: LimitCount,
    /// Whether it matters which of the two runs first in a block; None: there were too few blocks.
    pub position: Option<Position>,
}

/// One metric on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Name of the metric.
    pub metric: String,
    /// The task.
    pub task: String,
    /// Two-sided p of each comparison over disjoint groups of blocks.
    pub p: Vec<f64>,
    /// Standard deviation of the blocks' log ratios; None below two blocks.
    pub sd_within: Option<f64>,
    /// The metric of both variants together, in its unit: what sessions differ in.
    pub value: Option<f64>,
}

/// How many limits were answered, and how many of them were found broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitCount {
    /// Answered with pass, inconclusive or regression.
    pub judged: u64,
    /// Answered with regression, which is false.
    pub regressions: u64,
}

/// The energy of what runs first in a block over that of what runs second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Geometric mean over blocks.
    pub ratio: f64,
    /// Lower end of its 95 % interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Two-sided p of no difference.
    pub p: Option<f64>,
}

/// A rate of false alarms with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FalseAlarms {
    /// Name of the metric.
    pub metric: String,
    /// Comparisons of a variant with itself.
    pub comparisons: u64,
    /// Those that told the two apart.
    pub alarms: u64,
    /// Share of alarms.
    pub rate: f64,
    /// Lower end of its exact 95 % interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// The rate that the tests promise.
    pub nominal: f64,
}

impl FalseAlarms {
    /// Counts the p values below `alpha`; None of none.
    pub fn count<'p>(metric: &str, p: impl Iterator<Item = &'p f64>, alpha: f64) -> Option<Self> {
        let (mut comparisons, mut alarms) = (0, 0);
        for p in p {
            comparisons += 1;
            alarms += u64::from(*p < alpha);
        }
        let found = clopper_pearson(alarms, comparisons, LEVEL)?;
        let (rate, lo, hi) = (found.value, found.lo?, found.hi?);
        Some(Self { metric: metric.to_owned(), comparisons, alarms, rate, lo, hi, nominal: alpha })
    }

    /// Whether the rate is above what the tests promise, beyond chance.
    pub fn is_too_high(&self) -> bool {
        self.lo > self.nominal
    }

    /// The rate in words: `22.5 % [10.8, 38.5], nominal 5 %`.
    pub fn told(&self) -> String {
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        format!(
            "{} % [{}, {}], nominal {} %",
            percent(self.rate),
            percent(self.lo),
            percent(self.hi),
            100.0 * self.nominal
        )
    }
}

impl FalseAlarms {
    /// Why answers are not believed.
    fn evidence(&self) -> String {
        format!(
            "on this machine a variant was told from itself in {} of {} comparisons: {}, as `harness aa` found; see `harness doctor` for what disturbs it",
            self.alarms,
            self.comparisons,
            self.told()
        )
    }
}

/// The rates of a machine by metric, over all sessions whose joules are of this class.
pub fn rates(sessions: &[AaSession], class: Option<Class>, alpha: f64) -> Vec<FalseAlarms> {
    let mut by_metric: BTreeMap<&str, Vec<&f64>> = BTreeMap::new();
    for compared in
        sessions.iter().filter(|session| session.class == class).flat_map(|session| &session.compared)
    {
        by_metric.entry(&compared.metric).or_default().extend(&compared.p);
    }
    by_metric.into_iter().filter_map(|(metric, p)| FalseAlarms::count(metric, p.into_iter(), alpha)).collect()
}

/// Takes back what a report says of metrics whose comparisons this machine gets wrong too often, and keeps the rates in
/// the report. A machine without a record changes nothing.
pub fn weigh(report: GateReport, summary: &Summary, hardware_key: &str) -> GateReport {
    let (sessions, _) = match state::of_machine(hardware_key) {
        Ok(folder) => state::entries::<AaSession>(&folder.join(AA_HISTORY)),
        Err(_) => (Vec::new(), 0),
    };
    let class = summary.rows.iter().find_map(|row| row.class);
    weigh_by(report, rates(&sessions, class, summary.alpha))
}

fn weigh_by(mut report: GateReport, rates: Vec<FalseAlarms>) -> GateReport {
    if rates.is_empty() {
        let why = "no variant was compared with itself on this machine with joules of this class: `harness aa` does it";
        report.false_alarms_why = Some(why.to_owned());
        return report;
    }
    for judged in report.judged.iter_mut().filter(|judged| judged.kind == Some("ratio")) {
        let Some(found) = rates.iter().find(|found| found.metric == judged.metric && found.is_too_high())
        else {
            continue;
        };
        judged.verdict = Verdict::NotMeasurable;
        judged.needed = None;
        judged.why = Some(found.evidence());
    }
    for certificate in &mut report.certificates {
        let parts = certificate.parts.iter().map(|part| &part.quantity);
        let mut found =
            parts.filter_map(|part| rates.iter().find(|found| found.metric == *part && found.is_too_high()));
        if let Some(found) = found.next() {
            certificate.answer = Answer::NotMeasurable;
            certificate.why = Some(found.evidence());
        }
    }
    (report.false_alarms, report.false_alarms_why) = (Some(rates), None);
    report.settled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Reference, judge_run};
    use crate::limit::Gate;
    use crate::report::example::summary;

    fn session(class: Class, p: &[f64]) -> AaSession {
        AaSession {
            utc: String::new(),
            harness_version: String::new(),
            suite: "s".into(),
            suite_sha256: String::new(),
            class: Some(class),
            meter_key: String::new(),
            qualified: true,
            blocks: 6,
            compared: vec![Compared {
                metric: "energy-per-task".into(),
                task: "java".into(),
                p: p.to_vec(),
                sd_within: None,
                value: None,
            }],
            limits: LimitCount::default(),
            position: None,
        }
    }

    /// So many alarms among so many comparisons, spread over sessions.
    fn history(alarms: usize, comparisons: usize) -> Vec<AaSession> {
        let p: Vec<f64> = (0..comparisons).map(|at| if at < alarms { 0.01 } else { 0.5 }).collect();
        p.chunks(4).map(|p| session(Class::Simulated, p)).collect()
    }

    fn answered(rates: Vec<FalseAlarms>) -> GateReport {
        let gate = Gate::read_line("energy-per-task max-increase 3%").unwrap();
        let score = Gate::read_line("edit-similarity max-decrease 90%").unwrap();
        weigh_by(judge_run(&summary(), &[gate, score], Reference::Blocks), rates)
    }

    #[test]
    fn the_rate_over_the_history_has_its_exact_interval() {
        let found = &rates(&history(2, 40), Some(Class::Simulated), 0.05)[0];
        assert_eq!(found.told(), "5.0 % [0.6, 16.9], nominal 5 %");
        assert_eq!((found.alarms, found.comparisons, found.is_too_high()), (2, 40, false));
        let found = &rates(&history(9, 40), Some(Class::Simulated), 0.05)[0];
        assert_eq!(found.told(), "22.5 % [10.8, 38.5], nominal 5 %");
        assert!(found.is_too_high());
        // Another alpha counts the same comparisons again.
        assert_eq!(rates(&history(9, 40), Some(Class::Simulated), 0.001)[0].alarms, 0);
    }

    #[test]
    fn joules_of_another_class_and_no_comparisons_say_nothing() {
        assert_eq!(rates(&history(9, 40), Some(Class::Counter), 0.05), []);
        assert_eq!(rates(&[], Some(Class::Simulated), 0.05), []);
        assert_eq!(rates(&[session(Class::Simulated, &[])], Some(Class::Simulated), 0.05), []);
    }

    #[test]
    fn a_machine_that_tells_equals_apart_is_not_believed_and_one_that_does_not_is() {
        let good = answered(rates(&history(2, 40), Some(Class::Simulated), 0.05));
        let before = judge_run(
            &summary(),
            &[Gate::read_line("energy-per-task max-increase 3%").unwrap()],
            Reference::Blocks,
        );
        assert_eq!(good.judged[0].verdict, before.judged[0].verdict);
        assert_eq!(good.false_alarms.unwrap()[0].alarms, 2);
        let bad = answered(rates(&history(9, 40), Some(Class::Simulated), 0.05));
        assert_eq!(bad.verdict, Verdict::NotMeasurable);
        let why = bad.judged[0].why.as_ref().unwrap();
        assert!(
            why.contains("told from itself in 9 of 40 comparisons: 22.5 % [10.8, 38.5], nominal 5 %"),
            "{why}"
        );
        // What was not compared by blocks stands.
        assert!(bad.judged.iter().any(|judged| judged.metric == "edit-similarity" && judged.why.is_none()));
        let none = answered(Vec::new());
        assert_eq!((none.false_alarms, none.verdict), (None, answered(Vec::new()).verdict));
        assert!(none.false_alarms_why.unwrap().contains("`harness aa` does it"));
    }
}
