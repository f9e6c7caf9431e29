//! `harness serve`: what it answers, what it refuses, and that nothing a client does ends it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::live::{Answer, Live};
use crate::programs::{engine_is_there, present, root};
use crate::trial::harness;

const COMPLETIONS: &str = "/v1/completions";
const CHAT: &str = "/v1/chat/completions";
const TEMPLATE: &str = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]";

/// Long enough for the meter.
fn long() -> Json {
    json!({ "prompt": "public class", "max_tokens": 1500 })
}

/// `body` with more fields.
fn with(mut body: Json, more: &Json) -> Json {
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[test]
fn answers_tell_their_joules_and_the_sums_are_the_meters() {
    if !engine_is_there() {
        return;
    }
    let live = Live::tiny(&["--exit", "max-probability:threshold=1,exits=1"]);
    let answer = live.post(COMPLETIONS, &long()).json();
    let usage = &answer["usage"];
    assert_eq!(
        (&answer["object"], &answer["choices"][0]["finish_reason"]),
        (&json!("text_completion"), &json!("length"))
    );
    assert_eq!(usage["completion_tokens"], 1500);
    let joules = usage["energy"]["joules"].as_f64().unwrap();
    assert!(joules > 0.5 && usage["energy"]["uncertainty"].as_f64().unwrap() < joules, "{usage}");
    assert_eq!(
        (&usage["energy"]["class"], &usage["energy"]["method"]),
        (&json!("simulated"), &json!("alone"))
    );
    assert_eq!(
        (&usage["exit_layers"]["histogram"], &usage["exit_layers"]["layers"]),
        (&json!({ "2": 1500 }), &json!(2))
    );
    // Another threshold for one answer: every token leaves after the first block.
    let early = live.post(COMPLETIONS, &with(long(), &json!({ "harness": { "threshold": 0 } }))).json();
    assert!(early["usage"]["exit_layers"]["mean"].as_f64().unwrap() < 1.1, "{}", early["usage"]);
    let short = live.post(COMPLETIONS, &json!({ "prompt": "a", "max_tokens": 1 })).json();
    assert!(short["usage"]["energy"]["joules"].is_null(), "{short}");
    assert!(short["usage"]["energy"]["reason"].as_str().unwrap().contains("updates"), "{short}");

    let phases: Vec<f64> = ["answer", "idle", "load"]
        .map(|phase| live.metric(&format!("harness_joules_total{{phase=\"{phase}\"")))
        .into();
    let u = live.metric("harness_joules_uncertainty{phase=\"idle\"")
        + live.metric("harness_meter_joules_uncertainty");
    let seconds: f64 = ["answer", "idle", "load"]
        .map(|phase| live.metric(&format!("harness_seconds_total{{phase=\"{phase}\"")))
        .iter()
        .sum();
    assert!(phases.iter().all(|joules| *joules > 0.0), "{phases:?}");
    // The numbers are read one after the other, while the service idles on.
    let drift = 10.0 * 6.0;
    assert!((phases.iter().sum::<f64>() - 10.0 * seconds).abs() < drift + u);
    let (said, code) = live.stop();
    assert_eq!(code, Some(0), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("3 requests, 3 answered; ") && last.contains("(simulated, "), "{said}");
    let sums = last.split("load (").nth(1).unwrap().split("s): ").nth(1).unwrap();
    let numbers: Vec<f64> = sums.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let (sum, meter) = (numbers[0], numbers[1]);
    assert!((sum - meter).abs() <= 0.001 + numbers[2], "{last}");
}

#[test]
fn streams_say_what_whole_answers_say() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("t.jinja");
    fs::write(&template, TEMPLATE).unwrap();
    let live = Live::tiny(&["--chat-template", template.to_str().unwrap(), "--name", "tiny"]);
    let chat =
        json!({ "model": "tiny", "messages": [{ "role": "user", "content": "hi" }], "max_tokens": 40 });
    for (path, body) in [(COMPLETIONS, with(long(), &json!({ "max_tokens": 40 }))), (CHAT, chat)] {
        let whole = live.post(path, &body).json();
        let choice = &whole["choices"][0];
        let text = choice["text"].as_str().or(choice["message"]["content"].as_str()).unwrap();
        let stream = json!({ "stream": true, "stream_options": { "include_usage": true } });
        let told = live.post(path, &with(body.clone(), &stream));
        assert!(told.head.contains("content-type: text/event-stream"), "{}", told.head);
        assert_eq!(told.text(), text);
        let events = told.events();
        assert_eq!(events.last().unwrap(), "[DONE]");
        let usage: Json = serde_json::from_str(&events[events.len() - 2]).unwrap();
        assert_eq!((&usage["choices"], &usage["usage"]["completion_tokens"]), (&json!([]), &json!(40)));
        assert!(usage["usage"]["energy"].is_object() && usage["usage"]["exit_layers"]["layers"] == 2);
        // Not asked for, usage is not told.
        let plain = live.post(path, &with(body, &json!({ "stream": true }))).events();
        assert!(plain.iter().all(|event| !event.contains("energy")));
    }
    assert_eq!(live.get("/v1/models").json()["data"][0]["id"], "tiny");
    assert_eq!(live.get("/v1/models/tiny").json()["id"], "tiny");
    assert_eq!(live.get("/v1/models/other").status, 404);
    assert_eq!(live.get("/healthz").json()["status"], "ok");
}

