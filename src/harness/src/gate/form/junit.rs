//! JUnit XML: one case a limit. Only a pass is no failure: what is inconclusive or not measurable is never green.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::line;
use crate::gate::{GateReport, Verdict};

pub(super) fn junit(report: &GateReport) -> Result<String> {
    let mut page = Report::new("harness gate");
    let mut suite = TestSuite::new(report.suite.as_str());
    for judged in &report.judged {
        let mut status = match judged.verdict {
            Verdict::Pass => TestCaseStatus::success(),
            Verdict::Regression | Verdict::Inconclusive => {
                TestCaseStatus::non_success(NonSuccessKind::Failure)
            }
            Verdict::NotMeasurable => TestCaseStatus::non_success(NonSuccessKind::Error),
        };
        if judged.verdict != Verdict::Pass {
            status.set_type(judged.verdict.word()).set_message(line(judged));
        }
        let name = format!("{} {} {}", judged.variant, judged.metric, judged.limit);
        let mut case = TestCase::new(name, status);
        case.set_classname(format!("{}.{}", report.suite, judged.task));
        suite.add_test_case(case);
    }
    page.add_test_suite(suite);
    Ok(page.to_string()?)
}
