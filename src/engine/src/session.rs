//! What the engine holds between requests: a loaded model, prepared items, the last window's output.

use harness_protocol::{Completion, Decode, Finish, Load, Loaded, Prepare, PromptItem, Reply, now_ns};
use harness_text::Tokenizer;
use harness_text::hash::hex;
use sha2::{Digest, Sha256};
use tch::Device;

use crate::compress;
use crate::decode::{Decoder, Generation};
use crate::device::{self, synchronize};
use crate::error::{EngineError, Result};
use crate::exit;
use crate::memory::peak_rss_bytes;
use crate::model::{self, footprint, kernels};

/// The engine's state; empty until `load`.
#[derive(Default)]
pub struct Session {
    running: Option<Running>,
}

struct Running {
    decoder: Decoder,
    tokenizer: Option<Tokenizer>,
    eos: Vec<u32>,
    device: Device,
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
}

#[derive(Default)]
struct Output {
    last: Generation,
    finish: Option<Finish>,
    hashes: Vec<String>,
}

impl Session {
    /// Loads, compresses and attaches the exit policy.
    pub fn load(&mut self, load: &Load, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let t_start_ns = now_ns();
        self.running = None; // two models at once would double the peak
        let device = device::find(&load.device)?;
        let threads = i32::try_from(load.threads).ok().filter(|threads| *threads >= 1);
        tch::set_num_threads(threads.ok_or_else(|| EngineError::request("`threads` must be at least 1"))?);
        let mut loaded = model::load(&load.model, load.seed, device)?;
        let eos = loaded.checkpoint.eos()?;
        if !load.compress.is_empty() {
            emit(Reply::Progress { message: "compressing".to_owned() });
            compress::apply(&mut loaded.model, &load.compress)?;
        }
        let policy = load.exit.as_ref().map(|exit| exit::policy(exit, &loaded.model)).transpose()?;
        let tokenizer = loaded.checkpoint.tokenizer()?;
        let tokenizer_sha256 =
            tokenizer.as_ref().filter(|_| load.model.path.is_some()).map(|one| one.sha256().to_owned());
        let (parameters, weights_bytes) = footprint(&loaded.model);
        let kernels = kernels(&loaded.model);
        let (layers, context) = (loaded.model.layers() as u32, loaded.model.shape().context as u32);
        let decoder = Decoder::new(loaded.model, policy, device);
        self.running = Some(Running { decoder, tokenizer, eos, device, prepared: None, outputs: Vec::new() });
        emit(Reply::Loaded(Loaded {
            layers,
            parameters,
            weights_bytes,
            weights_sha256: loaded.weights_sha256,
            tokenizer_sha256,
            context,
            kernels,
            peak_rss_bytes: peak_rss_bytes()?,
            t_start_ns,
            t_end_ns: now_ns(),
        }));
        Ok(())
    }

    /// Tokenises what comes as text and checks that every item fits.
    pub fn prepare(&mut self, request: Prepare, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let shape = running.decoder.model().shape().clone();
        if request.batch_size != 1 {
            return Err(EngineError::unsupported(format!(
                "batch size {} is not supported, 1 is",
                request.batch_size
            )));
        }
        if request.new_tokens == 0 {
            return Err(EngineError::request("`new_tokens` must be at least 1"));
        }
        if !request.stop.is_empty() && running.tokenizer.is_none() {
            return Err(EngineError::unsupported("`stop` needs a model folder with tokenizer.json"));
        }
        let mut items = Vec::new();
        for item in &request.items {
            let ids = running.ids(item)?;
            let refuse = |message| Err(EngineError { item: Some(item.id), ..EngineError::request(message) });
            if ids.is_empty() {
                return refuse("the prompt is empty".to_owned());
            }
            let forced = match (&request.decode, &item.forced_ids) {
                (Decode::Greedy, _) => None,
                (Decode::Forced, Some(forced))
                    if (1..=request.new_tokens as usize).contains(&forced.len()) =>
                {
                    Some(forced.clone())
                }
                (Decode::Forced, _) => {
                    return refuse("forced decoding needs 1 to `new_tokens` `forced_ids`".to_owned());
                }
            };
            let all = ids.iter().chain(forced.iter().flatten());
            if let Some(id) = all.into_iter().find(|id| i64::from(**id) >= shape.vocabulary) {
                return refuse(format!("token {id} is beyond a vocabulary of {}", shape.vocabulary));
            }
            if ids.len() as i64 + i64::from(request.new_tokens) > shape.context {
                let message = format!(
                    "{} prompt tokens and {} new ones exceed a context of {}",
                    ids.len(),
                    request.new_tokens,
                    shape.context
                );
                return refuse(message);
            }
            items.push(Ready { id: item.id, prompt: ids, forced });
        }
        let longest = items.iter().map(|item| item.prompt.len()).max().unwrap_or(0);
        running.decoder.reserve(longest as i64 + i64::from(request.new_tokens));
        emit(Reply::Prepared { tokens_in: items.iter().map(|item| item.prompt.len() as u32).collect() });
        running.outputs.clear();
        running.prepared = Some(Prepared { items, request });
        Ok(())
    }

