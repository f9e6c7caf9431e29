//! Every number of a config that no model can have is refused by its key and its value.

use std::fs;

use harness_checkpoint::{Checkpoint, CheckpointError, CheckpointFault};
use serde_json::{Value as Json, json};

use crate::kinds::{change, copy};

/// What is said of a model whose config was changed; None: it is accepted.
fn refusal(name: &str, changes: Json) -> Option<CheckpointError> {
    let folder = copy(name);
    change(folder.path(), changes);
    let opened = Checkpoint::folder(folder.path());
    opened.and_then(|checkpoint| checkpoint.check()).err()
}

fn assert_damaged(name: &str, changes: Json, words: &[&str]) {
    let Some(error) = refusal(name, changes.clone()) else { panic!("{name} with {changes} is accepted") };
    assert_eq!(error.kind, CheckpointFault::Damaged, "{name} with {changes}: {error}");
    for word in words {
        assert!(error.message.contains(word), "{name} with {changes}: no `{word}` in: {error}");
    }
}

#[test]
fn numbers_that_norms_and_scores_cannot_be_computed_with() {
    for (name, key) in [
        ("llama", "rms_norm_eps"),
        ("gemma2", "rms_norm_eps"),
        ("stablelm", "layer_norm_eps"),
        ("gpt_neox", "layer_norm_eps"),
        ("gpt2", "layer_norm_epsilon"),
        ("gptj", "layer_norm_epsilon"),
        ("codegen", "layer_norm_epsilon"),
        ("starcoder2", "norm_epsilon"),
    ] {
        for value in [json!(0), json!(-1e-5), json!(-1), json!(2), json!(1e300), json!(1e-300)] {
            assert_damaged(name, json!({ key: value }), &[&format!("`{key}` is "), "above 0 and at most 1"]);
        }
        assert_damaged(name, json!({ key: "small" }), &["is not a model config", &format!("`{key}`")]);
    }
    for key in ["attn_logit_softcapping", "final_logit_softcapping", "query_pre_attn_scalar"] {
        for value in [json!(0), json!(-30), json!(1e-300), json!(1e300)] {
            assert_damaged("gemma2", json!({ key: value }), &[&format!("`{key}` is "), "above 0"]);
        }
    }
}

#[test]
fn sizes_that_no_model_has() {
    for (name, keys) in [
        (
            "llama",
            &[
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "num_key_value_heads",
                "head_dim",
                "vocab_size",
                "max_position_embeddings",
            ][..],
        ),
        ("gpt2", &["n_embd", "n_layer", "n_head", "n_positions", "n_inner", "vocab_size"]),
        ("gptj", &["n_embd", "n_layer", "n_head", "n_positions", "rotary_dim", "vocab_size"]),
        ("codegen", &["n_embd", "n_layer", "n_head", "n_positions", "rotary_dim", "vocab_size"]),
        ("opt", &["hidden_size", "ffn_dim", "num_hidden_layers", "num_attention_heads", "vocab_size"]),
        ("xglm", &["d_model", "ffn_dim", "num_layers", "attention_heads", "max_position_embeddings"]),
        ("starcoder2", &["hidden_size", "num_key_value_heads", "sliding_window"]),
        ("gpt_neox", &["hidden_size", "intermediate_size", "max_position_embeddings"]),
    ] {
        for key in keys {
            for value in [json!(0), json!(-1), json!(1_i64 << 40), json!(i64::MAX), json!(i64::MIN)] {
                let words = format!("`{key}` is {value}, expected 1 to ");
                assert_damaged(name, json!({ *key: value }), &[&words]);
            }
            for value in [json!("8"), json!([8]), json!(8.5), json!(u64::MAX)] {
                assert_damaged(name, json!({ *key: value }), &[&format!("`{key}`")]);
            }
        }
    }
    assert_damaged("llama", json!({ "num_attention_heads": 5, "head_dim": null }), &["divide a width"]);
    assert_damaged("llama", json!({ "num_attention_heads": 1 << 19, "head_dim": 1 << 19 }), &["more than"]);
    assert_damaged("llama", json!({ "num_key_value_heads": 3 }), &["cannot share 3"]);
    assert_damaged("gpt2", json!({ "n_head": 5 }), &["`n_head` is 5", "divide a width"]);
    assert_damaged("gptj", json!({ "rotary_dim": 3 }), &["`rotary_dim` is 3", "even"]);
}

