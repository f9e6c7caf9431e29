//! StarCoder and SantaCoder (Li et al. 2023, arXiv 2305.06161): GPT-2 with one key and value for all heads.

use super::{Architecture, gpt2};
use crate::blueprint::{Blueprint, LinearSpec, MlpSpec, Rows};
use crate::config::Config;
use crate::error::Result;

pub(super) const GPT_BIGCODE: Architecture = Architecture {
    model_type: "gpt_bigcode",
    summary: "StarCoder 1B to 15B, SantaCoder: as GPT-2, one key and value head, matrices the usual way round",
    blueprint,
};

fn blueprint(config: &Config) -> Result<Blueprint> {
    let mut model = gpt2::blueprint(config)?;
    let shared = config.flag("multi_query")?.unwrap_or(true);
    let mut known: Option<Rows> = None;
    for block in &mut model.blocks {
        let attention = &mut block.attention;
        let (heads, head_dim, joined) = (attention.heads, attention.head_dim, &attention.query_key_value);
        let (name, width) = (joined.name.clone(), joined.inputs);
        attention.query_key_value = if shared {
            attention.kv_heads = 1;
            LinearSpec::new(&name, width + 2 * head_dim, width, true)
        } else {
            // Each head's query, key and value stand together.
            let rows = |place| {
                (0..heads)
                    .flat_map(move |head| (0..head_dim).map(move |row| (head * 3 + place) * head_dim + row))
            };
            let order = known.get_or_insert_with(|| rows(0).chain(rows(1)).chain(rows(2)).collect());
            LinearSpec::new(&name, 3 * width, width, true).reordered(order)
        };
        upright(&mut attention.output);
        if let MlpSpec::Plain { up, down, .. } = &mut block.mlp {
            upright(up);
            upright(down);
        }
    }
    Ok(model)
}

fn upright(linear: &mut LinearSpec) {
    linear.weights.iter_mut().for_each(|piece| piece.transposed = false);
}
