//! The price model: what an item costs by the length of its prompt and the work of its tokens.

use std::collections::BTreeSet;

use harness_meter::Class;

use super::gather::Gathered;
use super::point::{CellPoint, cell_points, class_of, groups};
use super::{Group, PriceFit, PriceModel, PricePoint, Seen, SummaryInput};
use harness_stats::{NoRegression, regress};

/// A cell with everything that the model asks for.
struct Known<'n> {
    task: &'n str,
    variant: &'n str,
    prompt: f64,
    tokens: f64,
    depth: f64,
    energy: f64,
}

impl Known<'_> {
    fn work(&self) -> f64 {
        self.depth * self.tokens
    }
}

/// The models of all groups.
pub(super) fn price_models(input: &SummaryInput, gathered: &Gathered<'_>, level: f64) -> Vec<PriceModel> {
    let models = groups(&input.settings, &input.variants);
    models.into_iter().map(|group| price_model(input, group, gathered, level)).collect()
}

fn price_model(input: &SummaryInput, group: Group, gathered: &Gathered<'_>, level: f64) -> PriceModel {
    let mut classes: Vec<Class> = Vec::new();
    let mut u_scale_rel: Option<f64> = None;
    let mut fault = None;
    let mut cells: Vec<Known<'_>> = Vec::new();
    for task in &input.tasks {
        let measured = |name: &str| gathered.of(&task.name, name);
        match class_of(&group, measured) {
            Ok((class, scale)) => {
                classes.extend(Some(class).filter(|class| !classes.contains(class)));
                u_scale_rel = scale.into_iter().chain(u_scale_rel).reduce(f64::max);
            }
            Err(why) => fault = Some(why),
        }
        for name in &group.variants {
            let points = measured(name).map(cell_points).unwrap_or_default();
            cells.extend(points.iter().filter_map(|point| known(&task.name, name, point)));
        }
    }
    let fit = match (classes.len(), fault) {
        (0, fault) => Err(fault.unwrap_or_else(|| "no valid energy".to_owned())),
        (1, _) => fit(&cells, level),
        _ => Err("energies of different classes are never fitted together".to_owned()),
    };
    let tasks: BTreeSet<&str> = cells.iter().map(|cell| cell.task).collect();
    let in_order = input.tasks.iter().map(|task| &task.name).filter(|name| tasks.contains(name.as_str()));
    PriceModel {
        tasks: in_order.cloned().collect(),
        class: classes.first().copied().filter(|_| fit.is_ok()),
        u_scale_rel,
        fit: fit.into(),
        group,
    }
}

fn known<'n>(task: &'n str, variant: &'n str, point: &CellPoint) -> Option<Known<'n>> {
    Some(Known {
        task,
        variant,
        prompt: point.prompt_tokens?,
        tokens: point.tokens,
        depth: point.depth?,
        energy: point.energy,
    })
}

