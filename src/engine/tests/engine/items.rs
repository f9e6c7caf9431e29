//! What a session does with items: where completions end, and which items are refused.

use std::fs;

use harness_engine::error::Result;
use harness_engine::session::Session;
use harness_protocol::{
    Completion, Decode, FaultKind, Finish, Load, ModelSource, Prepare, PromptItem, Reply, Sampling,
};

use crate::tiny::copy;

const PROMPT: [u32; 5] = [7, 3, 12, 30, 1];

fn load(kind: &str, path: Option<String>) -> Session {
    let load = Load {
        model: ModelSource { kind: kind.to_owned(), path, dtype: "f32".to_owned(), ..ModelSource::default() },
        compress: Vec::new(),
        exit: None,
        device: "cpu".to_owned(),
        threads: 1,
        seed: 3,
    };
    let mut session = Session::default();
    session.load(&load, &mut |_| {}).unwrap();
    session
}

/// The golden model with this `eos_token_id`; the folder may go once it is loaded.
fn golden_with_eos(eos: &str) -> Session {
    let folder = copy("llama");
    let path = folder.path().join("config.json");
    let config = fs::read_to_string(&path).unwrap();
    assert!(config.contains("\"eos_token_id\": null"));
    fs::write(&path, config.replace("\"eos_token_id\": null", &format!("\"eos_token_id\": {eos}"))).unwrap();
    load("hugging-face-folder", Some(folder.path().display().to_string()))
}

fn prepare(prompt: &[u32], new_tokens: u32) -> Prepare {
    Prepare {
        items: vec![PromptItem {
            id: 42,
            prompt: String::new(),
            prompt_ids: Some(prompt.to_vec()),
            forced_ids: None,
            seed: None,
        }],
        new_tokens,
        min_new_tokens: None,
        stop: Vec::new(),
        decode: Decode::Greedy,
        batch_size: 1,
        logprobs: false,
        top_logprobs: 0,
        stream: false,
    }
}

/// The only item's completion after one pass.
fn complete(session: &mut Session, request: Prepare) -> Completion {
    let mut completion = None;
    session.prepare(request, &mut |_| {}).unwrap();
    session.window(0, 0, &mut |_| {}).unwrap();
    session
        .collect(&mut |reply| {
            if let Reply::Completion(found) = reply {
                completion = Some(found);
            }
        })
        .unwrap();
    completion.unwrap()
}

#[test]
fn the_end_token_ends_a_completion_where_it_is_first_generated() {
    let free = complete(&mut golden_with_eos("null"), prepare(&PROMPT, 12));
    assert_eq!((free.ids.len(), free.finish), (12, Finish::Length));
    let eos = free.ids[4];
    let first = free.ids.iter().position(|id| *id == eos).unwrap();

    let mut session = golden_with_eos(&format!("[{eos}]"));
    let ended = complete(&mut session, prepare(&PROMPT, 12));
    assert_eq!((&ended.ids[..], ended.finish), (&free.ids[..=first], Finish::Eos));

    let last = complete(&mut session, prepare(&PROMPT, first as u32 + 1));
    assert_eq!((last.ids.len(), last.finish), (first + 1, Finish::Eos), "also as the last token allowed");

    let least = Prepare { min_new_tokens: Some(12), ..prepare(&PROMPT, 12) };
    let long = complete(&mut session, least);
    assert_eq!((long.ids.len(), &long.ids[..first]), (12, &free.ids[..first]));
    assert!(!long.ids.contains(&eos), "the end token is not chosen before `min_new_tokens`");
}

#[test]
fn a_stop_text_ends_a_completion_with_the_token_that_completes_it() {
    let mut session = load("tiny-random", None);
    let free = complete(&mut session, prepare(b"harness".map(u32::from).as_slice(), 10));
    let text = free.text.unwrap();
    let stop: String = text.chars().take(3).collect();
    let request = Prepare {
        stop: vec!["never".to_owned(), stop.clone()],
        ..prepare(b"harness".map(u32::from).as_slice(), 10)
    };
    let ended = complete(&mut session, request);
    assert_eq!(ended.finish, Finish::Stop, "{text:?}");
    assert!(ended.ids.len() < 10 && free.ids.starts_with(&ended.ids), "{:?} of {:?}", ended.ids, free.ids);
    assert!(ended.text.unwrap().ends_with(&stop));
}

