//! One cell from a fresh engine to its rows; whatever goes wrong becomes a row too.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use harness_meter::{Sampler, Seconds, now_ns};
use harness_protocol::Loaded;
use harness_task::Item;
use harness_text::Tokenizer;

use super::join::{Answers, item_records, tell_cell};
use super::settings::{cache, head};
use crate::engine::{
    Asked, CellFailure, Engine, EngineIdentity, Prepared, Scope, Window, collect, load, prepare, warm_up,
    window,
};
use crate::items::TaskItems;
use crate::machine::{MachineLoad, Surroundings};
use crate::plan::PlannedCell;
use crate::record::{CellRecord, ItemRecord, Phase, Status, TOTAL, WindowConditions, WindowRecord};
use crate::score::{TaskInput, Trials, runs_programs, score_rows};
use crate::suite::{Suite, TaskSpec, Variant};
use crate::windows::{IdlePower, Limits, Stretch, power, records};
use crate::{interrupt, progress};

/// A window that others disturb is measured again, so often in all. Which windows are is decided by the others' load
/// alone, not by energy.
pub(super) const WINDOWS: u32 = 3;

/// What every cell of a run works with.
pub struct Bench<'a> {
    /// What to measure.
    pub suite: &'a Suite,
    /// Reads the meters all the time.
    pub sampler: &'a Sampler,
    /// The sampler's domains that make up the total, by index.
    pub counted: Vec<u16>,
    /// When a window counts.
    pub limits: Limits,
    /// The window is at least so long: `min-window`, or enough updates of the slowest meter.
    pub least_window: Duration,
    /// Number of this call of the program among those that worked on the run.
    pub session: u16,
    /// Where engines' standard error goes.
    pub log: PathBuf,
    /// Loaded idle power by (task, variant), measured in its first cell: what net energy takes off.
    pub idle: BTreeMap<(usize, usize), IdlePower>,
    /// How each task's rows are scored.
    pub tasks: Vec<TaskInput>,
    /// Where completions are run; None: no task asks for it.
    pub trials: Option<Trials>,
}

/// What a cell left behind.
pub struct CellOutput {
    /// Its row.
    pub cell: CellRecord,
    /// Its phases' rows.
    pub windows: Vec<WindowRecord>,
    /// Its items' rows.
    pub items: Vec<ItemRecord>,
    /// Which engine ran it; None: none answered.
    pub engine: Option<EngineIdentity>,
    /// Where it failed: cells that would fail the same way.
    pub scope: Scope,
}

impl CellOutput {
    /// A row, and nothing else.
    pub fn of(cell: CellRecord) -> Self {
        Self { cell, windows: Vec::new(), items: Vec::new(), engine: None, scope: Scope::Cell }
    }
}

