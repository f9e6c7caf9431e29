//! Asks an engine, tells its tokens as they come, and reads the meters around them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use harness_meter::{Sampler, Settings};
use harness_protocol::{Completion, Load, Loaded, Prepare, Reply, Request};
use harness_text::Tokenizer;

use crate::engine::{CellFailure, Engine};
use crate::meters::open_loose;
use crate::record::Status;
use crate::stop::Stop;
use crate::suite::EngineSpec;
use crate::windows::uncompared;

/// How long an engine may be silent.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What is to be answered, by what.
pub struct Asked {
    /// The engine, with its device and threads.
    pub engine: EngineSpec,
    /// The model, made smaller how.
    pub load: Load,
    /// The prompts in tokens, and how they are decoded.
    pub prepare: Prepare,
    /// Tokens that end an answer.
    pub eos: Vec<u32>,
    /// Meters to read around the answers; empty: none.
    pub meters: Vec<String>,
    /// Where the machine's files are.
    pub machine: Settings,
}

/// What came of it.
pub struct Answers {
    /// What the engine loaded.
    pub loaded: Loaded,
    /// In the order of the prompts.
    pub completions: Vec<Completion>,
    /// Start, first token and end of each, ns.
    pub times: Vec<(i64, i64, i64)>,
    /// Energy from the first prompt's start to the last answer's end.
    pub energy: Energy,
}

/// Energy of all answers together.
#[derive(Debug, Default)]
pub struct Energy {
    /// Joules; None: not known, for the reason beside it.
    pub joules: Option<f64>,
    /// How it was had: counter, integrated, estimated.
    pub class: Option<String>,
    /// Standard uncertainty of what is independent from window to window, J.
    pub u_indep_j: Option<f64>,
    /// Which domains add up.
    pub formula: Option<String>,
    /// Why there are no joules.
    pub reason: Option<String>,
}

/// Answers every prompt once; `tell` gets the text of an item as it grows.
///
/// # Errors
/// A meter that was named is not here, or the engine failed.
pub fn answer(asked: &Asked, tokenizer: &Tokenizer, tell: &mut dyn FnMut(u32, &str)) -> Result<Answers> {
    let log = tempfile::NamedTempFile::new()?;
    let bench = Bench::open(asked)?;
    let outcome = ask(asked, &bench, log.path(), tokenizer, tell);
    outcome.map_err(|failure| failed(&failure, log.path()))
}

/// The meters that are read, or why there are none.
enum Bench {
    Reading { sampler: Sampler, counted: Vec<u16> },
    Silent(String),
}

impl Bench {
    fn open(asked: &Asked) -> Result<Self> {
        let (meters, counted) = match open_loose(&asked.meters, &asked.engine.device, asked.machine.clone())?
        {
            Ok(opened) => opened,
            Err(why) => return Ok(Self::Silent(why)),
        };
        let sampler = Sampler::start_at_own_pace(meters)?;
        Ok(Self::Reading { sampler, counted })
    }

    fn attach(&self, process: u32) {
        if let Self::Reading { sampler, .. } = self {
            sampler.attach(Some(process));
        }
    }

    fn energy(&self, start_ns: i64, end_ns: i64) -> Energy {
        let (sampler, counted) = match self {
            Self::Reading { sampler, counted } => (sampler, counted),
            Self::Silent(reason) => return Energy { reason: Some(reason.clone()), ..Energy::default() },
        };
        sampler.read_now();
        let total = match uncompared(sampler, counted, start_ns, end_ns) {
            Ok(total) => total,
            Err(why) => return Energy { reason: Some(why), ..Energy::default() },
        };
        Energy {
            joules: total.energy_j,
            class: Some(total.class.as_str().to_owned()),
            u_indep_j: total.u_indep_j,
            reason: total.reason(),
            formula: total.formula,
        }
    }
}

