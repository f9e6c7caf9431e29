//! Bodies that clients send: what they mean, and what is refused in which words.

use harness_task::ChatTemplate;
use harness_text::Tokenizer;
use serde_json::json;

use super::super::model::Defaults;
use super::*;
use crate::generate::exit;

fn model() -> Model {
    let template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]";
    Model {
        name: "tiny".to_owned(),
        tokenizer: Tokenizer::bytes().unwrap(),
        chat: Some(ChatTemplate::parse(template, "", "").unwrap()),
        eos: vec![257],
        context: 64,
        layers: 2,
        exit: Some(exit("max-probability:threshold=0.5").unwrap()),
        defaults: Defaults { tokens: 16, decode: Decode::Greedy, seed: 3 },
    }
}

fn read(form: Form, body: &Value) -> Result<Wish, Fault> {
    Wish::read(form, body.to_string().as_bytes(), &model())
}

#[test]
fn a_plain_body_gets_what_is_usual() {
    let wish = read(Form::Completion, &json!({ "prompt": "ab" })).unwrap();
    assert_eq!((wish.prompt.as_str(), wish.tokens, wish.decode), ("ab", 16, Decode::Greedy));
    assert_eq!((wish.stream, wish.usage, wish.seed), (false, false, 3));
    // 64 positions hold a beginning, 60 bytes and three new tokens.
    let long = "x".repeat(60);
    assert_eq!(
        read(Form::Completion, &json!({ "prompt": long })).unwrap().tokens,
        64 - wish.ids.len() as u32 - 58
    );
}

#[test]
fn prompts_come_as_text_tokens_or_turns() {
    let ids = |body: Value| read(Form::Completion, &body).unwrap().ids;
    assert_eq!(ids(json!({ "prompt": [97, 98] })), [97, 98]);
    assert_eq!(ids(json!({ "prompt": [[97, 98]] })), [97, 98]);
    assert_eq!(ids(json!({ "prompt": ["ab"] })), ids(json!({ "prompt": "ab" })));
    let parts = json!([{ "type": "text", "text": "h" }, { "type": "text", "text": "i" }]);
    let turns =
        json!({ "messages": [{ "role": "system", "content": "s" }, { "role": "user", "content": parts }] });
    assert_eq!(read(Form::Chat, &turns).unwrap().prompt, "[system]s[user]hi[assistant]");
}

#[test]
fn rules_of_drawing_are_those_of_the_body_over_the_usual_ones() {
    let decode = |body: Value| read(Form::Completion, &body).unwrap().decode;
    assert_eq!(decode(json!({ "prompt": "a", "temperature": 0, "top_p": 0.5 })), Decode::Greedy);
    assert_eq!(decode(json!({ "prompt": "a", "top_p": 1 })), Decode::Greedy);
    let Decode::Sample(found) = decode(json!({ "prompt": "a", "temperature": 0.7, "top_k": 5 })) else {
        panic!("greedy")
    };
    assert_eq!((found.temperature, found.top_k, found.top_p), (0.7, Some(5), None));
}

#[test]
fn a_threshold_changes_the_policy_of_one_answer() {
    let wish = read(Form::Completion, &json!({ "prompt": "a", "harness": { "threshold": 0.8 } })).unwrap();
    assert_eq!(wish.exit.unwrap().parameters["threshold"], 0.8);
    let plain = Model { exit: None, ..model() };
    assert!(plain.exit(Some(0.5)).unwrap_err().message.contains("--exit"));
}

#[test]
fn what_cannot_be_served_is_refused_with_its_field() {
    let chat = |content: Value| json!({ "messages": [{ "role": "user", "content": content }] });
    for (form, body, field, words) in [
        (Form::Completion, json!({}), "prompt", "there is no `prompt`"),
        (Form::Completion, json!({ "prompt": "" }), "prompt", "empty"),
        (Form::Completion, json!({ "prompt": ["a", "b"] }), "prompt", "one prompt"),
        (Form::Completion, json!({ "prompt": "a", "n": 2 }), "n", "one answer"),
        (Form::Completion, json!({ "prompt": "a", "logprobs": 0 }), "logprobs", "not served"),
        (Form::Completion, json!({ "prompt": "a", "max_tokens": 0 }), "max_tokens", "do not fit"),
        (
            Form::Completion,
            json!({ "prompt": "a", "max_tokens": 4_000_000_000_u32 }),
            "max_tokens",
            "context of 64",
        ),
        (Form::Completion, json!({ "prompt": "a", "temperature": -1 }), "temperature", "0 to 100"),
        (Form::Completion, json!({ "prompt": "a", "top_k": 0 }), "top_k", "at least 1"),
        (Form::Completion, json!({ "prompt": "a", "stop": ["1", "2", "3", "4", "5"] }), "stop", "at most 4"),
        (Form::Completion, json!({ "prompt": "a", "stop": "" }), "stop", "none of them empty"),
        (Form::Completion, json!({ "prompt": "a", "model": "gpt-4" }), "model", "`tiny` is"),
        (
            Form::Completion,
            json!({ "prompt": "a", "harness": { "threshold": 2 } }),
            "harness.threshold",
            "0 and 1",
        ),
        (Form::Completion, json!({ "messages": [] }), "messages", "chat/completions"),
        (Form::Chat, json!({ "messages": [] }), "messages", "at least one"),
        (Form::Chat, chat(json!([{ "type": "image_url" }])), "messages", "`image_url` is not served"),
        (Form::Chat, json!({ "prompt": "a" }), "prompt", "/v1/completions"),
    ] {
        let fault = read(form, &body).unwrap_err();
        assert_eq!(fault.field.as_deref(), Some(field), "{body}: {fault:?}");
        assert!(fault.message.contains(words), "{body}: {}", fault.message);
        assert!(fault.status.is_client_error());
    }
    for broken in
        ["", "{", "[]", "{\"prompt\": 5}", "{\"prompt\": \"a\", \"harness\": {\"treshold\": 1}}", "\u{0}"]
    {
        let fault = Wish::read(Form::Completion, broken.as_bytes(), &model()).unwrap_err();
        assert!(fault.message.starts_with("the body cannot be read: "), "{broken}: {}", fault.message);
    }
}