impl Bench<'_> {
    /// Runs one cell. Only the window's two edges and the engine's own work lie between them.
    pub fn run(&mut self, planned: &PlannedCell, source: &TaskItems, items: &[&Item]) -> CellOutput {
        let suite = self.suite;
        let (task, variant) = (&suite.tasks[planned.task], &suite.variants[planned.variant]);
        let mut output = CellOutput::of(CellRecord {
            status: Status::Ok,
            ..blank(planned, task, variant, items.len() as u32, self.session)
        });
        output.cell.t_start_ns = now_ns();
        let outcome = self.measure(planned, source, items, &mut output);
        self.sampler.attach(None);
        if let Err(failure) = outcome {
            output.cell.status = failure.status;
            output.cell.reason = Some(failure.reason);
            output.scope = failure.scope;
            output.items.clear();
        }
        output.cell.t_end_ns = now_ns();
        self.judge(planned, items, &mut output.items);
        output
    }

    /// Runs and scores completions: after the cell, so that nothing of it is measured.
    fn judge(&mut self, planned: &PlannedCell, items: &[&Item], rows: &mut [ItemRecord]) {
        let mut rows: Vec<&mut ItemRecord> = rows.iter_mut().collect();
        let task = &self.tasks[planned.task];
        if let Some(trials) = self.trials.as_mut().filter(|_| runs_programs(task)) {
            let by_id: HashMap<u32, &Item> = items.iter().map(|item| (item.id, *item)).collect();
            let program = |id| by_id.get(&id)?.program.as_ref();
            trials.judge(&mut rows, program, &interrupt::requested);
        }
        score_rows(&mut rows, task);
    }

    fn measure(
        &mut self,
        planned: &PlannedCell,
        source: &TaskItems,
        items: &[&Item],
        output: &mut CellOutput,
    ) -> Result<(), CellFailure> {
        let suite = self.suite;
        let (task, variant) = (&suite.tasks[planned.task], &suite.variants[planned.variant]);
        let mut engine =
            Engine::start(&variant.engine, &self.log, suite.run.load_timeout, &suite.meter.proc_root)?;
        output.engine = Some(engine.identity());
        self.sampler.attach(Some(engine.process()));

        let loaded = load(&mut engine, suite, variant)?;
        self.tell_loaded(&loaded, output);
        same_tokenizer(&loaded, &source.tokenizer)?;
        let (cell, session) = (Some(planned.cell), self.session);
        let nothing = WindowConditions::default;
        let beside = |phase, start_ns, end_ns| Stretch {
            cell,
            session,
            phase,
            start_ns,
            end_ns,
            conditions: nothing(),
        };
        output.windows.extend(self.rows(&beside(Phase::Load, loaded.t_start_ns, loaded.t_end_ns), None));

        let deadline = Instant::now() + suite.run.cell_timeout;
        pause(suite.run.settle)?;
        if self.idles_loaded(planned) {
            let start = now_ns();
            pause(suite.run.idle)?;
            let rows = self.rows(&beside(Phase::IdleLoaded, start, now_ns()), None);
            let idle = power(&rows);
            // Net energy takes the first off, in every cell alike.
            if idle.iter().any(Option::is_some) {
                self.idle.entry((planned.task, planned.variant)).or_insert(idle);
            }
            output.windows.extend(rows);
        }

        let model = (&loaded, source.vocabulary);
        let Prepared { tokens_in, asked } =
            prepare(&mut engine, suite, (task, variant), items, model, deadline)?;
        let other = |item: &&&Item| tokens_in.get(&item.id) != Some(&(item.prompt_ids.len() as u32));
        let others = items.iter().filter(other).count();
        if others > 0 {
            progress::say(&format!(
                "note: engine `{}` counts other prompt tokens for {others} items",
                engine.name
            ));
        }
        if suite.run.warm_up_items > 0 {
            let (start, end) = warm_up(&mut engine, suite.run.warm_up_items, deadline)?;
            output.windows.extend(self.rows(&beside(Phase::WarmUp, start, end), None));
        }

        let idle = self.idle.get(&(planned.task, planned.variant));
        let mut tries = 1;
        let (window, rows) = loop {
            let before = self.look(engine.process());
            let window = self.window(&mut engine, &asked, deadline)?;
            let (start_ns, end_ns) = (window.start_ns, window.end_ns);
            let conditions = between(before, self.look(engine.process()), Seconds::between(start_ns, end_ns));
            let stretch = Stretch { cell, session, phase: Phase::Window, start_ns, end_ns, conditions };
            let rows = self.rows(&stretch, idle);
            let time = deadline.saturating_duration_since(Instant::now()) > self.least_window * 2;
            if tries == WINDOWS || !time || !self.was_disturbed(&stretch, &rows) {
                break (window, rows);
            }
            tries += 1;
            output
                .windows
                .extend(rows.into_iter().map(|row| WindowRecord { phase: Phase::Disturbed, ..row }));
        };

        let completions = collect(&mut engine, (&asked, &window), deadline, &mut output.cell)?;
        engine.shut_down()?;
        output.cell.passes = Some(window.passes);
        let answers = Answers { runs: &window.runs, tokens_in: &tokens_in, completions: &completions };
        tell_cell(&mut output.cell, &answers);
        let whole = rows.iter().find(|row| row.domain == TOTAL);
        output.items = item_records(&output.cell, task, source, items, &answers, whole);
        output.windows.extend(rows);
        Ok(())
    }

    /// Whether the loaded model idles before this cell: where its power isn't known yet, and in the last block, which tells how far
    /// it has drifted.
    fn idles_loaded(&self, planned: &PlannedCell) -> bool {
        let run = &self.suite.run;
        let known = self.idle.contains_key(&(planned.task, planned.variant));
        !run.idle.is_zero() && (!known || planned.block + 1 == run.blocks)
    }

    /// Whether a window has no energy because of others, who may have gone when it is measured again.
    pub(super) fn was_disturbed(&self, stretch: &Stretch, rows: &[WindowRecord]) -> bool {
        let why = rows.iter().find(|row| row.domain == TOTAL).and_then(|row| row.why.as_ref());
        let disturbance = self.limits.disturbance(&stretch.conditions);
        why.zip(disturbance).is_some_and(|(why, disturbance)| why.word == disturbance.code())
    }

    /// How the machine is now: processor time, and what surrounds the run.
    pub(super) fn look(&self, process: u32) -> (Option<MachineLoad>, Surroundings) {
        let meter = &self.suite.meter;
        let surroundings = Surroundings::look(&meter.sysfs_root, &meter.proc_root);
        (MachineLoad::now(&meter.proc_root, process), surroundings)
    }

    /// Measures a stretch that is over: first a reading after its end, which its second edge needs.
    pub(super) fn rows(&self, stretch: &Stretch, idle: Option<&IdlePower>) -> Vec<WindowRecord> {
        self.sampler.read_now();
        records(self.sampler, &self.counted, stretch, idle, &self.limits)
    }

    fn window(&self, engine: &mut Engine, asked: &Asked, deadline: Instant) -> Result<Window, CellFailure> {
        let min_ns = i64::try_from(self.least_window.as_nanos()).unwrap_or(i64::MAX);
        self.sampler.read_now();
        window(engine, asked, min_ns, deadline, || self.sampler.mark())
    }

    fn tell_loaded(&self, loaded: &Loaded, output: &mut CellOutput) {
        let cell = &mut output.cell;
        cell.load_s = Some((loaded.t_end_ns - loaded.t_start_ns) as f64 * 1e-9);
        cell.weights_bytes = Some(loaded.weights_bytes);
        cell.weights_sha256 = Some(loaded.weights_sha256.clone());
        cell.kernel_prefill = Some(loaded.kernels.prefill.clone());
        cell.kernel_decode = Some(loaded.kernels.decode.clone());
        cell.peak_rss_bytes = Some(loaded.peak_rss_bytes);
    }
}

