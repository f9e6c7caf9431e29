//! The energy that a price model expects of an item, with what must be said of it.

use anyhow::Result;
use harness_meter::Class;
use serde::Serialize;

use super::Ask;
use crate::stop::Stop;
use crate::summary::{Group, PriceFit, PriceModel, Summary, Told};
use harness_stats::{Interval, normal};

/// What one group of variants would take for the item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offer {
    /// What the variants share, and which they are.
    pub group: Group,
    /// The price, or why there is none.
    pub price: Told<Price>,
}

/// The energy of one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Price {
    /// Prompt tokens.
    pub prompt_tokens: u32,
    /// Generated tokens.
    pub tokens: u32,
    /// Blocks that run per generated token.
    pub depth: f64,
    /// J.
    pub energy_j: f64,
    /// Lower end of the interval in which the mean of one more cell of such items is expected, J; None without freedom.
    pub lo: Option<f64>,
    /// Upper end, J.
    pub hi: Option<f64>,
    /// Lower end with the uncertainty of scale, J: for absolute figures. None where that is not known.
    pub lo_absolute: Option<f64>,
    /// Upper end with the uncertainty of scale, J.
    pub hi_absolute: Option<f64>,
    /// How the energies came about that the model was fitted to.
    pub class: Option<Class>,
    /// What makes the price worse than its interval says.
    pub cautions: Vec<String>,
}

/// A price for each group that is asked for, in the summary's order.
///
/// # Errors
/// A [`Stop`] where the run has no price model, or none of the model asked for.
pub fn offers(summary: &Summary, ask: &Ask) -> Result<Vec<Offer>> {
    ask.check()?;
    if summary.price_models.is_empty() {
        return Err(Stop::missing(
            "the run does not keep how its variants answer\nhelp: run the suite again with this version",
        )
        .into());
    }
    let offer = |model: &PriceModel| Offer {
        group: model.group.clone(),
        price: match &model.fit {
            Told::Value(fit) => price(model, fit, ask, summary.level).into(),
            Told::Refused { refused } => Told::refused(refused.as_str()),
        },
    };
    let wanted = summary.price_models.iter().filter(|model| ask.wants(&model.group.model));
    let offers: Vec<Offer> = wanted.map(offer).collect();
    if offers.is_empty() {
        let mut known: Vec<&str> =
            summary.price_models.iter().map(|model| last_part(&model.group.model)).collect();
        known.dedup();
        let message = format!(
            "the run has no model `{}`\nhelp: choose one of `{}`",
            ask.model.as_deref().unwrap_or_default(),
            known.join("`, `")
        );
        return Err(Stop::usage(message).into());
    }
    Ok(offers)
}

/// The last part of a path or a name.
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn price(model: &PriceModel, fit: &PriceFit, ask: &Ask, level: f64) -> Result<Price, String> {
    let depth = ask.depth.unwrap_or(fit.seen.depth[1]);
    let (prompt, work) = (f64::from(ask.prompt), depth * f64::from(ask.tokens));
    let (mut energy, mut terms) = (fit.a.value, vec![1.0]);
    for (price, amount) in [(&fit.b, prompt), (&fit.c, work)] {
        if let Told::Value(price) = price {
            energy += price.value * amount;
            terms.push(amount);
        }
    }
    if energy <= 0.0 {
        return Err(format!(
            "the model gives {energy:.3} J: the item lies too far from what the cells covered"
        ));
    }
    let half = fit.quality.prediction_half_width(&terms, level);
    // As for energies: in quadrature of logarithms, so that nothing falls below zero.
    let reach = normal::reach(level);
    let both = half.zip(model.u_scale_rel).map(|(half, u)| (half / energy).ln_1p().hypot(reach * u));
    let absolute = Interval::around_log(energy, both);
    Ok(Price {
        prompt_tokens: ask.prompt,
        tokens: ask.tokens,
        depth,
        energy_j: energy,
        lo: half.map(|half| energy - half),
        hi: half.map(|half| energy + half),
        lo_absolute: absolute.lo,
        hi_absolute: absolute.hi,
        class: model.class,
        cautions: cautions(model.class, fit, ask, depth),
    })
}

