//! Metadata that no model has: refused by their key, never taken for absent.

use std::fs;

use harness_checkpoint::{Checkpoint, CheckpointFault};

use crate::common::Writer;

/// The metadata of a small Llama, its rotation's base and the last number of its norms to be set.
fn llama(base: f32, eps: f32, rotated: u32) -> Writer {
    let key = |name: &str| format!("llama.{name}");
    Writer::default()
        .str("general.architecture", "llama")
        .u32(&key("embedding_length"), 16)
        .u32(&key("feed_forward_length"), 24)
        .u32(&key("block_count"), 1)
        .u32(&key("attention.head_count"), 4)
        .u32(&key("attention.head_count_kv"), 2)
        .u32(&key("context_length"), 64)
        .u32(&key("rope.dimension_count"), rotated)
        .f32(&key("rope.freq_base"), base)
        .f32(&key("attention.layer_norm_rms_epsilon"), eps)
        .tensor("token_embd.weight", &[16, 32], 0, 0)
        .data(&[0; 16 * 32 * 4])
}

/// What is said of a file; empty: a blueprint can be made of it.
fn said(file: &Writer) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    fs::write(&path, file.finish()).unwrap();
    let blueprint = Checkpoint::gguf(&path).and_then(|checkpoint| checkpoint.blueprint());
    let Err(error) = blueprint else { return String::new() };
    assert_eq!(error.kind, CheckpointFault::Damaged, "{error}");
    error.message
}

#[test]
fn numbers_that_are_none_are_not_taken_for_absent() {
    assert_eq!(said(&llama(10_000.0, 1e-5, 4)), "");
    for (file, words) in [
        (llama(f32::NAN, 1e-5, 4), "`llama.rope.freq_base` is NaN, expected a number"),
        (llama(f32::INFINITY, 1e-5, 4), "`llama.rope.freq_base` is inf, expected a number"),
        (llama(0.0, 1e-5, 4), "`rope_theta` is 0"),
        (llama(-10_000.0, 1e-5, 4), "`rope_theta` is -10000"),
        (llama(10_000.0, f32::NAN, 4), "`llama.attention.layer_norm_rms_epsilon` is NaN"),
        (llama(10_000.0, -1.0, 4), "`rms_norm_eps` is -1"),
        (llama(10_000.0, 1e-5, 0), "`partial_rotary_factor` is 0"),
        (llama(10_000.0, 1e-5, 8), "`partial_rotary_factor` is 2"),
    ] {
        let said = said(&file);
        assert!(said.contains(words), "no `{words}` in: {said}");
    }
    let capped = llama(10_000.0, 1e-5, 4).f32("llama.final_logit_softcapping", f32::NAN);
    assert!(said(&capped).contains("`llama.final_logit_softcapping` is NaN"));
}
