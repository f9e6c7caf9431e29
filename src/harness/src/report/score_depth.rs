//! Figure `score-depth`: what answers are worth at each exit.

use super::chart::{Chart, Curve, Dot, Look, Page};
use super::depth_rows::{POLICY, asks, has, look, name, once, tasks};
use super::drawn::Drawn;
use crate::summary::{Summary, SummaryRow};
use harness_stats::Interval;

/// Draws a figure for every task with a variant that leaves at a fixed exit.
pub fn draw(summary: &Summary, drawn: &mut Drawn) {
    for task in tasks(summary) {
        if let Some(page) = page(summary, task) {
            drawn.save(&format!("score-depth-{task}"), &page);
        }
    }
}

/// None where no variant has both depth and score.
fn page(summary: &Summary, task: &str) -> Option<Page> {
    let laws = || summary.depth_laws.iter().filter(|law| law.task == task);
    let rows = || summary.rows.iter().filter(|row| row.task == task);
    let first = rows().next()?;
    let (mut curves, mut dots, mut legend) = (Vec::new(), Vec::new(), Vec::new());
    for (place, law) in laws().enumerate() {
        let own: Vec<Dot> =
            rows().filter(|row| has(law, row)).filter_map(|row| dot(row, look(place))).collect();
        let mut points: Vec<(f64, f64)> = own.iter().map(|dot| (dot.x, dot.y.value)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        curves.push(Curve { colour: look(place).colour, points, band: Vec::new() });
        legend.push((look(place), name(law, laws().count() > 1)));
        dots.extend(own);
    }
    let policies: Vec<Dot> =
        rows().filter(|row| asks(summary, row)).filter_map(|row| dot(row, POLICY)).collect();
    if !policies.is_empty() {
        legend.push((POLICY, "policies at the depth that they chose".to_owned()));
    }
    dots.extend(policies);
    if dots.is_empty() {
        return None;
    }
    let chart = Chart {
        x_title: "blocks per generated token, mean".to_owned(),
        y_title: match first.lower_is_better {
            true => format!("{} (lower is better)", first.primary_score),
            false => first.primary_score.clone(),
        },
        curves,
        dots: once(dots),
        ..Chart::default()
    };
    Some(Page {
        title: format!("{} · {task}: {} against depth", summary.suite, first.primary_score),
        subtitle: format!("{} items · bars: {:.0} % intervals", first.items, 100.0 * summary.level),
        legend,
        charts: vec![chart],
        columns: 1,
    })
}

fn dot(row: &SummaryRow, look: Look) -> Option<Dot> {
    let score = row.score.as_ref()?;
    Some(Dot {
        label: row.variant.clone(),
        x: row.speed.mean_exit_layer?,
        y: Interval { value: score.value, lo: score.lo, hi: score.hi },
        look,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::drawn::paths;
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn the_picture_names_the_score_and_every_variant_once() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(draw, &exits_summary(&exits_example()), folder.path());
        let svg = std::fs::read_to_string(&paths[0]).unwrap();
        for text in ["edit-similarity against depth", "exit-8", "never", "policies at the depth"] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("\nexit-4\n").count(), 1);
    }
}
