//! The sandbox: what this machine allows, and programs judged in it, as many at once as there are cores.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::interpreter::{self, Interpreter};
use super::layer::{self, LAYERS};
use super::limits::{Limits, Strength};
use super::outcome::{self, Outcome, Seen};
use super::plan::{COMPILE, plan};
use super::scratch::{self, Scratch};
use super::spec::Spec;
use super::speed;
use super::supervise::{self, Init, Watch};
use super::tree;
use super::verdict::Verdict;
use crate::error::TaskError;
use crate::language::Language;
use crate::question::Program;

/// How often a program runs again because this process was stopped, and continued, while it ran.
const PAUSES: usize = 10;

/// One completion to run.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// What surrounds the completion.
    pub program: &'a Program,
    /// The completion after the task's post-processing.
    pub completion: &'a str,
}

/// Where generated programs run.
#[derive(Debug)]
pub struct Sandbox {
    strength: Strength,
    limits: Limits,
    init: Init,
    layers: Vec<(&'static str, Result<(), String>)>,
    slowness: f64,
    found: Mutex<HashMap<Language, Result<Arc<Interpreter>, String>>>,
}

impl Sandbox {
    /// Looks at what this machine allows, and how fast it is, which takes a quarter of a second, and removes
    /// what killed processes left among the temporary folders.
    ///
    /// Missing: an init that does not start, and in strict mode a layer that the kernel refuses.
    pub fn new(strength: Strength, limits: Limits, init: Init) -> Result<Self, TaskError> {
        scratch::sweep();
        let scratch = Scratch::new()?;
        let spec =
            Spec { visible: interpreter::common(), scratch: scratch.path().to_owned(), ..spec(&limits) };
        let watch = Watch { steps: vec![], memory: limits.memory, output: limits.output, contained: true };
        let (seen, told) = supervise::run(&init, &spec, &watch, &|| false);
        if told.is_empty() {
            let problem = seen.problem.unwrap_or_else(|| "it ended without a word".to_owned());
            return Err(TaskError::missing(
                format!("the sandbox cannot start: {problem}"),
                "run the installed `harness` itself, not a copy that lost its execute permission",
            ));
        }
        let layers: Vec<_> = LAYERS
            .iter()
            .map(|&layer| {
                let problem = match told.iter().rfind(|(name, _)| name == layer) {
                    Some((_, problem)) => problem.clone(),
                    None => Some(seen.problem.clone().unwrap_or_else(|| "not reached".to_owned())),
                };
                (layer, problem.map_or(Ok(()), Err))
            })
            .collect();
        let missing = missing(&layers);
        if strength == Strength::Strict && !missing.is_empty() {
            return Err(TaskError::missing(
                format!("generated programs are not run here: missing is {missing}"),
                if super::init::nobody_is_mapped() {
                    "have an administrator allow what is missing, or accept weaker protection with `--sandbox=weak`"
                } else {
                    "start `harness` outside of this user namespace, or in one that maps user and group 65534 \
                     (`unshare --map-root-user --map-auto`), or accept weaker protection with `--sandbox=weak`"
                },
            ));
        }
        Ok(Self { strength, limits, init, layers, slowness: speed::slowness(), found: Mutex::default() })
    }

