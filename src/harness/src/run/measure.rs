//! The course of a run: idle, cell after cell, idle, summary; the folder is whole after every step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use harness_meter::{Rules, Sampler, now_ns};
use harness_task::{Item, Strength};

use super::calibrate;
use super::cell::{Bench, CellOutput, blank, pause};
use super::trouble::Trouble;
use crate::items::Items;
use crate::plan::{Plan, PlannedCell};
use crate::record::{Phase, Status, WindowConditions};
use crate::redact::private;
use crate::report::{write_report, write_summary};
use crate::score::{TaskInput, Trials, languages, runs_programs, task_inputs};
use crate::stop::{INTERRUPTED, MISSING};
use crate::store::{
    Circumstances, Manifest, Tables, Weights, create, files, write_json, write_readings, write_tables,
};
use crate::suite::Suite;
use crate::summary::{Summary, SummaryInput, summarise};
use crate::windows::{Limits, Stretch, records};
use crate::{engine, interrupt, machine, meters, progress};

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
}

/// What a run ended with.
pub struct Outcome {
    /// Where everything is.
    pub folder: PathBuf,
    /// What it says.
    pub summary: Summary,
    /// 0, 3 or 130.
    pub code: u8,
}

/// Runs a checked suite whose resources are there.
pub fn run(suite: &Suite, options: &Options) -> Result<Outcome> {
    let _lock = if options.exclusive { Some(machine::acquire()?) } else { None };
    interrupt::listen()?;
    let items = Items::load(suite)?;
    let tasks = task_inputs(suite, &items);
    let trials = trials(&tasks, &items, options.sandbox)?;
    let choice = meters::open(suite)?;
    let domains: Vec<_> = choice.meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
    let counted = meters::pick(suite, &choice.counted, &domains, &choice.deaths)?;
    let input = SummaryInput {
        meter_sentence: choice.sentence.clone(),
        energy_sentence: meters::energy_sentence(&domains, &counted),
        ..summary_input(suite, tasks)
    };
    progress::say(&input.energy_sentence);
    progress::say(&choice.sentence);
    let folder = create(&options.out, &suite.name)?;
    let mut sampler = Sampler::start_at_own_pace(choice.meters)?;
    let slowest = meters::slowest_update(&mut sampler, &counted);
    let plan = Plan::new(suite);
    let mut bench = Bench {
        suite,
        sampler: &sampler,
        counted,
        limits: Limits {
            rules: Rules::default(),
            steal: suite.run.max_steal,
            foreign_load: suite.run.max_foreign_load,
        },
        least_window: suite.run.min_window.max(slowest * UPDATES_PER_WINDOW),
        log: folder.join("engine.log"),
        idle: BTreeMap::new(),
        tasks: input.tasks.clone(),
        trials,
    };
    let mut run =
        Run { suite, items: &items, folder: &folder, tables: Tables::default(), shares: Vec::new() };
    run.choose_items(&bench);
    let about = Circumstances {
        domains: sampler.domains(),
        counted: &bench.counted,
        limits: bench.limits,
        meter_sentence: &choice.sentence,
        exclusive: options.exclusive,
        items_per_block: run.sentence(),
        summary_input: input.clone(),
        sandbox: bench.trials.as_ref().map(Trials::record),
    };
    let mut manifest = Manifest::new(suite, &plan, &items, &about)?;
    write_json(&folder.join("manifest.json"), &manifest)?;
    run.cells(&mut bench, &plan, &mut manifest)?;
    let domains = sampler.domains().to_vec();
    write_readings(&folder, &domains, &sampler.finish())?;
    write_tables(&folder, &run.tables)?;
    let summary = summarise(&input, &run.tables.cells, &run.tables.windows, &run.tables.items)?;
    write_summary(&folder, &summary)?;
    write_report(&folder, &summary)?;
    let unfinished = run.tables.cells.iter().any(|cell| cell.status != Status::Ok)
        || run.tables.items.iter().any(|item| item.unscored_reason.is_some());
    manifest.complete = !interrupt::requested() && run.tables.cells.len() == plan.cells.len();
    manifest.files = files(&folder, &run.tables)?;
    write_json(&folder.join("manifest.json"), &manifest)?;
    let code = match (interrupt::requested(), unfinished || !summary.failed.is_empty()) {
        (true, _) => INTERRUPTED,
        (false, true) => MISSING,
        (false, false) => 0,
    };
    Ok(Outcome { folder, summary, code })
}

/// The sandbox, where a task runs programs; a machine that lacks it is told before anything is measured.
fn trials(tasks: &[TaskInput], items: &Items, strength: Strength) -> Result<Option<Trials>> {
    let run = (0..tasks.len()).filter(|task| runs_programs(&tasks[*task])).collect::<Vec<_>>();
    if run.is_empty() {
        return Ok(None);
    }
    let trials = Trials::new(strength, &languages(run.iter().flat_map(|task| &items.of(*task, 0).items)))?;
    progress::say(&trials.sentence());
    Ok(Some(trials))
}

