//! Table `cells`: one row a planned cell.

use serde::{Deserialize, Serialize};

use super::{older, rules};
use crate::table::{Table, record, required, words};

/// How a cell ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Generated and collected; its energy may still be invalid, which its windows say.
    Ok,
    /// The engine died, faulted or answered nonsense.
    Failed,
    /// Never started: another cell has failed for a reason that holds for this one too, or the run was interrupted.
    #[default]
    Skipped,
    /// Stopped after `load-timeout` or `cell-timeout`.
    Timeout,
}

words!(Status);

record! {
    /// One planned cell: one variant on one task in one block.
    #[derive(Default)]
    pub struct CellRecord {
        cell: u32 { "", "number of the cell in the plan, from 0" }
        block: u16 { "", "number of the block, from 0" }
        position: u16 { "", "place of the cell within its block, from 0" }
        session: u16 { "", "number of the program's call that ran it, from 0: a run that is resumed has several" }
        task: String { "", "name of the task" }
        variant: String { "", "name of the variant" }
        status: Status { "", "`ok`, `failed`, `skipped` or `timeout`" }
        reason: Option<String> { "", "why the status isn't `ok`; null exactly where it is" }
        t_start_ns: i64 { "ns", "work on the cell began, or the cell was skipped" }
        t_end_ns: i64 { "ns", "work on the cell ended, or the cell was skipped" }
        load_s: Option<f64> { "s", "from the engine's start until the model was loaded" }
        passes: Option<u32> { "", "whole passes over the items inside the window" }
        items: u32 { "", "items of one pass" }
        tokens_in: Option<u64> { "", "prompt tokens over all passes of the window" }
        tokens_out: Option<u64> { "", "generated tokens over all passes of the window" }
        prefill_s: Option<f64> { "s", "time to the first token, summed over items and passes" }
        decode_s: Option<f64> { "s", "time from first to last token, summed over items and passes" }
        ttft_ms_p50: Option<f64> { "ms", "median time to the first token" }
        tpot_ms_p50: Option<f64> { "ms", "median time of an output token after the first" }
        peak_rss_bytes: Option<u64> { "bytes", "peak resident memory of the engine" }
        peak_device_bytes: Option<u64> { "bytes", "peak memory on the accelerator" }
        weights_bytes: Option<u64> { "bytes", "memory that the weights take, scales included" }
        weights_sha256: Option<String> { "", "of what ran: of the weight files, as the built-in model of its weights; of a compressed variant another hash, of that one and of the steps with their parameters" }
        kernel_prefill: Option<String> { "", "matrix kernel that ran on prompts" }
        kernel_decode: Option<String> { "", "matrix kernel that ran on single tokens" }
        dtype: String { "", "number format of the activations" }
        cache: Option<String> { "", "what is kept for tokens to come: `key-value`, or the exit policy's cache mode; null: another program's engine knows" }
        head: Option<String> { "", "positions that the head computes for each token: `last`, or the exit policy's head scope; null: another program's engine knows" }
        context_fraction: Option<Vec<f64>> { "", "shares of documents that became prompts; null where no document is cut" }
        deterministic: Option<bool> { "", "whether every pass gave the same tokens; null below two passes" }
        mean_exit_layer: Option<f64> { "", "blocks that ran per generated token, on average" }
    }
}

impl Table for CellRecord {
    const NAME: &'static str = "cells";
    const ROW: &'static str = "one planned cell: a variant on a task in a block";

    fn check(&self) -> Result<(), String> {
        rules::value_or_reason((self.status == Status::Ok).then_some(1.0), self.reason.as_ref())
    }

    fn upgrade(
        frame: polars::prelude::DataFrame,
    ) -> polars::prelude::PolarsResult<polars::prelude::DataFrame> {
        older::with_session(frame)
    }
}