    /// Every layer of protection, and why it is missing where it is.
    pub fn layers(&self) -> &[(&'static str, Result<(), String>)] {
        &self.layers
    }

    /// By what factor wall-clock limits are longer here than on the reference machine; 1 to 10.
    pub fn slowness(&self) -> f64 {
        self.slowness
    }

    /// Whether programs in this language can run; else an error that says what to install.
    pub fn check(&self, language: Language) -> Result<(), TaskError> {
        interpreter::find(language, self.needs_public()).map(|_| ())
    }

    /// Judges programs in the jobs' order. Those that took too long among others run once more, alone.
    ///
    /// `stop` is asked all the time, by several threads: once it says true, programs end within moments, and those
    /// that had not finished get `SandboxError` with the reason `interrupted`.
    pub fn judge(&self, jobs: &[Job<'_>], stop: &(dyn Fn() -> bool + Sync)) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism().map_or(1, NonZero::get).min(jobs.len());
        let work = || {
            let mut done = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(place) else { return done };
                done.push((place, self.run(job, stop)));
            }
        };
        let done: Vec<(usize, Outcome)> = thread::scope(|scope| {
            let workers: Vec<_> =
                (0..workers).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        });
        let lost = Seen { problem: Some("the machine has no thread left".to_owned()), ..Seen::default() };
        let mut outcomes = vec![outcome::judge(&lost, ""); jobs.len()];
        for (place, outcome) in done {
            outcomes[place] = match outcome.verdict {
                Verdict::Timeout => self.watched(&jobs[place], stop).tried_twice(),
                _ if outcome.is_unwatched() => self.watched(&jobs[place], stop),
                _ => outcome,
            };
        }
        outcomes
    }

    /// Runs it again while it ends because this process was stopped, a few times.
    fn watched(&self, job: &Job<'_>, stop: &(dyn Fn() -> bool + Sync)) -> Outcome {
        let mut outcome = self.run(job, stop);
        for _ in 0..PAUSES {
            if !outcome.is_unwatched() {
                break;
            }
            outcome = self.run(job, stop);
        }
        outcome
    }

    fn run(&self, job: &Job<'_>, stop: &(dyn Fn() -> bool + Sync)) -> Outcome {
        if stop() {
            return Outcome::interrupted();
        }
        let nonce = format!("{:032x}", rand::random::<u128>());
        let seen = self
            .watch(job, &nonce, stop)
            .unwrap_or_else(|problem| Seen { problem: Some(problem), ..Seen::default() });
        outcome::judge(&seen, &nonce)
    }

    fn watch(&self, job: &Job<'_>, nonce: &str, stop: &(dyn Fn() -> bool + Sync)) -> Result<Seen, String> {
        let interpreter = self.interpreter(job.program.language)?;
        let limit = job.program.limit.mul_f64(self.slowness);
        let plan = plan(job.program, job.completion, &interpreter, &self.limits, limit, nonce);
        let mut steps = vec![COMPILE.mul_f64(self.slowness); plan.steps.len()];
        if let Some(last) = steps.last_mut() {
            *last = limit;
        }
        let scratch = if self.has(layer::FILES) {
            None
        } else {
            Some(Scratch::new().map_err(|error| error.to_string())?)
        };
        let spec = Spec {
            strict: self.strength == Strength::Strict,
            visible: interpreter.visible.clone(),
            scratch: scratch.as_ref().map(|scratch| scratch.path().to_owned()).unwrap_or_default(),
            files: plan.files,
            steps: plan.steps,
            processes: u64::from(self.limits.processes) + self.others(),
            ..spec(&self.limits)
        };
        let watch = Watch {
            steps,
            memory: self.limits.memory,
            output: self.limits.output,
            contained: self.has(layer::PROCESSES),
        };
        let (mut seen, told) = supervise::run(&self.init, &spec, &watch, stop);
        seen.runtime = Some(interpreter.runtime);
        seen.cpu_limit = spec.steps.last().map_or(0, |step| step.cpu_seconds);
        let lost: Vec<_> =
            told.into_iter().map(|(name, problem)| (name, problem.map_or(Ok(()), Err))).collect();
        if self.strength == Strength::Strict && lost.iter().any(|layer| layer.1.is_err()) {
            seen.problem.get_or_insert(format!("missing is {}", missing(&lost)));
        }
        Ok(seen)
    }

    fn has(&self, layer: &str) -> bool {
        self.layers.iter().any(|(name, outcome)| *name == layer && outcome.is_ok())
    }

    /// Nobody cannot search root's folders, unless a private file system shows them elsewhere.
    fn needs_public(&self) -> bool {
        nix::unistd::geteuid().is_root() && self.has(layer::USER) && !self.has(layer::FILES)
    }

    /// How many threads count as the program's though they are not.
    fn others(&self) -> u64 {
        if self.has(layer::USER) { 0 } else { tree::threads_of_user() }
    }

    fn interpreter(&self, language: Language) -> Result<Arc<Interpreter>, String> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = found.entry(language).or_insert_with(|| {
            interpreter::find(language, self.needs_public()).map(Arc::new).map_err(|error| error.to_string())
        });
        entry.clone()
    }
}

fn spec(limits: &Limits) -> Spec {
    Spec {
        supervisor: std::process::id(),
        disk: limits.disk,
        file: limits.file,
        processes: u64::from(limits.processes),
        open_files: u64::from(limits.open_files),
        ..Spec::default()
    }
}

/// The missing layers with their reasons, as a list in words.
fn missing(layers: &[(impl AsRef<str>, Result<(), String>)]) -> String {
    let words = layers.iter().filter_map(|(name, outcome)| {
        let problem = outcome.as_ref().err()?;
        Some(format!("`{}` ({problem})", name.as_ref()))
    });
    words.collect::<Vec<_>>().join(", ")
}
