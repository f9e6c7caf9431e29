//! Figure `pareto`: score against joules per task, and the front of the best trade-offs.

use harness_meter::Class;

use super::drawn::Drawn;
use super::panel::{Mark, Panel};
use super::rows::by_task;
use crate::summary::{Summary, SummaryRow};
use harness_stats::{Interval, Point, front};

/// Draws a figure for every task and class with at least one point.
pub fn draw(summary: &Summary, drawn: &mut Drawn) {
    for (stem, panel) in panels(summary) {
        drawn.save(&stem, &panel);
    }
}

/// The figures with the stems of their files. Classes never share a figure, so never a front.
fn panels(summary: &Summary) -> Vec<(String, Panel)> {
    let mut panels = Vec::new();
    for (task, rows) in by_task(summary) {
        let mut classes: Vec<Class> = Vec::new();
        for class in rows.iter().filter_map(|row| row.class) {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        for class in &classes {
            let alike: Vec<&SummaryRow> =
                rows.iter().copied().filter(|row| row.class == Some(*class)).collect();
            let stem = match classes.len() {
                1 => format!("pareto-{task}"),
                _ => format!("pareto-{task}-{class}"),
            };
            panels.extend(panel(summary, task, *class, &alike).map(|panel| (stem, panel)));
        }
    }
    panels
}

/// None where no variant has both energy and score.
fn panel(summary: &Summary, task: &str, class: Class, rows: &[&SummaryRow]) -> Option<Panel> {
    let first = rows.first()?;
    let mut marks: Vec<Mark> = rows.iter().filter_map(|row| mark(summary, row)).collect();
    if marks.is_empty() {
        return None;
    }
    let sign = if first.lower_is_better { -1.0 } else { 1.0 };
    let point = |mark: &Mark| Some(Point { energy: mark.energy.value, score: sign * mark.score.value });
    let points: Vec<Option<Point>> = marks.iter().map(point).collect();
    for (mark, on_front) in marks.iter_mut().zip(front(&points)) {
        mark.on_front = on_front;
    }
    let blocks: Vec<usize> = rows.iter().map(|row| row.n_blocks).filter(|blocks| *blocks > 0).collect();
    let (fewest, most) = (blocks.iter().min()?, blocks.iter().max()?);
    let blocks = if fewest == most { format!("{most}") } else { format!("{fewest}–{most}") };
    Some(Panel {
        title: format!("{} · {task}: {} against energy", summary.suite, first.primary_score),
        subtitle: format!(
            "{blocks} blocks, {} items · bars: {:.0} % intervals · in brackets: probability of being on the front",
            first.items,
            100.0 * summary.level
        ),
        x_title: format!("energy per task (J, {class})"),
        y_title: match first.lower_is_better {
            true => format!("{} (lower is better)", first.primary_score),
            false => first.primary_score.clone(),
        },
        marks,
    })
}

fn mark(summary: &Summary, row: &SummaryRow) -> Option<Mark> {
    let energy = row.energy_per_task_j.as_ref()?;
    let score = row.score.as_ref()?;
    let label = match row.on_front_p {
        Some(p) => format!("{} ({p:.2})", row.variant),
        None => row.variant.clone(),
    };
    Some(Mark {
        label,
        energy: Interval { value: energy.value, lo: energy.lo, hi: energy.hi },
        score: Interval { value: score.value, lo: score.lo, hi: score.hi },
        on_front: false,
        baseline: row.variant == summary.baseline,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::report::drawn::paths;
    use crate::report::example::summary;

    #[test]
    fn the_picture_names_suite_task_blocks_class_and_every_variant() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(draw, &summary(), folder.path());
        let svg = std::fs::read_to_string(&paths[0]).unwrap();
        for text in [
            "example · java: edit-similarity against energy",
            "5–6 blocks, 4 items",
            "energy per task (J, simulated)",
            "full (0.00)",
            "int8 (1.00)",
            "pruned (0.",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        let png = std::fs::read(&paths[1]).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        // The embedded font was used: a picture without any text is far smaller.
        assert!(png.len() > 15_000, "{}", png.len());
    }

    #[test]
    fn classes_never_share_a_picture() {
        let mut summary = summary();
        summary.rows[0].class = Some(Class::Estimated);
        let stems: Vec<String> = panels(&summary).into_iter().map(|(stem, _)| stem).collect();
        assert_eq!(stems, ["pareto-java-estimated", "pareto-java-simulated"]);
    }

    #[test]
    fn a_summary_without_energy_has_no_picture() {
        let mut summary = summary();
        summary.rows.iter_mut().for_each(|row| (row.energy_per_task_j, row.class) = (None, None));
        assert!(paths(draw, &summary, Path::new("/nonexistent")).is_empty());
    }

    #[test]
    fn a_single_point_without_intervals_is_drawn() {
        let mut summary = summary();
        summary.rows.truncate(1);
        for row in &mut summary.rows {
            let energy = row.energy_per_task_j.as_mut().unwrap();
            (energy.lo, energy.hi) = (None, None);
            let score = row.score.as_mut().unwrap();
            (score.lo, score.hi) = (None, None);
        }
        assert_eq!(paths(draw, &summary, tempfile::tempdir().unwrap().path()).len(), 2);
    }
}