#[test]
fn bad_requests_get_a_sentence_and_the_service_goes_on() {
    if !engine_is_there() {
        return;
    }
    let live = Live::tiny(&["--max-body", "4096"]);
    let post = |head: &str, body: &[u8]| {
        Answer::read(live.send(&format!("POST {COMPLETIONS} HTTP/1.1{head}"), body))
    };
    let typed = "\r\nContent-Type: application/json";
    for (answer, status, words) in [
        (post(typed, b"{\"prompt\": "), 400, "cannot be read"),
        (post(typed, &[0xff, 0xfe]), 400, "cannot be read"),
        (post("", b"{}"), 415, "Content-Type"),
        (post(typed, &vec![b'x'; 100_000]), 413, "larger than 4096"),
        (live.get(COMPLETIONS), 405, ""),
        (live.get("/v2"), 404, "nothing at `/v2`"),
        (live.post(COMPLETIONS, &json!({ "prompt": "a", "max_tokens": 100_000 })), 400, "context"),
        (live.post(CHAT, &json!({ "messages": [{ "role": "user", "content": "a" }] })), 400, "chat template"),
        (live.post(COMPLETIONS, &json!({ "prompt": "a", "harness": { "threshold": 0.5 } })), 400, "--exit"),
        // A token that the model does not have: the engine refuses it.
        (live.post(COMPLETIONS, &json!({ "prompt": [99_999] })), 400, "vocabulary"),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body.contains(words), "{words}: {answer:?}");
    }
    // Chunks without an announced length are counted too.
    let mut stream = live.connect();
    let head = format!("POST {COMPLETIONS} HTTP/1.1\r\nHost: h{typed}\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.write_all(format!("2000\r\n{}\r\n", "x".repeat(0x2000)).as_bytes());
    let mut said = [0; 64];
    let read = stream.read(&mut said).unwrap();
    assert!(String::from_utf8_lossy(&said[..read]).contains("413"));
    assert_eq!(live.post(COMPLETIONS, &json!({ "prompt": "a" })).status, 200);
}