/// Sentences without full stop.
fn cautions(class: Option<Class>, fit: &PriceFit, ask: &Ask, depth: f64) -> Vec<String> {
    let mut told = Vec::new();
    let amounts = [
        ("prompt tokens", f64::from(ask.prompt), fit.seen.prompt_tokens),
        ("generated tokens", f64::from(ask.tokens), fit.seen.tokens),
        ("blocks per token", depth, fit.seen.depth),
    ];
    for (what, asked, [least, most]) in amounts {
        // Means of cells carry rounding.
        let slack = 1e-9 * most.abs();
        if asked < least - slack || asked > most + slack {
            told.push(format!(
                "extrapolates: {} {what}, cells had {} to {} on average",
                number(asked),
                number(least),
                number(most)
            ));
        }
    }
    for (what, price) in [("prompt tokens", &fit.b), ("depth times tokens", &fit.c)] {
        if let Told::Refused { refused } = price {
            told.push(format!("has no price of {what}: {refused}"));
        }
    }
    match class {
        Some(Class::Estimated) => {
            told.push(
                "estimated from processor time and declared watts: for comparing, not for quoting".to_owned(),
            );
        }
        Some(Class::Simulated) => told.push("simulated: made up, good for trying the tool".to_owned()),
        _ => {}
    }
    told
}

/// Whole numbers without decimals, others with one.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::exits_example::{exits_example, exits_summary};

    fn ask() -> Ask {
        Ask { prompt: 100, tokens: 10, depth: Some(6.0), model: None }
    }

    fn found(ask: &Ask) -> Price {
        let summary = exits_summary(&exits_example());
        offers(&summary, ask).unwrap()[0].price.value().unwrap().clone()
    }

    #[test]
    fn an_item_costs_what_the_law_of_the_cells_says() {
        let price = found(&ask());
        // 0.05 J and 6 blocks of 0.01 J for each of 10 tokens.
        assert!((price.energy_j - 1.1).abs() < 1e-9, "{price:?}");
        assert!(price.hi.unwrap() - price.lo.unwrap() < 1e-6);
        assert_eq!(price.class, Some(Class::Simulated));
        assert_eq!(
            price.cautions,
            [
                "has no price of prompt tokens: every cell has prompts of 100.0 tokens on average",
                "simulated: made up, good for trying the tool"
            ]
        );
    }

    #[test]
    fn full_depth_is_the_default_and_extrapolation_is_told() {
        let price = found(&Ask { depth: None, prompt: 250, tokens: 40, ..ask() });
        assert_eq!(price.depth, 12.0);
        assert_eq!(
            price.cautions[..2],
            [
                "extrapolates: 250 prompt tokens, cells had 100 to 100 on average",
                "extrapolates: 40 generated tokens, cells had 10 to 10 on average"
            ]
        );
        let price = found(&Ask { depth: Some(2.5), ..ask() });
        assert!(price.cautions[0].starts_with("extrapolates: 2.5 blocks per token, cells had 4.8 to 12"));
    }

    #[test]
    fn an_unknown_model_and_a_run_without_models_are_refused_with_help() {
        let mut summary = exits_summary(&exits_example());
        let error = |summary: &Summary, model: Option<&str>| {
            let ask = Ask { model: model.map(str::to_owned), ..ask() };
            offers(summary, &ask).unwrap_err().to_string()
        };
        assert_eq!(
            error(&summary, Some("gpt")),
            "the run has no model `gpt`\nhelp: choose one of `mini-code`"
        );
        summary.price_models.clear();
        assert!(error(&summary, None).contains("\nhelp: run the suite again"));
    }

    #[test]
    fn an_uncertain_scale_widens_the_absolute_interval_and_a_price_below_nothing_is_refused() {
        let mut summary = exits_summary(&exits_example());
        summary.price_models[0].u_scale_rel = Some(0.1);
        let offer = &offers(&summary, &ask()).unwrap()[0];
        let price = offer.price.value().unwrap();
        let (lo, hi) = (price.lo_absolute.unwrap(), price.hi_absolute.unwrap());
        assert!(((hi / price.energy_j).ln() / 0.1959964 - 1.0).abs() < 1e-4, "{price:?}");
        assert!(lo > 0.0 && (lo * hi / price.energy_j.powi(2) - 1.0).abs() < 1e-9, "{price:?}");
        if let Told::Value(fit) = &mut summary.price_models[0].fit {
            fit.a.value = -50.0;
        }
        let offer = &offers(&summary, &ask()).unwrap()[0];
        assert!(offer.price.why().unwrap().contains("too far"), "{offer:?}");
    }
}
