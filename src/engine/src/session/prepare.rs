//! Tokenises what comes as text and checks that every item fits.

use harness_protocol::{Decode, Prepare, PromptItem, Reply, batch_misfit};

use super::{Prepared, Ready, Running, Session};
use crate::error::{EngineError, Result};
use crate::sample;

/// Most tokens that are told at each place.
const MOST_TOP: u32 = 100;

impl Session {
    /// Takes the items of the next windows.
    pub fn prepare(&mut self, request: Prepare, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        check(&request, running)?;
        let mut items = Vec::new();
        for item in &request.items {
            let ready = running.ready(item, &request);
            items.push(ready.map_err(|error| EngineError { item: Some(item.id), ..error })?);
        }
        let longest = items.iter().map(|item| item.prompt.len()).max().unwrap_or(0);
        running.decoder.reserve(longest as i64 + i64::from(request.new_tokens));
        for item in &items {
            let limit = request.new_tokens as usize;
            let known = running.decoder.foreknow(&item.prompt, item.forced.as_deref(), limit);
            known.map_err(|error| EngineError { item: Some(item.id), ..error })?;
        }
        emit(Reply::Prepared { tokens_in: items.iter().map(|item| item.prompt.len() as u32).collect() });
        running.outputs.clear();
        running.prepared = Some(Prepared { items, request });
        Ok(())
    }
}

/// What no item could change.
fn check(request: &Prepare, running: &Running) -> Result<()> {
    if let Some(misfit) = batch_misfit(request.batch_size) {
        return Err(EngineError::unsupported(misfit.message));
    }
    if request.new_tokens == 0 {
        return Err(EngineError::request("`new_tokens` must be at least 1"));
    }
    if request.min_new_tokens.is_some_and(|least| least > request.new_tokens) {
        return Err(EngineError::request("`min_new_tokens` must be at most `new_tokens`"));
    }
    if !request.stop.is_empty() && running.tokenizer.is_none() {
        return Err(EngineError::unsupported("`stop` needs a model folder with tokenizer.json"));
    }
    if request.top_logprobs > MOST_TOP {
        return Err(EngineError::unsupported(format!("`top_logprobs` must be at most {MOST_TOP}")));
    }
    if let Decode::Sample(rules) = &request.decode {
        sample::check(rules)?;
    }
    Ok(())
}

impl Running {
    /// An item in tokens that the model has, within its context.
    fn ready(&self, item: &PromptItem, request: &Prepare) -> Result<Ready> {
        let shape = self.decoder.model().shape();
        let prompt = self.ids(item)?;
        if prompt.is_empty() {
            return Err(EngineError::request("the prompt is empty"));
        }
        let limit = request.new_tokens;
        let forced = match (&request.decode, &item.forced_ids) {
            (Decode::Greedy | Decode::Sample(_), _) => None,
            (Decode::Forced, Some(forced)) if (1..=limit as usize).contains(&forced.len()) => {
                Some(forced.clone())
            }
            (Decode::Forced, _) => {
                return Err(EngineError::request("forced decoding needs 1 to `new_tokens` `forced_ids`"));
            }
        };
        let all = prompt.iter().chain(forced.iter().flatten());
        if let Some(id) = all.into_iter().find(|id| i64::from(**id) >= shape.vocabulary) {
            let message = format!("token {id} is beyond a vocabulary of {}", shape.vocabulary);
            return Err(EngineError::request(message));
        }
        if prompt.len() as i64 + i64::from(limit) > shape.context {
            return Err(EngineError::request(format!(
                "{} prompt tokens and {limit} new ones exceed a context of {}",
                prompt.len(),
                shape.context
            )));
        }
        let seed = item.seed.unwrap_or_else(|| self.seed.wrapping_add(u64::from(item.id)));
        Ok(Ready { id: item.id, prompt, forced, seed })
    }

    fn ids(&self, item: &PromptItem) -> Result<Vec<u32>> {
        match (&item.prompt_ids, &self.tokenizer) {
            (Some(ids), _) => Ok(ids.clone()),
            (None, Some(tokenizer)) => {
                let ids = tokenizer.encode_document(&item.prompt);
                ids.map_err(|error| EngineError::request(error.to_string()))
            }
            (None, None) => {
                Err(EngineError::unsupported("the model folder has no tokenizer: send `prompt_ids`"))
            }
        }
    }
}