#[test]
fn items_that_cannot_be_generated_are_refused_by_name() {
    let with = |change: fn(&mut Prepare)| {
        let mut request = prepare(&PROMPT, 4);
        change(&mut request);
        request
    };
    for (request, kind, item, words) in [
        (
            prepare(&[1; 125], 4),
            FaultKind::BadRequest,
            Some(42),
            "125 prompt tokens and 4 new ones exceed a context of 128",
        ),
        (prepare(&[1, 32], 4), FaultKind::BadRequest, Some(42), "token 32 is beyond a vocabulary of 32"),
        (prepare(&[], 4), FaultKind::BadRequest, Some(42), "the prompt is empty"),
        (prepare(&PROMPT, 0), FaultKind::BadRequest, None, "`new_tokens`"),
        (with(|request| request.batch_size = 2), FaultKind::Unsupported, None, "batch size 2"),
        (with(|request| request.stop = vec!["x".to_owned()]), FaultKind::Unsupported, None, "tokenizer.json"),
        (
            with(|request| request.items[0].prompt_ids = None),
            FaultKind::Unsupported,
            Some(42),
            "`prompt_ids`",
        ),
        (with(|request| request.min_new_tokens = Some(5)), FaultKind::BadRequest, None, "`min_new_tokens`"),
        (with(|request| request.top_logprobs = 101), FaultKind::Unsupported, None, "at most 100"),
        (
            with(|request| {
                request.decode = Decode::Sample(Sampling { temperature: 0.0, ..Sampling::default() });
            }),
            FaultKind::BadRequest,
            None,
            "`temperature`",
        ),
    ] {
        let error = golden_with_eos("null").prepare(request, &mut |_| {}).unwrap_err();
        assert_eq!((error.kind, error.item), (kind, item), "{error}");
        assert!(error.message.contains(words), "{error}");
    }
}

#[test]
fn a_prompt_that_fills_the_context_to_the_last_token_is_generated() {
    let completion = complete(&mut golden_with_eos("null"), prepare(&[1; 124], 4));
    assert_eq!(completion.ids.len(), 4);
}

#[test]
fn requests_out_of_order_are_refused_with_what_to_send_first() {
    let mut session = Session::default();
    let words = |outcome: Result<()>| {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, FaultKind::BadRequest, "{error}");
        error.message
    };
    let quiet = &mut |_: Reply| {};
    assert!(words(session.prepare(prepare(&PROMPT, 4), quiet)).contains("send `load` first"));
    assert!(words(session.window(0, 0, quiet)).contains("send `load` first"));
    let mut session = golden_with_eos("null");
    assert!(words(session.warm_up(1, quiet)).contains("send `prepare` first"));
    assert!(words(session.window(0, 0, quiet)).contains("send `prepare` first"));
    assert!(words(session.collect(quiet)).contains("send `prepare` first"));
    session.prepare(prepare(&PROMPT, 4), quiet).unwrap();
    assert!(words(session.collect(quiet)).contains("send `window` first"));
    session.prepare(Prepare { items: Vec::new(), ..prepare(&PROMPT, 4) }, quiet).unwrap();
    assert!(words(session.window(0, 0, quiet)).contains("at least one item"));
}

/// The same request, asking how probable `forced` is.
fn forced(forced: Option<Vec<u32>>) -> Prepare {
    let mut request = Prepare { decode: Decode::Forced, logprobs: true, ..prepare(&PROMPT, 12) };
    request.items[0].forced_ids = forced;
    request
}

#[test]
fn forcing_what_the_model_would_say_gives_its_own_probabilities_and_no_end_token_ends_it() {
    let mut session = golden_with_eos("null");
    let free = complete(&mut session, Prepare { logprobs: true, ..prepare(&PROMPT, 12) });
    let mut session = golden_with_eos(&free.ids[4].to_string());
    let same = complete(&mut session, forced(Some(free.ids.clone())));
    assert_eq!((&same.ids, same.finish), (&free.ids, Finish::Length));
    assert_eq!(same.logprobs, free.logprobs);

    let mut other = free.ids[..6].to_vec();
    other[3] = (other[3] + 1) % 32;
    let found = complete(&mut session, forced(Some(other.clone())));
    assert_eq!(found.ids, other);
    let (found, free) = (found.logprobs.unwrap(), free.logprobs.unwrap());
    assert_eq!(found[..3], free[..3]);
    assert!(found[3] < free[3], "the greedy token is the most probable one");
}

