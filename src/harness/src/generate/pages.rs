//! What answers look like: for a terminal, and as JSON.

use harness_protocol::{Compression, Decode, Exit, Finish};
use harness_text::Tokenizer;
use serde_json::{Value as Json, json};

use super::answer::{Answers, Asked, Energy};

/// One line about all answers: tokens, time, energy, model.
pub fn as_text(answers: &Answers) -> String {
    let tokens: usize = answers.completions.iter().map(|completion| completion.ids.len()).sum();
    let first = answers.times.first().map_or(0.0, |(start, first, _)| seconds(first - start));
    let whole: f64 = answers.times.iter().map(|(start, _, end)| seconds(end - start)).sum();
    let decoding: f64 = answers.times.iter().map(|(_, first, end)| seconds(end - first)).sum();
    let later = tokens.saturating_sub(answers.times.len());
    let speed = if later > 0 { format!(", {:.1} tokens/s", later as f64 / decoding) } else { String::new() };
    format!(
        "{tokens} tokens in {whole:.2} s, first after {first:.3} s{speed}; {}; kernels {}",
        energy(&answers.energy, tokens),
        answers.loaded.kernels.decode
    )
}

fn energy(energy: &Energy, tokens: usize) -> String {
    match (energy.joules, &energy.reason) {
        (Some(joules), _) => format!(
            "{joules:.3} J ({}, {}), {:.4} J/token",
            energy.class.as_deref().unwrap_or("unknown"),
            energy.formula.as_deref().unwrap_or("total"),
            joules / tokens.max(1) as f64
        ),
        (None, Some(reason)) => format!("no energy: {reason}"),
        (None, None) => "no energy".to_owned(),
    }
}

/// Everything that is known.
pub fn as_json(asked: &Asked, answers: &Answers, prompts: &[String], tokenizer: &Tokenizer) -> Json {
    let Answers { loaded, completions, times, energy } = answers;
    let token = |id: u32| tokenizer.decode(&[id]).unwrap_or_default();
    let one = |(index, completion): (usize, &harness_protocol::Completion)| {
        let (start, first, end) = times.get(index).copied().unwrap_or_default();
        let tops = completion.top_logprobs.as_ref().map(|places| {
            let place = |place: &Vec<(u32, f64)>| -> Vec<Json> {
                place
                    .iter()
                    .map(|(id, logprob)| json!({ "id": id, "token": token(*id), "logprob": logprob }))
                    .collect()
            };
            places.iter().map(place).collect::<Vec<_>>()
        });
        json!({
            "prompt": prompts.get(index),
            "prompt_ids": asked.prepare.items.get(index).and_then(|item| item.prompt_ids.as_ref()),
            "text": completion.text,
            "ids": completion.ids,
            "finish": finish(completion.finish),
            "exit_layers": completion.exit_layers,
            "logprobs": completion.logprobs,
            "top_logprobs": tops,
            "first_token_s": seconds(first - start),
            "seconds": seconds(end - start),
        })
    };
    let step = |step: &Compression| json!({ "name": step.name, "parameters": step.parameters });
    let exit = |exit: &Exit| json!({ "policy": exit.policy, "parameters": exit.parameters });
    json!({
        "model": {
            "kind": asked.load.model.kind, "path": asked.load.model.path, "hub": asked.load.model.hub,
            "revision": asked.load.model.revision, "dtype": asked.load.model.dtype,
            "weights_sha256": loaded.weights_sha256, "parameters": loaded.parameters,
            "weights_bytes": loaded.weights_bytes, "layers": loaded.layers, "context": loaded.context,
        },
        "compress": asked.load.compress.iter().map(step).collect::<Vec<_>>(),
        "exit": asked.load.exit.as_ref().map(exit),
        "device": asked.engine.device,
        "threads": asked.engine.threads,
        "decode": decode(&asked.prepare.decode),
        "kernels": { "prefill": loaded.kernels.prefill, "decode": loaded.kernels.decode },
        "load_s": seconds(loaded.t_end_ns - loaded.t_start_ns),
        "peak_rss_bytes": loaded.peak_rss_bytes,
        "answers": completions.iter().enumerate().map(one).collect::<Vec<_>>(),
        "energy": {
            "joules": energy.joules, "class": energy.class, "u_indep_j": energy.u_indep_j,
            "formula": energy.formula, "reason": energy.reason,
        },
    })
}

fn decode(decode: &Decode) -> Json {
    serde_json::to_value(decode).unwrap_or_default()
}

fn finish(finish: Finish) -> Json {
    serde_json::to_value(finish).unwrap_or_default()
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 * 1e-9
}
