//! What `harness aa` says at its end.

use comfy_table::ColumnConstraint;
use harness_meter::Class;
use harness_stats::detectable;
use serde::Serialize;

use super::Across;
use crate::gate::FalseAlarms;
use crate::gate::false_alarms::{AaSession, LimitCount, Position};
use crate::report::format::{MISSING, change, p_value, significant, with_interval};
use crate::ruled::table;

/// The chance with which the smallest change that is told is found.
const POWER: f64 = 0.8;

/// Widest line of the table, in columns.
const WIDTH: u16 = 140;

/// Everything that is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AaReport {
    /// Version of this format.
    pub schema: u32,
    /// The suite's name.
    pub suite: String,
    /// The variant that ran against itself.
    pub variant: String,
    /// What the tests promise as the rate of false alarms.
    pub alpha: f64,
    /// How the energies came about; None: there were none.
    pub class: Option<Class>,
    /// The sessions of this call.
    pub sessions: Vec<AaSession>,
    /// Rates on this machine with joules of this class by metric, over the whole history.
    pub rates: Vec<FalseAlarms>,
    /// Sessions that these rates come from.
    pub history: usize,
    /// Lines of the history that this version cannot read.
    pub unread: usize,
    /// What earlier sessions of the same suite predicted.
    pub across: Vec<Across>,
    /// Where the history was not kept: why.
    pub not_kept: Option<String>,
}

/// The page for people.
pub fn text(report: &AaReport) -> String {
    let blocks = report.sessions.first().map_or(0, |session| session.blocks);
    let mut page = format!(
        "`{}` of {} against itself: {}, comparisons over {}, alpha {}\n\n",
        report.variant,
        report.suite,
        counted(report.sessions.len(), "session"),
        counted(usize::from(blocks), "block"),
        report.alpha
    );
    page += &sessions(report);
    page += &limits(report);
    for position in report.sessions.iter().filter_map(|session| session.position) {
        page += &format!("{}.\n", place(position));
    }
    page += &machine(report);
    page += &report.across.iter().map(|across| format!("{}.\n", between(across))).collect::<String>();
    if let Some(why) = &report.not_kept {
        page += &format!("note: the history of this machine was not kept: {why}.\n");
    }
    if report.unread > 0 {
        page += &format!(
            "note: left out of the machine's history, since this version cannot read it: {}.\n",
            counted(report.unread, "line")
        );
    }
    page
}

