//! CodeGen (Nijkamp et al. 2022, arXiv 2203.13474): GPT-J with one matrix for queries, values and keys.

use super::Architecture;
use super::gptj::Keys;
use crate::blueprint::{Blueprint, LinearSpec, Rows};
use crate::config::Config;
use crate::error::Result;

pub(super) const CODEGEN: Architecture = Architecture {
    model_type: "codegen",
    summary: "CodeGen 1 and 2: as GPT-J, queries, values and keys in one matrix",
    blueprint,
};

/// Parts in which the matrix is stored, one after another, as on the four processors of its training.
const PARTS: i64 = 4;

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let width = keys.n_embd;
    keys.check(config)?;
    if keys.n_head % PARTS != 0 {
        return Err(config.unfit("n_head", &keys.n_head.into(), &format!("a multiple of {PARTS}")));
    }
    // In each part its queries stand first, then its values, then its keys.
    let stretch = width / PARTS;
    let rows = |place: i64| {
        (0..PARTS).flat_map(move |part| (0..stretch).map(move |row| (part * 3 + place) * stretch + row))
    };
    let order: Rows = rows(0).chain(rows(2)).chain(rows(1)).collect();
    keys.decoder(config, |index| {
        LinearSpec::new(&format!("transformer.h.{index}.attn.qkv_proj"), 3 * width, width, false)
            .reordered(&order)
    })
}
