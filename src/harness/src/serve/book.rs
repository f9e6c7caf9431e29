//! The thread that reads the meters at each beginning and end, and keeps the ledger.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use harness_meter::{Domain, Place, SampleKind, Sampler, Settings, formula, now_ns};
use tokio::sync::oneshot;

use super::energy::Energy;
use super::ledger::Ledger;
use super::measured::{Kind, Measured};
use super::totals::Totals;
use crate::meters::open_loose;
use crate::windows::uncompared;

/// Counters are read this often: an answer of 50 ms then has the five updates that a window needs.
const PERIOD: Duration = Duration::from_millis(10);

/// Longest piece: readings are kept for a minute.
const LONGEST_PIECE: Duration = Duration::from_secs(5);

/// How long meters may take until they have told enough for a window.
const MOST_AHEAD: Duration = Duration::from_secs(3);

/// How often they are asked meanwhile.
const GLANCE: Duration = Duration::from_millis(50);

/// The meters of a session, or why there are none.
pub enum Meters {
    /// What is read, and the indices of the domains that count.
    Reading {
        /// Reads them.
        sampler: Sampler,
        /// Whose joules add up.
        counted: Vec<u16>,
    },
    /// Why nothing is read.
    Silent(String),
}

impl Meters {
    /// Opens meters by name; none at all: nothing is read. `device`: what computes. `machine`: where its files are. `foreign`: the answers come from a
    /// process that nobody named.
    ///
    /// # Errors
    /// A device or a meter that was named is not here.
    pub fn open(names: &[String], device: &str, machine: Settings, foreign: bool) -> Result<Self> {
        let (meters, counted) = match open_loose(names, device, machine)? {
            Ok(opened) => opened,
            Err(why) => return Ok(Self::Silent(why)),
        };
        let domains = || meters.iter().flat_map(|meter| meter.domains().to_vec());
        let counts = |(index, domain): (u16, Domain)| counted.contains(&index).then_some(domain);
        let place = (0..).zip(domains()).find_map(counts).map(|domain| domain.place);
        if foreign && place == Some(Place::Process) {
            return Ok(Self::Silent(
                "the meter here counts one process's time, and the proxied server's process is not known: name it with `--process`"
                    .to_owned(),
            ));
        }
        // Drivers return rubbish for power that is asked for too often.
        let power = domains().any(|domain| domain.kind == SampleKind::Power);
        let sampler =
            if power { Sampler::start_at_own_pace(meters) } else { Sampler::start(meters, PERIOD) }?;
        Ok(Self::Reading { sampler, counted })
    }

    /// What is read.
    pub fn kind(&self) -> Option<Kind> {
        let Self::Reading { sampler, counted } = self else { return None };
        let domains = sampler.domains();
        let counted: Vec<&Domain> =
            counted.iter().filter_map(|index| domains.get(usize::from(*index))).collect();
        Some(Kind { class: counted.first()?.class.as_str().to_owned(), domains: formula(&counted) })
    }

    /// Why nothing is read.
    pub fn silence(&self) -> Option<&str> {
        match self {
            Self::Reading { .. } => None,
            Self::Silent(why) => Some(why),
        }
    }

    /// Takes readings that tell where the edges of the moments before the call lie.
    fn look(&self) {
        if let Self::Reading { sampler, .. } = self {
            sampler.read_now();
        }
    }

    /// Waits until a window could be told, so that even the session's first moments can be held against what was before.
    fn run_ahead(&self, since_ns: i64) {
        let until = Instant::now() + MOST_AHEAD;
        while self.silence().is_none() && Instant::now() < until {
            thread::sleep(GLANCE);
            let end_ns = now_ns();
            self.look();
            if self.measure(since_ns, end_ns).joules.is_some() {
                return;
            }
        }
    }

    fn attach(&self, process: Option<u32>) {
        if let Self::Reading { sampler, .. } = self {
            sampler.attach(process);
        }
    }

    /// Forgets readings that no window needs any more.
    fn forget(&self) {
        if let Self::Reading { sampler, .. } = self {
            drop(sampler.hand_out());
        }
    }

    fn measure(&self, start_ns: i64, end_ns: i64) -> Measured {
        let (sampler, counted) = match self {
            Self::Reading { sampler, counted } => (sampler, counted),
            Self::Silent(why) => return Measured { why: Some(why.clone()), ..Measured::default() },
        };
        let total = match uncompared(sampler, counted, start_ns, end_ns) {
            Ok(total) => total,
            Err(why) => return Measured { why: Some(why), ..Measured::default() },
        };
        Measured {
            joules: total.energy_j,
            u_j: total.u_indep_j.unwrap_or(0.0),
            u_scale: total.u_scale_rel.unwrap_or(0.0).hypot(total.u_model_rel.unwrap_or(0.0)),
            why: total.reason(),
        }
    }
}

