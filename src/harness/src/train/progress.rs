//! What a person sees of a training, and what all calls of it together have taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness_protocol::TrainSpec;
use serde::{Deserialize, Serialize};

use crate::progress::{minutes, say};
use crate::store::write_json;

/// How often a progress line is printed.
const TELL: Duration = Duration::from_secs(10);

/// The file that keeps what the card tells of all calls together.
pub(super) const PROGRESS: &str = "progress.json";

/// What the card tells of all calls together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Noted {
    seconds: f64,
    loss: Option<f64>,
}

/// One step as the engine tells it.
pub(super) struct Step<'a> {
    pub(super) step: u64,
    pub(super) tokens: u64,
    pub(super) loss: f64,
    pub(super) per_exit: &'a [(u32, f64)],
    pub(super) t_ns: i64,
}

/// The progress of this call, added to that of earlier ones.
pub(super) struct Progress {
    file: PathBuf,
    noted: Noted,
    earlier: f64,
    begun: Instant,
    told: Instant,
    /// Tokens and time of the first step of this call.
    first: Option<(u64, i64)>,
}

impl Progress {
    pub(super) fn open(work: &Path) -> Self {
        let file = work.join(PROGRESS);
        let noted: Noted =
            fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let (earlier, begun) = (noted.seconds, Instant::now());
        Self { file, noted, earlier, begun, told: begun - TELL, first: None }
    }

    /// Notes a step, and tells it where the last one that was told is long ago.
    pub(super) fn step(&mut self, spec: &TrainSpec, step: &Step) {
        let (first_tokens, first_ns) = *self.first.get_or_insert((step.tokens, step.t_ns));
        self.noted.loss = Some(step.loss);
        if self.told.elapsed() < TELL {
            return;
        }
        self.told = Instant::now();
        self.note();
        let rate = (step.tokens - first_tokens) as f64 / ((step.t_ns - first_ns) as f64 * 1e-9);
        say(&line(spec, step, rate));
    }

    /// Notes the time so far.
    pub(super) fn note(&mut self) {
        self.noted.seconds = self.seconds();
        // Not worth ending a training for: only the card's hours would be too few.
        let _ = write_json(&self.file, &self.noted);
    }

    /// Time of all calls, s.
    pub(super) fn seconds(&self) -> f64 {
        self.earlier + self.begun.elapsed().as_secs_f64()
    }

    /// Loss of the last step, nats a token.
    pub(super) fn last_loss(&self) -> Option<f64> {
        self.noted.loss
    }
}

fn line(spec: &TrainSpec, step: &Step, rate: f64) -> String {
    let exits: Vec<String> = step.per_exit.iter().map(|(exit, loss)| format!("{exit}: {loss:.3}")).collect();
    let left = if rate > 0.0 && rate.is_finite() {
        let seconds = spec.tokens.saturating_sub(step.tokens) as f64 / rate;
        format!("  {rate:.0} tokens/s  ~{} left", minutes(Duration::from_secs_f64(seconds)))
    } else {
        String::new()
    };
    let (number, tokens, loss) = (step.step, step.tokens, step.loss);
    format!(
        "step {number}  {tokens} of {} tokens  loss {loss:.3}  (exits {}){left}",
        spec.tokens,
        exits.join(", ")
    )
}
