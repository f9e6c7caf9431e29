//! Speed, memory and kernels of one variant, from its cells.

use super::Speed;
use super::gather::Measured;
use crate::record::{CellRecord, Status};
use harness_stats::median;

/// Reads the cells that were generated.
pub(super) fn speed(measured: &Measured<'_>) -> Speed {
    let cells: Vec<&CellRecord> =
        measured.cells.iter().copied().filter(|cell| cell.status == Status::Ok).collect();
    let tasks = |cell: &CellRecord| Some(f64::from(cell.items) * f64::from(cell.passes?));
    let tokens = |cell: &CellRecord| Some(cell.tokens_out? as f64);
    // The first token of every task comes out of the prompt, before decoding begins.
    let decoded = |cell: &CellRecord| Some(tokens(cell)? - tasks(cell)?);
    Speed {
        tokens_per_s: rate(&cells, tokens, |cell| measured.seconds.get(&cell.cell).copied()),
        decode_tokens_per_s: rate(&cells, decoded, |cell| cell.decode_s),
        ttft_ms: median(cells.iter().filter_map(|cell| cell.ttft_ms_p50).collect()),
        tpot_ms: median(cells.iter().filter_map(|cell| cell.tpot_ms_p50).collect()),
        peak_rss_bytes: cells.iter().filter_map(|cell| cell.peak_rss_bytes).max(),
        peak_device_bytes: cells.iter().filter_map(|cell| cell.peak_device_bytes).max(),
        weights_bytes: cells.iter().filter_map(|cell| cell.weights_bytes).max(),
        kernel_prefill: names(cells.iter().filter_map(|cell| cell.kernel_prefill.as_deref())),
        kernel_decode: names(cells.iter().filter_map(|cell| cell.kernel_decode.as_deref())),
        mean_exit_layer: rate(
            &cells,
            |cell| Some(cell.mean_exit_layer? * tokens(cell)?),
            |cell| cell.mean_exit_layer.and(tokens(cell)),
        ),
        deterministic: (!cells.is_empty())
            .then(|| cells.iter().all(|cell| cell.deterministic != Some(false))),
        tokens_per_task: rate(&cells, tokens, tasks),
    }
}

/// Σ above / Σ below over the cells that know both; None where that is nothing.
fn rate(
    cells: &[&CellRecord],
    above: impl Fn(&CellRecord) -> Option<f64>,
    below: impl Fn(&CellRecord) -> Option<f64>,
) -> Option<f64> {
    let known = cells.iter().filter_map(|cell| Some((above(cell)?, below(cell)?)));
    let (above, below) = known.fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    (below > 0.0).then(|| above / below)
}

/// Different names, joined; one name as a rule.
fn names<'n>(all: impl Iterator<Item = &'n str>) -> Option<String> {
    let different: std::collections::BTreeSet<&str> = all.collect();
    (!different.is_empty()).then(|| different.into_iter().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn kernels_that_changed_between_cells_are_all_named() {
        assert_eq!(names(["b", "a", "b"].into_iter()), Some("a, b".to_string()));
        assert_eq!(names(std::iter::empty()), None);
    }

    #[test]
    fn speed_and_memory_come_from_the_cells() {
        let summary = summary();
        let full = &summary.rows[0];
        close(full.speed.tokens_per_s.unwrap(), 60.0);
        close(full.speed.decode_tokens_per_s.unwrap(), 100.0);
        assert_eq!((full.speed.tpot_ms, full.speed.ttft_ms), (Some(10.0), Some(60.0)));
        assert_eq!(full.speed.peak_rss_bytes, Some(200_000_005));
        assert_eq!(summary.rows[1].speed.kernel_decode.as_deref(), Some("int8-rows"));
        close(full.speed.mean_exit_layer.unwrap(), 12.0);
    }
}