/// Checks that the engine reads prompts with the tokenizer that cut them, where it says which one it has.
fn same_tokenizer(loaded: &Loaded, tokenizer: &Tokenizer) -> Result<(), CellFailure> {
    match loaded.tokenizer_sha256.as_deref() {
        Some(theirs) if theirs != tokenizer.sha256() => Err(CellFailure::failed(format!(
            "the engine's tokenizer (SHA-256 {theirs}) is not the one that cut the prompts ({})",
            tokenizer.sha256()
        ))),
        _ => Ok(()),
    }
}

/// The machine's conditions between two looks at it.
pub(super) fn between(
    (load_before, before): (Option<MachineLoad>, Surroundings),
    (load_after, after): (Option<MachineLoad>, Surroundings),
    length: Seconds,
) -> WindowConditions {
    let shares = load_before.zip(load_after).and_then(|(before, after)| after.since(before));
    let held_back = before.quota_throttled_us.zip(after.quota_throttled_us);
    let held_back = held_back.map(|(before, after)| Seconds(after.saturating_sub(before) as f64 * 1e-6));
    WindowConditions {
        steal_rel: shares.map(|shares| shares.steal),
        foreign_load_rel: shares.map(|shares| shares.foreign),
        quota_throttled_rel: held_back.map(|held_back| held_back / length),
        on_battery: after.on_battery,
        governor: after.governor,
        turbo: after.turbo,
        ..WindowConditions::default()
    }
}

/// Waits, unless the user wants to stop.
pub fn pause(length: Duration) -> Result<(), CellFailure> {
    let end = Instant::now() + length;
    loop {
        if interrupt::requested() {
            return Err(CellFailure::interrupted());
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(Duration::from_millis(50)));
    }
}

/// The row of a cell before anything is known of it.
pub fn blank(
    planned: &PlannedCell,
    task: &TaskSpec,
    variant: &Variant,
    items: u32,
    session: u16,
) -> CellRecord {
    CellRecord {
        cell: planned.cell,
        block: planned.block,
        position: planned.position,
        session,
        task: task.name.clone(),
        variant: variant.name.clone(),
        items,
        dtype: variant.model.dtype.clone(),
        cache: cache(variant),
        head: head(variant),
        context_fraction: (!task.context.is_empty()).then(|| task.context.clone()),
        ..CellRecord::default()
    }
}