struct Run<'a> {
    suite: &'a Suite,
    items: &'a Items,
    folder: &'a Path,
    tables: Tables,
    shares: Vec<calibrate::Share>, // one a task
}

impl Run<'_> {
    fn choose_items(&mut self, bench: &Bench) {
        let names = self.suite.variants.iter().map(|variant| &variant.name);
        let baseline = names.clone().position(|name| *name == self.suite.baseline).unwrap_or(0);
        for task in 0..self.suite.tasks.len() {
            let items = &self.items.of(task, baseline).items;
            let share = calibrate::share(self.suite, task, items, bench.least_window, &bench.log)
                .unwrap_or_else(|failure| calibrate::whole(self.suite, items, &failure.reason));
            progress::say(&format!(
                "{}: {} items; {}",
                self.suite.tasks[task].name,
                items.len(),
                share.sentence
            ));
            self.shares.push(share);
        }
    }

    fn sentence(&self) -> String {
        self.shares.iter().map(|share| share.sentence.as_str()).collect::<Vec<_>>().join("; ")
    }

    fn cells(&mut self, bench: &mut Bench, plan: &Plan, manifest: &mut Manifest) -> Result<()> {
        self.idle(bench)?;
        let begun = Instant::now();
        let mut trouble = Trouble::default();
        for (index, planned) in plan.cells.iter().enumerate() {
            if interrupt::requested() {
                self.skip(&plan.cells[index..], Status::Skipped, "the run was interrupted");
                return Ok(());
            }
            let source = self.items.of(planned.task, planned.variant);
            let slice = &self.shares[planned.task].blocks[usize::from(planned.block)];
            // Another model's tokenizer may have left out some of them: ids, not places, name an item.
            let items: Vec<&Item> = source.items.iter().filter(|item| slice.contains(&item.id)).collect();
            let output = bench.run(planned, source, &items);
            let left = begun.elapsed().mul_f64((plan.cells.len() - index - 1) as f64 / (index + 1) as f64);
            progress::cell(index + 1, plan.cells.len(), &output.cell, &output.windows, left);
            if let Some(note) = trouble.note(&output.cell, &output.windows) {
                progress::say(&note);
            }
            self.keep(output, manifest)?;
        }
        self.idle(bench)
    }

    fn keep(&mut self, output: CellOutput, manifest: &mut Manifest) -> Result<()> {
        if let Some(engine) = output.engine {
            engine::note(&mut manifest.engines, engine, &output.cell.variant);
        }
        if let Some(sha256) = &output.cell.weights_sha256 {
            let variant = self.suite.variants.iter().find(|variant| variant.name == output.cell.variant);
            let model = variant.map(|variant| &variant.model);
            let path = model.map(|model| model.path.as_deref().unwrap_or(&model.kind)).unwrap_or_default();
            note_weights(&mut manifest.weights, &output.cell.variant, path, sha256);
        }
        self.tables.cells.push(output.cell);
        self.tables.windows.extend(output.windows);
        self.tables.items.extend(output.items);
        write_tables(self.folder, &self.tables).context("after a cell")?;
        write_json(&self.folder.join("manifest.json"), &manifest)
    }

    fn idle(&mut self, bench: &Bench) -> Result<()> {
        if self.suite.run.idle.is_zero() {
            return Ok(());
        }
        let start_ns = now_ns();
        if pause(self.suite.run.idle).is_ok() {
            let end_ns = now_ns();
            bench.sampler.read_now();
            let conditions = WindowConditions::default();
            let stretch = Stretch { cell: None, phase: Phase::IdleMachine, start_ns, end_ns, conditions };
            self.tables.windows.extend(records(bench.sampler, &bench.counted, &stretch, None, &bench.limits));
        }
        Ok(())
    }

    fn skip(&mut self, cells: &[PlannedCell], status: Status, reason: &str) {
        for planned in cells {
            let (task, variant) = (&self.suite.tasks[planned.task], &self.suite.variants[planned.variant]);
            let mut cell = blank(planned, task, variant, 0);
            (cell.status, cell.reason) = (status, Some(reason.to_owned()));
            (cell.t_start_ns, cell.t_end_ns) = (now_ns(), now_ns());
            self.tables.cells.push(cell);
        }
    }
}

fn note_weights(weights: &mut Vec<Weights>, variant: &str, path: &str, sha256: &str) {
    let path = private(Path::new(path));
    match weights.iter_mut().find(|known| known.path == path && known.sha256 == sha256) {
        Some(known) if known.variants.iter().any(|name| name == variant) => {}
        Some(known) => known.variants.push(variant.to_owned()),
        None => weights.push(Weights { variants: vec![variant.to_owned()], path, sha256: sha256.to_owned() }),
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
        grid_g_per_kwh: suite.account.as_ref().map(|account| account.grid_g_per_kwh),
    }
}
