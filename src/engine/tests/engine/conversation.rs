//! Protocol 1 with the built engine, as harness speaks it and as it should not.

use std::fs;

use harness_protocol::{MAX_LINE, now_ns};
use serde_json::{Value, json};

use crate::talk::Talk;

fn hello() -> Value {
    json!({"type": "hello", "protocol": 1, "now_ns": now_ns()})
}

fn prepare() -> Value {
    let item = |id: u32, prompt: &str| json!({"id": id, "prompt": prompt});
    let items = [item(4_294_967_295, "public class"), item(7, "int x = ")];
    json!({"type": "prepare", "items": items, "new_tokens": 6, "batch_size": 1, "logprobs": true})
}

/// Completions of one window over the tiny model.
fn completions(seed: u64) -> (Value, Vec<Value>) {
    let mut talk = Talk::start();
    let weights = talk.load_tiny(seed)["weights_sha256"].clone();
    talk.ask(&prepare(), "prepared");
    talk.ask(&json!({"type": "window", "min_ns": 0, "max_ns": 0}), "window-end");
    let mut replies = talk.ask(&json!({"type": "collect"}), "collected");
    replies.pop();
    (weights, replies.into_iter().map(|reply| json!([reply["ids"], reply["logprobs"]])).collect())
}

#[test]
fn a_whole_cell_runs_from_hello_to_shutdown() {
    let mut talk = Talk::start();
    let before = now_ns();
    let hello = talk.ask(&hello(), "hello").pop().unwrap();
    assert_eq!((&hello["protocol"], &hello["engine"]), (&json!(1), &json!("harness-engine")));
    assert!((before..=now_ns()).contains(&hello["now_ns"].as_i64().unwrap()));

    let loaded = talk.load_tiny(1);
    assert_eq!((&loaded["layers"], &loaded["context"]), (&json!(2), &json!(2048)));
    assert!(loaded["t_start_ns"].as_i64().unwrap() < loaded["t_end_ns"].as_i64().unwrap());
    assert!(loaded["peak_rss_bytes"].as_u64().unwrap() > loaded["weights_bytes"].as_u64().unwrap());

    assert_eq!(talk.ask(&prepare(), "prepared"), [json!({"type": "prepared", "tokens_in": [12, 8]})]);
    talk.ask(&json!({"type": "warm-up", "items": 3}), "warmed");

    talk.send(&json!({"type": "window", "min_ns": 20_000_000, "max_ns": 10_000_000_000_i64}));
    let mut lines = vec![talk.line()];
    while !lines[lines.len() - 1].contains("window-end") {
        lines.push(talk.line());
    }
    let longest = lines.iter().map(String::len).max().unwrap();
    assert!(longest <= 200, "{longest} bytes in one line of a window");
    let replies: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (start, end) = (&replies[0], &replies[replies.len() - 1]);
    let passes = end["passes"].as_u64().unwrap();
    assert!(end["t_ns"].as_i64().unwrap() - start["t_ns"].as_i64().unwrap() >= 20_000_000);
    let items = &replies[1..replies.len() - 1];
    assert_eq!(items.len() as u64, 2 * passes, "whole passes");
    let mut last = start["t_ns"].as_i64().unwrap();
    for (index, item) in items.iter().enumerate() {
        assert_eq!((&item["type"], &item["out"]), (&json!("item"), &json!(6)));
        assert_eq!(item["pass"], index as u64 / 2);
        assert_eq!(item["id"], [4_294_967_295_u32, 7][index % 2]);
        for key in ["t0_ns", "first_ns", "t1_ns"] {
            let time = item[key].as_i64().unwrap();
            assert!(time >= last, "{key} runs backwards in {item}");
            last = time;
        }
    }
    assert!(end["t_ns"].as_i64().unwrap() >= last);

    let collected = talk.ask(&json!({"type": "collect"}), "collected");
    assert_eq!(collected.len(), 3);
    for completion in &collected[..2] {
        let hashes = completion["sha256_per_pass"].as_array().unwrap();
        assert_eq!(hashes.len() as u64, passes);
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "greedy passes differ");
        assert_eq!(completion["exit_layers"], json!([2, 2, 2, 2, 2, 2]));
        assert_eq!(completion["finish"], "length");
        for key in ["ids", "token_ns", "logprobs"] {
            assert_eq!(completion[key].as_array().unwrap().len(), 6, "{key}");
        }
        assert!(completion["logprobs"].as_array().unwrap().iter().all(|value| value.as_f64().unwrap() < 0.0));
    }
    talk.send(&json!({"type": "shutdown"}));
    assert_eq!(talk.line(), "", "nothing follows `shutdown`");
    assert!(talk.close().success());
}

