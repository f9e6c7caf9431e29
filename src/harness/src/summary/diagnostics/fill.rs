//! Puts the diagnostics of a run together.

use harness_stats::holm;

use super::dependence::{of_ratios, of_run};
use super::idle::Idle;
use super::length::length;
use super::notes::{of_row, of_the_run};
use super::outlier::outliers;
use super::position::position;
use super::repeats::repeats;
use super::series::{Series, series};
use super::steady::steady;
use crate::record::{Phase, WindowRecord};
use crate::summary::diagnosis::{Dependence, Diagnostics, RowDiagnostics, Steady};
use crate::summary::gather::{Gathered, Measured};
use crate::summary::{SummaryInput, SummaryRow, Told};

/// Fills in the diagnostics of all rows, with what their readers must know; those of the run, with the same.
pub(in crate::summary) fn fill(
    input: &SummaryInput,
    gathered: &Gathered<'_>,
    windows: &[WindowRecord],
    rows: &mut [SummaryRow],
) -> (Diagnostics, Vec<String>) {
    let found = series(input, gathered);
    let loaded = Idle::of(windows, Phase::IdleLoaded);
    for row in rows.iter_mut() {
        let Some(measured) = gathered.of(&row.task, &row.variant) else { continue };
        row.diagnostics = RowDiagnostics {
            length: length(input, row).into(),
            repeats: repeats(input, &row.task, measured).into(),
            lag_one: of_row_ratios(input, gathered, row, measured).into(),
            loaded_idle: {
                let cells: Vec<u32> = measured.cells.iter().map(|cell| cell.cell).collect();
                loaded.drift(Some(&cells), &[measured]).into()
            },
            ..RowDiagnostics::default()
        };
        for series in &found {
            match series {
                Ok(series) if is_of(row, &series.task, &series.variant) => {
                    row.diagnostics.steady = steady(series).into();
                    row.diagnostics.outliers = outliers(series).into();
                }
                Err((task, variant, why)) if is_of(row, task, variant) => {
                    row.diagnostics.steady = Told::refused(why);
                    row.diagnostics.outliers = Told::refused(why);
                }
                _ => {}
            }
        }
    }
    let usable: Vec<&Series> = found.iter().flatten().collect();
    let everything: Vec<&Measured<'_>> = gathered.by_variant.values().collect();
    let diagnostics = Diagnostics {
        tests: adjust(rows),
        position: position(&usable).into(),
        lag_one: of_run(&usable).into(),
        machine_idle: Idle::of(windows, Phase::IdleMachine).drift(None, &everything).into(),
    };
    let usual = |task: &str| {
        let baseline = rows.iter().find(|row| is_of(row, task, &input.baseline));
        baseline.and_then(|row| row.speed.tokens_per_task)
    };
    let notes: Vec<Vec<String>> = rows.iter().map(|row| of_row(input, row, usual(&row.task))).collect();
    for (row, notes) in rows.iter_mut().zip(notes) {
        row.notes.extend(notes);
    }
    let notes = of_the_run(input, &diagnostics);
    (diagnostics, notes)
}

fn is_of(row: &SummaryRow, task: &str, variant: &str) -> bool {
    row.task == task && row.variant == variant
}

fn of_row_ratios(
    input: &SummaryInput,
    gathered: &Gathered<'_>,
    row: &SummaryRow,
    measured: &Measured<'_>,
) -> Result<Dependence, String> {
    if row.variant == input.baseline {
        return Err("it is the baseline".to_owned());
    }
    of_ratios(measured, gathered.of(&row.task, &input.baseline).ok_or("the baseline was not measured")?)
}

/// Adjusts the p of all slopes and change points together, and returns how many there are.
fn adjust(rows: &mut [SummaryRow]) -> usize {
    let mut all: Vec<&mut Steady> = rows
        .iter_mut()
        .filter_map(|row| match &mut row.diagnostics.steady {
            Told::Value(steady) => Some(steady),
            Told::Refused { .. } => None,
        })
        .collect();
    let p: Vec<f64> = all.iter().flat_map(|steady| [steady.trend.p, steady.shift.p]).collect();
    for (steady, adjusted) in all.iter_mut().zip(holm(&p).chunks_exact(2)) {
        (steady.trend.p_holm, steady.shift.p_holm) = (adjusted[0], adjusted[1]);
    }
    p.len()
}
