//! The model that a command runs, made smaller how, on what, measured by what.

use anyhow::Result;
use clap::Args;
use harness_checkpoint::Checkpoint;
use harness_meter::Settings;
use harness_protocol::{DTYPES, Load};
use harness_text::Tokenizer;

use super::machine::MachineArgs;
use crate::generate::{compression, exit_of};
use crate::models::{ensure, find_source, stop};
use crate::stop::Stop;
use crate::suite::EngineSpec;

/// Options beside the model's name.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// The hub's branch, tag or commit
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Number format of weights: f32, bf16, f16, or packed as a .gguf file holds them [default: packed where it can be, else f32]
    #[arg(long)]
    dtype: Option<String>,
    /// Make the model smaller: NAME or NAME:KEY=VALUE,… of `harness list compressions`; may come again
    #[arg(long, value_name = "STEP")]
    compress: Vec<String>,
    /// Let tokens leave early: NAME:KEY=VALUE,… or NAME:THRESHOLD of `harness list exits`
    #[arg(long, value_name = "POLICY")]
    exit: Option<String>,
    /// Seeds what is drawn
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// `cpu` or `cuda:N`
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// Threads of the tensor library
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Meters to read: `auto`, names of `harness list meters`, or `none`
    #[arg(long, value_name = "NAMES", default_value = "auto", value_delimiter = ',')]
    meters: Vec<String>,
    #[command(flatten)]
    machine: MachineArgs,
}

/// A model that is here and can be read.
pub struct Opened {
    /// What an engine loads.
    pub load: Load,
    /// Its files.
    pub checkpoint: Checkpoint,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
}

impl ModelArgs {
    /// Finds and checks the model of this name; fetches it where it can be.
    ///
    /// # Errors
    /// A usage error, or a model that is not here or cannot run.
    pub fn open(&self, model: &str) -> Result<Opened> {
        let dtype = self.dtype.as_deref().map(dtype).transpose()?;
        let source = find_source(model, self.revision.as_deref(), dtype)?;
        let compress = self.compress.iter().map(|step| compression(step)).collect::<Result<_>>()?;
        let folder = source.path.clone().unwrap_or_default();
        let exit = self.exit.as_deref().map(|word| exit_of(word, folder.as_ref())).transpose()?;
        ensure(&source)?;
        let checkpoint = Checkpoint::open(&source).map_err(stop)?;
        checkpoint.check().map_err(stop)?;
        let tokenizer = checkpoint.needed_tokenizer().map_err(stop)?;
        let load = Load {
            model: source,
            compress,
            exit,
            device: self.device.clone(),
            threads: self.threads,
            seed: self.seed,
        };
        Ok(Opened { load, checkpoint, tokenizer })
    }

    /// The engine that runs it.
    pub fn engine(&self) -> EngineSpec {
        EngineSpec { command: None, device: self.device.clone(), threads: self.threads }
    }

    /// Where the machine's files are, without a driver that crashes.
    pub fn machine(&self) -> Settings {
        self.machine.apply(Settings::default())
    }

    /// The meters to read; none: nothing is read.
    pub fn meters(&self) -> Vec<String> {
        self.meters.iter().filter(|name| *name != "none").cloned().collect()
    }
}

fn dtype(word: &str) -> Result<&str> {
    if DTYPES.contains(&word) {
        return Ok(word);
    }
    Err(Stop::usage(format!("unknown dtype `{word}`\nhelp: write one of {}", DTYPES.join(", "))).into())
}