#[test]
fn a_window_ends_with_the_pass_during_which_its_longest_time_went_by() {
    let mut talk = Talk::start();
    talk.load_tiny(1);
    talk.ask(&prepare(), "prepared");
    let replies =
        talk.ask(&json!({"type": "window", "min_ns": 60_000_000_000_i64, "max_ns": 1}), "window-end");
    assert_eq!(replies[replies.len() - 1]["passes"], 1);
}

#[test]
fn the_same_seed_gives_the_same_weights_and_tokens_and_another_seed_others() {
    let (one, same, other) = (completions(5), completions(5), completions(6));
    assert_eq!(one, same);
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

#[test]
fn a_bad_line_is_a_fault_and_the_conversation_goes_on() {
    let mut talk = Talk::start();
    for line in ["{", "", "[]", "{\"type\": \"dance\"}", "{\"type\": \"warm-up\"}", "\"hello\"", "\u{fffd}"] {
        talk.send_line(line.as_bytes());
        let (kind, message) = talk.take_fault();
        assert!(kind == "bad-request" && message.contains("no request"), "{line:?}: {kind}: {message}");
    }
    talk.send_line(&[0xff, 0xfe]);
    assert_eq!(talk.take_fault().0, "bad-request");
    let (_, message) = talk.fault(&json!({"type": "dance"}));
    assert!(message.contains("`dance`"), "{message}");
    talk.ask(&json!({"type": "hello", "protocol": 1, "now_ns": now_ns(), "unknown": "field"}), "hello");
}

#[test]
fn a_line_that_is_too_long_is_a_fault_and_the_next_one_is_read() {
    let mut talk = Talk::start();
    // The second is too long by its line end alone: what follows it must not be taken for its rest.
    for length in [MAX_LINE + 1000, MAX_LINE] {
        talk.send_line(&vec![b' '; length]);
        let (kind, message) = talk.take_fault();
        assert!(kind == "bad-request" && message.contains("longer than"), "{kind}: {message}");
        talk.ask(&hello(), "hello");
    }
}

#[test]
fn another_protocol_or_a_foreign_clock_is_refused() {
    let mut talk = Talk::start();
    for (request, words) in [
        (json!({"type": "hello", "protocol": 2, "now_ns": now_ns()}), "protocol 2"),
        (json!({"type": "hello", "protocol": 1, "now_ns": now_ns() + 3_600_000_000_000}), "clock"),
    ] {
        let (kind, message) = talk.fault(&request);
        assert!(kind == "unsupported" && message.contains(words), "{kind}: {message}");
    }
    talk.ask(&hello(), "hello");
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_an_engine_that_can_load_another() {
    let mut talk = Talk::start();
    let load = |device: &str, threads: u32, kind: &str| {
        let model = json!({"kind": kind, "path": "no/such/folder", "dtype": "f32"});
        json!({"type": "load", "model": model, "device": device, "threads": threads, "seed": 1})
    };
    for (request, kind, words) in [
        (load("cpu", 1, "hugging-face-folder"), "bad-weights", "no/such/folder"),
        (load("tpu", 1, "tiny-random"), "bad-request", "`tpu`"),
        (load("cuda:99", 1, "tiny-random"), "unsupported", "`cuda:99`"),
        (load("cpu", 0, "tiny-random"), "bad-request", "`threads`"),
    ] {
        let found = talk.fault(&request);
        assert!(found.0 == kind && found.1.contains(words), "{found:?}");
    }
    talk.load_tiny(1);
    let (kind, message) = talk.fault(&json!({"type": "window", "min_ns": 0, "max_ns": 0}));
    assert!(kind == "bad-request" && message.contains("send `prepare` first"), "{kind}: {message}");
    talk.ask(&prepare(), "prepared");
}

#[test]
fn the_end_of_input_ends_the_engine_with_exit_code_0() {
    let mut talk = Talk::start();
    talk.ask(&hello(), "hello");
    assert_eq!(talk.close().code(), Some(0));
}

#[test]
fn standard_output_of_libraries_is_not_the_pipe() {
    let mut talk = Talk::start();
    talk.ask(&hello(), "hello");
    // Whatever a library prints goes to descriptor 1: that must be where 2 is.
    let leads_to = |descriptor: u32| fs::read_link(format!("/proc/{}/fd/{descriptor}", talk.id())).unwrap();
    assert_eq!(leads_to(1), leads_to(2));
}

#[test]
fn a_window_that_is_cancelled_ends_early_and_the_next_one_does_not() {
    let mut talk = Talk::start();
    talk.ask(&hello(), "hello");
    talk.load_tiny(1);
    let prepare = json!({
        "type": "prepare", "items": [{"id": 1, "prompt": "int"}], "new_tokens": 2000, "batch_size": 1, "stream": true,
    });
    let window = json!({"type": "window", "min_ns": 0, "max_ns": 0});
    talk.ask(&prepare, "prepared");
    talk.send(&window);
    while talk.reply()["type"] != "token" {}
    talk.send(&json!({"type": "cancel"}));
    let mut tokens = 1;
    loop {
        let reply = talk.reply();
        match reply["type"].as_str() {
            Some("token") => tokens += 1,
            Some("window-end") => break,
            _ => assert_eq!((&reply["type"], &reply["out"]), (&json!("item"), &json!(tokens))),
        }
    }
    assert!(tokens < 2000);
    // One that comes when no window runs changes nothing.
    talk.send(&json!({"type": "cancel"}));
    let replies = talk.ask(&window, "window-end");
    assert_eq!(replies.iter().filter(|reply| reply["type"] == "token").count(), 2000);
}

#[test]
fn another_exit_policy_needs_no_loading() {
    let mut talk = Talk::start();
    talk.ask(&hello(), "hello");
    talk.load_tiny(1);
    let mut depths = |exit: Value| {
        talk.ask(&json!({"type": "set-exit", "exit": exit}), "exit-set");
        talk.send(&json!({"type": "window", "min_ns": 0, "max_ns": 0}));
        assert_eq!(talk.reply()["type"], "fault", "what was prepared is forgotten");
        talk.ask(&prepare(), "prepared");
        talk.ask(&json!({"type": "window", "min_ns": 0, "max_ns": 0}), "window-end");
        talk.ask(&json!({"type": "collect"}), "collected")[0]["exit_layers"].clone()
    };
    let first = |threshold: f64| json!({"policy": "max-probability", "parameters": {"threshold": threshold, "exits": [1]}});
    assert_eq!(depths(first(1.0)), json!([2, 2, 2, 2, 2, 2]));
    assert_eq!(depths(first(0.0)), json!([2, 1, 1, 1, 1, 1]));
    assert_eq!(depths(Value::Null), json!([2, 2, 2, 2, 2, 2]));
    talk.send(&json!({"type": "set-exit", "exit": {"policy": "fixed", "parameters": {"layer": 9}}}));
    assert_eq!(talk.reply()["kind"], "bad-request");
}