/// What the book is told.
enum Note {
    Begin { id: u64, at_ns: i64 },
    End { id: u64, at_ns: i64, told: oneshot::Sender<Energy> },
    Load { loading: bool, at_ns: i64 },
    Attach { process: Option<u32> },
    Close,
}

/// Tells the book what happens; cheap to clone.
#[derive(Clone)]
pub struct Pen {
    notes: Sender<Note>,
    totals: Arc<Mutex<Totals>>,
}

impl Pen {
    /// An answer begins at this moment, ns.
    pub fn begin(&self, id: u64, at_ns: i64) {
        self.tell(Note::Begin { id, at_ns });
    }

    /// An answer ends at this moment, ns; its energy comes when the meters have been read.
    pub fn end(&self, id: u64, at_ns: i64) -> oneshot::Receiver<Energy> {
        let (told, energy) = oneshot::channel();
        self.tell(Note::End { id, at_ns, told });
        energy
    }

    /// The engine begins or ends loading.
    pub fn load(&self, loading: bool) {
        self.tell(Note::Load { loading, at_ns: now_ns() });
    }

    /// Meters that count one process's time count this one's from now on.
    pub fn attach(&self, process: Option<u32>) {
        self.tell(Note::Attach { process });
    }

    /// The sums so far, to read or to add to.
    pub fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The book lives as long as the session; where it is gone nobody asks any more.
    fn tell(&self, note: Note) {
        let _ = self.notes.send(note);
    }
}

/// The running thread.
pub struct Book {
    pen: Pen,
    thread: JoinHandle<()>,
}

impl Book {
    /// Opens the account of a session.
    pub fn open(meters: Meters) -> Self {
        let (notes, heard) = channel();
        let known_ns = now_ns();
        meters.run_ahead(known_ns);
        let ledger = Ledger::new(known_ns, now_ns(), meters.kind());
        let totals = Arc::new(Mutex::new(ledger.totals.clone()));
        let pen = Pen { notes, totals };
        let keeper = Keeper { meters, ledger, pen: Arc::clone(&pen.totals) };
        let thread = thread::spawn(move || keeper.keep(&heard));
        Self { pen, thread }
    }

    /// What tells it.
    pub fn pen(&self) -> Pen {
        self.pen.clone()
    }

    /// Cuts a last time; the session's sums.
    pub fn close(self) -> Totals {
        self.pen.tell(Note::Close);
        let _ = self.thread.join();
        self.pen.totals().clone()
    }
}

struct Keeper {
    meters: Meters,
    ledger: Ledger,
    pen: Arc<Mutex<Totals>>,
}

impl Keeper {
    fn keep(mut self, heard: &Receiver<Note>) {
        loop {
            let first = match heard.recv_timeout(LONGEST_PIECE) {
                Ok(note) => Some(note),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // One look serves all moments that are over.
            let notes: Vec<Note> = first.into_iter().chain(heard.try_iter()).collect();
            let quiet = notes.is_empty();
            let until_ns = now_ns();
            self.meters.look();
            let mut closed = false;
            for note in notes {
                closed |= self.write(note);
            }
            if quiet || closed {
                self.at(until_ns);
            }
            self.publish();
            self.meters.forget();
            if closed {
                return;
            }
        }
    }

    /// Whether it was the last one.
    fn write(&mut self, note: Note) -> bool {
        let Self { meters, ledger, .. } = self;
        let measure = |start_ns, end_ns| meters.measure(start_ns, end_ns);
        match note {
            Note::Begin { id, at_ns } => ledger.begin(id, at_ns, &measure),
            Note::End { id, at_ns, told } => {
                // Who asked may have left.
                let _ = told.send(ledger.end(id, at_ns, &measure));
            }
            Note::Load { loading, at_ns } => ledger.load(loading, at_ns, &measure),
            Note::Attach { process } => meters.attach(process),
            Note::Close => return true,
        }
        false
    }

    fn at(&mut self, at_ns: i64) {
        let Self { meters, ledger, .. } = self;
        ledger.cut(at_ns, &|start_ns, end_ns| meters.measure(start_ns, end_ns));
    }

    /// What others count themselves stays as it is.
    fn publish(&mut self) {
        let Self { meters, ledger, .. } = self;
        ledger.follow(&|start_ns, end_ns| meters.measure(start_ns, end_ns));
        let mut totals = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
        totals.phases.clone_from(&self.ledger.totals.phases);
        (totals.meter, totals.told) = (self.ledger.totals.meter, self.ledger.totals.told);
    }
}
