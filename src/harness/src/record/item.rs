//! Table `items`: one row an item of a cell, with columns for every scorer.

use std::collections::BTreeMap;
use std::rc::Rc;

use harness_protocol::Finish;
use polars::prelude::{Column, DataFrame, PolarsResult};
use serde::{Deserialize, Serialize};

use super::window::Why;
use super::{older, rules};
use crate::table::{ColumnInfo, Field, Table, part, record, required, words};

words!(Finish);

record! {
    /// One item of one cell: its completion, score and attributed energy.
    #[derive(Default)]
    pub struct ItemRecord {
        cell: u32 { "", "number of the cell" }
        block: u16 { "", "number of the block" }
        task: String { "", "name of the task" }
        variant: String { "", "name of the variant" }
        item: u32 { "", "number of the item within its task" }
        name: Option<String> { "", "name of the item in the data" }
        cluster: Option<String> { "", "items of one cluster come from one file and are not independent" }
        problem: Option<u32> { "", "number of the problem: several versions of one problem share it" }
        version: Option<VersionRecord> { part, "Which version of the problem was asked." }
        pass_count: u32 { "", "how often the item was generated inside the window" }
        prompt_sha256: String { "", "of the prompt's text" }
        context_fraction: Option<f64> { "", "share of the document that became the prompt; null where no document is cut" }
        completion: String { "", "generated text" }
        completion_sha256: String { "", "of the generated text" }
        completion_post: Option<String> { "", "what was scored, where that isn't the generated text itself" }
        reference: Option<String> { "", "what would have been right" }
        tokens_in: u32 { "", "prompt tokens" }
        tokens_out: u32 { "", "generated tokens of one pass" }
        token_ids: Option<Vec<u32>> { "", "generated tokens of the last pass; null where they were forced or the engine did not tell them" }
        t_start_ns: i64 { "ns", "work began in the first pass" }
        t_first_ns: Option<i64> { "ns", "first token of the first pass" }
        t_end_ns: i64 { "ns", "last token of the first pass" }
        seconds: f64 { "s", "active time, mean over passes" }
        energy_total_j: Option<f64> { "J", "share of the window's energy by active time, mean over passes: attributed, not measured" }
        energy_net_total_j: Option<f64> { "J", "the same of the net energy" }
        energy_class: Option<harness_meter::Class> { "", "class of the window that the energy comes from" }
        why: Option<Why> { part, "Why there is no energy." }
        exit_layers: Option<Vec<u16>> { "", "blocks that ran for each generated token" }
        finish: Finish { "", "`length`, `stop`, `eos` or `error`" }
        label: Option<String> { "", "the right class, for tasks with classes" }
        logprobs: Option<Vec<f64>> { "", "natural logarithm of the probability of each forced token" }
        verdict: Option<String> { "", "`pass`, `fail`, `timeout`, `out-of-memory`, `killed` or `sandbox-error`; null: the completion is not run" }
        verdict_reason: Option<String> { "", "why it did not pass" }
        program: Option<ProgramRecord> { part, "What running the completion took." }
        score: BTreeMap<String, f64> { "", "the item's score by itself; null where one completion alone has none, as for `pass@10`" }
        stats: BTreeMap<String, Vec<f64>> { "", "sufficient statistics, from which scores of many items are made" }
        unscored: BTreeMap<String, Unscored> { "", "why the scorer has no statistics here, in one word", "unscored" }
    }
}

part! {
    /// One version of a problem.
    #[derive(Eq)]
    pub struct VersionRecord {
        family: String { "", "family of the perturbation; `nominal` and `partial` are unperturbed" }
        recipe: String { "", "the perturbation; empty for unperturbed versions" }
        seed: u32 { "", "which of the perturbation's random draws" }
    }
}

part! {
    /// What running one completion took, all of its processes together.
    #[derive(Copy)]
    pub struct ProgramRecord {
        seconds: f64 { "s", "running the completion, from start to end", "program_s" }
        cpu_seconds: f64 { "s", "processor time of the completion's processes", "program_cpu_s" }
        peak_bytes: u64 { "bytes", "most memory of the completion's processes at a time", "program_peak_bytes" }
    }
}

/// Why a scorer has no statistics of a completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unscored {
    /// `engine-failed`, `scorer-failed`, `not-run` or `not-in-item`.
    pub word: String,
    /// The same in a few words.
    pub detail: String,
}

