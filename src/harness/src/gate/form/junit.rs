//! JUnit XML: one case a limit or certificate. Only a pass is no failure: what is inconclusive or not measurable is never green.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{certificate_line, line};
use crate::gate::{GateReport, Verdict};

pub(super) fn junit(report: &GateReport) -> Result<String> {
    let mut page = Report::new("harness gate");
    let mut suite = TestSuite::new(report.suite.as_str());
    for judged in &report.judged {
        let name = format!("{} {} {}", judged.variant, judged.metric, judged.limit);
        suite.add_test_case(case(report, &judged.task, name, judged.verdict, line(judged)));
    }
    for certificate in &report.certificates {
        let name = format!("{} {}", certificate.variant, certificate.claim);
        let verdict = certificate.answer.verdict();
        suite.add_test_case(case(report, &certificate.task, name, verdict, certificate_line(certificate)));
    }
    page.add_test_suite(suite);
    Ok(page.to_string()?)
}

fn case(report: &GateReport, task: &str, name: String, verdict: Verdict, message: String) -> TestCase {
    let mut status = match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Regression | Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::NotMeasurable => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if verdict != Verdict::Pass {
        status.set_type(verdict.word()).set_message(message);
    }
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("{}.{task}", report.suite));
    case
}
