//! docs/protocol.md names every message of a cell with each of its fields, and the words that stand in them.

use std::collections::BTreeSet;
use std::fs;

use harness_protocol::{
    Completion, Compression, Decode, Exit, FaultKind, Finish, Kernels, Load, Loaded, ModelSource, Prepare,
    PromptItem, Reply, Request, Sampling,
};
use serde_json::{Map, Value as Json, to_value};

use crate::programs::root;

/// Fields whose values are words of the protocol.
const WORDS: &[&str] = &["type", "method", "finish"];

#[test]
fn the_page_of_the_protocol_has_every_field_and_word_of_a_cells_messages() {
    let page = fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let mut names = BTreeSet::new();
    requests().iter().for_each(|request| note(&to_value(request).unwrap(), &mut names));
    replies().iter().for_each(|reply| note(&to_value(reply).unwrap(), &mut names));
    assert!(
        names.contains("warm-up") && names.contains("forced_ids") && names.contains("top_p"),
        "{names:?}"
    );
    let absent: Vec<&String> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(absent.is_empty(), "not on the page: {absent:?}");
}

/// Notes the keys of an object and of all objects inside it.
fn note(value: &Json, names: &mut BTreeSet<String>) {
    match value {
        Json::Object(fields) => {
            for (key, value) in fields {
                names.insert(key.clone());
                names.extend(value.as_str().filter(|_| WORDS.contains(&key.as_str())).map(str::to_owned));
                note(value, names);
            }
        }
        Json::Array(values) => values.iter().for_each(|value| note(value, names)),
        _ => {}
    }
}

/// Every request of a cell, with all fields.
fn requests() -> Vec<Request> {
    let text = String::new;
    let model = ModelSource {
        kind: text(),
        path: Some(text()),
        hub: Some(text()),
        revision: Some(text()),
        dtype: text(),
    };
    let load = Load {
        model,
        compress: vec![Compression { name: text(), parameters: Map::new() }],
        exit: Some(Exit { policy: text(), parameters: Map::new() }),
        device: text(),
        threads: 1,
        seed: 1,
    };
    let rules = Sampling { top_k: Some(1), top_p: Some(1.0), min_p: Some(0.0), ..Sampling::default() };
    let item = PromptItem {
        id: 0,
        prompt: text(),
        prompt_ids: Some(Vec::new()),
        forced_ids: Some(Vec::new()),
        seed: Some(1),
    };
    let prepare = |decode| {
        Request::Prepare(Prepare {
            items: vec![item.clone()],
            new_tokens: 1,
            min_new_tokens: Some(1),
            stop: Vec::new(),
            decode,
            batch_size: 1,
            logprobs: true,
            top_logprobs: 1,
            stream: true,
        })
    };
    vec![
        Request::Hello { protocol: 1, now_ns: 0 },
        Request::Load(load),
        prepare(Decode::Greedy),
        prepare(Decode::Forced),
        prepare(Decode::Sample(rules)),
        Request::WarmUp { items: 1 },
        Request::Window { min_ns: 0, max_ns: 0 },
        Request::Collect,
        Request::Shutdown,
    ]
}

/// Every reply of a cell, with all fields.
fn replies() -> Vec<Reply> {
    let text = String::new;
    let loaded = Loaded {
        layers: 1,
        parameters: 1,
        weights_bytes: 1,
        weights_sha256: text(),
        tokenizer_sha256: Some(text()),
        context: 1,
        kernels: Kernels::default(),
        peak_rss_bytes: 1,
        t_start_ns: 0,
        t_end_ns: 0,
    };
    let completion = |finish| {
        Reply::Completion(Completion {
            id: 0,
            text: Some(text()),
            ids: Vec::new(),
            sha256_per_pass: Vec::new(),
            exit_layers: Some(Vec::new()),
            token_ns: Some(Vec::new()),
            logprobs: Some(Vec::new()),
            top_logprobs: Some(Vec::new()),
            finish,
        })
    };
    let mut replies = vec![
        Reply::Hello { protocol: 1, engine: text(), version: text(), now_ns: 0, capabilities: Vec::new() },
        Reply::Progress { message: text() },
        Reply::Loaded(loaded),
        Reply::Prepared { tokens_in: Vec::new() },
        Reply::Warmed { t_start_ns: 0, t_end_ns: 0 },
        Reply::WindowStart { t_ns: 0 },
        Reply::Item { id: 0, pass: 0, t0_ns: 0, t1_ns: 0, first_ns: 0, out: 0 },
        Reply::WindowEnd { t_ns: 0, passes: 1, device_synced: true },
        Reply::Collected { peak_rss_bytes: 1, peak_device_bytes: Some(1) },
        Reply::Fault { kind: FaultKind::Internal, message: text(), item: Some(0) },
    ];
    replies.extend([Finish::Length, Finish::Stop, Finish::Eos, Finish::Error].map(completion));
    replies
}