/// Two columns for each scorer: `unscored_<scorer>` with the word, `why_unscored_<scorer>` with the detail.
impl Field for BTreeMap<String, Unscored> {
    fn columns(name: &'static str, unit: &'static str, meaning: &'static str) -> Vec<ColumnInfo> {
        let mut columns = BTreeMap::<String, String>::columns(name, unit, meaning);
        columns.extend(BTreeMap::<String, String>::columns("why_unscored", "", "the same in a few words"));
        columns
    }

    fn write(name: &str, values: &[&Self]) -> Vec<Column> {
        let told = |part: fn(&Unscored) -> &String| -> Vec<BTreeMap<String, String>> {
            let row = |row: &&Self| row.iter().map(|(key, why)| (key.clone(), part(why).clone())).collect();
            values.iter().map(row).collect()
        };
        let (words, details) = (told(|why| &why.word), told(|why| &why.detail));
        let mut columns = BTreeMap::write(name, &words.iter().collect::<Vec<_>>());
        columns.extend(BTreeMap::write("why_unscored", &details.iter().collect::<Vec<_>>()));
        columns
    }

    fn read(name: &str, frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let words = BTreeMap::<String, String>::read(name, frame)?;
        let details = BTreeMap::<String, String>::read("why_unscored", frame)?;
        let row = |(words, mut details): (BTreeMap<String, String>, BTreeMap<String, String>)| {
            let why = |(scorer, word): (String, String)| {
                let detail = details.remove(&scorer).unwrap_or_default();
                (scorer, Unscored { word, detail })
            };
            words.into_iter().map(why).collect()
        };
        Ok(words.into_iter().zip(details).map(row).collect())
    }
}

impl Table for ItemRecord {
    const NAME: &'static str = "items";
    const ROW: &'static str = "one item of one cell";

    fn check(&self) -> Result<(), String> {
        rules::value_or_reason(self.energy_total_j, self.why.as_ref())
    }

    fn upgrade(frame: DataFrame) -> PolarsResult<DataFrame> {
        older::items(frame)
    }
}

record! {
    /// What a summary reads of an item: where it ran, what it became, and its statistics.
    #[derive(Default)]
    pub struct ScoreRecord {
        block: u16 { "", "number of the block" }
        item: u32 { "", "number of the item within its task" }
        cluster: Option<String> { "", "items of one cluster come from one file and are not independent" }
        pass_count: u32 { "", "how often the item was generated inside the window" }
        completion_sha256: String { "", "of the generated text" }
        token_ids: Option<Vec<u32>> { "", "generated tokens of the last pass; null where they were forced or the engine did not tell them" }
        exit_layers: Option<Vec<u16>> { "", "blocks that ran for each generated token" }
        stats: Vec<(Rc<str>, Vec<f64>)> { "", "sufficient statistics, from which scores of many items are made" }
        unscored: BTreeMap<String, Unscored> { "", "why the scorer has no statistics here, in one word" }
    }
}

impl Table for ScoreRecord {
    const NAME: &'static str = ItemRecord::NAME;
    const ROW: &'static str = ItemRecord::ROW;

    fn upgrade(frame: DataFrame) -> PolarsResult<DataFrame> {
        older::items(frame)
    }
}

impl From<&ItemRecord> for ScoreRecord {
    fn from(item: &ItemRecord) -> Self {
        Self {
            block: item.block,
            item: item.item,
            cluster: item.cluster.clone(),
            pass_count: item.pass_count,
            completion_sha256: item.completion_sha256.clone(),
            token_ids: item.token_ids.clone(),
            exit_layers: item.exit_layers.clone(),
            stats: item
                .stats
                .iter()
                .map(|(scorer, stats)| (Rc::from(scorer.as_str()), stats.clone()))
                .collect(),
            unscored: item.unscored.clone(),
        }
    }
}

record! {
    /// What a comparison reads of an item: its statistics alone, since runs may hold millions of items.
    #[derive(Default)]
    pub struct StatsRecord {
        block: u16 { "", "number of the block" }
        item: u32 { "", "number of the item within its task" }
        cluster: Option<String> { "", "items of one cluster come from one file and are not independent" }
        stats: Vec<(Rc<str>, Vec<f64>)> { "", "sufficient statistics, from which scores of many items are made" }
    }
}

impl Table for StatsRecord {
    const NAME: &'static str = ItemRecord::NAME;
    const ROW: &'static str = ItemRecord::ROW;

    fn upgrade(frame: DataFrame) -> PolarsResult<DataFrame> {
        older::items(frame)
    }
}

impl From<StatsRecord> for ScoreRecord {
    fn from(item: StatsRecord) -> Self {
        let StatsRecord { block, item, cluster, stats } = item;
        Self { block, item, cluster, stats, ..Self::default() }
    }
}