fn ask(
    asked: &Asked,
    bench: &Bench,
    log: &Path,
    tokenizer: &Tokenizer,
    tell: &mut dyn FnMut(u32, &str),
) -> Result<Answers, CellFailure> {
    let deadline = || Instant::now() + PATIENCE;
    let proc_root = Settings::default().proc_root;
    let mut engine = Engine::start(&asked.engine, log, Duration::from_secs(60), &proc_root)?;
    bench.attach(engine.process());
    engine.send(&Request::Load(asked.load.clone()))?;
    let Reply::Loaded(loaded) = engine.receive(deadline(), "load")? else {
        return Err(CellFailure::failed("`load` was not answered with `loaded`"));
    };
    engine.send(&Request::Prepare(asked.prepare.clone()))?;
    let Reply::Prepared { .. } = engine.receive(deadline(), "prepare")? else {
        return Err(CellFailure::failed("`prepare` was not answered with `prepared`"));
    };
    if let Bench::Reading { sampler, .. } = bench {
        sampler.read_now();
    }
    engine.send(&Request::Window { min_ns: 0, max_ns: 0 })?;
    let mut growing =
        Growing { tokenizer, prepare: &asked.prepare, eos: &asked.eos, ids: Vec::new(), told: 0 };
    let (mut times, mut start_ns) = (Vec::new(), 0);
    let end_ns = loop {
        match engine.receive(deadline(), "window")? {
            Reply::WindowStart { t_ns } => start_ns = t_ns,
            Reply::Token { id, token, .. } => growing.token(id, token, tell),
            Reply::Item { id, t0_ns, t1_ns, first_ns, .. } => {
                growing.end(id, tell);
                times.push((t0_ns, first_ns, t1_ns));
            }
            Reply::WindowEnd { t_ns, .. } => break t_ns,
            _ => return Err(CellFailure::failed("something other than tokens came inside the window")),
        }
    };
    let energy = bench.energy(start_ns, end_ns);
    engine.send(&Request::Collect)?;
    let mut completions = Vec::new();
    loop {
        match engine.receive(deadline(), "collect")? {
            Reply::Completion(completion) => completions.push(completion),
            Reply::Collected { .. } => break,
            _ => return Err(CellFailure::failed("something other than completions came after `collect`")),
        }
    }
    engine.shut_down()?;
    Ok(Answers { loaded, completions, times, energy })
}

/// The text of the answer that is being written.
struct Growing<'a> {
    tokenizer: &'a Tokenizer,
    prepare: &'a Prepare,
    eos: &'a [u32],
    ids: Vec<u32>,
    /// Bytes of the text that were told.
    told: usize,
}

impl Growing<'_> {
    fn token(&mut self, item: u32, token: u32, tell: &mut dyn FnMut(u32, &str)) {
        // The token that ends an answer is no part of its text.
        if !self.eos.contains(&token) {
            self.ids.push(token);
        }
        let text = self.text(item);
        // A character that is not whole yet comes with the next token.
        if !text.ends_with(char::REPLACEMENT_CHARACTER) {
            self.tell(item, &text, tell);
        }
    }

    fn end(&mut self, item: u32, tell: &mut dyn FnMut(u32, &str)) {
        let text = self.text(item);
        self.tell(item, &text, tell);
        (self.ids, self.told) = (Vec::new(), 0);
    }

    fn tell(&mut self, item: u32, text: &str, tell: &mut dyn FnMut(u32, &str)) {
        if let Some(new) = text.get(self.told..).filter(|new| !new.is_empty()) {
            tell(item, new);
            self.told = text.len();
        }
    }

    fn text(&self, item: u32) -> String {
        let prompt = self.prepare.items.iter().find(|prompt| prompt.id == item);
        let before = prompt.and_then(|prompt| prompt.prompt_ids.as_deref()).unwrap_or_default();
        self.tokenizer.decode_behind(before, &self.ids).unwrap_or_default()
    }
}

fn failed(failure: &CellFailure, log: &Path) -> anyhow::Error {
    if failure.status == Status::Skipped {
        return Stop::interrupted().into();
    }
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let last = said.trim().lines().last().filter(|line| !failure.reason.contains(*line));
    let last = last.map(|line| format!(" ({line})")).unwrap_or_default();
    Stop::missing(format!(
        "the engine failed: {}{last}\nhelp: `harness list` shows what can be asked for",
        failure.reason
    ))
    .into()
}