#[test]
fn forced_decoding_without_tokens_or_with_too_many_is_refused() {
    let mut session = golden_with_eos("null");
    for ids in [None, Some(vec![]), Some(vec![1; 13])] {
        let error = session.prepare(forced(ids), &mut |_| {}).unwrap_err();
        assert!(error.message.contains("1 to `new_tokens`"), "{error}");
    }
    let error = session.prepare(forced(Some(vec![u32::MAX])), &mut |_| {}).unwrap_err();
    assert!(error.message.contains("beyond a vocabulary"), "{error}");
}

#[test]
fn sampled_passes_draw_the_same_tokens_by_seed_and_others_by_another() {
    let mut session = golden_with_eos("null");
    let mut draw = |seed: Option<u64>| {
        let rules = Sampling { temperature: 3.0, ..Sampling::default() };
        let mut request = Prepare { decode: Decode::Sample(rules), ..prepare(&PROMPT, 12) };
        request.items[0].seed = seed;
        session.prepare(request, &mut |_| {}).unwrap();
        session.window(20_000_000, 1_000_000_000, &mut |_| {}).unwrap();
        let mut found = None;
        let mut keep = |reply| {
            if let Reply::Completion(completion) = reply {
                found = Some(completion);
            }
        };
        session.collect(&mut keep).unwrap();
        let found = found.unwrap();
        assert!(found.sha256_per_pass.len() > 1, "one pass shows nothing");
        assert!(found.sha256_per_pass.windows(2).all(|pair| pair[0] == pair[1]));
        found.ids
    };
    assert_eq!(draw(Some(4)), draw(Some(4)));
    assert_ne!(draw(Some(4)), draw(Some(5)));
    assert_eq!(draw(None), draw(None), "an item without a seed takes that of the load");
}

#[test]
fn the_most_probable_tokens_come_with_their_probabilities() {
    let request = Prepare { logprobs: true, top_logprobs: 3, ..prepare(&PROMPT, 5) };
    let found = complete(&mut golden_with_eos("null"), request);
    let (top, own) = (found.top_logprobs.unwrap(), found.logprobs.unwrap());
    assert_eq!(top.len(), 5);
    for ((best, id), own) in top.iter().zip(&found.ids).zip(own) {
        assert_eq!((best.len(), best[0].0), (3, *id), "greedy takes the first");
        assert!((best[0].1 - own).abs() < 1e-9 && best[0].1 >= best[1].1 && best[1].1 >= best[2].1);
    }
}

#[test]
fn streamed_tokens_are_those_of_the_answer() {
    let mut session = golden_with_eos("null");
    session.prepare(Prepare { stream: true, ..prepare(&PROMPT, 6) }, &mut |_| {}).unwrap();
    let mut streamed = Vec::new();
    session
        .window(0, 0, &mut |reply| {
            if let Reply::Token { id, token, .. } = reply {
                assert_eq!(id, 42);
                streamed.push(token);
            }
        })
        .unwrap();
    assert_eq!(streamed, complete(&mut session, prepare(&PROMPT, 6)).ids);
}

#[test]
fn numbers_that_are_none_are_a_fault_of_the_item() {
    let folder = copy("llama");
    let path = folder.path().join("model.safetensors");
    let mut tensors = tch::Tensor::read_safetensors(&path).unwrap();
    for (name, tensor) in &mut tensors {
        // Finite weights whose products are not.
        if name == "lm_head.weight" || name == "model.norm.weight" {
            let _ = tensor.fill_(f64::from(f32::MAX));
        }
    }
    tch::Tensor::write_safetensors(&tensors, &path).unwrap();
    let mut session = load("hugging-face-folder", Some(folder.path().display().to_string()));
    for decode in [Decode::Greedy, Decode::Sample(Sampling::default())] {
        session.prepare(Prepare { decode, ..prepare(&PROMPT, 4) }, &mut |_| {}).unwrap();
        let error = session.window(0, 0, &mut |_| {}).unwrap_err();
        assert_eq!((error.kind, error.item), (FaultKind::BadWeights, Some(42)), "{error}");
        assert!(error.message.contains("not finite"), "{error}");
    }
}
