//! The board of forms that verdicts on targets are written in.

mod foreign;
mod json;
mod lines;
mod markdown;
mod text;

pub use lines::sentence;
pub use markdown::section;
pub use text::text;

use super::TargetReport;
use crate::form::Form;

/// Every form.
pub const FORMS: &[Form<TargetReport>] = &[
    Form { name: "text", summary: "a table for people", write: |report| Ok(text(report)) },
    Form { name: "markdown", summary: "a table for pages", write: |report| Ok(markdown::page(report)) },
    Form { name: "json", summary: "everything, see `harness schema --of targets`", write: json::json },
];
