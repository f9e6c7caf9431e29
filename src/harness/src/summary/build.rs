//! Puts a summary together from the tables.

use anyhow::Result;
use harness_task::{Direction, Scorer, ScorerSpec};

use super::against::all_ratios;
use super::around::Around;
use super::comparison::{alike_note, amounts, differences};
use super::correct;
use super::diagnostics;
use super::equivalent::equivalents;
use super::front::on_front;
use super::gather::{ItemsOf, Measured, Pace, gather, repetition};
use super::law::depth_laws;
use super::notes::{items_note, row_notes, score_notes};
use super::price::price_models;
use super::score::score;
use super::scored::scored_items;
use super::speed::speed;
use super::verdict::{Limits, judge, rules_out};
use super::{Comparison, PerCorrect, RowDiagnostics, Summary, SummaryInput, SummaryRow, Verdict, energy};
use crate::metric::{METRICS, Metric};
use crate::record::{CellRecord, WindowRecord};
use crate::score::TaskInput;
use crate::stop::Stop;
use harness_stats::{Confidence, Interval, Looks, generator, holm};

/// Version of `summary.json`. Version 1 has no comparison but that of the suite's metric.
pub const SCHEMA: u32 = 2;

/// Confidence of every interval; they are not adjusted for their number.
const LEVEL: f64 = 0.95;

/// What a reader of a run must know whose blocks went on.
const LOOKED: &str = "blocks went on until the gates were answered or the budget was spent: intervals and p of amounts and of \
                      comparisons hold at every look, those of scores alone are for a number of blocks that was chosen before";

const JOULES_PER_WH: f64 = 3600.0;

/// Summarises the tables of one run.
///
/// # Errors
/// A [`Stop`] where the metric or a scorer isn't known to this version; the items' rows cannot be had.
pub fn summarise(
    input: &SummaryInput,
    cells: &[CellRecord],
    windows: &[WindowRecord],
    items: &ItemsOf<'_>,
) -> Result<Summary> {
    let metric = METRICS.iter().find(|metric| metric.name == input.metric).ok_or_else(|| {
        let known: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        Stop::missing(format!(
            "`summary_input.metric` of the run's manifest.json is `{}`, which this version does not know\nhelp: use the version of harness that made the run; this one knows {}",
            input.metric,
            known.join(", ")
        ))
    })?;
    let gathered = gather(input, cells, windows, items, Pace::OneByOne)?;
    let laws = depth_laws(input, &gathered, LEVEL);
    let around = Around { input, gathered: &gathered, laws: &laws, level: LEVEL };
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for (number, task) in input.tasks.iter().enumerate() {
        rows.extend(task_rows(&around, task, number as u64, metric)?);
        notes.extend(items_note(input, task, &gathered));
    }
    if input.looks == Looks::Always {
        notes.push(LOOKED.to_owned());
    }
    let comparisons = adjust(&mut rows);
    let score_comparisons = adjust_scores(&mut rows);
    for row in &mut rows {
        settle(row, input);
    }
    equivalents(input, &mut rows, metric);
    let (diagnostics, more) = diagnostics::fill(input, &gathered, windows, &mut rows);
    notes.extend(more);
    Ok(Summary {
        schema: SCHEMA,
        suite: input.suite.clone(),
        meter_sentence: input.meter_sentence.clone(),
        energy_sentence: input.energy_sentence.clone(),
        baseline: input.baseline.clone(),
        metric: input.metric.clone(),
        alpha: input.alpha,
        practical: input.practical,
        comparisons,
        score_comparisons,
        level: LEVEL,
        looks: input.looks,
        grid_g_per_kwh: input.grid_g_per_kwh,
        rows,
        price_models: price_models(input, &gathered, LEVEL),
        depth_laws: laws,
        learning_curves: input.learning_curves.clone(),
        machine: None,
        diagnostics,
        failed: gathered.failed,
        notes,
    })
}

