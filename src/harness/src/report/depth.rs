//! Figure `depth`: after how many blocks the tokens of each policy left.

use super::canvas::BLUE;
use super::chart::{Chart, Page};
use super::drawn::Drawn;
use super::rows::by_task;
use crate::summary::{Summary, SummaryRow};

/// Histograms of one figure; further ones are in `summary.json`.
const MOST: usize = 16;

/// Draws a figure for every task with a variant whose tokens left after different numbers of blocks.
pub fn draw(summary: &Summary, drawn: &mut Drawn) {
    for (task, rows) in by_task(summary) {
        if let Some(page) = page(summary, task, &rows) {
            drawn.save(&format!("depth-{task}"), &page);
        }
    }
}

/// None where all tokens of each variant left after the same block.
fn page(summary: &Summary, task: &str, rows: &[&SummaryRow]) -> Option<Page> {
    let leaves = |row: &&&SummaryRow| row.answers.exit_histogram.len() > 1;
    let all = rows.iter().filter(leaves).count();
    let shown: Vec<&&SummaryRow> = rows.iter().filter(leaves).take(MOST).collect();
    let counts = || rows.iter().flat_map(|row| &row.answers.exit_histogram);
    let most = f64::from(counts().map(|count| count.blocks).max()?);
    if shown.is_empty() {
        return None;
    }
    let columns = match shown.len() {
        1 => 1,
        2..=4 => 2,
        5..=9 => 3,
        _ => 4,
    };
    let chart = |row: &&&SummaryRow| Chart {
        heading: heading(row),
        x_range: Some(0.3..most + 0.7),
        y_range: Some(0.0..1.05),
        bars: shares(row),
        bar_colour: BLUE,
        ..Chart::default()
    };
    let charts = shown.iter().map(chart).collect();
    let left_out = match all - shown.len() {
        0 => String::new(),
        more => format!(" · {more} more variants in summary.json"),
    };
    Some(Page {
        title: format!("{} · {task}: depth of the tokens", summary.suite),
        subtitle: format!(
            "across: blocks that ran, of {most} · up: share of the generated tokens · in brackets: mean depth{left_out}"
        ),
        legend: Vec::new(),
        charts,
        columns,
    })
}

fn heading(row: &SummaryRow) -> String {
    let mean = row.speed.mean_exit_layer.map_or(String::new(), |mean| format!(" ({mean:.1})"));
    format!("{}{mean}", row.variant)
}

/// (blocks, share of the tokens).
fn shares(row: &SummaryRow) -> Vec<(f64, f64)> {
    let all: u64 = row.answers.exit_histogram.iter().map(|count| count.tokens).sum();
    let share = |tokens: u64| tokens as f64 / all.max(1) as f64;
    row.answers.exit_histogram.iter().map(|count| (f64::from(count.blocks), share(count.tokens))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::report::drawn::paths;
    use crate::report::example::summary;
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn every_variant_whose_tokens_left_has_a_histogram() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(draw, &exits_summary(&exits_example()), folder.path());
        let svg = std::fs::read_to_string(&paths[0]).unwrap();
        for text in ["exit-4 (4.8)", "exit-8 (8.4)", "sure-0.6 (6.6)", "blocks that ran, of 12"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("never"));
    }

    #[test]
    fn shares_add_up_to_one_and_one_depth_is_no_picture() {
        let summary_of_exits = exits_summary(&exits_example());
        let sum: f64 = shares(&summary_of_exits.rows[1]).iter().map(|bar| bar.1).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert!(paths(draw, &summary(), Path::new("/nonexistent")).is_empty());
    }
}
