//! Servers that refuse, fail, or lead astray.

use std::fs;
use std::time::Duration;

use harness_task::fetch::{DatasetEntry, Host, Limits, Secret};
use harness_task::{FetchSpec, TaskErrorKind};

use crate::hub::{Answer, Hub};
use crate::small::{COMMIT, ENTRY, OTHER, PATTERN, get, message, spec};

#[test]
fn a_redirect_to_another_host_does_not_get_the_token() {
    let store = Hub::start(|request, _| Answer::file(request, b"{}\n", "\"v1\""));
    let target = format!("{}/blob?signature=secret", store.address);
    let hub = Hub::start(move |_, count| match count {
        0 => Answer::status(307).with("Location", "/datasets/new/small"),
        _ => Answer::status(302).with("Location", target.clone()).with("X-Repo-Commit", COMMIT),
    });
    let out = tempfile::tempdir().unwrap();
    let spec = FetchSpec { token: Some(Secret::new("hf_token").unwrap()), ..spec(out.path(), &hub) };
    let fetched = get(&ENTRY, &spec).unwrap();
    for asked in hub.asked() {
        assert_eq!(asked.header("authorization"), Some("Bearer hf_token"));
    }
    assert_eq!((hub.asked().len(), hub.asked()[1].path.as_str()), (2, "/datasets/new/small"));
    assert_eq!(store.asked()[0].header("authorization"), None);
    let record = fs::read_to_string(out.path().join("origin.json")).unwrap();
    assert!(!record.contains("secret") && !record.contains("hf_token"), "{record}");
    assert!(fetched.files[0].url.starts_with(&hub.address));
}

#[test]
fn github_never_gets_the_token() {
    let hub = Hub::start(|_, _| Answer::text("{}\n"));
    let out = tempfile::tempdir().unwrap();
    let spec = FetchSpec { token: Some(Secret::new("hf_token").unwrap()), ..spec(out.path(), &hub) };
    get(&DatasetEntry { host: Host::GitHub, ..ENTRY }, &spec).unwrap();
    assert_eq!(hub.asked()[0].path, format!("/owner/small/{COMMIT}/data/a%20b.jsonl"));
    assert_eq!(hub.asked()[0].header("authorization"), None);
}

#[test]
fn refusals_of_the_server_say_what_to_do() {
    let cases = [
        (401, None, "set `HF_TOKEN`"),
        (403, Some("hf_token"), "accept its licence"),
        (404, None, "no such file, repository or revision"),
        (418, None, "answered 418, expected 200"),
    ];
    for (status, token, expected) in cases {
        let hub = Hub::start(move |_, _| Answer::status(status));
        let out = tempfile::tempdir().unwrap();
        let token = token.map(|token| Secret::new(token).unwrap());
        let error = get(&ENTRY, &FetchSpec { token, ..spec(out.path(), &hub) }).unwrap_err();
        assert_eq!(error.kind(), TaskErrorKind::MissingResource);
        let text = message(Err(error));
        assert!(text.contains(expected) && text.contains("owner/small/resolve"), "{text}");
        assert!(text.contains("task.path") && !text.contains("hf_token"), "{text}");
        assert_eq!(hub.asked().len(), 1, "{status} is asked once");
    }
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    for status in [500, 503, 429] {
        let hub = Hub::start(move |_, count| match count {
            0..3 => Answer::status(status).with("Retry-After", "0"),
            _ => Answer::text("{}\n"),
        });
        let out = tempfile::tempdir().unwrap();
        get(&ENTRY, &spec(out.path(), &hub)).unwrap();
        assert_eq!(hub.asked().len(), 4);
    }
    let hub = Hub::start(|_, _| Answer::status(500));
    let out = tempfile::tempdir().unwrap();
    let text = message(get(&ENTRY, &spec(out.path(), &hub)));
    assert!(text.contains("answered 500; gave up after 4 tries") && text.contains("task.path"), "{text}");
    assert_eq!(hub.asked().len(), 4);
}

#[test]
fn a_silent_server_is_given_up() {
    let hub = Hub::start(|_, _| Answer { silent: true, ..Answer::default() });
    let out = tempfile::tempdir().unwrap();
    let mut spec = spec(out.path(), &hub);
    spec.limits = Limits { stall: Duration::from_millis(50), retries: 1, ..spec.limits };
    let text = message(get(&ENTRY, &spec));
    assert!(text.contains("no answer from") && text.contains("after 2 tries"), "{text}");
}

#[test]
fn without_a_network_a_local_file_is_offered() {
    let hub = Hub::start(|_, _| Answer::status(500));
    let out = tempfile::tempdir().unwrap();
    let spec = spec(out.path(), &hub);
    drop(hub);
    let text = message(get(&ENTRY, &spec));
    assert!(text.contains("task.path") && text.contains("any local file"), "{text}");
}

#[test]
fn redirects_in_a_circle_end() {
    let hub = Hub::start(|_, _| Answer::status(302).with("Location", "/again"));
    let out = tempfile::tempdir().unwrap();
    let text = message(get(&ENTRY, &spec(out.path(), &hub)));
    assert!(text.contains("redirected more than 8 times"), "{text}");
    let hub = Hub::start(|_, _| Answer::status(302).with("Location", "file:///etc/passwd"));
    let text = message(get(&ENTRY, &spec(out.path(), &hub)));
    assert!(text.contains("redirected to nowhere"), "{text}");
}

#[test]
fn an_answer_that_is_not_the_hubs_is_refused() {
    let entry = DatasetEntry { revision: None, ..ENTRY };
    for (body, expected) in [("<html>", "not what the hub's interface promises"), ("{\"sha\": \"x\"}", "`x`")]
    {
        let hub = Hub::start(move |_, _| Answer::text(body));
        let out = tempfile::tempdir().unwrap();
        let text = message(get(&entry, &spec(out.path(), &hub)));
        assert!(text.contains(expected), "{text}");
    }
    let hub = Hub::start(|_, _| Answer::text("{}").with("X-Repo-Commit", OTHER));
    let out = tempfile::tempdir().unwrap();
    let text = message(get(&ENTRY, &spec(out.path(), &hub)));
    assert!(text.contains(OTHER) && text.contains(COMMIT), "{text}");
}

#[test]
fn a_branch_of_github_is_refused() {
    let hub = Hub::start(|_, _| Answer::text("{}"));
    let out = tempfile::tempdir().unwrap();
    let spec = FetchSpec { revision: Some("master".to_owned()), ..spec(out.path(), &hub) };
    let text = message(get(&DatasetEntry { host: Host::GitHub, ..ENTRY }, &spec));
    assert!(text.contains("`master`") && hub.asked().is_empty(), "{text}");
}

#[test]
fn a_list_that_leads_out_of_the_folder_or_fits_nothing_is_refused() {
    let entry = DatasetEntry { files: PATTERN, ..ENTRY };
    for (path, expected) in [("../test-0.parquet", "leads out of the folder"), ("a.md", "no file of commit")]
    {
        let hub = Hub::start(move |_, _| Answer::text(format!(r#"[{{"type": "file", "path": "{path}"}}]"#)));
        let out = tempfile::tempdir().unwrap();
        let text = message(get(&entry, &spec(out.path(), &hub)));
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_an_error() {
    let hub = Hub::start(|_, _| Answer::text("{}"));
    let out = tempfile::tempdir().unwrap();
    let mut spec = spec(out.path(), &hub);
    spec.hub = hub.address.replace("http://", "https://");
    let text = message(get(&ENTRY, &spec));
    assert!(text.contains("https://127.0.0.1") && hub.asked().is_empty(), "{text}");
}