fn fit(cells: &[Known<'_>], level: f64) -> Result<PriceFit, String> {
    if cells.is_empty() {
        return Err("no cell tells energy, prompt tokens and depth".to_owned());
    }
    let ones = vec![1.0; cells.len()];
    let prompts: Vec<f64> = cells.iter().map(|cell| cell.prompt).collect();
    let work: Vec<f64> = cells.iter().map(Known::work).collect();
    let energies: Vec<f64> = cells.iter().map(|cell| cell.energy).collect();
    let seen = Seen {
        prompt_tokens: ends(&prompts),
        tokens: ends(&cells.iter().map(|cell| cell.tokens).collect::<Vec<_>>()),
        depth: ends(&cells.iter().map(|cell| cell.depth).collect::<Vec<_>>()),
        token_blocks: ends(&work),
    };
    let mut columns = vec![ones];
    let mut terms: [Result<(), String>; 2] = [Ok(()), Ok(())];
    // A term enters where its column says something that those before it do not.
    for (place, column) in [prompts, work].into_iter().enumerate() {
        columns.push(column);
        if let Err(why) = regress(&columns, &energies, level) {
            columns.pop();
            terms[place] = Err(left_out(place, why, &seen, terms[0].is_ok()));
        }
    }
    let found = regress(&columns, &energies, level).map_err(|_| "the energies are no numbers".to_owned())?;
    let mut left = found.coefficients.iter().copied();
    let a = left.next().ok_or("the model has no term")?;
    let [b, c] = terms.map(|term| term.and_then(|()| left.next().ok_or_else(String::new)).into());
    Ok(PriceFit { a, b, c, points: points(cells, &found.fitted), quality: found.quality, seen })
}

/// Why a term is not told.
fn left_out(place: usize, why: NoRegression, seen: &Seen, with_prompts: bool) -> String {
    let text = |value: f64| format!("{value:.1}");
    match (why, place) {
        (NoRegression::TooFew, _) => "there are too few cells".to_owned(),
        (NoRegression::NotFinite, _) => "an energy is no number".to_owned(),
        (_, 0) => format!("every cell has prompts of {} tokens on average", text(seen.prompt_tokens[0])),
        _ if seen.token_blocks[1] - seen.token_blocks[0] < 1e-6 * seen.token_blocks[1] || !with_prompts => {
            format!("every cell ran {} blocks for the tokens of an item", text(seen.token_blocks[0]))
        }
        _ => "depth times tokens rises and falls with the prompt's length".to_owned(),
    }
}

fn ends(values: &[f64]) -> [f64; 2] {
    values.iter().fold([f64::MAX, f64::MIN], |[least, most], value| [least.min(*value), most.max(*value)])
}

fn points(cells: &[Known<'_>], fitted: &[f64]) -> Vec<PricePoint> {
    let mut points: Vec<PricePoint> = Vec::new();
    for (cell, told) in cells.iter().zip(fitted) {
        let place = points.iter().position(|point| point.task == cell.task && point.variant == cell.variant);
        let place = place.unwrap_or_else(|| {
            points.push(PricePoint {
                task: cell.task.to_owned(),
                variant: cell.variant.to_owned(),
                prompt_tokens: 0.0,
                token_blocks: 0.0,
                energy_j: 0.0,
                residual_j: 0.0,
                n: 0,
            });
            points.len() - 1
        });
        let point = &mut points[place];
        point.prompt_tokens += cell.prompt;
        point.token_blocks += cell.work();
        point.energy_j += cell.energy;
        point.residual_j += cell.energy - told;
        point.n += 1;
    }
    for point in &mut points {
        let n = point.n as f64;
        let sums =
            [&mut point.prompt_tokens, &mut point.token_blocks, &mut point.energy_j, &mut point.residual_j];
        sums.into_iter().for_each(|sum| *sum /= n);
    }
    points
}

#[cfg(test)]
mod tests {
    use crate::report::exits_example::{exits_example, exits_summary};
    use crate::summary::{PriceFit, Summary};

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    fn fit(summary: &Summary) -> &PriceFit {
        summary.price_models[0].fit.value().unwrap()
    }

    /// Gives each block prompts of its own length, at 0.002 J a token.
    fn with_prompts(example: &mut crate::report::example::Example) {
        for cell in &mut example.cells {
            let tokens = 100 + 20 * u64::from(cell.block);
            cell.tokens_in = Some(8 * tokens);
            for window in example.windows.iter_mut().filter(|window| window.cell == Some(cell.cell)) {
                window.energy_j = window.energy_j.map(|energy| energy + 8.0 * 0.002 * tokens as f64);
            }
        }
    }

    #[test]
    fn the_three_prices_that_made_the_energies_are_found_again() {
        let mut example = exits_example();
        with_prompts(&mut example);
        let summary = exits_summary(&example);
        let fit = fit(&summary);
        close(fit.a.value, 0.5);
        close(fit.b.value().unwrap().value, 0.002);
        close(fit.c.value().unwrap().value, 0.01);
        close(fit.quality.r_squared.unwrap(), 1.0);
        assert_eq!(fit.seen.prompt_tokens, [100.0, 200.0]);
        assert_eq!((fit.points.len(), fit.points[0].n), (3, 6));
        assert!(fit.points.iter().all(|point| point.residual_j.abs() < 1e-9));
    }

    #[test]
    fn a_design_that_tells_nothing_of_a_term_leaves_it_out_with_the_reason() {
        let summary = exits_summary(&exits_example());
        let found = fit(&summary);
        assert_eq!(found.b.why(), Some("every cell has prompts of 100.0 tokens on average"));
        close(found.c.value().unwrap().value, 0.01);
        assert_eq!(found.quality.inverse.len(), 2);

        let mut example = exits_example();
        with_prompts(&mut example);
        example.cells.iter_mut().for_each(|cell| cell.mean_exit_layer = Some(12.0));
        let summary = exits_summary(&example);
        let found = fit(&summary);
        assert_eq!(found.c.why(), Some("every cell ran 120.0 blocks for the tokens of an item"));
        assert!(found.b.value().is_some());
    }
}
