//! The completions of a window, held against what was asked and what ran while they come.

use std::collections::{BTreeMap, HashMap};

use harness_protocol::{Completion, Finish};
use harness_text::hash::hex;
use sha2::{Digest, Sha256};

use super::asked::Asked;
use super::failure::CellFailure;
use super::generation::Generation;
use super::loaded::is_sha256;
use super::passes::Window;

/// Most bytes of text for each token.
const MOST_BYTES: usize = 4096;

/// Logarithms of probabilities are at most 0; libraries round.
const ROUNDING: f64 = 1e-3;

/// The completions that came so far.
pub(super) struct Completions<'a> {
    asked: &'a Asked,
    window: &'a Window,
    /// What each item did in the last pass.
    last: HashMap<u32, &'a Generation>,
    done: BTreeMap<u32, Completion>,
}

impl<'a> Completions<'a> {
    /// Of a window that is over.
    pub(super) fn of(asked: &'a Asked, window: &'a Window) -> Self {
        let last = window.runs.iter().filter(|run| run.pass + 1 == window.passes);
        Self { asked, window, last: last.map(|run| (run.id, run)).collect(), done: BTreeMap::new() }
    }

    /// Takes a completion.
    ///
    /// # Errors
    /// The completion contradicts what was asked, or what ran.
    pub(super) fn take(&mut self, completion: Completion) -> Result<(), CellFailure> {
        let id = completion.id;
        let Some(run) = self.last.get(&id) else {
            return Err(CellFailure::failed(format!("item {id} has a completion that nobody asked for")));
        };
        if self.done.contains_key(&id) {
            return Err(CellFailure::failed(format!("item {id} has two completions")));
        }
        match self.fault(&completion, run) {
            Some(fault) => Err(CellFailure::failed(format!("item {id} has a completion that {fault}"))),
            None => {
                self.done.insert(id, Completion { top_logprobs: None, ..completion });
                Ok(())
            }
        }
    }

    /// Every item's completion.
    ///
    /// # Errors
    /// One of them did not come.
    pub(super) fn whole(self) -> Result<Vec<Completion>, CellFailure> {
        match self.asked.items.keys().find(|id| !self.done.contains_key(id)) {
            Some(id) => Err(CellFailure::failed(format!("item {id} has no completion"))),
            None => Ok(self.done.into_values().collect()),
        }
    }

    /// What contradicts the item's last run.
    fn fault(&self, completion: &Completion, run: &Generation) -> Option<String> {
        let out = run.out as usize;
        let lists = [
            ("ids", Some(completion.ids.len()).filter(|count| *count > 0)),
            ("exit_layers", completion.exit_layers.as_ref().map(Vec::len)),
            ("token_ns", completion.token_ns.as_ref().map(Vec::len)),
            ("logprobs", completion.logprobs.as_ref().map(Vec::len)),
        ];
        for (name, count) in lists {
            if let Some(count) = count.filter(|count| *count != out) {
                return Some(format!("has {count} `{name}`, and the last pass generated {out} tokens"));
            }
        }
        self.ids(&completion.ids)
            .or_else(|| self.hashes(completion))
            .or_else(|| self.layers(completion.exit_layers.as_deref().unwrap_or_default()))
            .or_else(|| self.times(completion.token_ns.as_deref().unwrap_or_default()))
            .or_else(|| logprobs(completion.logprobs.as_deref().unwrap_or_default()))
            .or_else(|| text(completion.text.as_deref().unwrap_or_default(), out))
            .or_else(|| self.finish(completion.finish, run))
    }

    fn ids(&self, ids: &[u32]) -> Option<String> {
        let vocabulary = self.asked.vocabulary?;
        let beyond = ids.iter().find(|id| **id >= vocabulary)?;
        Some(format!("has token {beyond}, beyond a vocabulary of {vocabulary}"))
    }

    fn hashes(&self, completion: &Completion) -> Option<String> {
        let (hashes, passes) = (&completion.sha256_per_pass, self.window.passes);
        if hashes.len() != passes as usize {
            return Some(format!("has {} `sha256_per_pass` for {passes} passes", hashes.len()));
        }
        if hashes.iter().any(|hash| !is_sha256(hash)) {
            return Some("has a `sha256_per_pass` that is no SHA-256 in hexadecimal".to_owned());
        }
        let ids = &completion.ids;
        let last = hashes.last().filter(|_| !ids.is_empty())?;
        (!last.eq_ignore_ascii_case(&sha256(ids)))
            .then(|| "has other `ids` than its last `sha256_per_pass` says".to_owned())
    }

    fn layers(&self, layers: &[u16]) -> Option<String> {
        let most = self.asked.layers;
        let other = layers.iter().find(|layer| !(1..=most).contains(&u32::from(**layer)))?;
        Some(format!("says {other} of `exit_layers`, of a model with {most} blocks"))
    }

    fn times(&self, times: &[i64]) -> Option<String> {
        let rise = times.windows(2).all(|pair| pair[0] <= pair[1]);
        let ends = times.first().zip(times.last());
        let inside =
            ends.is_none_or(|(first, last)| *first >= self.window.start_ns && *last <= self.window.end_ns);
        (!rise || !inside).then(|| "has `token_ns` out of order, or outside the window".to_owned())
    }

    fn finish(&self, finish: Finish, run: &Generation) -> Option<String> {
        let (most, least) = (self.asked.most(run.id)?, self.asked.min_new_tokens);
        let forced = self.asked.items.get(&run.id).is_some_and(Option::is_some);
        let out = run.out;
        match finish {
            Finish::Error => None,
            Finish::Length if out != most => {
                Some(format!("ended by `length` behind {out} tokens, asked for were {most}"))
            }
            Finish::Stop | Finish::Eos if forced => Some("ended although its tokens were given".to_owned()),
            Finish::Stop | Finish::Eos if out < least => {
                Some(format!("ended behind {out} tokens, asked for were at least {least}"))
            }
            Finish::Length | Finish::Stop | Finish::Eos => None,
        }
    }
}

fn logprobs(logprobs: &[f64]) -> Option<String> {
    let wrong = logprobs.iter().find(|value| !value.is_finite() || **value > ROUNDING)?;
    Some(format!("says {wrong} of `logprobs`, expected finite numbers of at most 0"))
}

fn text(text: &str, out: usize) -> Option<String> {
    let most = out.saturating_mul(MOST_BYTES);
    (text.len() > most).then(|| format!("has a text of {} bytes for {out} tokens", text.len()))
}

/// SHA-256 of token ids, as the protocol says it.
fn sha256(ids: &[u32]) -> String {
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
    hex(&hash.finalize())
}