#[test]
fn clients_that_are_slow_or_leave_end_their_own_request_only() {
    if !engine_is_there() {
        return;
    }
    let live = Live::tiny(&[]);
    let mut slow = live.connect();
    slow.write_all(b"POST /v1/completions HTTP/1.1\r\nHost: ").unwrap();
    let mut half = live.connect();
    half.write_all(b"POST /v1/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{")
        .unwrap();
    let mut leaving = live.posted(COMPLETIONS, &with(long(), &json!({ "max_tokens": 2000, "stream": true })));
    let mut first = [0; 256];
    assert!(leaving.read(&mut first).unwrap() > 0);
    drop(leaving);
    assert_eq!(live.post(COMPLETIONS, &json!({ "prompt": "a" })).status, 200);
    live.wait("harness_requests_total{outcome=\"abandoned\"}", 1.0);
    live.wait("harness_requests_total{outcome=\"answered\"}", 1.0);
    // The engine ended the answer that nobody heard.
    assert!(live.metric("harness_tokens_total{kind=\"generated\"}") < 2000.0);
    drop((slow, half));
    assert_eq!(live.get("/healthz").status, 200);
}

#[test]
fn a_full_queue_answers_429_and_says_when_to_come_back() {
    if !engine_is_there() {
        return;
    }
    let live = Live::tiny(&["--queue", "1"]);
    let body = with(long(), &json!({ "max_tokens": 2000, "stream": true }));
    let running = live.posted(COMPLETIONS, &body);
    assert!(running.peek(&mut [0]).unwrap() > 0);
    // Taken from the queue by now, or in a moment.
    live.wait("harness_queue_length", 0.0);
    let waiting = live.posted(COMPLETIONS, &body);
    live.wait("harness_queue_length", 1.0);
    let refused = live.post(COMPLETIONS, &body);
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(
        refused.head.contains("retry-after: ") && refused.body.contains("rate_limit_error"),
        "{refused:?}"
    );
    assert_eq!(Answer::read(running).events().last().unwrap(), "[DONE]");
    assert_eq!(Answer::read(waiting).events().last().unwrap(), "[DONE]");
    assert_eq!(live.metric("harness_requests_total{outcome=\"busy\"}"), 1.0);
}

#[test]
fn without_the_key_there_is_no_answer() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, "a-secret-word\n").unwrap();
    let live = Live::tiny(&["--key-file", file.to_str().unwrap()]);
    for path in ["/healthz", "/metrics", "/v1/models", "/nothing"] {
        assert_eq!(live.get(path).status, 401, "{path}");
    }
    assert_eq!(live.post(COMPLETIONS, &long()).status, 401);
    let ask = |key: &str| {
        Answer::read(live.send(&format!("GET /healthz HTTP/1.1\r\nAuthorization: Bearer {key}"), b"")).status
    };
    assert_eq!((ask("a-secret-word"), ask("a-secret-work"), ask("")), (200, 401, 401));
}

#[test]
fn what_cannot_be_served_is_said_before_anything_is_loaded() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("key");
    fs::write(&empty, "\n").unwrap();
    let (gone, empty) = (folder.path().join("gone"), empty.display().to_string());
    let gone = gone.display().to_string();
    for (words, code, said) in [
        (&["tiny-random", "--listen", "nowhere"][..], 2, "expected an address and a port"),
        (&["tiny-random", "--listen", "0.0.0.0:0"], 2, "there is no API key"),
        (&["tiny-random", "--key-file", &empty], 2, "is empty"),
        (&["tiny-random", "--key-file", &gone], 3, "cannot read the key file"),
        (&["tiny-random", "--exit", "agnet:0.9"], 2, "did you mean `agent`?"),
        (&["tiny-random", "--exit", "agent:0.9"], 2, "`agent` of `agent` is missing"),
        (&["models/mini-code", "--exit", "agent:0.9"], 2, "several agents lie in"),
        (&["tiny-random", "--meters", "simm"], 2, "simm"),
        (&["tiny-random", "--chat-template", &gone], 3, "cannot read"),
        (&[&gone], 2, "is no folder"),
        (&["--proxy", "ftp://x"], 2, "expected an address of HTTP"),
        (&["--proxy", "http://127.0.0.1:1", "tiny-random"], 2, "cannot be used with"),
        (&["tiny-random", "--listen", &taken], 3, "cannot listen on"),
        (&[], 2, "required"),
    ] {
        let answer = harness(&[&["serve"], words].concat());
        assert_eq!(answer.code, code, "{words:?}: {}", answer.err);
        assert!(answer.err.contains(said), "{words:?}: {}", answer.err);
    }
}