    /// Generates the first items at full length, unmeasured.
    pub fn warm_up(&mut self, items: u32, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let Running { decoder, prepared, device, .. } = running;
        let prepared = prepared.as_ref().ok_or_else(not_prepared)?;
        let t_start_ns = now_ns();
        let request = &prepared.request;
        for item in prepared.items.iter().cycle().take(items as usize) {
            let forced = item.forced.as_deref();
            decoder.generate(&item.prompt, forced, request.new_tokens, request.logprobs, &mut |_| false);
        }
        synchronize(*device);
        emit(Reply::Warmed { t_start_ns, t_end_ns: now_ns() });
        Ok(())
    }

    /// Whole passes over the items until `min_ns` have gone by; no pass starts after `max_ns`.
    pub fn window(&mut self, min_ns: i64, max_ns: i64, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let Running { decoder, tokenizer, eos, device, prepared, outputs } = running;
        let Prepared { items, request } = prepared.as_ref().ok_or_else(not_prepared)?;
        if items.is_empty() {
            return Err(EngineError::request("a window needs at least one item"));
        }
        outputs.clear();
        outputs.resize_with(items.len(), Output::default);
        let least = request.min_new_tokens.unwrap_or(0) as usize;
        synchronize(*device);
        let start = now_ns();
        emit(Reply::WindowStart { t_ns: start });
        for pass in 0.. {
            for (item, output) in items.iter().zip(outputs.iter_mut()) {
                let mut finish = Finish::Length;
                let mut stop = |ids: &[u32]| {
                    if ids.len() < least {
                        return false;
                    }
                    if ids.last().is_some_and(|id| eos.contains(id)) {
                        finish = Finish::Eos;
                    } else if meets(ids, &request.stop, tokenizer.as_ref()) {
                        finish = Finish::Stop;
                    }
                    finish != Finish::Length
                };
                let Ready { id, prompt, forced } = item;
                let (limit, logprobs) = (request.new_tokens, request.logprobs);
                let generation = decoder.generate(prompt, forced.as_deref(), limit, logprobs, &mut stop);
                let (first, last) = (generation.token_ns.first(), generation.token_ns.last());
                emit(Reply::Item {
                    id: *id,
                    pass,
                    t0_ns: generation.start_ns,
                    t1_ns: last.copied().unwrap_or(generation.start_ns),
                    first_ns: first.copied().unwrap_or(generation.start_ns),
                    out: generation.ids.len() as u32,
                });
                output.hashes.push(hash(&generation.ids));
                output.finish = Some(finish);
                output.last = generation;
            }
            let gone = now_ns() - start;
            if gone >= min_ns || gone >= max_ns {
                synchronize(*device);
                emit(Reply::WindowEnd { t_ns: now_ns(), passes: pass + 1, device_synced: true });
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends the last window's completions.
    pub fn collect(&mut self, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let prepared = running.prepared.as_ref().ok_or_else(not_prepared)?;
        if running.outputs.is_empty() {
            return Err(EngineError::request("no window has run since `prepare`: send `window` first"));
        }
        for (item, output) in prepared.items.iter().zip(&running.outputs) {
            let text =
                running.tokenizer.as_ref().and_then(|tokenizer| tokenizer.decode(&output.last.ids).ok());
            emit(Reply::Completion(Completion {
                id: item.id,
                text,
                ids: output.last.ids.clone(),
                sha256_per_pass: output.hashes.clone(),
                exit_layers: Some(output.last.exit_layers.clone()),
                token_ns: Some(output.last.token_ns.clone()),
                logprobs: prepared.request.logprobs.then(|| output.last.logprobs.clone()),
                finish: output.finish.unwrap_or(Finish::Error),
            }));
        }
        emit(Reply::Collected { peak_rss_bytes: peak_rss_bytes()?, peak_device_bytes: None });
        Ok(())
    }

    fn running(&mut self) -> Result<&mut Running> {
        self.running.as_mut().ok_or_else(|| EngineError::request("no model is loaded: send `load` first"))
    }
}

impl Running {
    fn ids(&self, item: &PromptItem) -> Result<Vec<u32>> {
        match (&item.prompt_ids, &self.tokenizer) {
            (Some(ids), _) => Ok(ids.clone()),
            (None, Some(tokenizer)) => {
                tokenizer.encode(&item.prompt).map_err(|error| EngineError::request(error.to_string()))
            }
            (None, None) => {
                Err(EngineError::unsupported("the model folder has no tokenizer: send `prompt_ids`"))
            }
        }
    }
}

/// Whether the last token completed a stop text. Only as many tokens are read as one can span: every token
/// is at least a byte long, and the first one read may lose its leading blank.
fn meets(ids: &[u32], stops: &[String], tokenizer: Option<&Tokenizer>) -> bool {
    let Some(tokenizer) = tokenizer.filter(|_| !stops.is_empty()) else { return false };
    let longest = stops.iter().map(String::len).max().unwrap_or(0);
    let tail = &ids[ids.len().saturating_sub(longest + 1)..];
    tokenizer.decode(tail).is_ok_and(|text| stops.iter().any(|stop| text.contains(stop.as_str())))
}

fn not_prepared() -> EngineError {
    EngineError::request("no items are prepared: send `prepare` first")
}

fn hash(ids: &[u32]) -> String {
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
    hex(&hash.finalize())
}
