//! The engine's own thread: takes one job after the other, generates, and says what each cost.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use harness_meter::{Settings, now_ns};
use harness_protocol::{Completion, Exit, FaultKind, Load, Loaded, Prepare, PromptItem, Reply, Request};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::book::Pen;
use super::energy::Energy;
use super::fault::Fault;
use super::model::Model;
use super::queue::{Queue, Waiting};
use super::reply::{Answer, Exits};
use super::spoken::Spoken;
use super::wish::Wish;
use crate::engine::{CellFailure, Engine};
use crate::record::Status;
use crate::suite::EngineSpec;

/// How often the thread looks whether it is to stop.
const GLANCE: Duration = Duration::from_millis(200);

/// How long the engine may take to start and say hello.
const HELLO: Duration = Duration::from_secs(60);

/// What a client hears of its answer.
#[derive(Debug)]
pub enum Word {
    /// A piece of text.
    Text(String),
    /// The answer is whole.
    Done(Box<Answer>),
    /// There is none.
    Failed(Fault),
}

/// A request on its way.
pub struct Job {
    /// Its number.
    pub id: u64,
    /// What is asked.
    pub wish: Wish,
    /// Who hears; has room for every word of the answer.
    pub words: Sender<Word>,
}

impl Waiting for Job {
    fn has_left(&self) -> bool {
        self.words.is_closed()
    }
}

/// Why the engine does not run; None: it does.
pub type Trouble = Arc<Mutex<Option<String>>>;

/// How an engine is started, and started again when it died.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The engine, with its device and threads.
    pub spec: EngineSpec,
    /// The model, made smaller how, leaving when.
    pub load: Load,
    /// How long loading or one token may take.
    pub patience: Duration,
    /// What the engine prints.
    pub log: PathBuf,
}

/// An engine that holds its model.
pub struct Seated {
    engine: Engine,
    /// What it loaded.
    pub loaded: Loaded,
    exit: Option<Exit>,
}

impl Seat {
    /// Starts the engine and loads the model; the time is on the account of loading.
    ///
    /// # Errors
    /// The engine does not start, or cannot load.
    pub fn sit(&self, pen: &Pen) -> Result<Seated, CellFailure> {
        pen.load(true);
        let seated = self.start(pen);
        pen.load(false);
        seated
    }

    fn start(&self, pen: &Pen) -> Result<Seated, CellFailure> {
        let mut engine = Engine::start(&self.spec, &self.log, HELLO, &Settings::default().proc_root)?;
        pen.attach(Some(engine.process()));
        engine.send(&Request::Load(self.load.clone()))?;
        match engine.receive(Instant::now() + self.patience, "load")? {
            Reply::Loaded(loaded) => Ok(Seated { engine, loaded, exit: self.load.exit.clone() }),
            _ => Err(CellFailure::failed("`load` was not answered with `loaded`")),
        }
    }
}

/// What the thread works with.
pub struct Desk {
    /// How the engine is started again.
    pub seat: Seat,
    /// The running engine; None: it is gone.
    pub seated: Option<Seated>,
    /// Where jobs wait.
    pub queue: Arc<Queue<Job>>,
    /// The account.
    pub pen: Pen,
    /// What answers.
    pub model: Arc<Model>,
    /// Told to others.
    pub trouble: Trouble,
    /// Set from outside when the service ends.
    pub stop: Arc<AtomicBool>,
}

/// What came of a job.
enum End {
    Whole(Box<Answer>),
    /// Nobody listens any more.
    Left,
}

