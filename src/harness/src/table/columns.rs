//! The one list of columns: name, type, unit and meaning of everything in the tables.

/// One table of the run folder.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The file's name without `.parquet`.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// In the order in which they are stored.
    pub columns: &'static [ColumnInfo],
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnInfo {
    /// The column's name; `<scorer>` stands for the name of any scorer.
    pub name: &'static str,
    /// Its type, as the data frame library writes it.
    pub dtype: &'static str,
    /// Unit of its values; empty for text, counts and shares.
    pub unit: &'static str,
    /// Whether it can be null.
    pub nullable: bool,
    /// What it means.
    pub meaning: &'static str,
}

const fn required(
    name: &'static str,
    dtype: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> ColumnInfo {
    ColumnInfo { name, dtype, unit, nullable: false, meaning }
}

const fn optional(
    name: &'static str,
    dtype: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> ColumnInfo {
    ColumnInfo { name, dtype, unit, nullable: true, meaning }
}

/// Every table of a run folder.
pub const TABLES: &[Table] = &[
    Table { name: "cells", row: "one planned cell: a variant on a task in a block", columns: CELLS },
    Table { name: "windows", row: "the energy of one domain during one phase", columns: WINDOWS },
    Table { name: "items", row: "one item of one cell", columns: ITEMS },
    Table { name: "samples", row: "one raw reading of one domain", columns: SAMPLES },
];

const CELLS: &[ColumnInfo] = &[
    required("cell", "u32", "", "number of the cell in the plan, from 0"),
    required("block", "u16", "", "number of the block, from 0"),
    required("position", "u16", "", "place of the cell within its block, from 0"),
    required("task", "str", "", "name of the task"),
    required("variant", "str", "", "name of the variant"),
    required("status", "str", "", "`ok`, `failed`, `skipped` or `timeout`"),
    optional("reason", "str", "", "why the status isn't `ok`; null exactly where it is"),
    required("t_start_ns", "i64", "ns", "work on the cell began, or the cell was skipped"),
    required("t_end_ns", "i64", "ns", "work on the cell ended, or the cell was skipped"),
    optional("load_s", "f64", "s", "from the engine's start until the model was loaded"),
    optional("passes", "u32", "", "whole passes over the items inside the window"),
    required("items", "u32", "", "items of one pass"),
    optional("tokens_in", "u64", "", "prompt tokens over all passes of the window"),
    optional("tokens_out", "u64", "", "generated tokens over all passes of the window"),
    optional("prefill_s", "f64", "s", "time to the first token, summed over items and passes"),
    optional("decode_s", "f64", "s", "time from first to last token, summed over items and passes"),
    optional("ttft_ms_p50", "f64", "ms", "median time to the first token"),
    optional("tpot_ms_p50", "f64", "ms", "median time of an output token after the first"),
    optional("peak_rss_bytes", "u64", "bytes", "peak resident memory of the engine"),
    optional("peak_device_bytes", "u64", "bytes", "peak memory on the accelerator"),
    optional("weights_bytes", "u64", "bytes", "memory that the weights take, scales included"),
    optional("weights_sha256", "str", "", "of the weight file"),
    optional("kernel_prefill", "str", "", "matrix kernel that ran on prompts"),
    optional("kernel_decode", "str", "", "matrix kernel that ran on single tokens"),
    required("dtype", "str", "", "number format of the activations"),
    optional("deterministic", "bool", "", "whether every pass gave the same tokens; null below two passes"),
    optional("mean_exit_layer", "f64", "", "blocks that ran per generated token, on average"),
];

const WINDOWS: &[ColumnInfo] = &[
    optional("cell", "u32", "", "the cell; null for rows of the whole run"),
    required(
        "phase",
        "str",
        "",
        "`idle-machine`, `idle-loaded`, `load`, `warm-up`, `window`, `disturbed` (a window that was spoiled by others and measured again), `prepare` or `train`",
    ),
    required("domain", "str", "", "name of the domain, or `total`"),
    required("meter", "str", "", "name of the meter; for totals the meters joined by `+`"),
    required("class", "str", "", "`counter`, `integrated`, `estimated` or `simulated`"),
    required("t_start_ns", "i64", "ns", "first edge"),
    required("t_end_ns", "i64", "ns", "second edge"),
    required("seconds", "f64", "s", "between the edges"),
    optional("energy_j", "f64", "J", "gross energy; null exactly where `reason` is given"),
    optional("energy_net_j", "f64", "J", "gross energy minus `idle_w` × `seconds`; may be negative"),
    optional("u_indep_j", "f64", "J", "standard uncertainty from edges, quantisation and baseline noise"),
    optional("u_scale_rel", "f64", "", "standard uncertainty of scale, common to the run, relative"),
    optional("u_model_rel", "f64", "", "relative error of ratios that the meter's model declares"),
    required("updates", "u32", "", "updates of the value that were seen between the edges"),
    optional("update_period_s", "f64", "s", "update period of the counter"),
    optional("resolution_j", "f64", "J", "smallest step of the counter"),
    optional("max_gap_s", "f64", "s", "longest time between two good readings"),
    optional("idle_w", "f64", "W", "loaded idle power that the net energy took off"),
    optional("disagreement_rel", "f64", "", "how much more a second view of the same thing says, relative"),
    required("valid", "bool", "", "whether every rule for windows held"),
    optional("reason", "str", "", "why there is no energy: a word, a colon, a sentence"),
    optional("throttled", "bool", "", "whether the device ran slower than told; null where nothing tells"),
    optional("throttle", "str", "", "why, in the driver's words"),
    optional("temp_start_c", "f64", "°C", "temperature at the first edge"),
    optional("temp_end_c", "f64", "°C", "temperature at the second edge"),
    optional("clock_mhz", "f64", "MHz", "mean clock of the device's computing units"),
    optional("power_limit_w", "f64", "W", "power that the device is held to"),
    optional("foreign_processes", "u32", "", "most processes of others on the device"),
    optional("steal_rel", "f64", "", "share of the time that the hypervisor gave to others"),
    optional("foreign_load_rel", "f64", "", "share of the processor time that other programs took"),
    optional("quota_throttled_rel", "f64", "", "share of the time in which a quota held this program back"),
    optional("on_battery", "bool", "", "whether the machine ran on its battery"),
    optional("governor", "str", "", "the processor's frequency governor"),
    optional("turbo", "bool", "", "whether the processor may raise its clock above the rated one"),
    optional("formula", "str", "", "how a total was added up, for example `package:0+dram:0`"),
];

const ITEMS: &[ColumnInfo] = &[
    required("cell", "u32", "", "number of the cell"),
    required("block", "u16", "", "number of the block"),
    required("task", "str", "", "name of the task"),
    required("variant", "str", "", "name of the variant"),
    required("item", "u32", "", "number of the item within its task"),
    optional("name", "str", "", "name of the item in the data"),
    optional("cluster", "str", "", "items of one cluster come from one file and are not independent"),
    optional("problem", "u32", "", "number of the problem: several versions of one problem share it"),
    optional("family", "str", "", "family of the perturbation; `nominal` and `partial` are unperturbed"),
    optional("recipe", "str", "", "the perturbation; empty for unperturbed versions"),
    optional("seed", "u32", "", "which of the perturbation's random draws"),
    required("pass_count", "u32", "", "how often the item was generated inside the window"),
    required("prompt_sha256", "str", "", "of the prompt's text"),
    required("completion", "str", "", "generated text"),
    required("completion_sha256", "str", "", "of the generated text"),
    optional("completion_post", "str", "", "what was scored, where that isn't the generated text itself"),
    optional("reference", "str", "", "what would have been right"),
    required("tokens_in", "u32", "", "prompt tokens"),
    required("tokens_out", "u32", "", "generated tokens of one pass"),
    required("t_start_ns", "i64", "ns", "work began in the first pass"),
    optional("t_first_ns", "i64", "ns", "first token of the first pass"),
    required("t_end_ns", "i64", "ns", "last token of the first pass"),
    required("seconds", "f64", "s", "active time, mean over passes"),
    optional(
        "energy_total_j",
        "f64",
        "J",
        "share of the window's energy by active time, mean over passes: attributed, not measured",
    ),
    optional("energy_net_total_j", "f64", "J", "the same of the net energy"),
    optional("energy_class", "str", "", "class of the window that the energy comes from"),
    optional("reason", "str", "", "why there is no energy; null exactly where there is"),
    optional("exit_layers", "list[u16]", "", "blocks that ran for each generated token"),
    required("finish", "str", "", "`length`, `stop`, `eos` or `error`"),
    optional("label", "str", "", "the right class, for tasks with classes"),
    optional("logprobs", "list[f64]", "", "natural logarithm of the probability of each forced token"),
    optional(
        "verdict",
        "str",
        "",
        "`pass`, `fail`, `timeout`, `out-of-memory`, `killed` or `sandbox-error`; null: the completion is not run",
    ),
    optional("verdict_reason", "str", "", "why it did not pass"),
    optional("trial_s", "f64", "s", "running the completion, from start to end"),
    optional("trial_cpu_s", "f64", "s", "processor time of the completion's processes"),
    optional("trial_peak_bytes", "u64", "bytes", "most memory of the completion's processes at a time"),
    optional("unscored_reason", "str", "", "why a scorer of the task has no statistics here"),
    optional(
        "score_<scorer>",
        "f64",
        "",
        "the item's score by itself; null where one completion alone has none, as for `pass@10`",
    ),
    optional(
        "stats_<scorer>",
        "list[f64]",
        "",
        "sufficient statistics, from which scores of many items are made",
    ),
];

const SAMPLES: &[ColumnInfo] = &[
    required("t_ns", "i64", "ns", "when it was read"),
    required("meter", "str", "", "name of the meter"),
    required("domain", "str", "", "name of the domain"),
    required("kind", "str", "", "`counter` or `power`"),
    required("raw", "u64", "", "the integer as read; meaningless where `fault` is given"),
    required("unit", "str", "", "unit of `raw` as the source names it"),
    required("scale", "f64", "J or W", "joules or watts per unit of `raw`"),
    optional("fault", "str", "", "why the reading failed"),
    optional("driver_t_us", "i64", "µs", "the driver's own time stamp"),
    optional("took_ns", "i64", "ns", "how long the call took that read it; `t_ns` is its middle"),
];

/// The page for people that lists every column, as Markdown.
pub fn documentation() -> String {
    let mut page = String::from(
        "# Columns of the run folder's tables\n\n\
         Made from the list in `src/harness/src/table/columns.rs`; a test keeps it true. Files are Parquet \
         with the metadata `harness.schema = 1`. Times are nanoseconds of CLOCK_MONOTONIC. What is missing \
         is null with a reason, never 0.\n",
    );
    for table in TABLES {
        page += &format!("\n## {}\n\nA row is {}.\n\n", table.name, table.row);
        page += "| column | type | unit | null? | meaning |\n|---|---|---|---|---|\n";
        for column in table.columns {
            let null = if column.nullable { "yes" } else { "" };
            page += &format!(
                "| `{}` | {} | {} | {null} | {} |\n",
                column.name, column.dtype, column.unit, column.meaning
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
    use crate::table::{cells, items, samples, windows};
    use polars::prelude::Column;
    use serde_json::Value;
    use std::collections::BTreeMap;

    fn listed(table: &str) -> Vec<(String, String)> {
        let table = TABLES.iter().find(|entry| entry.name == table).unwrap();
        let scorer = |name: &str| name.replace("<scorer>", "exact-match");
        table.columns.iter().map(|column| (scorer(column.name), column.dtype.to_string())).collect()
    }

    fn stored(columns: Vec<Column>) -> Vec<(String, String)> {
        columns.iter().map(|column| (column.name().to_string(), column.dtype().to_string())).collect()
    }

    /// One row with every scorer column, made from nulls and blanks.
    fn blank_item() -> ItemRecord {
        let mut fields: serde_json::Map<String, Value> = serde_json::Map::new();
        for column in ITEMS.iter().filter(|column| !column.name.contains('<')) {
            fields.insert(column.name.to_string(), blank(column));
        }
        fields.insert("score".to_string(), serde_json::json!({"exact-match": 1.0}));
        fields.insert("stats".to_string(), serde_json::json!({"exact-match": [1.0]}));
        serde_json::from_value(Value::Object(fields)).unwrap()
    }

    fn blank(column: &ColumnInfo) -> Value {
        // The first word that the meaning names is a valid one for enums.
        let word = column.meaning.split('`').nth(1).unwrap_or("x");
        match column.dtype {
            _ if column.nullable => Value::Null,
            "str" => word.into(),
            "bool" => false.into(),
            _ => 1.into(),
        }
    }

    fn blank_row<R: serde::de::DeserializeOwned>(columns: &[ColumnInfo]) -> R {
        let fields = columns.iter().map(|column| (column.name.to_string(), blank(column))).collect();
        serde_json::from_value(Value::Object(fields)).unwrap()
    }

    #[test]
    fn the_list_names_what_the_tables_store_in_order_and_type() {
        assert_eq!(listed("cells"), stored(cells::columns(&[])));
        assert_eq!(listed("windows"), stored(windows::columns(&[])));
        assert_eq!(listed("items"), stored(items::columns(&[blank_item()])));
        assert_eq!(listed("samples"), stored(samples::columns(&[])));
    }

    #[test]
    fn the_list_marks_exactly_the_fields_that_may_be_missing() {
        // A record deserializes with every nullable column null, and not with one more.
        fn check<R: serde::de::DeserializeOwned>(columns: &[ColumnInfo]) {
            blank_row::<R>(columns);
            for column in columns {
                let mut fields: BTreeMap<_, _> = columns.iter().map(|c| (c.name, blank(c))).collect();
                fields.insert(column.name, Value::Null);
                let read = serde_json::from_value::<R>(serde_json::to_value(&fields).unwrap());
                assert_eq!(read.is_ok(), column.nullable, "{}", column.name);
            }
        }
        check::<CellRecord>(CELLS);
        check::<WindowRecord>(WINDOWS);
        check::<SampleRecord>(SAMPLES);
        blank_item();
    }

    #[test]
    fn the_page_in_reports_is_made_from_the_list() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/COLUMNS.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, documentation()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == documentation(), "out of date: run this test once with UPDATE_DOCS=1");
    }
}
