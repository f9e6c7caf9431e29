//! Whether compressions can follow one another.

use crate::{COMPRESSIONS, Compression, Misfit, PACKED};

/// The key of compressions behind which weights are no plain numbers any more.
const QUANTIZE: &str = "quantize";

/// A step of a chain that cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainMisfit {
    /// Its place in the chain, from 0.
    pub step: usize,
    /// Why.
    pub misfit: Misfit,
}

/// Why a chain of compressions cannot be applied to weights in a dtype; None: it can, as far as names tell.
///
/// Every step works on plain numbers, which packed weights never are and quantized ones are no more.
pub fn chain_misfit(dtype: &str, chain: &[Compression]) -> Option<ChainMisfit> {
    let key = |step: &Compression| {
        COMPRESSIONS.iter().find(|entry| entry.name == step.name).map_or("", |entry| entry.key)
    };
    if let Some(first) = chain.first().filter(|_| dtype == PACKED) {
        let message = "weights that a .gguf file packs cannot be compressed again";
        let help = "add `model.dtype = \"f32\"` to the variant: its weights are then unpacked";
        return Some(ChainMisfit { step: 0, misfit: Misfit::new(key(first), message, help) });
    }
    let quantized = chain.iter().position(|step| key(step) == QUANTIZE)?;
    let late = chain.get(quantized + 1)?;
    let message = format!(
        "`{}` needs weights that are not already quantized by `{}`",
        late.name, chain[quantized].name
    );
    let help = match key(late) {
        QUANTIZE => "quantize once",
        _ => "put `prune` before `quantize`",
    };
    Some(ChainMisfit { step: quantized + 1, misfit: Misfit::new(key(late), message, help) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_behind_a_quantization_is_refused_with_its_place() {
        let chain = |names: &[&str]| -> Vec<Compression> {
            let step =
                |name: &&str| Compression { name: (*name).to_owned(), parameters: serde_json::Map::new() };
            names.iter().map(step).collect()
        };
        for (dtype, names, expected) in [
            ("f32", &[][..], None),
            ("f32", &["int8-weight"], None),
            ("f32", &["ffn-neurons", "ffn-neurons", "int8-weight"], None),
            ("f32", &["int8-weight", "ffn-neurons"], Some((1, "put `prune` before"))),
            ("bf16", &["ffn-neurons", "int8-weight", "int8-weight"], Some((2, "quantize once"))),
            (PACKED, &[], None),
            (PACKED, &["ffn-neurons"], Some((0, "model.dtype"))),
        ] {
            let found = chain_misfit(dtype, &chain(names));
            let found = found.as_ref().map(|found| (found.step, found.misfit.help.as_str()));
            assert_eq!(found.map(|found| found.0), expected.map(|expected| expected.0), "{names:?}");
            assert!(
                found.zip(expected).is_none_or(|(found, expected)| found.1.contains(expected.1)),
                "{found:?}"
            );
        }
    }
}