#[test]
fn windows_and_patterns_that_are_none() {
    for (name, key) in
        [("mistral", "sliding_window"), ("gemma3", "sliding_window"), ("phi3", "sliding_window")]
    {
        for value in [json!(0), json!(-1), json!(1_i64 << 40)] {
            assert_damaged(name, json!({ key: value }), &[&format!("`{key}` is {value}, expected 1 to")]);
        }
        assert_damaged(name, json!({ key: 0.5 }), &["`sliding_window` is 0.5, expected a whole number"]);
    }
    assert_damaged("qwen2_window", json!({ "sliding_window": 0 }), &["`sliding_window` is 0"]);
    assert_damaged("qwen2_window", json!({ "max_window_layers": -1 }), &["`max_window_layers` is -1"]);
    for value in [0, -1] {
        assert_damaged("smollm3", json!({ "no_rope_layer_interval": value }), &["`no_rope_layer_interval`"]);
    }
    assert_damaged("gemma3", json!({ "layer_types": "full" }), &["`layer_types` is \"full\""]);
    assert_damaged("gpt_bigcode", json!({ "multi_query": "yes" }), &["`multi_query` is \"yes\""]);
}

#[test]
fn rotations_that_turn_into_no_number() {
    for (name, key) in [("llama", "rope_theta"), ("qwen2", "rope_theta"), ("starcoder2", "rope_theta")] {
        for value in [json!(0), json!(-10_000), json!(1), json!(0.5), json!(1e300)] {
            let words = [format!("`{key}` is "), "expected a number above 1".to_owned()];
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_damaged(name, json!({ "rope_parameters": null, key: value }), &words);
            let table = json!({ "rope_parameters": { "rope_type": "default", key: value } });
            assert_damaged(name, table, &words);
        }
    }
    for value in [json!(0), json!(-0.5), json!(1.5), json!("half")] {
        let table = json!({ "rope_parameters": { "partial_rotary_factor": value } });
        assert_damaged("llama", table.clone(), &["`partial_rotary_factor` is "]);
        assert_damaged("gpt_neox", table, &["`partial_rotary_factor` is "]);
    }
    assert_damaged(
        "gpt_neox",
        json!({ "rope_parameters": null, "rotary_pct": -0.25 }),
        &["`rotary_pct` is -0.25"],
    );
    assert_damaged("llama", json!({ "rope_parameters": "linear" }), &["`rope_parameters` is \"linear\""]);
    assert_damaged("llama", json!({ "rope_scaling": [2.0] }), &["`rope_scaling` is [2.0], expected a table"]);
    assert_damaged("llama", json!({ "rope_parameters": { "rope_type": 3 } }), &["`rope_type` is 3"]);
}

#[test]
fn stretches_of_rotations_that_are_none() {
    let table = |rule: &str, keys: Json| {
        let mut table = json!({ "rope_type": rule, "factor": 2.0 });
        table.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        json!({ "rope_parameters": table })
    };
    for rule in ["linear", "dynamic", "yarn", "llama3"] {
        for value in [json!(0), json!(-2), json!(1e-300), json!(1e300), json!("two")] {
            assert_damaged("llama", table(rule, json!({ "factor": value })), &["`factor`"]);
        }
    }
    for (keys, word) in [
        (json!({ "attention_factor": 0 }), "`attention_factor` is 0"),
        (json!({ "attention_factor": -1.5 }), "`attention_factor` is -1.5"),
        (json!({ "beta_fast": 0 }), "`beta_fast` is 0"),
        (json!({ "beta_slow": -1 }), "`beta_slow` is -1"),
        (json!({ "beta_fast": 1, "beta_slow": 32 }), "`beta_fast` must be at least"),
        (json!({ "mscale": -1000, "mscale_all_dim": 1 }), "magnitude of rotary positions"),
        (json!({ "truncate": "no" }), "`truncate` is \"no\""),
        (json!({ "original_max_position_embeddings": 0 }), "`original_max_position_embeddings` is 0"),
        (json!({ "original_max_position_embeddings": 0.5 }), "expected a whole number"),
        (json!({ "original_max_position_embeddings": 1_i64 << 40 }), "expected 1 to 16777216"),
    ] {
        assert_damaged("llama", table("yarn", keys), &[word]);
    }
    let llama3 =
        json!({ "low_freq_factor": 4, "high_freq_factor": 1, "original_max_position_embeddings": 32 });
    assert_damaged("llama", table("llama3", llama3), &["`high_freq_factor` must be larger"]);
    let factors =
        |short: Json| table("longrope", json!({ "short_factor": short, "long_factor": [1, 1, 1, 1] }));
    for short in [json!([1, 1, 1]), json!([1, 1, 1, 0]), json!([1, 1, 1, 1, "x"]), json!(1)] {
        assert_damaged("llama", factors(short), &["needs `short_factor` with "]);
    }
}

