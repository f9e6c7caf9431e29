//! A run from its suite to a run folder that is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use harness_meter::{Rules, Sampler};
use harness_stats::Looks;
use harness_task::Strength;
use harness_text::printable::Shown;

use super::calibrate::{self, Share};
use super::cell::Bench;
use super::course::Course;
use super::curves::learning_curves;
use super::describe::{Circumstances, describe};
use super::fitness::{Fitness, qualification};
use super::settings::settings;
use super::settled::Settled;
use super::until::{Budget, Watch};
use crate::items::Items;
use crate::plan::Plan;
use crate::score::{TaskInput, Trials, languages, runs_programs, task_inputs};
use crate::stop::{INTERRUPTED, Stop};
use crate::store::{Finished, Manifest, RunFolder};
use crate::suite::Suite;
use crate::summary::SummaryInput;
use crate::windows::{IdlePower, Limits};
use crate::{interrupt, machine, meters, progress};

/// Updates of the slowest meter that a window should hold: its edges then weigh less than two percent.
const UPDATES_PER_WINDOW: u32 = 55;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// Receives the run folder.
    pub out: PathBuf,
    /// Take the machine's lock.
    pub exclusive: bool,
    /// What the sandbox for generated programs must have.
    pub sandbox: Strength,
    /// Blocks go on until the suite's gates are answered or this is spent; None: as many as the suite says.
    pub until: Option<Budget>,
}

/// Runs a checked suite whose resources are there.
///
/// # Errors
/// A meter, a sandbox or data are missing; the folder cannot be written.
pub fn run(suite: &Suite, options: &Options) -> Result<Finished> {
    let _lock = if options.exclusive { Some(machine::acquire()?) } else { None };
    interrupt::listen()?;
    let laid = Laid::out(suite, options.sandbox)?;
    let choice = meters::open(suite)?;
    let domains: Vec<_> = choice.meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
    let counted = meters::pick(suite, &choice.counted, &domains, &choice.deaths)?;
    let until = options.until.map(|budget| budget.until(suite));
    let input = SummaryInput {
        looks: if until.is_some() { Looks::Always } else { Looks::Once },
        meter_sentence: choice.sentence.clone(),
        energy_sentence: meters::energy_sentence(&domains, &counted),
        ..summary_input(suite, laid.tasks.clone())
    };
    progress::say(&input.energy_sentence);
    progress::say(&choice.sentence);
    not_interrupted()?;
    let folder = RunFolder::create(&options.out, &suite.name)?;
    let mut sampler = Sampler::start_at_own_pace(choice.meters)?;
    let slowest = meters::slowest_update(&mut sampler, &counted);
    let least_window = suite.run.min_window.max(slowest * UPDATES_PER_WINDOW);
    let limits = Limits {
        rules: Rules::default(),
        steal: suite.run.max_steal,
        foreign_load: suite.run.max_foreign_load,
    };
    let shares = laid.choose_items(least_window, &engine_log(&folder));
    // Items that were chosen without the time of a pass would be another run's.
    not_interrupted()?;
    let plan = Plan::of(suite, until.as_ref().map_or(suite.run.blocks, |until| until.blocks));
    let about = Circumstances {
        folder: folder.path(),
        domains: sampler.domains(),
        counted: &counted,
        limits,
        meter_sentence: &choice.sentence,
        exclusive: options.exclusive,
        shares: &shares,
        least_window,
        summary_input: input,
        until,
        sandbox: laid.trials.as_ref().map(Trials::record),
    };
    let manifest = describe(suite, &plan, &laid.items, about)?;
    let begun = Begun {
        folder,
        manifest,
        counted,
        limits,
        least_window,
        shares: shares.into_iter().map(|share| share.blocks).collect(),
        session: 0,
        idle: BTreeMap::new(),
        done: BTreeSet::new(),
    };
    begun.go_on(laid, &plan, &sampler)
}

/// Ends a run of which nothing is measured yet.
fn not_interrupted() -> Result<(), Stop> {
    if interrupt::requested() { Err(Stop::interrupted()) } else { Ok(()) }
}

/// The engines' standard error.
fn engine_log(folder: &RunFolder) -> PathBuf {
    folder.path().join("engine.log")
}

/// A suite with its items, and the sandbox for programs that they ask for.
pub(super) struct Laid<'a> {
    suite: &'a Suite,
    pub(super) items: Items,
    tasks: Vec<TaskInput>,
    trials: Option<Trials>,
}

impl<'a> Laid<'a> {
    /// Reads all items. A machine that lacks what the sandbox needs is told before anything is measured.
    pub(super) fn out(suite: &'a Suite, strength: Strength) -> Result<Self> {
        let items = Items::load(suite)?;
        let tasks = task_inputs(suite, &items);
        let run = (0..tasks.len()).filter(|task| runs_programs(&tasks[*task])).collect::<Vec<_>>();
        if run.is_empty() {
            return Ok(Self { suite, items, tasks, trials: None });
        }
        let programs = languages(run.iter().flat_map(|task| &items.of(*task, 0).items));
        let trials = Trials::new(strength, &programs)?;
        progress::say(&trials.sentence());
        Ok(Self { suite, items, tasks, trials: Some(trials) })
    }

