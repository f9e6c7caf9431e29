//! A form that reports are written in: what boards of forms hold.

use anyhow::Result;

/// One form of reports `R`, whose pages are text or bytes.
pub struct Form<R, Page = String> {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// Writes a report.
    pub write: fn(&R) -> Result<Page>,
}
