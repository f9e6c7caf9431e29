//! What the engine holds between requests: a loaded model, prepared items, the last window's output.

mod leave;
mod load;
mod prepare;
mod window;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness_protocol::{Completion, Finish, Prepare, Reply};
use harness_text::Tokenizer;
use tch::Device;

use crate::decode::{Decoder, Generation};
use crate::device::DeviceMemory;
use crate::error::{EngineError, Result};
use crate::memory::peak_rss_bytes;

/// The engine's state; empty until `load`.
#[derive(Default)]
pub struct Session {
    running: Option<Running>,
    /// Set from beside while a window runs: its answers end after their next token.
    cancelled: Arc<AtomicBool>,
}

struct Running {
    decoder: Decoder,
    tokenizer: Option<Tokenizer>,
    /// Tokens that end an answer.
    eos: Vec<u32>,
    device: Device,
    /// What the device held before the model came.
    before: DeviceMemory,
    /// Seeds items that bring no seed.
    seed: u64,
    /// SHA-256 of the weights that the model was made from, before they were compressed.
    weights_sha256: String,
    prepared: Option<Prepared>,
    outputs: Vec<Output>, // of the last window, one an item
}

struct Prepared {
    items: Vec<Ready>,
    request: Prepare,
}

/// An item in tokens.
struct Ready {
    id: u32,
    prompt: Vec<u32>,
    forced: Option<Vec<u32>>,
    seed: u64,
}

/// What an item gave in a window.
#[derive(Default)]
struct Output {
    last: Generation,
    finish: Option<Finish>,
    hashes: Vec<String>,
}

impl Session {
    /// A session whose windows end early while the flag is set.
    pub fn cancelled_by(cancelled: Arc<AtomicBool>) -> Self {
        Self { running: None, cancelled }
    }

    /// Sends the last window's completions.
    pub fn collect(&mut self, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let prepared = running.prepared.as_ref().ok_or_else(not_prepared)?;
        if running.outputs.is_empty() {
            return Err(EngineError::request("no window has run since `prepare`: send `window` first"));
        }
        for (item, output) in prepared.items.iter().zip(&running.outputs) {
            let Output { last, finish, hashes } = output;
            let finish = finish.unwrap_or(Finish::Error);
            // The token that ended an answer is no part of its text.
            let said = match (finish, last.ids.split_last()) {
                (Finish::Eos, Some((_, before))) => before,
                _ => &last.ids,
            };
            let tokenizer = running.tokenizer.as_ref();
            emit(Reply::Completion(Completion {
                id: item.id,
                text: tokenizer.and_then(|tokenizer| tokenizer.decode_behind(&item.prompt, said).ok()),
                ids: last.ids.clone(),
                sha256_per_pass: hashes.clone(),
                exit_layers: Some(last.exit_layers.clone()),
                token_ns: Some(last.token_ns.clone()),
                logprobs: prepared.request.logprobs.then(|| last.logprobs.clone()),
                top_logprobs: (prepared.request.top_logprobs > 0).then(|| last.top.clone()),
                finish,
            }));
        }
        emit(Reply::Collected {
            peak_rss_bytes: peak_rss_bytes()?,
            peak_device_bytes: DeviceMemory::now(running.device).since(&running.before),
        });
        Ok(())
    }

    fn running(&mut self) -> Result<&mut Running> {
        self.running.as_mut().ok_or_else(|| EngineError::request("no model is loaded: send `load` first"))
    }
}

fn not_prepared() -> EngineError {
    EngineError::request("no items are prepared: send `prepare` first")
}
