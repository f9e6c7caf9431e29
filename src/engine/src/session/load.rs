//! Loads a model, compresses it, attaches the exit policy.

use harness_protocol::{Load, Loaded, Reply, now_ns};

use super::{Running, Session};
use crate::compress;
use crate::decode::Decoder;
use crate::device::{self, DeviceMemory};
use crate::error::{EngineError, Result};
use crate::exit::Target;
use crate::memory::peak_rss_bytes;
use crate::model::{self, footprint, kernels};
use crate::way::Way;

impl Session {
    /// Replaces what was loaded before.
    pub fn load(&mut self, load: &Load, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let t_start_ns = now_ns();
        self.running = None; // two models at once would double the peak
        let device = device::find(&load.device)?;
        let threads = i32::try_from(load.threads).ok().filter(|threads| *threads >= 1);
        tch::set_num_threads(threads.ok_or_else(|| EngineError::request("`threads` must be at least 1"))?);
        compress::check(&load.model.dtype, &load.compress)?;
        let before = DeviceMemory::now(device);
        let model::Loaded { mut model, checkpoint, weights_sha256 } =
            model::load(&load.model, load.seed, device)?;
        if !load.compress.is_empty() {
            emit(Reply::Progress { message: "compressing".to_owned() });
            compress::apply(&mut model, &load.compress)?;
        }
        let way = Way::named(load.exit.as_ref(), &Target { model: &model, weights_sha256: &weights_sha256 })?;
        let tokenizer = checkpoint.tokenizer()?;
        let (parameters, weights_bytes) = footprint(&model);
        let made = load.model.path.is_none();
        let loaded = Loaded {
            layers: model.layers() as u32,
            parameters,
            weights_bytes,
            weights_sha256: compress::sha256(&weights_sha256, &load.compress),
            tokenizer_sha256: tokenizer.as_ref().filter(|_| !made).map(|found| found.sha256().to_owned()),
            context: u32::try_from(model.shape().context).unwrap_or(u32::MAX),
            kernels: kernels(&model),
            peak_rss_bytes: peak_rss_bytes()?,
            t_start_ns,
            t_end_ns: 0,
        };
        self.running = Some(Running {
            decoder: Decoder::new(model, way),
            tokenizer,
            eos: checkpoint.eos()?,
            device,
            before,
            seed: load.seed,
            weights_sha256,
            prepared: None,
            outputs: Vec::new(),
        });
        emit(Reply::Loaded(Loaded { t_end_ns: now_ns(), ..loaded }));
        Ok(())
    }
}
