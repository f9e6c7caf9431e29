//! Architectures that are known and not run here, with the reason.

use serde_json::Value as Json;

use crate::config::{Config, clip};

const EXPERTS: &str = "it is a mixture of experts, and which of them a token runs is not measured yet";
const STATE_SPACE: &str =
    "it is a state space model or a recurrent one, without the key-value caches that are measured here";
const SIGHT: &str = "it reads images or sound, and only text models are run";
const ENCODER: &str = "it has an encoder, and only decoders are run";

/// Names of architectures by why they are not run.
const REFUSED: &[(&str, &[&str])] = &[
    (
        EXPERTS,
        &[
            "mixtral",
            "qwen2_moe",
            "qwen3_moe",
            "qwen3_next",
            "deepseek_v2",
            "deepseek_v3",
            "phimoe",
            "olmoe",
            "gpt_oss",
            "llama4",
            "llama4_text",
            "dbrx",
            "granitemoe",
            "granitemoeshared",
            "ernie4_5_moe",
            "glm4_moe",
            "minimax",
            "switch_transformers",
            "nllb-moe",
            "arctic",
            "grok-1",
            "hunyuan_v1_moe",
            "dots1",
        ],
    ),
    (
        STATE_SPACE,
        &[
            "mamba",
            "mamba2",
            "falcon_mamba",
            "jamba",
            "bamba",
            "zamba",
            "zamba2",
            "recurrent_gemma",
            "rwkv",
            "falcon_h1",
            "granitemoehybrid",
            "nemotron_h",
            "lfm2",
            "xlstm",
        ],
    ),
    (
        SIGHT,
        &[
            "llava",
            "llava_next",
            "llava_onevision",
            "mllama",
            "qwen2_vl",
            "qwen2_5_vl",
            "qwen3_vl",
            "qwen2_audio",
            "gemma3",
            "gemma3n",
            "paligemma",
            "pixtral",
            "mistral3",
            "idefics2",
            "idefics3",
            "smolvlm",
            "phi4_multimodal",
            "phi3_v",
            "internvl",
            "whisper",
            "blip-2",
            "fuyu",
            "aya_vision",
        ],
    ),
    (
        ENCODER,
        &[
            "t5",
            "mt5",
            "umt5",
            "longt5",
            "bart",
            "mbart",
            "plbart",
            "pegasus",
            "marian",
            "m2m_100",
            "blenderbot",
            "bert",
            "roberta",
            "xlm-roberta",
            "deberta",
            "deberta-v2",
            "distilbert",
            "electra",
            "albert",
            "modernbert",
        ],
    ),
];

/// Why a config is not run here; None: nothing speaks against it.
pub(super) fn why(config: &Config, model_type: &str) -> Option<String> {
    // What is no count of one is one of several, or a riddle.
    let several = |count: &Json| count.as_f64().is_none_or(|count| count > 1.0);
    let experts = ["num_local_experts", "num_experts", "n_routed_experts"];
    if experts.iter().any(|key| config.value(key).is_some_and(several)) {
        return Some(EXPERTS.to_owned());
    }
    for key in ["quantization_config", "compression_config"] {
        if let Some(quantized) = config.value(key) {
            let method = quantized.get("quant_method").unwrap_or(quantized);
            let method = method.as_str().map_or("a method it does not name".to_owned(), clip);
            return Some(format!(
                "its weights are packed by `{method}` (`{key}`); take the unquantized checkpoint or a GGUF file, and quantize with `compress`"
            ));
        }
    }
    if config.value("quantization").is_some() {
        return Some(
            "its weights are packed for MLX; take the unquantized checkpoint or a GGUF file".to_owned(),
        );
    }
    let found = REFUSED.iter().find(|(_, names)| names.contains(&model_type));
    found.map(|(why, _)| (*why).to_owned())
}
