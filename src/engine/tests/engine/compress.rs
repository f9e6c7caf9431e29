//! Compressions on a whole model: what they change, what they shrink, what they refuse.

use harness_engine::compress;
use harness_engine::session::Session;
use harness_protocol::{Compression, FaultKind, Load, Loaded, ModelSource, Reply};
use serde_json::json;
use tch::Kind;

use crate::tiny::{golden, logits, model};

fn int8() -> Compression {
    Compression { name: "int8-weight".to_owned(), parameters: serde_json::Map::new() }
}

fn with_head() -> Compression {
    let parameters = [("head".to_owned(), json!(true))].into_iter().collect();
    Compression { name: "int8-weight".to_owned(), parameters }
}

fn prune(ratio: f64) -> Compression {
    let parameters = [("ratio".to_owned(), json!(ratio))].into_iter().collect();
    Compression { name: "ffn-neurons".to_owned(), parameters }
}

/// What the golden model is after a chain.
fn loaded(chain: Vec<Compression>) -> Loaded {
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
    let mut found = None;
    Session::default()
        .load(&load, &mut |reply| {
            if let Reply::Loaded(loaded) = reply {
                found = Some(loaded);
            }
        })
        .unwrap();
    found.unwrap()
}

#[test]
fn int8_logits_stay_near_the_dense_ones() {
    let tokens: Vec<i64> = (0..24).map(|n| n * 7 % 32).collect();
    let dense = logits(&model(2), &tokens);
    let norm = |x: &tch::Tensor| x.norm().to_kind(Kind::Double).double_value(&[]);
    for step in [int8(), with_head()] {
        let mut small = model(2);
        compress::apply(&mut small, &[step]).unwrap();
        let off = norm(&(&logits(&small, &tokens) - &dense)) / norm(&dense);
        assert!(off > 0.0 && off < 0.03, "{off}");
    }
}

#[test]
fn the_head_stays_as_it_is_unless_it_is_asked_for() {
    for (step, dense) in [(int8(), true), (with_head(), false)] {
        let mut small = model(2);
        compress::apply(&mut small, &[step]).unwrap();
        assert_eq!(small.head.linear.as_dense().is_some(), dense);
        assert!(small.blocks.iter().all(|block| block.mlp.down.as_dense().is_none()));
    }
}

#[test]
fn what_runs_has_another_hash_than_what_was_compressed() {
    let hash = |chain: Vec<Compression>| loaded(chain).weights_sha256;
    let source = hash(vec![]);
    let checkpoint = harness_checkpoint::Checkpoint::folder(&golden("llama")).unwrap();
    assert_eq!(source, checkpoint.weights_sha256().unwrap(), "without a chain it is that of the file");
    let others = [vec![int8()], vec![with_head()], vec![prune(0.5)], vec![prune(0.25)]].map(hash);
    assert!(!others.contains(&source));
    assert_eq!(others.iter().collect::<std::collections::BTreeSet<_>>().len(), others.len());
}

#[test]
fn sizes_are_those_of_the_smaller_matrices() {
    // By hand: vocabulary 32, width 16, two blocks of 64 + 16 + 48 + 16 rows, 2688 projection weights each.
    for (name, chain, expected) in [
        ("dense", vec![], (6480, 25_920)),
        // 5888 bytes of projections, 320 scales, embedding and norms as they were.
        ("int8 with the head", vec![with_head()], (6480, 5888 + 4 * 320 + 4 * 592)),
        // 512 weights of the head stay, so do 32 fewer scales.
        ("int8", vec![int8()], (6480, 5376 + 4 * 512 + 4 * 288 + 4 * 592)),
        ("half the neurons", vec![prune(0.5)], (5328, 21_312)),
        ("both", vec![prune(0.5), int8()], (5328, 4224 + 4 * 512 + 4 * 240 + 4 * 592)),
    ] {
        let found = loaded(chain);
        assert_eq!((found.parameters, found.weights_bytes), expected, "{name}");
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
        (vec![int8(), prune(0.5)], FaultKind::Unsupported, "not already quantized by `int8-weight`"),
        (vec![int8(), int8()], FaultKind::Unsupported, "not already quantized by `int8-weight`"),
        (vec![unknown], FaultKind::BadRequest, "`int3` is not known"),
        (vec![without_ratio], FaultKind::BadRequest, "`ratio` is missing"),
        (vec![prune(1.0)], FaultKind::BadRequest, "less than 1"),
        (vec![prune(0.001)], FaultKind::BadRequest, "removes none of "),
    ] {
        let applied = compress::check("f32", &chain).and_then(|()| compress::apply(&mut model(2), &chain));
        let error = applied.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(words), "{error}");
    }
}