    /// Which items each block runs, task by task.
    fn choose_items(&self, least_window: Duration, log: &Path) -> Vec<Share> {
        let baseline = self.baseline();
        let choose = |task: usize| {
            let items = &self.items.of(task, baseline).items;
            let share = calibrate::share(self.suite, task, items, least_window, log)
                .unwrap_or_else(|failure| calibrate::whole(self.suite, items, &failure.reason));
            let name = &self.suite.tasks[task].name;
            progress::say(&format!("{name}: {} items; {}", items.len(), share.sentence));
            share
        };
        (0..self.suite.tasks.len()).map(choose).collect()
    }

    /// The variant whose items are shared out.
    pub(super) fn baseline(&self) -> usize {
        self.suite.variants.iter().position(|variant| variant.name == self.suite.baseline).unwrap_or(0)
    }
}

/// A run whose folder and manifest are there: everything that was decided before its first cell.
pub(super) struct Begun {
    pub(super) folder: RunFolder,
    pub(super) manifest: Manifest,
    pub(super) counted: Vec<u16>,
    pub(super) limits: Limits,
    pub(super) least_window: Duration,
    pub(super) shares: Vec<Vec<Vec<u32>>>,
    pub(super) session: u16,
    pub(super) idle: BTreeMap<(usize, usize), IdlePower>,
    pub(super) done: BTreeSet<u32>,
}

impl Begun {
    /// Runs the cells that are left and finishes the folder.
    pub(super) fn go_on(mut self, laid: Laid<'_>, plan: &Plan, sampler: &Sampler) -> Result<Finished> {
        self.folder.note(&self.manifest)?;
        progress::tell(|| begun(laid.suite, plan, self.folder.path()));
        let mut bench = Bench {
            suite: laid.suite,
            sampler,
            counted: self.counted,
            limits: self.limits,
            least_window: self.least_window,
            session: self.session,
            log: engine_log(&self.folder),
            idle: self.idle,
            tasks: laid.tasks,
            trials: laid.trials,
        };
        let fitness = Fitness::new(laid.suite, self.manifest.qualification.as_ref());
        let mut course = Course {
            suite: laid.suite,
            items: &laid.items,
            folder: &self.folder,
            manifest: &mut self.manifest,
            shares: self.shares,
            done: self.done,
            watch: Watch::default(),
            fitness,
            settled: Settled::default(),
        };
        let skipped = course.go(&mut bench, plan)?;
        let fitness = course.fitness;
        let interrupted = !skipped.is_empty();
        self.manifest.complete = !interrupted;
        let goes_on = self.manifest.until.is_some();
        self.manifest.qualification = Some(qualification(&self.folder, &self.manifest, &bench, &fitness)?);
        let path = self.folder.path().to_owned();
        let finished = self.folder.finish(self.manifest, &skipped)?;
        if interrupted {
            let (count, of) = (skipped.len(), plan.cells.len());
            let path = path.shown();
            progress::say(&match goes_on {
                true => format!("the gates are not answered yet: go on with `harness run --resume {path}`"),
                false => format!("{count} of {of} cells are left: go on with `harness run --resume {path}`"),
            });
            return Ok(Finished { code: INTERRUPTED, ..finished });
        }
        Ok(finished)
    }
}

fn begun(suite: &Suite, plan: &Plan, folder: &Path) -> progress::Event {
    progress::Event::Begun {
        suite: suite.name.clone(),
        folder: folder.display().to_string(),
        cells: plan.cells.len(),
        blocks: plan.cells.last().map_or(0, |cell| cell.block + 1),
        variants: suite.variants.iter().map(|variant| variant.name.clone()).collect(),
        tasks: suite.tasks.iter().map(|task| task.name.clone()).collect(),
    }
}

fn summary_input(suite: &Suite, tasks: Vec<TaskInput>) -> SummaryInput {
    SummaryInput {
        suite: suite.name.clone(),
        seed: suite.seed,
        meter_sentence: String::new(),
        energy_sentence: String::new(),
        baseline: suite.baseline.clone(),
        variants: suite.variants.iter().map(|variant| variant.name.clone()).collect(),
        tasks,
        metric: suite.analysis.metric.clone(),
        alpha: suite.analysis.alpha,
        practical: suite.analysis.practical,
        looks: Looks::Once,
        grid_g_per_kwh: suite.account.as_ref().map(|account| account.grid_g_per_kwh),
        settings: settings(suite),
        learning_curves: learning_curves(suite),
    }
}