/// The rows of one task, not yet judged.
fn task_rows(around: &Around<'_>, task: &TaskInput, number: u64, metric: &Metric) -> Result<Vec<SummaryRow>> {
    let Around { input, gathered, .. } = around;
    let sure = Confidence { level: LEVEL, looks: input.looks };
    let scorers: Vec<Box<dyn Scorer>> = task.scorers.iter().map(known_scorer).collect::<Result<_, _>>()?;
    let all: Vec<&dyn Scorer> = scorers.iter().map(AsRef::as_ref).collect();
    let primary = scorers.iter().find(|scorer| scorer.name() == task.primary_score);
    let primary = primary.ok_or_else(|| unknown(&task.primary_score))?.as_ref();
    let correct = scorers.iter().find(|scorer| scorer.is_proportion());
    let measured: Vec<&Measured<'_>> = input
        .variants
        .iter()
        .filter_map(|variant| gathered.by_variant.get(&(task.name.as_str(), variant.as_str())))
        .collect();
    let repetition = repetition(measured.iter().copied());
    let on_front = on_front(&measured, primary, &mut generator(input.seed, 2 * number));
    let baseline = gathered.by_variant.get(&(task.name.as_str(), input.baseline.as_str()));
    let mut random = generator(input.seed, 2 * number + 1);
    let mut rows = Vec::new();
    for ((variant, measured), on_front_p) in input.variants.iter().zip(measured).zip(on_front) {
        let mut scores = std::collections::BTreeMap::new();
        for scorer in &scorers {
            let items = scored_items(measured.items.iter(), measured.place(scorer.name()));
            if let Some(score) = score(scorer.as_ref(), &items, LEVEL, &mut random) {
                scores.insert(scorer.name().to_string(), score);
            }
        }
        let without_score = score_notes(measured, scorers.iter().map(AsRef::as_ref), &scores);
        let compared =
            baseline.and_then(|baseline| energy::compare(measured, baseline, metric, sure)).unzip();
        let energy_per_task_j = energy::per_work(measured, |block| block.tasks, sure);
        let other = baseline.filter(|_| *variant != input.baseline);
        let score_differences =
            other.map(|other| differences(measured, other, &all, sure)).unwrap_or_default();
        let alike = score_differences.get(primary.name()).and_then(alike_note);
        let wh_per_1000_tasks =
            energy_per_task_j.as_ref().map(|energy| energy.value * 1000.0 / JOULES_PER_WH);
        let speed = speed(measured);
        rows.push(SummaryRow {
            task: task.name.clone(),
            variant: variant.clone(),
            n_blocks: measured.blocks.len(),
            n_blocks_planned: measured.cells.len(),
            items: scored_items(measured.items.iter(), measured.place(primary.name())).len(),
            primary_score: primary.name().to_string(),
            lower_is_better: primary.direction() == Direction::Lower,
            scorers: scorers.iter().map(|scorer| scorer.name().to_string()).collect(),
            score: scores.get(primary.name()).cloned(),
            scores,
            energy_per_task_j,
            energy_net_per_task_j: energy::net_per_task(measured, LEVEL),
            energy_per_token_j: energy::per_work(measured, |block| block.tokens, sure),
            energy_reason: measured.reason.clone(),
            energy_per_correct_j: match correct {
                Some(scorer) => correct::per_correct(measured, scorer.as_ref(), repetition, sure),
                None => PerCorrect::Refused {
                    refused: "no scorer of this task tells right from wrong".to_string(),
                },
            },
            wh_per_1000_tasks,
            gco2e_per_1000_tasks: wh_per_1000_tasks
                .zip(input.grid_g_per_kwh)
                .map(|(wh, grams)| wh / 1000.0 * grams),
            ratio_of_totals: compared.0,
            geo_mean_ratio: compared.1,
            amounts: amounts(measured, sure),
            ratios: other
                .map(|other| all_ratios(measured, other, correct.map(AsRef::as_ref), repetition, sure))
                .unwrap_or_default(),
            score_differences,
            on_front_p,
            class: measured.class,
            u_model_rel: measured.u_model_rel,
            domains: measured.domains.clone(),
            verdict: Verdict::NotMeasured,
            rules_out_rel: None,
            equivalent_p: None,
            equivalent_p_holm: None,
            diagnostics: RowDiagnostics::default(),
            notes: row_notes(measured, &speed).into_iter().chain(without_score).chain(alike).collect(),
            answers: around.answers(&task.name, variant, speed.mean_exit_layer),
            unscored: measured.unscored.values().map(|(count, _)| count).sum(),
            speed,
        });
    }
    // The baseline's ratio to itself is no comparison.
    for row in rows.iter_mut().filter(|row| row.variant == input.baseline) {
        (row.ratio_of_totals, row.geo_mean_ratio) = (None, None);
    }
    Ok(rows)
}

/// The scorer that a run names.
///
/// # Errors
/// A [`Stop`]: this version does not know it.
pub(crate) fn known_scorer(spec: &ScorerSpec) -> Result<Box<dyn Scorer>, Stop> {
    spec.make().ok_or_else(|| unknown(spec.name()))
}

fn unknown(scorer: &str) -> Stop {
    Stop::missing(format!(
        "`summary_input.tasks` of the run's manifest.json names the scorer `{scorer}`, which this version does not know\nhelp: use the version of harness that made the run, or `harness rescore RUN --scorers NAMES` with scorers of `harness list scorers`"
    ))
}

/// Fills in the adjusted p of every comparison and returns how many there are.
fn adjust(rows: &mut [SummaryRow]) -> usize {
    let mut ratios: Vec<_> = rows.iter_mut().filter_map(|row| row.ratio_of_totals.as_mut()).collect();
    ratios.retain(|ratio| ratio.p.is_some());
    let p: Vec<f64> = ratios.iter().filter_map(|ratio| ratio.p).collect();
    for (ratio, adjusted) in ratios.iter_mut().zip(holm(&p)) {
        ratio.p_holm = Some(adjusted);
    }
    p.len()
}