/// One line a session, metric and task.
fn sessions(report: &AaReport) -> String {
    let mut list = table(&["session", "task", "quantity", "told apart", "sd of blocks", "blocks find"]);
    for (number, session) in (1..).zip(&report.sessions) {
        for compared in &session.compared {
            let alarms = compared.p.iter().filter(|p| **p < report.alpha).count();
            let percent = |log: f64| format!("{} %", significant(100.0 * log.exp_m1(), 2));
            let least = compared
                .sd_within
                .and_then(|sd| detectable(sd, usize::from(session.blocks), report.alpha, POWER));
            let missing = || MISSING.to_owned();
            list.add_row([
                number.to_string(),
                compared.task.clone(),
                compared.metric.clone(),
                if compared.p.is_empty() { missing() } else { format!("{alarms} of {}", compared.p.len()) },
                compared.sd_within.map_or_else(missing, percent),
                least.map_or_else(missing, |least| percent(least) + " and more"),
            ]);
        }
    }
    list.set_width(WIDTH);
    // A number broken over two lines is hard to read.
    for column in list.column_iter_mut() {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    list.trim_fmt() + "\n\n"
}

/// Regressions that the suite's limits found between a variant and itself.
fn limits(report: &AaReport) -> String {
    let all = report.sessions.iter().map(|session| session.limits);
    let LimitCount { judged, regressions } = all.fold(LimitCount::default(), |sum, own| LimitCount {
        judged: sum.judged + own.judged,
        regressions: sum.regressions + own.regressions,
    });
    match judged {
        0 => "The suite has no limit on changes that a variant keeps against itself.\n".to_owned(),
        _ => format!("Limits of the suite: {regressions} false regressions in {judged} answers.\n"),
    }
}

fn place(position: Position) -> String {
    let p = position.p.map_or(String::new(), |p| format!(", p {}", p_value(p)));
    let interval = with_interval(change(position.ratio), position.lo.map(change), position.hi.map(change));
    format!("What runs first in a block takes {interval} % energy{p}")
}

fn machine(report: &AaReport) -> String {
    let class = report.class.map_or("no".to_owned(), |class| class.to_string());
    if report.rates.is_empty() {
        return "No comparison could be made: nothing is known of this machine's false alarms.\n".to_owned();
    }
    let mut page =
        format!("This machine with {class} joules, {} so far:\n", counted(report.history, "session"));
    for rate in &report.rates {
        let judged = match rate.is_too_high() {
            true => "; too many: gates answer 3, not measurable",
            false => "",
        };
        page += &format!(
            "  {}: {} in {}: {}{judged}.\n",
            rate.metric,
            counted(rate.alarms as usize, "false alarm"),
            counted(rate.comparisons as usize, "comparison"),
            rate.told()
        );
    }
    page
}

fn between(across: &Across) -> String {
    let Across { metric, task, sessions, sd, alarms } = across;
    let spread = sd.map_or("their spread is not known".to_owned(), |sd| {
        format!("sd {} %", significant(100.0 * sd.exp_m1(), 2))
    });
    let judged = match alarms {
        None => "a session is judged from the fifth on".to_owned(),
        Some(found) => format!(
            "{} outside of what earlier ones predicted: {}",
            format_args!("{} of {}", found.alarms, found.comparisons),
            found.told()
        ),
    };
    format!("Between {} of this suite, {metric} on {task}: {spread}; {judged}", counted(*sessions, "session"))
}

/// `1 block`, `6 blocks`.
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::false_alarms::{Compared, rates};

    fn session(p: &[f64]) -> AaSession {
        let compared = Compared {
            metric: "energy-per-task".into(),
            task: "java".into(),
            p: p.to_vec(),
            sd_within: (!p.is_empty()).then_some(0.01),
            value: Some(2.0),
        };
        AaSession {
            utc: String::new(),
            harness_version: String::new(),
            suite: "small-aa".into(),
            suite_sha256: String::new(),
            class: Some(Class::Simulated),
            meter_key: String::new(),
            qualified: true,
            blocks: 6,
            compared: vec![compared],
            limits: LimitCount { judged: 4, regressions: 1 },
            position: Some(Position { ratio: 1.002, lo: Some(0.997), hi: Some(1.007), p: Some(0.4) }),
        }
    }

    fn report(sessions: &[AaSession]) -> AaReport {
        AaReport {
            schema: 1,
            suite: "small-aa".into(),
            variant: "full".into(),
            alpha: 0.05,
            class: Some(Class::Simulated),
            rates: rates(sessions, Some(Class::Simulated), 0.05),
            history: sessions.len(),
            unread: 1,
            across: super::super::across(sessions, &sessions[0], 0.05),
            sessions: sessions.to_vec(),
            not_kept: None,
        }
    }

    #[test]
    fn the_page_tells_the_rate_with_its_interval_and_what_it_means() {
        let page = text(&report(&[session(&[0.01, 0.5]), session(&[0.7, 0.2])]));
        for line in [
            "`full` of small-aa against itself: 2 sessions, comparisons over 6 blocks, alpha 0.05",
            "1        java  energy-per-task  1 of 2      1.0 %         1.4 % and more",
            "Limits of the suite: 2 false regressions in 8 answers.",
            "What runs first in a block takes +0.2 [−0.3, +0.7] % energy, p = 0.400.",
            "This machine with simulated joules, 2 sessions so far:",
            "  energy-per-task: 1 false alarm in 4 comparisons: 25.0 % [0.6, 80.6], nominal 5 %.",
            "Between 2 sessions of this suite, energy-per-task on java: sd 0 %; a session is judged from the fifth on.",
            "note: left out of the machine's history, since this version cannot read it: 1 line.",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn without_any_comparison_that_is_said() {
        let page = text(&report(&[session(&[])]));
        assert!(page.contains("No comparison could be made"), "{page}");
        assert!(page.contains("java  energy-per-task  –"), "{page}");
    }
}
