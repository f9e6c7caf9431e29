//! Compressions on a whole model: what they change, what they shrink, what they refuse.

use harness_engine::compress;
use harness_engine::session::Session;
use harness_protocol::{Compression, FaultKind, Load, ModelSource, Reply};
use serde_json::json;
use tch::Kind;

use crate::tiny::{golden, logits, model};

fn int8() -> Compression {
    Compression { name: "int8-weight".to_owned(), parameters: serde_json::Map::new() }
}

fn without_head() -> Compression {
    let parameters = [("head".to_owned(), json!(false))].into_iter().collect();
    Compression { name: "int8-weight".to_owned(), parameters }
}

fn prune(ratio: f64) -> Compression {
    let parameters = [("ratio".to_owned(), json!(ratio))].into_iter().collect();
    Compression { name: "ffn-neurons".to_owned(), parameters }
}

/// Parameters and bytes of the golden model after a chain.
fn size(chain: Vec<Compression>) -> (u64, u64) {
    let path = golden("llama").display().to_string();
    let load = Load {
        model: ModelSource {
            kind: "hugging-face-folder".to_owned(),
            path: Some(path),
            dtype: "f32".to_owned(),
            ..ModelSource::default()
        },
        compress: chain,
        exit: None,
        device: "cpu".to_owned(),
        threads: 1,
        seed: 0,
    };
    let mut size = None;
    Session::default()
        .load(&load, &mut |reply| {
            if let Reply::Loaded(loaded) = reply {
                size = Some((loaded.parameters, loaded.weights_bytes));
            }
        })
        .unwrap();
    size.unwrap()
}

#[test]
fn int8_logits_stay_near_the_dense_ones() {
    let tokens: Vec<i64> = (0..24).map(|n| n * 7 % 32).collect();
    let dense = logits(&model(2), &tokens);
    let mut small = model(2);
    compress::apply(&mut small, &[int8()]).unwrap();
    let small = logits(&small, &tokens);
    let norm = |x: &tch::Tensor| x.norm().to_kind(Kind::Double).double_value(&[]);
    let off = norm(&(&small - &dense)) / norm(&dense);
    assert!(off > 0.0 && off < 0.03, "{off}");
}

#[test]
fn sizes_are_those_of_the_smaller_matrices() {
    // By hand: vocabulary 32, width 16, two blocks of 64 + 16 + 48 + 16 rows, 2688 projection weights each.
    for (name, chain, expected) in [
        ("dense", vec![], (6480, 25_920)),
        // 5888 bytes of projections, 320 scales, embedding and norms as they were.
        ("int8", vec![int8()], (6480, 5888 + 4 * 320 + 4 * 592)),
        // 512 weights of the head stay, so do 32 fewer scales.
        ("int8 without the head", vec![without_head()], (6480, 5376 + 4 * 512 + 4 * 288 + 4 * 592)),
        ("half the neurons", vec![prune(0.5)], (5328, 21_312)),
        ("both", vec![prune(0.5), int8()], (5328, 4736 + 4 * 272 + 4 * 592)),
    ] {
        assert_eq!(size(chain), expected, "{name}");
    }
}

#[test]
fn removing_no_neuron_changes_no_logit_and_removing_some_does() {
    let tokens: Vec<i64> = (0..12).collect();
    let dense = logits(&model(2), &tokens);
    for (ratio, same) in [(0.0, true), (0.5, false)] {
        let mut pruned = model(2);
        compress::apply(&mut pruned, &[prune(ratio)]).unwrap();
        assert_eq!(logits(&pruned, &tokens).allclose(&dense, 1e-6, 1e-6, false), same, "{ratio}");
    }
}

#[test]
fn chains_that_make_no_sense_are_refused_in_a_sentence() {
    let unknown = Compression { name: "int3".to_owned(), parameters: serde_json::Map::new() };
    let mut without_ratio = prune(0.5);
    without_ratio.parameters.clear();
    for (chain, kind, words) in [
        (vec![int8(), prune(0.5)], FaultKind::Unsupported, "put `prune` before `quantize`"),
        (vec![int8(), int8()], FaultKind::Unsupported, "already quantized"),
        (vec![unknown], FaultKind::BadRequest, "`int3` is not known"),
        (vec![without_ratio], FaultKind::BadRequest, "`ratio` is missing"),
        (vec![prune(1.0)], FaultKind::BadRequest, "less than 1"),
    ] {
        let error = compress::apply(&mut model(2), &chain).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(words), "{error}");
    }
}