#[test]
fn tokens_that_the_embedding_has_no_row_for() {
    for value in [json!(1_000_000_000), json!(32), json!([2, 32]), json!(u32::MAX)] {
        assert_damaged("llama", json!({ "eos_token_id": value }), &["`eos_token_id` is ", "32 rows"]);
    }
    for value in [json!(-2), json!(1_u64 << 40), json!("x"), json!(2.5), json!({})] {
        assert_damaged("llama", json!({ "eos_token_id": value }), &["`eos_token_id` is ", "a token id"]);
    }
    let folder = copy("llama");
    let check = || Checkpoint::folder(folder.path()).and_then(|checkpoint| checkpoint.check());
    for (text, words) in [
        (r#"{"eos_token_id": 32}"#, "`eos_token_id` is 32"),
        ("[2]", "is a list, expected an object"),
        ("{", "is no JSON"),
    ] {
        fs::write(folder.path().join("generation_config.json"), text).unwrap();
        let error = check().unwrap_err();
        assert!(error.message.contains(words) && error.kind == CheckpointFault::Damaged, "{text}: {error}");
    }
}

#[test]
fn a_tokenizer_that_begins_every_text_with_a_token_beyond_the_embedding_is_refused() {
    let folder = copy("llama");
    let path = folder.path().join("tokenizer.json");
    let mut json: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json["added_tokens"] = json!([{ "id": 32, "content": "<s>", "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": true }]);
    fs::write(&path, json.to_string()).unwrap();
    let check = || Checkpoint::folder(folder.path()).and_then(|checkpoint| checkpoint.check());
    // A mark that no text has may be there.
    check().unwrap();
    json["post_processor"] = json!({ "type": "TemplateProcessing",
        "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
        "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
        "special_tokens": { "<s>": { "id": "<s>", "ids": [32], "tokens": ["<s>"] } } });
    fs::write(&path, json.to_string()).unwrap();
    let error = check().unwrap_err();
    assert!(error.message.contains("puts token 32 before every text"), "{error}");
}

#[test]
fn packed_weights_are_refused_however_the_config_says_it() {
    for (key, value) in [
        ("quantization_config", json!("gptq")),
        ("quantization_config", json!({})),
        ("quantization_config", json!([])),
        ("quantization_config", json!({ "quant_method": 3 })),
        ("quantization_config", json!({ "quant_method": "bitsandbytes", "load_in_4bit": true })),
        ("compression_config", json!({ "format": "int-quantized" })),
        ("quantization", json!("4 bits")),
        ("quantization", json!({ "bits": 4 })),
        ("num_local_experts", json!("8")),
        ("num_experts", json!(8.0)),
    ] {
        let error = refusal("llama", json!({ key: value })).unwrap_or_else(|| panic!("{key}: {value}"));
        assert_eq!(error.kind, CheckpointFault::Unsupported, "{error}");
    }
}

#[test]
fn what_is_no_config_is_said_with_its_place() {
    let folder = copy("llama");
    let path = folder.path().join("config.json");
    let whole = fs::read_to_string(&path).unwrap();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (text, words) in [
        ("", "no JSON: EOF while parsing a value at line 1 column 0"),
        (&whole[..whole.len() / 2], "at line "),
        ("[]", "it is a list, expected an object"),
        ("3", "it is a number"),
        ("null", "it is null"),
        ("\"config\"", "it is text"),
        ("{\"a\": NaN}", "at line 1 column 7"),
        ("{\"a\": 1e999}", "number out of range at line 1"),
        (&deep, "recursion limit exceeded at line 1"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Checkpoint::folder(folder.path()).err().unwrap();
        assert_eq!(error.kind, CheckpointFault::Damaged, "{error}");
        assert!(error.message.contains("config.json` is no model config: "), "{error}");
        assert!(error.message.contains(words), "{text:.50}: {error}");
    }
}

#[test]
fn a_context_that_no_model_has_is_said_with_its_value() {
    // Of an architecture that only other engines run.
    let folder = copy("llama");
    let context = |changes: Json| {
        change(folder.path(), changes);
        Checkpoint::folder(folder.path()).unwrap().context()
    };
    assert_eq!(context(json!({ "model_type": "unheard-of", "max_position_embeddings": 77 })).unwrap(), 77);
    for value in [json!(0), json!(-1), json!(1_i64 << 40), json!("many"), json!(1.5)] {
        let error = context(json!({ "max_position_embeddings": value })).unwrap_err();
        assert_eq!(error.kind, CheckpointFault::Damaged);
        assert!(
            error.message.contains(&format!("`max_position_embeddings` is {value}, expected ")),
            "{error}"
        );
    }
    let error = context(json!({ "max_position_embeddings": null })).unwrap_err();
    assert!(error.message.contains("says no `max_position_embeddings`"), "{error}");
}

#[test]
fn an_index_that_names_no_files_is_refused() {
    let folder = copy("llama");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    for (map, words) in [
        (json!({}), "names no file of weights"),
        (json!({ "a": 3 }), "says a number for tensor `a`"),
        (json!({ "a": "" }), "names ``, expected a file of its own folder"),
        (json!({ "a": "../model.safetensors" }), "expected a file of its own folder"),
        (json!([]), "has no `weight_map`"),
    ] {
        let index = json!({ "weight_map": map });
        fs::write(folder.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
        let error = Checkpoint::folder(folder.path()).and_then(|checkpoint| checkpoint.check()).unwrap_err();
        assert!(error.message.contains(words) && error.kind == CheckpointFault::Damaged, "{map}: {error}");
    }
}