/// Fills in the adjusted p of every primary score's difference and returns how many there are: a family of their own.
fn adjust_scores(rows: &mut [SummaryRow]) -> usize {
    fn of(row: &mut SummaryRow) -> Option<&mut Comparison> {
        row.score_differences.get_mut(&row.primary_score)
    }
    let mut found: Vec<&mut Comparison> = rows.iter_mut().filter_map(of).collect();
    found.retain(|difference| difference.p.is_some());
    let p: Vec<f64> = found.iter().filter_map(|difference| difference.p).collect();
    for (difference, adjusted) in found.iter_mut().zip(holm(&p)) {
        difference.p_holm = Some(adjusted);
    }
    p.len()
}

/// Judges a row whose ratio is complete.
fn settle(row: &mut SummaryRow, input: &SummaryInput) {
    if row.variant == input.baseline {
        row.verdict = Verdict::Baseline;
    } else if let Some(ratio) = &row.ratio_of_totals {
        let interval = Interval { value: ratio.value, lo: ratio.lo, hi: ratio.hi };
        let limits = Limits { alpha: input.alpha, practical: input.practical, model_error: row.u_model_rel };
        row.verdict = judge(&interval, ratio.p_holm, limits);
        row.rules_out_rel = rules_out(&interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{example, input, summary, summary_of};
    use harness_meter::Class;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn without_the_baseline_nothing_is_compared() {
        let mut example = example();
        example.cells.retain(|cell| cell.variant != "full");
        let summary = summary_of(&example);
        assert_eq!(summary.rows[0].energy_reason.as_deref(), Some("no cell was run"));
        assert_eq!(summary.rows[1].ratio_of_totals, None);
        assert_eq!((summary.rows[1].verdict, summary.comparisons), (Verdict::NotMeasured, 0));
    }

    #[test]
    fn estimated_differences_within_the_model_error_are_no_finding() {
        let mut example = example();
        for window in &mut example.windows {
            window.class = Class::Estimated;
            window.u_model_rel = Some(0.25);
            window.u_scale_rel = Some(0.3);
        }
        let summary = summary_of(&example);
        assert_eq!(summary.rows[1].verdict, Verdict::Lower);
        assert_eq!(summary.rows[2].verdict, Verdict::BelowModelError);
        let energy = summary.rows[0].energy_per_task_j.as_ref().unwrap();
        // ln: 1.959964 × 0.3 and the blocks' 0.0742 in quadrature.
        close((energy.hi_absolute.unwrap() / energy.value).ln(), 0.5926532457296516);
        assert_eq!(energy.u_scale_rel, Some(0.3));
    }

    #[test]
    fn classes_never_meet_in_a_ratio_or_a_front_and_domains_need_their_total() {
        let mut example = example();
        for window in &mut example.windows {
            if window.cell.is_some_and(|cell| cell % 3 == 0) {
                window.class = Class::Estimated;
            }
        }
        let summary = summary_of(&example);
        assert_eq!(summary.rows[1].verdict, Verdict::NotMeasured);
        // Alone in its class, the dear variant is on its own front.
        assert_eq!(summary.rows[0].on_front_p, Some(1.0));

        let mut twice = crate::report::example::example();
        let more: Vec<WindowRecord> = twice
            .windows
            .iter()
            .map(|w| WindowRecord { domain: "dram:0".to_string(), ..w.clone() })
            .collect();
        twice.windows.extend(more);
        assert!(summary_of(&twice).rows[0].energy_reason.as_ref().unwrap().contains("no total"));
        let totals: Vec<WindowRecord> = twice.windows[..17]
            .iter()
            .map(|w| WindowRecord {
                domain: "total".to_string(),
                formula: Some("sim+dram:0".to_string()),
                energy_j: w.energy_j.map(|energy| 2.0 * energy),
                ..w.clone()
            })
            .collect();
        twice.windows.extend(totals);
        let summary = summary_of(&twice);
        close(summary.rows[0].energy_per_task_j.as_ref().unwrap().value, 4.0);
        assert_eq!(summary.rows[0].domains, ["sim", "dram:0"]);
    }

    #[test]
    fn the_same_tables_always_give_the_same_summary() {
        assert_eq!(summary(), summary());
    }

    #[test]
    fn unknown_metrics_and_scorers_are_refused_with_help() {
        let example = example();
        let mut wrong = input();
        wrong.metric = "energy".to_string();
        let error = summarise(&wrong, &example.cells, &[], &|_, _| Ok(Vec::new())).unwrap_err().to_string();
        assert!(error.contains("is `energy`") && error.contains("this one knows energy-per-task"), "{error}");
        let mut wrong = input();
        wrong.tasks[0].primary_score = "beauty".to_string();
        let error = summarise(&wrong, &example.cells, &[], &|_, _| Ok(Vec::new())).unwrap_err().to_string();
        assert!(error.contains("names the scorer `beauty`") && error.contains("\nhelp: "), "{error}");
    }
}
