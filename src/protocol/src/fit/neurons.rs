//! How many neurons of a feed-forward layer go, and whether any do.

use serde_json::Value as Json;

use super::ChainMisfit;
use crate::{Compression, Misfit};

/// Neurons that stay of a layer where this share of them goes: at least one.
pub fn kept_neurons(neurons: i64, ratio: f64) -> i64 {
    ((neurons as f64 * (1.0 - ratio)).round() as i64).max(1)
}

/// The first step of a chain that is to remove neurons and removes none of layers of these sizes; None: every step
/// does what it says.
pub fn neurons_misfit(chain: &[Compression], layers: &[i64]) -> Option<ChainMisfit> {
    let mut layers = layers.to_vec();
    for (step, compression) in chain.iter().enumerate().filter(|(_, step)| step.name == "ffn-neurons") {
        let ratio = compression.parameters.get("ratio").and_then(Json::as_f64).unwrap_or(0.0);
        let all_stay = |neurons: &&i64| ratio > 0.0 && kept_neurons(**neurons, ratio) == **neurons;
        if let Some(neurons) = layers.iter().find(all_stay) {
            let misfit = Misfit::new(
                "ratio",
                format!("`ratio = {ratio}` removes none of {neurons} neurons"),
                format!("write at least {}, or leave the step out", 1.0 / *neurons as f64),
            );
            return Some(ChainMisfit { step, misfit });
        }
        layers.iter_mut().for_each(|neurons| *neurons = kept_neurons(*neurons, ratio));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_share_that_removes_nothing_is_refused_and_none_at_all_is_not() {
        let step = |ratio: &f64| Compression {
            name: "ffn-neurons".to_owned(),
            parameters: json!({ "ratio": ratio }).as_object().cloned().unwrap_or_default(),
        };
        for (ratios, layers, expected) in [
            (&[0.0][..], [64, 64], None),
            (&[0.5], [64, 64], None),
            (&[0.001], [64, 64], Some(0)),
            (&[0.01], [640, 8], Some(0)),
            (&[0.1, 0.1], [8, 8], None),
            // Two of eight stay, and of two none goes.
            (&[0.75, 0.2], [8, 8], Some(1)),
        ] {
            let chain: Vec<Compression> = ratios.iter().map(step).collect();
            let found = neurons_misfit(&chain, &layers);
            assert_eq!(found.as_ref().map(|found| found.step), expected, "{ratios:?}: {found:?}");
        }
        let found = neurons_misfit(&[step(&0.01)], &[8]).unwrap();
        assert!(found.misfit.help.contains("at least 0.125"), "{found:?}");
        assert_eq!((kept_neurons(64, 0.25), kept_neurons(4, 0.95)), (48, 1));
    }
}
