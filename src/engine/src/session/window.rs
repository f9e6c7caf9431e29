//! Passes over the prepared items: unmeasured to warm up, then the window.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use harness_protocol::{Decode, Finish, Prepare, Reply, now_ns};
use harness_text::Tokenizer;
use harness_text::hash::hex;
use sha2::{Digest, Sha256};

use super::{Output, Prepared, Ready, Running, Session, not_prepared};
use crate::decode::{Ask, Decoder, Generation};
use crate::device::synchronize;
use crate::error::{EngineError, Result};
use crate::sample::Chooser;

/// Tokens before a stop text that its tokens are read with.
const BEFORE: usize = 8;

impl Session {
    /// Generates the first items at full length, unmeasured.
    pub fn warm_up(&mut self, items: u32, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let Running { decoder, prepared, device, .. } = running;
        let Prepared { items: ready, request } = prepared.as_ref().ok_or_else(not_prepared)?;
        let t_start_ns = now_ns();
        for item in ready.iter().cycle().take(items as usize) {
            generate(decoder, item, request, &[], &mut |_| false)?;
        }
        synchronize(*device);
        emit(Reply::Warmed { t_start_ns, t_end_ns: now_ns() });
        Ok(())
    }

    /// Whole passes over the items until `min_ns` have gone by; no pass starts after `max_ns`.
    pub fn window(&mut self, min_ns: i64, max_ns: i64, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        // A cancellation that came late was meant for the window before.
        self.cancelled.store(false, Ordering::Relaxed);
        let cancelled = Arc::clone(&self.cancelled);
        let running = self.running()?;
        let Running { decoder, tokenizer, eos, device, prepared, outputs, .. } = running;
        let Prepared { items, request } = prepared.as_ref().ok_or_else(not_prepared)?;
        if items.is_empty() {
            return Err(EngineError::request("a window needs at least one item"));
        }
        let ends = Ends { eos, request, tokenizer: tokenizer.as_ref() };
        outputs.clear();
        outputs.resize_with(items.len(), Output::default);
        let mut passes: Vec<Vec<Vec<u32>>> = Vec::new(); // tokens of every pass and item
        synchronize(*device);
        let start = now_ns();
        emit(Reply::WindowStart { t_ns: start });
        let end = loop {
            let pass = passes.len() as u32;
            let mut answers = Vec::with_capacity(items.len());
            for (item, output) in items.iter().zip(outputs.iter_mut()) {
                let mut finish = Finish::Length;
                let mut stop = |ids: &[u32]| {
                    if request.stream {
                        let token = ids.last().copied().unwrap_or_default();
                        emit(Reply::Token { id: item.id, token, t_ns: now_ns() });
                    }
                    finish = ends.finish(&item.prompt, ids);
                    finish != Finish::Length || cancelled.load(Ordering::Relaxed)
                };
                let generation = generate(decoder, item, request, eos, &mut stop)?;
                emit(done(item.id, pass, &generation));
                answers.push(generation.ids.clone());
                output.finish = Some(finish);
                output.last = generation;
            }
            passes.push(answers);
            let gone = now_ns() - start;
            if gone >= min_ns || gone >= max_ns || cancelled.load(Ordering::Relaxed) {
                synchronize(*device);
                break now_ns();
            }
        };
        emit(Reply::WindowEnd { t_ns: end, passes: passes.len() as u32, device_synced: true });
        // Behind the window's end: hashing is not what is measured.
        for (index, output) in outputs.iter_mut().enumerate() {
            output.hashes = passes.iter().map(|pass| hash(&pass[index])).collect();
        }
        Ok(())
    }
}

fn generate(
    decoder: &mut Decoder,
    item: &Ready,
    request: &Prepare,
    eos: &[u32],
    stop: &mut dyn FnMut(&[u32]) -> bool,
) -> Result<Generation> {
    let chooser = match &request.decode {
        Decode::Greedy | Decode::Forced => Chooser::Greedy,
        Decode::Sample(rules) => Chooser::drawn(*rules, item.seed),
    };
    let ask = Ask {
        prompt: &item.prompt,
        forced: item.forced.as_deref(),
        limit: request.new_tokens as usize,
        chooser,
        not_yet: (eos, request.min_new_tokens.unwrap_or(0) as usize),
        logprobs: request.logprobs,
        top: request.top_logprobs as usize,
    };
    decoder.generate(ask, stop).map_err(|error| EngineError { item: Some(item.id), ..error })
}

fn done(id: u32, pass: u32, generation: &Generation) -> Reply {
    let start = generation.start_ns;
    let (first, last) = (generation.token_ns.first(), generation.token_ns.last());
    Reply::Item {
        id,
        pass,
        t0_ns: start,
        t1_ns: last.copied().unwrap_or(start),
        first_ns: first.copied().unwrap_or(start),
        out: generation.ids.len() as u32,
    }
}

/// What ends an answer before its limit.
struct Ends<'a> {
    eos: &'a [u32],
    request: &'a Prepare,
    tokenizer: Option<&'a Tokenizer>,
}

impl Ends<'_> {
    /// Whether the last token ended the answer, and by what; [`Finish::Length`]: it did not.
    fn finish(&self, prompt: &[u32], ids: &[u32]) -> Finish {
        let Some(last) =
            ids.last().filter(|_| ids.len() >= self.request.min_new_tokens.unwrap_or(0) as usize)
        else {
            return Finish::Length;
        };
        if self.eos.contains(last) {
            Finish::Eos
        } else if self.meets(prompt, ids) {
            Finish::Stop
        } else {
            Finish::Length
        }
    }

    /// Whether the last token completed a stop text. Only as many tokens are read as one can span: every token is at
    /// least a byte long.
    fn meets(&self, prompt: &[u32], ids: &[u32]) -> bool {
        let stops = &self.request.stop;
        let Some(tokenizer) = self.tokenizer.filter(|_| !stops.is_empty()) else { return false };
        let longest = stops.iter().map(String::len).max().unwrap_or(0);
        let (before, tail) = ids.split_at(ids.len().saturating_sub(longest + 1));
        let lead: Vec<u32> = match before.len() {
            0..BEFORE => {
                prompt[prompt.len().saturating_sub(BEFORE)..].iter().chain(before).copied().collect()
            }
            _ => before[before.len() - BEFORE..].to_vec(),
        };
        let text = tokenizer.decode_behind(&lead, tail);
        text.is_ok_and(|text| stops.iter().any(|stop| text.contains(stop.as_str())))
    }
}

fn hash(ids: &[u32]) -> String {
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
    hex(&hash.finalize())
}
