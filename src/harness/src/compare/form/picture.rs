//! A comparison as a forest plot.

use anyhow::Result;
use harness_stats::Interval;

use super::lines::{by_task, changed, lines, name};
use super::sentences::title;
use crate::compare::{CompareReport, Compared, Kind};
use crate::report::draw;
use crate::report::forest::{Forest, Look, Panel, Row, Scale};
use crate::report::format::MISSING;
use crate::stop::Stop;

/// More rows make a picture that nobody reads and no viewer opens.
const MOST_ROWS: usize = 400;

pub(super) fn svg(report: &CompareReport) -> Result<Vec<u8>> {
    Ok(draw::svg(&forest(report)?)?.into_bytes())
}

pub(super) fn png(report: &CompareReport) -> Result<Vec<u8>> {
    draw::png(&forest(report)?)
}

/// A panel for amounts, one for scores in points and one for those without bounds, of each task.
fn forest(report: &CompareReport) -> Result<Forest, Stop> {
    let mut panels = Vec::new();
    let practical = report.practical;
    for (task, rows) in by_task(report) {
        for (what, scale, belongs) in [
            ("amounts", Scale::Ratio { practical }, (|row| row.kind == Kind::Ratio) as fn(&Compared) -> bool),
            ("scores", Scale::Points, |row| row.kind == Kind::Difference && row.width.is_some()),
            ("scores without bounds", Scale::Plain, |row| {
                row.kind == Kind::Difference && row.width.is_none()
            }),
        ] {
            let own: Vec<Row> =
                rows.iter().filter(|row| belongs(row)).flat_map(|row| drawn(report, row)).collect();
            if !own.is_empty() {
                panels.push(Panel { heading: format!("{task}: {what}"), scale, rows: own });
            }
        }
    }
    let count: usize = panels.iter().map(|panel| panel.rows.len()).sum();
    if count > MOST_ROWS {
        return Err(Stop::usage(format!(
            "a picture of {count} rows is more than anyone reads: at most {MOST_ROWS}\nhelp: choose with `--task`, `--variant`, `--metric` and `--score`"
        )));
    }
    let head = match &report.baseline {
        Some(baseline) => format!("{}: variants against `{baseline}`", report.suite),
        None => format!("{}: runs compared", report.suite),
    };
    let level = format!("bars: {:.0} % intervals, unadjusted; open points have none", 100.0 * report.level);
    let lines = title(report).lines().map(str::to_owned).collect::<Vec<_>>();
    let subtitles = lines.into_iter().chain(report.labels.iter().cloned()).chain([level]).collect();
    Ok(Forest { title: head, subtitles, panels })
}

fn drawn(report: &CompareReport, row: &Compared) -> Vec<Row> {
    let scaled = |value: f64| match (row.kind, row.width) {
        (Kind::Difference, Some(width)) => 100.0 * value / width,
        _ => value,
    };
    let one = |line: super::lines::Line<'_>| Row {
        look: match (&line.what, line.found) {
            (Some(_), _) => Look::Beside,
            (None, Some(found)) if found.lo.is_none() => Look::Open,
            (None, _) => Look::Main,
        },
        interval: line.found.map(|found| Interval {
            value: scaled(found.value),
            lo: found.lo.map(scaled),
            hi: found.hi.map(scaled),
        }),
        text: line.found.map_or_else(|| MISSING.to_owned(), |found| changed(row, found)),
        label: line.what.unwrap_or_else(|| format!("{} · {}", name(report, row), row.quantity)),
    };
    lines(row).into_iter().map(one).collect()
}
