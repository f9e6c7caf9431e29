//! Changes of a JSON document that keep its structure: values that no model has, keys gone, new, or twice.

use serde_json::{Value as Json, json};

use crate::random::Random;

/// Keys that a config may say and that change what runs.
const KEYS: &[&str] = &[
    "quantization_config",
    "quantization",
    "compression_config",
    "rope_scaling",
    "rope_parameters",
    "rope_theta",
    "rotary_pct",
    "partial_rotary_factor",
    "rotary_dim",
    "sliding_window",
    "use_sliding_window",
    "max_window_layers",
    "sliding_window_pattern",
    "no_rope_layer_interval",
    "no_rope_layers",
    "layer_types",
    "exit_layers",
    "head_dim",
    "num_key_value_heads",
    "num_local_experts",
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "query_pre_attn_scalar",
    "rms_norm_eps",
    "layer_norm_eps",
    "layer_norm_epsilon",
    "norm_epsilon",
    "eos_token_id",
    "max_position_embeddings",
    "n_positions",
    "vocab_size",
    "tie_word_embeddings",
    "hidden_act",
    "multi_query",
    "n_inner",
];

/// Changes one value, or takes a key away, or puts one in.
pub fn change(json: &mut Json, random: &mut Random) {
    let paths = paths(json);
    let path = random.of(&paths).clone();
    let value = value(json, random);
    match random.below(8) {
        0 => {
            if let Some((parent, key)) = path.rsplit_once('/')
                && let Some(Json::Object(keys)) = json.pointer_mut(parent)
            {
                keys.remove(key);
            }
        }
        1 | 2 => {
            if let Json::Object(keys) = json {
                keys.insert((*random.of(KEYS)).to_owned(), value);
            }
        }
        _ => {
            if let Some(place) = json.pointer_mut(&path) {
                *place = value;
            }
        }
    }
}

/// A value that no model should have, or one that another key has.
fn value(json: &Json, random: &mut Random) -> Json {
    const WHOLE: &[i64] = &[
        0,
        1,
        2,
        3,
        7,
        8,
        16,
        17,
        31,
        32,
        33,
        64,
        4096,
        1 << 20,
        1 << 24,
        (1 << 24) + 1,
        1 << 31,
        1 << 32,
        1 << 40,
        1 << 53,
        i64::MAX,
        i64::MIN,
        -1,
        -2,
    ];
    const REAL: &[f64] = &[
        0.0,
        -0.0,
        0.1,
        0.25,
        0.5,
        1.0,
        1.5,
        2.0,
        1e-5,
        -1e-5,
        1e-300,
        1e-40,
        1e40,
        1e300,
        -1.0,
        f64::MAX,
        f64::MIN_POSITIVE,
    ];
    let kinds = ["default", "linear", "dynamic", "llama3", "yarn", "longrope", "spiral", ""];
    match random.below(12) {
        0..4 => Json::from(*random.of(WHOLE)),
        4..7 => Json::from(*random.of(REAL)),
        7 => Json::Null,
        8 => Json::from(random.below(2) == 0),
        9 => random
            .of(&[
                json!(""),
                json!("8"),
                json!("NaN"),
                json!("gelu"),
                json!("x".repeat(100_000)),
                json!("\u{202e}\u{1b}[2J"),
                json!(u64::MAX),
                json!([]),
                json!({}),
                json!([[1], {}]),
                json!([1, 2]),
                json!(["full_attention", "sliding_attention"]),
                json!(vec![1.0; 5000]),
                json!({ "quant_method": "awq" }),
            ])
            .clone(),
        10 => {
            let mut table = json!({ "rope_type": random.of(&kinds) });
            for key in [
                "factor",
                "rope_theta",
                "low_freq_factor",
                "high_freq_factor",
                "beta_fast",
                "beta_slow",
                "attention_factor",
                "mscale",
                "mscale_all_dim",
                "partial_rotary_factor",
                "original_max_position_embeddings",
                "short_factor",
                "long_factor",
                "truncate",
                "full_attention",
            ] {
                match random.below(6) {
                    0 => table[key] = Json::from(*random.of(WHOLE)),
                    1 => table[key] = Json::from(*random.of(REAL)),
                    2 => table[key] = json!([1.0, 2.0, 3.0, 4.0]),
                    _ => {}
                }
            }
            table
        }
        _ => {
            let paths = paths(json);
            json.pointer(random.of(&paths).as_str()).cloned().unwrap_or_default()
        }
    }
}

/// Pointers to the values of a document, a part of those of long lists.
fn paths(json: &Json) -> Vec<String> {
    fn note(json: &Json, path: &str, paths: &mut Vec<String>) {
        paths.push(path.to_owned());
        match json {
            Json::Object(keys) => {
                for (key, value) in keys {
                    note(value, &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), paths);
                }
            }
            Json::Array(list) => {
                for (at, value) in list.iter().enumerate().take(20) {
                    note(value, &format!("{path}/{at}"), paths);
                }
            }
            _ => {}
        }
    }
    let mut paths = Vec::new();
    note(json, "", &mut paths);
    paths
}

/// A document as text; now and then with a key twice, or nested deeper than any parser should follow.
pub fn text(json: &Json, random: &mut Random) -> String {
    let text = json.to_string();
    match random.below(60) {
        0 => {
            let key = random.of(KEYS);
            text.replacen('{', &format!("{{\"{key}\":{},", value(json, random)), 1)
        }
        1 => {
            let depth = *random.of(&[100, 127, 128, 1000, 100_000]);
            let nested = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            text.replacen('{', &format!("{{\"deep\":{nested},"), 1)
        }
        _ => text,
    }
}