#[test]
fn a_proxy_adds_joules_to_the_answers_of_any_server() {
    if !engine_is_there() {
        return;
    }
    let behind = Live::tiny(&[]);
    let proxy = Live::before(behind.port, &[]);
    let answer = proxy.post(COMPLETIONS, &long()).json();
    let energy = &answer["usage"]["energy"];
    assert!(energy["joules"].as_f64().is_some_and(|joules| joules > 0.5), "{answer}");
    assert_eq!(answer["usage"]["upstream_energy"]["class"], "simulated");
    let stream = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let told = proxy.post(COMPLETIONS, &with(long(), &stream));
    assert_eq!(told.text(), answer["choices"][0]["text"].as_str().unwrap());
    let events = told.events();
    assert_eq!(events.last().unwrap(), "[DONE]");
    let usage: Json = serde_json::from_str(&events[events.len() - 2]).unwrap();
    assert!(usage["usage"]["energy"]["joules"].as_f64().is_some_and(|joules| joules > 0.5), "{usage}");
    // Answers at the same time share the joules, and say so.
    let both = [proxy.posted(COMPLETIONS, &long()), proxy.posted(COMPLETIONS, &long())].map(Answer::read);
    assert!(both.iter().any(|answer| answer.body.contains("shared by active time")), "{both:?}");
    assert_eq!(proxy.get("/v1/models").json()["data"][0]["id"], "tiny-random");
    assert_eq!(proxy.post(COMPLETIONS, &json!({ "prompt": "" })).status, 400);
    let (said, code) = proxy.stop();
    assert!(code == Some(0) && said.contains("5 requests, 4 answered"), "{said}");
}

/// A server that answers each of its connections with these bytes and then dies.
fn dying(answers: Vec<String>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 65536];
            let _ = stream.read(&mut asked);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn a_server_that_dies_behind_the_proxy_is_an_error_and_nothing_more() {
    let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    let whole = "data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\n";
    let port = dying(vec![
        format!("{stream}{whole}data: {{\"choi"),
        format!("{stream}{whole}"),
        format!("{stream}data: no json\n\n"),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"choices\""
            .to_owned(),
        String::new(),
    ]);
    let proxy = Live::before(port, &[]);
    let body = json!({ "prompt": "a", "stream": true });
    for words in ["in the middle", "in the middle", "no JSON"] {
        let events = proxy.post(COMPLETIONS, &body).events();
        let last: Json = serde_json::from_str(events.last().unwrap()).unwrap();
        assert!(last["error"]["message"].as_str().unwrap().contains(words), "{events:?}");
        assert!(!events.iter().any(|event| event == "[DONE]" || event.contains("choi\n")));
    }
    for words in ["in the middle", "did not answer", "cannot be reached"] {
        let answer = proxy.post(COMPLETIONS, &json!({ "prompt": "a" }));
        assert_eq!(answer.status, 502, "{answer:?}");
        assert!(answer.body.contains(words), "{words}: {answer:?}");
    }
    assert_eq!(proxy.get("/healthz").status, 200);
    let (said, code) = proxy.stop();
    assert!(code == Some(0) && said.contains("6 requests, 0 answered"), "{said}");
}

#[test]
fn the_official_python_client_completes_streams_and_chats() {
    let installed = Command::new("python3").args(["-c", "import openai"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: the Python package `openai` absent");
        return;
    }
    if !(engine_is_there() && present("python3")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("t.jinja");
    fs::write(&template, TEMPLATE).unwrap();
    let behind = Live::tiny(&["--chat-template", template.to_str().unwrap(), "--queue", "1"]);
    let proxy = Live::before(behind.port, &[]);
    for port in [behind.port, proxy.port] {
        let script = root().join("src/harness/tests/e2e/openai_client.py");
        let said = Command::new("python3").arg(script).arg(port.to_string()).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}
