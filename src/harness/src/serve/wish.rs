//! What a request asks for: an OpenAI body, read, checked, and in tokens.

use harness_protocol::{Decode, Exit, Sampling};
use harness_task::Message;
use serde::Deserialize;
use serde_json::Value;

use super::fault::Fault;
use super::model::Model;

/// Most texts that may end an answer, as with OpenAI.
const MOST_STOPS: usize = 4;

/// Which of the two ways of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `/v1/completions`: a text to go on from.
    Completion,
    /// `/v1/chat/completions`: a conversation.
    Chat,
}

/// A request that can be served.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// How it was asked.
    pub form: Form,
    /// The prompt as text.
    pub prompt: String,
    /// The prompt in tokens.
    pub ids: Vec<u32>,
    /// Most tokens of the answer.
    pub tokens: u32,
    /// Texts that end it.
    pub stop: Vec<String>,
    /// How tokens are chosen.
    pub decode: Decode,
    /// Seeds what is drawn.
    pub seed: u64,
    /// When a token leaves early.
    pub exit: Option<Exit>,
    /// The answer comes piece by piece.
    pub stream: bool,
    /// A stream ends with its usage.
    pub usage: bool,
}

/// The body. Fields that change nothing here, such as `user`, are ignored; those that would change the answer and are
/// not served are refused.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    model: Option<String>,
    prompt: Option<Prompt>,
    messages: Option<Vec<Turn>>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    min_p: Option<f64>,
    repetition_penalty: Option<f64>,
    seed: Option<i64>,
    stop: Option<Texts>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<u64>,
    best_of: Option<u64>,
    echo: Option<bool>,
    suffix: Option<String>,
    logprobs: Option<Value>,
    top_logprobs: Option<Value>,
    presence_penalty: Option<f64>,
    frequency_penalty: Option<f64>,
    logit_bias: Option<Value>,
    tools: Option<Value>,
    functions: Option<Value>,
    response_format: Option<Value>,
    harness: Option<Ours>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Prompt {
    Text(String),
    Ids(Vec<u32>),
    Texts(Vec<String>),
    ManyIds(Vec<Vec<u32>>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Turn {
    role: String,
    content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Ours {
    threshold: Option<f64>,
}

impl Wish {
    /// Reads a body.
    ///
    /// # Errors
    /// It is no JSON, or asks for what is not served.
    pub fn read(form: Form, bytes: &[u8], model: &Model) -> Result<Self, Fault> {
        let fault =
            |why: &str| Fault { field: None, ..Fault::field("", format!("the body cannot be read: {why}")) };
        // A list would be taken for the fields in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(fault("it is a list, expected an object"));
        }
        let body: Body = serde_json::from_slice(bytes).map_err(|error| fault(&error.to_string()))?;
        body.check(form, model)?;
        let (prompt, ids) = body.prompt(form, model)?;
        if ids.is_empty() {
            return Err(Fault::field(form.field(), "the prompt is empty; write at least one character"));
        }
        let tokens = body.max_completion_tokens.or(body.max_tokens);
        let left = model.context.saturating_sub(u32::try_from(ids.len()).unwrap_or(u32::MAX));
        // What nobody asked for is cut to what fits.
        let tokens = tokens.unwrap_or_else(|| model.defaults.tokens.min(left));
        if tokens == 0 || tokens > left {
            let message = format!(
                "{} prompt tokens and {tokens} new ones do not fit a context of {}, or are none",
                ids.len(),
                model.context
            );
            return Err(Fault { code: "context_length_exceeded", ..Fault::field("max_tokens", message) });
        }
        Ok(Self {
            form,
            prompt,
            ids,
            tokens,
            stop: body.stops()?,
            decode: body.decode(model)?,
            seed: body.seed.map_or(model.defaults.seed, i64::cast_unsigned),
            exit: model.exit(body.harness.as_ref().and_then(|ours| ours.threshold))?,
            stream: body.stream.unwrap_or(false),
            usage: body.stream_options.is_some_and(|options| options.include_usage),
        })
    }
}

impl Form {
    /// Where the prompt stands.
    fn field(self) -> &'static str {
        match self {
            Self::Completion => "prompt",
            Self::Chat => "messages",
        }
    }
}

impl Body {
    /// Refuses what would change the answer and is not served.
    fn check(&self, form: Form, model: &Model) -> Result<(), Fault> {
        if let Some(asked) = self.model.as_ref().filter(|asked| **asked != model.name) {
            let message = format!("`{asked}` is not served here; `{}` is", model.name);
            let status = axum::http::StatusCode::NOT_FOUND;
            return Err(Fault {
                field: Some("model".to_owned()),
                ..Fault::new(status, "model_not_found", message)
            });
        }
        let set = |value: &Option<Value>| {
            value.as_ref().is_some_and(|value| match value {
                Value::Null | Value::Bool(false) => false,
                Value::Array(list) => !list.is_empty(),
                Value::Object(map) => !map.is_empty(),
                _ => true,
            })
        };
        let text = self.response_format.as_ref().is_some_and(|format| format["type"] == "text");
        let not_served = [
            ("n", self.n.unwrap_or(1) != 1, "1: one answer a request, so that its joules are its own"),
            ("best_of", self.best_of.unwrap_or(1) != 1, "1"),
            ("echo", self.echo.unwrap_or(false), "false"),
            ("suffix", self.suffix.as_ref().is_some_and(|suffix| !suffix.is_empty()), "no suffix"),
            ("logprobs", set(&self.logprobs), "none; `harness generate --json` tells probabilities"),
            ("top_logprobs", set(&self.top_logprobs), "none"),
            (
                "presence_penalty",
                self.presence_penalty.unwrap_or(0.0) != 0.0,
                "0; `repetition_penalty` is served",
            ),
            ("frequency_penalty", self.frequency_penalty.unwrap_or(0.0) != 0.0, "0"),
            ("logit_bias", set(&self.logit_bias), "none"),
            ("tools", set(&self.tools), "none"),
            ("functions", set(&self.functions), "none"),
            ("response_format", set(&self.response_format) && !text, "text"),
            (
                "messages",
                form == Form::Completion && self.messages.is_some(),
                "`prompt`; ask `/v1/chat/completions`",
            ),
            ("prompt", form == Form::Chat && self.prompt.is_some(), "`messages`; ask `/v1/completions`"),
        ];
        match not_served.into_iter().find(|(_, asked, _)| *asked) {
            None => Ok(()),
            Some((field, _, served)) => {
                Err(Fault::field(field, format!("`{field}` is not served as asked; served is {served}")))
            }
        }
    }

    fn prompt(&self, form: Form, model: &Model) -> Result<(String, Vec<u32>), Fault> {
        if form == Form::Chat {
            return self.conversation(model);
        }
        let text = |text: &String| Ok((text.clone(), model.text(text)?));
        let tokens = |ids: &Vec<u32>| {
            let text = model.tokenizer.decode(ids);
            Ok((text.map_err(|error| Fault::field("prompt", error.to_string()))?, ids.clone()))
        };
        match &self.prompt {
            None => Err(Fault::field("prompt", "there is no `prompt`; write the text to go on from")),
            Some(Prompt::Text(one)) => text(one),
            Some(Prompt::Ids(one)) => tokens(one),
            Some(Prompt::Texts(many)) if let [one] = many.as_slice() => text(one),
            Some(Prompt::ManyIds(many)) if let [one] = many.as_slice() => tokens(one),
            Some(_) => {
                Err(Fault::field("prompt", "one prompt a request is served, so that its joules are its own"))
            }
        }
    }

    fn conversation(&self, model: &Model) -> Result<(String, Vec<u32>), Fault> {
        let turns = self.messages.as_ref().filter(|turns| !turns.is_empty());
        let turns =
            turns.ok_or_else(|| Fault::field("messages", "there are no `messages`; write at least one"))?;
        let said: Vec<(&str, String)> =
            turns.iter().map(|turn| Ok((turn.role.as_str(), turn.said()?))).collect::<Result<_, Fault>>()?;
        let messages: Vec<Message> =
            said.iter().map(|(role, content)| Message { role, content: content.as_str() }).collect();
        model.conversation(&messages)
    }

    fn stops(&self) -> Result<Vec<String>, Fault> {
        let stops = match &self.stop {
            None => Vec::new(),
            Some(Texts::One(text)) => vec![text.clone()],
            Some(Texts::Many(texts)) => texts.clone(),
        };
        if stops.len() > MOST_STOPS || stops.iter().any(String::is_empty) {
            return Err(Fault::field(
                "stop",
                format!("at most {MOST_STOPS} texts end an answer, none of them empty"),
            ));
        }
        Ok(stops)
    }

    fn decode(&self, model: &Model) -> Result<Decode, Fault> {
        let bounds: [(&str, Option<f64>, f64, f64); 4] = [
            ("temperature", self.temperature, 0.0, 100.0),
            ("top_p", self.top_p, f64::MIN_POSITIVE, 1.0),
            ("min_p", self.min_p, 0.0, 1.0),
            ("repetition_penalty", self.repetition_penalty, f64::MIN_POSITIVE, 100.0),
        ];
        for (field, value, least, most) in bounds {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                let least = if least > 0.0 { "above 0" } else { "0" };
                return Err(Fault::field(field, format!("`{field}` must be {least} to {most}")));
            }
        }
        if self.top_k == Some(0) {
            return Err(Fault::field("top_k", "`top_k` must be at least 1"));
        }
        // A probability of 1 cuts nothing: clients send it as their default.
        let top_p = self.top_p.filter(|top_p| *top_p < 1.0);
        Ok(model.decode(self.temperature, |sampling: &mut Sampling| {
            let before = *sampling;
            sampling.top_p = top_p.or(sampling.top_p);
            sampling.top_k = self.top_k.or(sampling.top_k);
            sampling.min_p = self.min_p.or(sampling.min_p);
            sampling.repetition_penalty = self.repetition_penalty.unwrap_or(sampling.repetition_penalty);
            *sampling != before
        }))
    }
}

impl Turn {
    fn said(&self) -> Result<String, Fault> {
        match &self.content {
            None => Ok(String::new()),
            Some(Content::Text(text)) => Ok(text.clone()),
            Some(Content::Parts(parts)) => {
                let text = |part: &Part| {
                    part.text.clone().filter(|_| part.kind == "text").ok_or_else(|| {
                        Fault::field(
                            "messages",
                            format!("a part of type `{}` is not served; text is", part.kind),
                        )
                    })
                };
                parts.iter().map(text).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests;
