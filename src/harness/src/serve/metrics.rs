//! The session's sums in the text format of Prometheus, version 0.0.4.

use std::fmt::Write;

use super::measured::Kind;
use super::totals::{Outcome, Phase, Sum, Totals};

/// The media type of the page.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const PHASES: [Phase; 3] = [Phase::Answer, Phase::Idle, Phase::Load];
const OUTCOMES: [Outcome; 5] =
    [Outcome::Answered, Outcome::Busy, Outcome::Refused, Outcome::Failed, Outcome::Abandoned];

/// Requests on their way.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Requests that wait now, or that a proxy has under way.
    pub now: usize,
    /// Requests that may wait.
    pub most: usize,
}

/// The page.
pub fn page(totals: &Totals, waiting: Waiting) -> String {
    let mut page = Page(String::new());
    if let Some(kind) = &totals.kind {
        page.joules(totals, kind);
    }
    let phases =
        |of: fn(Sum) -> f64| PHASES.map(|phase| (label("phase", phase.as_str()), of(totals.of(phase))));
    page.counter(
        "harness_seconds_total",
        "Time of the session by what was going on.",
        &phases(|sum| sum.seconds),
    );
    page.counter(
        "harness_unmeasured_seconds_total",
        "Time of the session without joules.",
        &phases(|sum| sum.unmeasured_s),
    );
    let outcomes = OUTCOMES.map(|outcome| (label("outcome", outcome.as_str()), totals.count(outcome) as f64));
    page.counter("harness_requests_total", "Requests by how they ended.", &outcomes);
    page.counter(
        "harness_answers_measured_total",
        "Answers with joules of their own.",
        &[(String::new(), totals.told as f64)],
    );
    page.counter(
        "harness_tokens_total",
        "Tokens of prompts that were answered, and tokens generated.",
        &[
            (label("kind", "prompt"), totals.tokens_in as f64),
            (label("kind", "generated"), totals.tokens_out as f64),
        ],
    );
    page.gauge(
        "harness_queue_length",
        "Requests that wait, or that a proxy has under way.",
        waiting.now as f64,
    );
    page.gauge("harness_queue_limit", "How many may.", waiting.most as f64);
    page.0
}

struct Page(String);

impl Page {
    fn joules(&mut self, totals: &Totals, kind: &Kind) {
        let about = format!("class=\"{}\",domains=\"{}\"", escaped(&kind.class), escaped(&kind.domains));
        let phases = |of: &dyn Fn(Sum) -> f64| {
            PHASES.map(|phase| (format!("{{phase=\"{}\",{about}}}", phase.as_str()), of(totals.of(phase))))
        };
        self.counter(
            "harness_joules_total",
            "Energy of the session by what was going on; the phases add up to the meter's.",
            &phases(&|sum| sum.joules),
        );
        self.family(
            "harness_joules_uncertainty",
            "gauge",
            "Standard uncertainty of harness_joules_total, of windows' edges, J.",
            &phases(&|sum| sum.u_j()),
        );
        let about = format!("{{{about}}}");
        self.counter(
            "harness_meter_joules_total",
            "Energy of the session in windows that know nothing of answers.",
            &[(about.clone(), totals.meter.joules)],
        );
        self.family(
            "harness_meter_joules_uncertainty",
            "gauge",
            "Standard uncertainty of harness_meter_joules_total, of windows' edges, J.",
            &[(about, totals.meter.u_j())],
        );
    }

    fn counter(&mut self, name: &str, help: &str, values: &[(String, f64)]) {
        self.family(name, "counter", help, values);
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "gauge", help, &[(String::new(), value)]);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str, values: &[(String, f64)]) {
        // Writing into a text cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

fn label(name: &str, value: &str) -> String {
    format!("{{{name}=\"{}\"}}", escaped(value))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::measured::Measured;
    use super::*;

    #[test]
    fn the_page_has_a_line_for_every_phase_and_outcome_from_the_start() {
        let kind = Kind { class: "simulated".to_owned(), domains: "sim \"x\"".to_owned() };
        let mut totals = Totals { kind: Some(kind), ..Totals::default() };
        let measured = Measured { joules: Some(2.5), u_j: 0.5, ..Measured::default() };
        totals.phases.entry(Phase::Answer).or_default().add(0.25, &measured);
        totals.ended(Outcome::Busy);
        let page = page(&totals, Waiting { now: 3, most: 8 });
        for line in [
            "# TYPE harness_joules_total counter",
            "harness_joules_total{phase=\"answer\",class=\"simulated\",domains=\"sim \\\"x\\\"\"} 2.5",
            "harness_joules_total{phase=\"idle\",class=\"simulated\",domains=\"sim \\\"x\\\"\"} 0",
            "harness_seconds_total{phase=\"answer\"} 0.25",
            "harness_requests_total{outcome=\"busy\"} 1",
            "harness_requests_total{outcome=\"answered\"} 0",
            "harness_queue_length 3",
            "harness_queue_limit 8",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn without_a_meter_there_are_no_joules_on_the_page() {
        let page = page(&Totals::default(), Waiting { now: 0, most: 1 });
        assert!(!page.contains("joules_total") && page.contains("harness_seconds_total{phase=\"idle\"} 0"));
    }
}
