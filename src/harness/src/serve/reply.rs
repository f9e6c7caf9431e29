//! Answers in OpenAI's shapes: whole, in chunks, and their usage with joules and depths.

use std::collections::BTreeMap;
use std::time::SystemTime;

use harness_protocol::Finish;
use serde::Serialize;
use serde_json::{Value, json};

use super::energy::Energy;
use super::wish::Form;
use crate::utc;

/// Nanoseconds of a second.
const NS_PER_S: i64 = 1_000_000_000;

/// What is known of a finished answer besides its text.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Tokens of the prompt.
    pub tokens_in: usize,
    /// Tokens generated.
    pub tokens_out: usize,
    /// Why it ended.
    pub finish: Finish,
    /// How deep its tokens ran; None: the engine does not tell.
    pub exits: Option<Exits>,
    /// What it cost.
    pub energy: Energy,
}

/// After how many blocks tokens left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exits {
    /// Mean blocks of a token.
    pub mean: f64,
    /// Tokens by blocks.
    pub histogram: BTreeMap<u16, u32>,
    /// Blocks of the model.
    pub layers: u32,
}

impl Exits {
    /// Counts the depths of an answer's tokens; None: there are none.
    pub fn of(depths: &[u16], layers: u32) -> Option<Self> {
        let mut histogram = BTreeMap::new();
        for depth in depths {
            *histogram.entry(*depth).or_insert(0) += 1;
        }
        let sum: f64 = depths.iter().map(|depth| f64::from(*depth)).sum();
        (!depths.is_empty()).then(|| Self { mean: sum / depths.len() as f64, histogram, layers })
    }
}

/// What stands at the head of every body of one answer.
#[derive(Debug, Clone)]
pub struct Head {
    form: Form,
    id: String,
    created: i64,
    model: String,
}

impl Head {
    /// For the answer of this number.
    pub fn new(form: Form, number: u64, model: &str) -> Self {
        let now = utc::nanoseconds(SystemTime::now());
        let prefix = match form {
            Form::Completion => "cmpl",
            Form::Chat => "chatcmpl",
        };
        let id = format!("{prefix}-{:x}-{number}", now);
        Self { form, id, created: now.div_euclid(NS_PER_S), model: model.to_owned() }
    }

    /// The whole answer.
    pub fn whole(&self, text: &str, answer: &Answer) -> Value {
        let reason = reason(answer.finish);
        let (object, choice) = match self.form {
            Form::Completion => (
                "text_completion",
                json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": reason }),
            ),
            Form::Chat => (
                "chat.completion",
                json!({
                    "index": 0,
                    "message": { "role": "assistant", "content": text, "refusal": null },
                    "logprobs": null,
                    "finish_reason": reason,
                }),
            ),
        };
        self.body(object, &json!([choice]), &usage(answer))
    }

    /// The chunk that opens a conversation's stream; None: there is none.
    pub fn opening(&self) -> Option<Value> {
        let delta = json!({ "role": "assistant", "content": "" });
        (self.form == Form::Chat).then(|| self.chunk(&delta, None))
    }

    /// A piece of text.
    pub fn piece(&self, text: &str) -> Value {
        match self.form {
            Form::Completion => self.chunk(&json!(text), None),
            Form::Chat => self.chunk(&json!({ "content": text }), None),
        }
    }

    /// The chunk that says why the answer ended.
    pub fn ending(&self, finish: Finish) -> Value {
        match self.form {
            Form::Completion => self.chunk(&json!(""), Some(reason(finish))),
            Form::Chat => self.chunk(&json!({}), Some(reason(finish))),
        }
    }

    /// The chunk that holds the usage and no choice.
    pub fn usage(&self, answer: &Answer) -> Value {
        self.body(self.object(), &json!([]), &usage(answer))
    }

    fn chunk(&self, said: &Value, reason: Option<&str>) -> Value {
        let key = if self.form == Form::Chat { "delta" } else { "text" };
        let choice = json!({ "index": 0, key: said, "logprobs": null, "finish_reason": reason });
        self.body(self.object(), &json!([choice]), &Value::Null)
    }

    fn object(&self) -> &'static str {
        match self.form {
            Form::Completion => "text_completion",
            Form::Chat => "chat.completion.chunk",
        }
    }

    fn body(&self, object: &str, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model,
            "choices": choices, "usage": usage,
        })
    }
}

fn usage(answer: &Answer) -> Value {
    json!({
        "prompt_tokens": answer.tokens_in,
        "completion_tokens": answer.tokens_out,
        "total_tokens": answer.tokens_in + answer.tokens_out,
        "energy": answer.energy,
        "exit_layers": answer.exits,
    })
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Length => "length",
        Finish::Stop | Finish::Eos | Finish::Error => "stop",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            tokens_in: 3,
            tokens_out: 4,
            finish: Finish::Eos,
            exits: Exits::of(&[2, 4, 4, 2], 16),
            energy: Energy::none("no meters were read"),
        }
    }

    #[test]
    fn whole_answers_have_text_or_message_and_usage_with_joules_and_depths() {
        let text = Head::new(Form::Completion, 1, "tiny").whole("abc", &answer());
        assert_eq!(
            (&text["object"], &text["choices"][0]["text"]),
            (&json!("text_completion"), &json!("abc"))
        );
        assert_eq!(text["choices"][0]["finish_reason"], "stop");
        assert_eq!(text["usage"]["total_tokens"], 7);
        let exits = &text["usage"]["exit_layers"];
        assert_eq!((&exits["mean"], &exits["histogram"]), (&json!(3.0), &json!({ "2": 2, "4": 2 })));
        assert!(text["usage"]["energy"]["joules"].is_null());
        assert_eq!(text["usage"]["energy"]["reason"], "no meters were read");
        let chat = Head::new(Form::Chat, 2, "tiny").whole("abc", &answer());
        assert_eq!(
            chat["choices"][0]["message"],
            json!({ "role": "assistant", "content": "abc", "refusal": null })
        );
        assert!(chat["id"].as_str().unwrap().starts_with("chatcmpl-"));
    }

    #[test]
    fn chunks_share_their_head_and_only_the_last_has_usage() {
        let head = Head::new(Form::Chat, 3, "tiny");
        let chunks = [head.opening().unwrap(), head.piece("a"), head.ending(Finish::Length)];
        assert!(chunks.iter().all(|chunk| chunk["id"] == chunks[0]["id"] && chunk["usage"].is_null()));
        assert_eq!(chunks[1]["choices"][0]["delta"], json!({ "content": "a" }));
        assert_eq!(chunks[2]["choices"][0]["finish_reason"], "length");
        let usage = head.usage(&answer());
        assert_eq!((&usage["choices"], &usage["usage"]["completion_tokens"]), (&json!([]), &json!(4)));
        let head = Head::new(Form::Completion, 3, "tiny");
        assert!(head.opening().is_none());
        assert_eq!(head.piece("a")["choices"][0]["text"], "a");
        assert_eq!(Exits::of(&[], 2), None);
    }
}
