//! The board of forms that a comparison is written in.

mod foreign;
mod json;
mod lines;
mod markdown;
mod picture;
mod sentences;
mod text;

pub use text::text;

use super::CompareReport;
use crate::form::Form;

/// Every form.
pub const FORMS: &[Form<CompareReport, Vec<u8>>] = &[
    Form { name: "text", summary: "tables for people", write: |report| Ok(text(report).into_bytes()) },
    Form {
        name: "markdown",
        summary: "tables for pages and GitHub's job summary",
        write: |report| Ok(markdown::markdown(report).into_bytes()),
    },
    Form { name: "json", summary: "everything, see `harness schema --of compare`", write: json::json },
    Form { name: "svg", summary: "a forest plot that scales", write: picture::svg },
    Form { name: "png", summary: "a forest plot in pixels", write: picture::png },
];
