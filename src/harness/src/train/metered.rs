//! The energy of a training, in a run folder of its own: phase `train`, stretch after stretch, over all calls.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use harness_meter::choose::AUTO;
use harness_meter::{Choice, Domain, Rules, Sampler, now_ns};
use harness_protocol::TrainSpec;
use serde::{Deserialize, Serialize};

use super::energy::Energy;
use super::file::TrainFile;
use super::page::manifest;
use crate::engine::{self, Engine};
use crate::meters;
use crate::progress::say;
use crate::record::{Phase, WindowConditions, WindowRecord};
use crate::run::{readings, session};
use crate::store::{Manifest, Part, RunFolder, write_json};
use crate::windows::{Limits, Stretch, records};

/// A stretch is at most so long: what a kill takes away, and how long readings are held in memory.
const STRETCH: Duration = Duration::from_secs(60);

/// The file that names the run folder to go on with.
pub(super) const NOTE: &str = "run.json";

/// Run folders, in the work folder.
const RUNS: &str = "runs";

#[derive(Serialize, Deserialize)]
struct Note {
    folder: String,
    /// What the training took in all its calls, s; None: it goes on.
    taken_s: Option<f64>,
}

/// A training's energy on its way.
pub(super) enum Metered {
    /// Meters are read.
    On(Box<Meters>),
    /// There are none; why.
    Off(String),
    /// Everything was measured by earlier calls.
    Done(Energy),
}

/// Meters, and the folder that takes what they say.
pub(super) struct Meters {
    sampler: Sampler,
    counted: Vec<u16>,
    limits: Limits,
    folder: RunFolder,
    manifest: Manifest,
    /// The file that names the folder.
    note: PathBuf,
    session: u16,
    step: u32,
    /// First edge of the stretch that is going on, ns; None: none is.
    start_ns: Option<i64>,
    begun: Instant,
}

impl Metered {
    /// Opens the meters that the file asks for, and goes on with the run folder of earlier calls.
    ///
    /// # Errors
    /// A meter that is named cannot be had; the folder cannot be made.
    pub(super) fn open(file: &TrainFile, spec: &TrainSpec, model: &Path) -> Result<Self> {
        let note = model.join(NOTE);
        let noted = earlier(&file.work().join(RUNS), &note);
        if let Some((folder, _, Some(taken))) = &noted {
            return Ok(Self::Done(Energy::of(folder)?.covering(*taken)));
        }
        if file.meters.is_empty() {
            return Ok(Self::Off("`meters` is empty in the training file".to_owned()));
        }
        let choice = match meters::open_named(&file.meters, file.meter.clone()) {
            Ok(choice) => choice,
            Err(error) if file.meters.iter().all(|name| name == AUTO) => {
                let why = error.to_string().lines().next().unwrap_or_default().to_owned();
                say(&format!("the training is not metered: {why}"));
                return Ok(Self::Off(why));
            }
            Err(error) => return Err(error),
        };
        Ok(Self::On(Box::new(Meters::start_reading(file, spec, choice, note, noted)?)))
    }

    /// The engine is there and is about to train.
    pub(super) fn begin(&mut self, engine: &Engine) {
        if let Self::On(meters) = self {
            engine::note(&mut meters.manifest.engines, engine.identity(), "train");
            meters.sampler.attach(Some(engine.process()));
            meters.sampler.read_now();
            meters.start();
        }
    }

