//! Figure `learning`: how the agents learned when to leave.

use super::canvas::SERIES;
use super::chart::{Chart, Curve, Look, Page};
use super::drawn::Drawn;
use crate::summary::{LearningCurve, LearningPoint, Summary};

/// What is read of a moment of a training.
type Reading = fn(&LearningPoint) -> f64;

/// Draws one figure with the curves of all agents.
pub fn draw(summary: &Summary, drawn: &mut Drawn) {
    let curves = &summary.learning_curves;
    if !curves.is_empty() {
        drawn.save("learning", &page(summary, curves));
    }
}

fn page(summary: &Summary, curves: &[LearningCurve]) -> Page {
    let last = curves.iter().filter_map(|curve| curve.points.last()).map(|point| point.step).max();
    // Ticks of many digits would run into one another.
    let (unit, steps) = match last {
        Some(last) if last >= 20_000 => (1000.0, "training steps (thousands)"),
        _ => (1.0, "training steps"),
    };
    let shown: [(&str, Reading); 3] = [
        ("reward per step", |point| point.reward),
        ("blocks per token", |point| point.depth),
        ("agreement", |point| point.agreement),
    ];
    let chart = |(place, (title, value)): (usize, (&str, Reading))| Chart {
        x_title: if place == 2 { steps.to_owned() } else { String::new() },
        y_title: title.to_owned(),
        curves: curves
            .iter()
            .enumerate()
            .map(|(number, curve)| Curve {
                colour: SERIES[number % SERIES.len()],
                points: curve.points.iter().map(|point| (point.step as f64 / unit, value(point))).collect(),
                band: Vec::new(),
            })
            .collect(),
        ..Chart::default()
    };
    let legend = |(number, curve): (usize, &LearningCurve)| {
        let look = Look { colour: SERIES[number % SERIES.len()], filled: true, diamond: false };
        (look, format!("{} ({})", curve.agent, curve.variants.join(", ")))
    };
    Page {
        title: format!("{}: how the exit agents learned", summary.suite),
        subtitle: "means since the point before · agreement: share of tokens that equal the last block's"
            .to_owned(),
        legend: curves.iter().enumerate().map(legend).collect(),
        charts: shown.into_iter().enumerate().map(chart).collect(),
        columns: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::drawn::paths;
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn the_picture_names_every_agent_with_its_variants() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(draw, &exits_summary(&exits_example()), folder.path());
        let svg = std::fs::read_to_string(&paths[0]).unwrap();
        for text in ["agents/ppo.json (sure-0.6)", "reward per step", "training steps (thousands)"] {
            assert!(svg.contains(text), "{text}");
        }
    }
}
