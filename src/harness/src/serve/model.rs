//! The model that answers, as requests see it: its name, tokenizer, chat template, context, and what is usual.

use harness_protocol::{Decode, EXITS, Exit, Sampling, Value as Bound};
use harness_task::{ChatTemplate, Message};
use harness_text::Tokenizer;

use super::fault::Fault;

/// What a request that says nothing gets.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Most tokens of an answer.
    pub tokens: u32,
    /// How tokens are chosen.
    pub decode: Decode,
    /// Seeds what is drawn.
    pub seed: u64,
}

/// A model that is loaded.
pub struct Model {
    /// As `/v1/models` lists it.
    pub name: String,
    /// The model folder's tokenizer.
    pub tokenizer: Tokenizer,
    /// None: it takes no conversations.
    pub chat: Option<ChatTemplate>,
    /// Tokens that end an answer.
    pub eos: Vec<u32>,
    /// Most tokens of prompt and answer.
    pub context: u32,
    /// Blocks.
    pub layers: u32,
    /// When a token leaves early; None: never.
    pub exit: Option<Exit>,
    /// What is usual.
    pub defaults: Defaults,
}

impl Model {
    /// The tokens of a text to go on from.
    ///
    /// # Errors
    /// The tokenizer fails.
    pub fn text(&self, text: &str) -> Result<Vec<u32>, Fault> {
        self.tokenizer.encode_document(text).map_err(|error| Fault::field("prompt", error.to_string()))
    }

    /// The tokens of a conversation, as text too.
    ///
    /// # Errors
    /// The model has no chat template, or the template refuses the turns.
    pub fn conversation(&self, turns: &[Message]) -> Result<(String, Vec<u32>), Fault> {
        let refuse = |message: String| Fault::field("messages", message);
        let template = self.chat.as_ref().ok_or_else(|| {
            refuse(format!(
                "`{}` has no chat template: ask `/v1/completions`, or start the service with `--chat-template FILE`",
                self.name
            ))
        })?;
        let text = template.render(turns).map_err(|error| refuse(error.to_string()))?;
        // A template writes the mark of a text's beginning itself.
        let ids = self.tokenizer.encode(&text).map_err(|error| refuse(error.to_string()))?;
        Ok((text, ids))
    }

    /// The exit policy with another threshold; None: with its own.
    ///
    /// # Errors
    /// The model has no policy with a threshold, or it is out of bounds.
    pub fn exit(&self, threshold: Option<f64>) -> Result<Option<Exit>, Fault> {
        const FIELD: &str = "harness.threshold";
        let Some(threshold) = threshold else { return Ok(self.exit.clone()) };
        let mut exit = self.exit.clone().filter(|exit| exit.parameters.contains_key("threshold"));
        let Some(exit) = &mut exit else {
            return Err(Fault::field(
                FIELD,
                "this service runs no exit policy with a threshold; start it for example with `--exit max-probability:0.9`",
            ));
        };
        let entry = EXITS.iter().find(|entry| entry.name == exit.policy);
        let bound = entry.and_then(|entry| entry.parameters.iter().find(|one| one.name == "threshold"));
        if let Some(Bound::Number { min, max }) = bound.map(|bound| bound.value)
            && !(min..=max).contains(&threshold)
        {
            return Err(Fault::field(FIELD, format!("`{threshold}` is not between {min} and {max}")));
        }
        exit.parameters.insert("threshold".to_owned(), threshold.into());
        Ok(Some(exit.clone()))
    }

    /// How tokens are chosen where a request says so much; temperature 0 takes the most probable one.
    pub fn decode(&self, temperature: Option<f64>, change: impl Fn(&mut Sampling) -> bool) -> Decode {
        if temperature == Some(0.0) {
            return Decode::Greedy;
        }
        let mut sampling = match self.defaults.decode {
            Decode::Sample(sampling) => sampling,
            Decode::Greedy | Decode::Forced => Sampling::default(),
        };
        let changed = change(&mut sampling);
        match temperature {
            Some(temperature) => Decode::Sample(Sampling { temperature, ..sampling }),
            None if changed => Decode::Sample(sampling),
            None => self.defaults.decode,
        }
    }
}