    /// Ends a stretch that is long enough, and begins the next one where it ended.
    pub(super) fn look(&mut self) -> Result<()> {
        match self {
            Self::On(meters) if meters.begun.elapsed() >= STRETCH => {
                let end_ns = now_ns();
                meters.stretch(end_ns)?;
                meters.start_ns = Some(end_ns);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The engine has done its work, or failed.
    pub(super) fn pause(&mut self) -> Result<()> {
        if let Self::On(meters) = self {
            meters.stretch(now_ns())?;
            meters.sampler.attach(None);
            meters.manifest.write(meters.folder.path())?;
        }
        Ok(())
    }

    /// Joins the folder's tables; the energy of all calls, which have taken so many seconds.
    pub(super) fn finish(self, taken: f64) -> Result<Energy> {
        match self {
            Self::On(meters) => {
                let Meters { folder, mut manifest, note, .. } = *meters;
                manifest.complete = true;
                let finished = folder.finish(manifest, &[])?;
                write_json(&note, &Note { folder: name(&finished.folder), taken_s: Some(taken) })?;
                let (folder, _) = RunFolder::open(&finished.folder)?;
                Ok(Energy::of(&folder)?.covering(taken))
            }
            Self::Off(why) => Ok(Energy::none(why)),
            Self::Done(energy) => Ok(energy),
        }
    }
}

impl Meters {
    /// Reads the chosen meters from now on, into the run folder of earlier calls where they were read there too.
    fn start_reading(
        file: &TrainFile,
        spec: &TrainSpec,
        choice: Choice,
        note: PathBuf,
        noted: Option<Noted>,
    ) -> Result<Self> {
        let Choice { meters: opened, counted, sentence, .. } = choice;
        let mut sampler = Sampler::start_at_own_pace(opened)?;
        meters::sum(sampler.domains(), &counted, "the named meters' domains cannot be added up")?;
        let energy_sentence = meters::energy_sentence(sampler.domains(), &counted);
        say(&energy_sentence);
        meters::slowest_update(&mut sampler, &counted);
        // The rules for windows that are compared: a training is not, and others' load is no reason to lose its joules.
        let limits = Limits { rules: Rules::default(), steal: 1.0, foreign_load: 1.0 };
        let same = noted.filter(|(_, manifest, _)| same_meters(&manifest.domain_details, sampler.domains()));
        let (folder, manifest) = match same {
            Some((mut folder, mut manifest, _)) => {
                folder.take()?;
                folder.reopen();
                manifest.sessions.push(session());
                (folder, manifest)
            }
            None => {
                let folder =
                    RunFolder::create(&file.work().join(RUNS), &format!("train-{}", plain(&file.name)))?;
                write_json(&note, &Note { folder: name(folder.path()), taken_s: None })?;
                let sentences = (sentence.as_str(), energy_sentence.as_str());
                (folder, manifest(file, spec, sampler.domains(), &counted, limits, sentences)?)
            }
        };
        manifest.write(folder.path())?;
        let session = (manifest.sessions.len() - 1) as u16;
        let step = folder.steps()?.last().map_or(0, |last| last + 1);
        let begun = Instant::now();
        Ok(Self { sampler, counted, limits, folder, manifest, note, session, step, start_ns: None, begun })
    }

    fn start(&mut self) {
        self.start_ns = Some(now_ns());
        self.begun = Instant::now();
        self.sampler.mark();
    }

    /// Writes the stretch that ends at `end_ns`.
    fn stretch(&mut self, end_ns: i64) -> Result<()> {
        let Some(start_ns) = self.start_ns.take() else { return Ok(()) };
        self.sampler.read_now();
        let stretch = Stretch {
            cell: None,
            session: self.session,
            phase: Phase::Train,
            start_ns,
            end_ns,
            conditions: WindowConditions::default(),
        };
        let windows: Vec<WindowRecord> = records(&self.sampler, &self.counted, &stretch, None, &self.limits);
        let samples = readings(self.sampler.domains(), self.session, &self.sampler.hand_out());
        self.folder.write(self.step, &Part { windows, samples, ..Part::default() })?;
        self.step += 1;
        self.begun = Instant::now();
        Ok(())
    }
}

/// The run folder of earlier calls with its manifest; and what the training took, if it is over.
type Noted = (RunFolder, Manifest, Option<f64>);

/// The run folder of earlier calls; anything doubtful is left alone, and another one is begun.
fn earlier(runs: &Path, note: &Path) -> Option<Noted> {
    let note: Note = serde_json::from_slice(&fs::read(note).ok()?).ok()?;
    let (folder, manifest) = RunFolder::open(&runs.join(note.folder)).ok()?;
    (manifest.complete == note.taken_s.is_some()).then_some((folder, manifest, note.taken_s))
}

/// Whether joules of the one can be added to those of the other.
fn same_meters(then: &[Domain], now: &[Domain]) -> bool {
    let key = |domain: &Domain| (domain.name.clone(), domain.meter.clone(), domain.class);
    then.iter().map(key).eq(now.iter().map(key))
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A name as run folders have them.
fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect()
}
