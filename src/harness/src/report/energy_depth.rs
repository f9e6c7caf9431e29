//! Figure `energy-depth`: joules per token against depth, with the law's line, and what policies cost beside it.

use super::chart::{Chart, Curve, Dot, Look, Page};
use super::depth_rows::{POLICY, asks, has, look, name, once, tasks};
use super::drawn::Drawn;
use crate::summary::{DepthFit, DepthLaw, Summary, SummaryRow};
use harness_stats::Interval;

/// Points of a line.
const STEPS: usize = 40;

/// Draws a figure for every task with a law.
pub fn draw(summary: &Summary, drawn: &mut Drawn) {
    for task in tasks(summary) {
        if let Some(page) = page(summary, task) {
            drawn.save(&format!("energy-depth-{task}"), &page);
        }
    }
}

/// None where no law of the task holds.
fn page(summary: &Summary, task: &str) -> Option<Page> {
    let laws: Vec<(&DepthLaw, &DepthFit)> = summary
        .depth_laws
        .iter()
        .filter(|law| law.task == task)
        .filter_map(|law| Some((law, law.per_token_j.value()?)))
        .collect();
    let class = laws.first()?.0.class?;
    // Energies of other classes stand in no figure with these.
    let laws: Vec<_> = laws.into_iter().filter(|(law, _)| law.class == Some(class)).collect();
    let rows = || summary.rows.iter().filter(|row| row.task == task && row.class == Some(class));
    let most = rows().filter_map(|row| row.speed.mean_exit_layer).fold(0.0, f64::max);
    let (mut curves, mut dots, mut legend) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (law, fit)) in laws.iter().enumerate() {
        curves.push(line(fit, look(place), most, summary.level));
        legend.push((look(place), name(law, laws.len() > 1)));
        dots.extend(rows().filter(|row| has(law, row)).filter_map(|row| dot(row, look(place))));
    }
    let policies: Vec<Dot> =
        rows().filter(|row| asks(summary, row)).filter_map(|row| dot(row, POLICY)).collect();
    if !policies.is_empty() {
        legend.push((POLICY, "policies: above the line lies the cost of deciding".to_owned()));
    }
    dots.extend(policies);
    let chart = Chart {
        x_title: "blocks per generated token, mean".to_owned(),
        y_title: format!("energy per token (J, {class})"),
        curves,
        dots: once(dots),
        ..Chart::default()
    };
    Some(Page {
        title: format!("{} · {task}: energy against depth", summary.suite),
        subtitle: subtitle(&laws, summary.level),
        legend,
        charts: vec![chart],
        columns: 1,
    })
}

fn subtitle(laws: &[(&DepthLaw, &DepthFit)], level: f64) -> String {
    let band = format!("bars and band: {:.0} % intervals", 100.0 * level);
    match laws {
        [(_, fit)] => {
            let share = |r2: Option<f64>| r2.map_or_else(|| "–".to_owned(), |r2| format!("{r2:.3}"));
            let (cells, means) = (share(fit.quality.r_squared), share(fit.r_squared_of_means));
            format!(
                "E = {} + {} · blocks, R² = {cells} over {} cells, {means} over means · {band}",
                milli(fit.a.value),
                milli(fit.b.value),
                fit.quality.n
            )
        }
        _ => band,
    }
}

/// J as millijoules.
fn milli(value: f64) -> String {
    format!("{} mJ", super::format::significant(1e3 * value, 3))
}

fn line(fit: &DepthFit, look: Look, most: f64, level: f64) -> Curve {
    let depths = fit.points.iter().map(|point| point.depth);
    let least = depths.fold(most, f64::min);
    let at = |step: usize| {
        let depth = least + (most - least) * step as f64 / STEPS as f64;
        (depth, fit.at(depth, level))
    };
    let steps: Vec<(f64, Interval)> = (0..=STEPS).map(at).collect();
    Curve {
        colour: look.colour,
        points: steps.iter().map(|(depth, law)| (*depth, law.value)).collect(),
        band: steps.iter().filter_map(|(depth, law)| Some((*depth, law.lo?, law.hi?))).collect(),
    }
}

fn dot(row: &SummaryRow, look: Look) -> Option<Dot> {
    let energy = row.energy_per_token_j.as_ref()?;
    Some(Dot {
        label: row.variant.clone(),
        x: row.speed.mean_exit_layer?,
        y: Interval { value: energy.value, lo: energy.lo, hi: energy.hi },
        look,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::report::drawn::paths;
    use crate::report::example::summary;
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn the_picture_names_the_law_its_cells_and_every_variant() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(draw, &exits_summary(&exits_example()), folder.path());
        let svg = std::fs::read_to_string(&paths[0]).unwrap();
        for text in [
            "E = 50.0 mJ + 10.0 mJ · blocks, R² = 1.000 over 18 cells",
            "full",
            "exit-4",
            "sure-0.6",
            "never",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("\nfull\n").count(), 1);
    }

    #[test]
    fn a_run_without_a_law_has_no_picture() {
        assert!(paths(draw, &summary(), Path::new("/nonexistent")).is_empty());
    }
}