impl Desk {
    /// Works until it is told to stop.
    pub fn work(mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            let Some(job) = self.queue.pop(GLANCE) else { continue };
            let word = match self.answer(&job) {
                Ok(End::Whole(answer)) => {
                    let mut totals = self.pen.totals();
                    totals.tokens_in += answer.tokens_in as u64;
                    totals.tokens_out += answer.tokens_out as u64;
                    Word::Done(answer)
                }
                Ok(End::Left) => continue,
                Err(failure) => Word::Failed(self.fault(failure)),
            };
            // Who asked may have left.
            let _ = job.words.try_send(word);
        }
        if let Some(mut seated) = self.seated.take() {
            // What it may still generate is for nobody.
            let _ = seated.engine.send(&Request::Cancel);
            let _ = seated.engine.shut_down();
        }
    }

    /// Answers a job; an engine that died while nobody asked is started again once.
    fn answer(&mut self, job: &Job) -> Result<End, CellFailure> {
        let mut prepared = self.prepare(job);
        if prepared.as_ref().is_err_and(is_dead) {
            self.seated = None;
            prepared = self.prepare(job);
        }
        prepared?;
        self.generate(job)
    }

    fn seated(&mut self) -> Result<&mut Seated, CellFailure> {
        if self.seated.is_none() {
            self.seated = Some(self.seat.sit(&self.pen)?);
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.seated.as_mut().ok_or_else(|| CellFailure::failed("the engine is gone"))
    }

    /// Hands the prompt over, and the policy where it is another than before.
    fn prepare(&mut self, job: &Job) -> Result<(), CellFailure> {
        let deadline = Instant::now() + self.seat.patience;
        let Seated { engine, exit, .. } = self.seated()?;
        let wish = &job.wish;
        if *exit != wish.exit {
            engine.send(&Request::SetExit { exit: wish.exit.clone() })?;
            let Reply::ExitSet = engine.receive(deadline, "set-exit")? else {
                return Err(CellFailure::failed("`set-exit` was not answered with `exit-set`"));
            };
            exit.clone_from(&wish.exit);
        }
        engine.send(&Request::Prepare(prepare(wish)))?;
        match engine.receive(deadline, "prepare")? {
            Reply::Prepared { .. } => Ok(()),
            _ => Err(CellFailure::failed("`prepare` was not answered with `prepared`")),
        }
    }

    fn generate(&mut self, job: &Job) -> Result<End, CellFailure> {
        let (model, pen, patience) = (Arc::clone(&self.model), self.pen.clone(), self.seat.patience);
        let Seated { engine, loaded, .. } = self.seated()?;
        let layers = loaded.layers;
        engine.send(&Request::Window { min_ns: 0, max_ns: 0 })?;
        let mut talk = Talk { engine, pen: &pen, job, patience, ns: None, generated: 0, left: false };
        let spoken = Spoken::behind(&job.wish.ids, &model.tokenizer, &model.eos, &job.wish.stop);
        let heard = talk.listen(spoken);
        // However it ended, the account of this answer is closed.
        let energy = talk.ns.map(|(_, end_ns)| pen.end(job.id, end_ns.unwrap_or_else(now_ns)));
        let (left, generated) = (talk.left, talk.generated);
        heard?;
        if left {
            let mut totals = pen.totals();
            totals.tokens_in += job.wish.ids.len() as u64;
            totals.tokens_out += generated as u64;
            return Ok(End::Left);
        }
        let completion = collect(engine, Instant::now() + patience)?;
        let energy = energy.and_then(|energy| energy.blocking_recv().ok());
        Ok(End::Whole(Box::new(Answer {
            tokens_in: job.wish.ids.len(),
            tokens_out: completion.ids.len(),
            finish: completion.finish,
            exits: Exits::of(completion.exit_layers.as_deref().unwrap_or_default(), layers),
            energy: energy.unwrap_or_else(|| Energy::none("the meters were closed")),
        })))
    }

    /// What a failure is for the client; an engine that is gone is noted.
    fn fault(&mut self, failure: CellFailure) -> Fault {
        if failure.status == Status::Skipped {
            return Fault::failed(StatusCode::SERVICE_UNAVAILABLE, "the service is being stopped");
        }
        match failure.fault {
            Some(FaultKind::BadRequest | FaultKind::Unsupported) => {
                Fault::new(StatusCode::BAD_REQUEST, "invalid_value", failure.reason)
            }
            Some(_) => Fault::failed(StatusCode::INTERNAL_SERVER_ERROR, failure.reason),
            None => {
                self.seated = None;
                self.trouble.lock().unwrap_or_else(PoisonError::into_inner).replace(failure.reason.clone());
                let message = format!("{}; it is started again with the next request", failure.reason);
                Fault::failed(StatusCode::SERVICE_UNAVAILABLE, message)
            }
        }
    }
}

/// One window of the engine, heard token by token.
struct Talk<'a> {
    engine: &'a mut Engine,
    pen: &'a Pen,
    job: &'a Job,
    patience: Duration,
    /// First moment and, when it is over, the last one.
    ns: Option<(i64, Option<i64>)>,
    generated: usize,
    /// The client left.
    left: bool,
}

impl Talk<'_> {
    fn listen(&mut self, mut spoken: Spoken) -> Result<(), CellFailure> {
        loop {
            match self.engine.receive(Instant::now() + self.patience, "window")? {
                Reply::WindowStart { t_ns } => {
                    self.ns = Some((t_ns, None));
                    self.pen.begin(self.job.id, t_ns);
                }
                Reply::Token { token, .. } => {
                    self.generated += 1;
                    self.say(spoken.token(token))?;
                }
                Reply::Item { .. } => self.say(spoken.end())?,
                Reply::WindowEnd { t_ns, .. } => {
                    self.ns = self.ns.map(|(start_ns, _)| (start_ns, Some(t_ns)));
                    return Ok(());
                }
                _ => {
                    return Err(CellFailure::failed("something other than tokens came inside the window"));
                }
            }
        }
    }

    /// Hands text on; where nobody listens the engine is asked to end.
    fn say(&mut self, text: String) -> Result<(), CellFailure> {
        let gone = match text.as_str() {
            "" => self.job.words.is_closed(),
            _ => matches!(self.job.words.try_send(Word::Text(text)), Err(TrySendError::Closed(_))),
        };
        if gone && !self.left {
            self.left = true;
            self.engine.send(&Request::Cancel)?;
        }
        Ok(())
    }
}

fn prepare(wish: &Wish) -> Prepare {
    Prepare {
        items: vec![PromptItem {
            id: 0,
            prompt: wish.prompt.clone(),
            prompt_ids: Some(wish.ids.clone()),
            forced_ids: None,
            seed: Some(wish.seed),
        }],
        new_tokens: wish.tokens,
        min_new_tokens: None,
        stop: wish.stop.clone(),
        decode: wish.decode,
        batch_size: 1,
        logprobs: false,
        top_logprobs: 0,
        // Even where nobody streams: so it is seen that a client left.
        stream: true,
    }
}

fn collect(engine: &mut Engine, deadline: Instant) -> Result<Completion, CellFailure> {
    engine.send(&Request::Collect)?;
    let mut found = None;
    loop {
        match engine.receive(deadline, "collect")? {
            Reply::Completion(completion) => found = Some(completion),
            Reply::Collected { .. } => {
                return found.ok_or_else(|| CellFailure::failed("`collect` gave no completion"));
            }
            _ => return Err(CellFailure::failed("something other than completions came after `collect`")),
        }
    }
}

/// The engine is gone, and nobody stopped it.
fn is_dead(failure: &CellFailure) -> bool {
    failure.fault.is_none() && failure.status != Status::Skipped
}
