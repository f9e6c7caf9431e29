//! What `summary.md` says of early exit: depths, agreement, decisions, the depth law, prices.

use super::format::{MISSING, change, p_value, significant, with_interval};
use super::markdown_table::{bullets, table};
use crate::summary::{Answers, DepthFit, DepthLaw, Group, PriceModel, Summary, SummaryRow, Told};
use harness_stats::{Difference, Interval};

/// Counts that a short histogram names; the others are summed up.
const NAMED: usize = 5;

const EXIT_HEADS: [&str; 7] = [
    "variant",
    "cache / head",
    "mean depth",
    "blocks: share of tokens",
    "same tokens",
    "same outputs",
    "breaks even below",
];

const LAW_HEADS: [&str; 6] = ["variants", "per", "a (J)", "b (J/block)", "R² (of means)", "residuals (%)"];

const PRICE_HEADS: [&str; 6] =
    ["variants", "a (J)", "b (mJ/prompt token)", "c (mJ/block and token)", "R²", "residual sd (J)"];

/// Depths, agreement and decisions of a task's variants; empty where no token left early and nothing was asked.
pub(super) fn of_task(rows: &[&SummaryRow]) -> String {
    let leaves = |row: &&SummaryRow| {
        row.answers.exit_histogram.len() > 1 || row.answers.decision_energy.value().is_some()
    };
    if !rows.iter().any(leaves) {
        return String::new();
    }
    let mut text = "\nEarly exit (depth: blocks that ran per generated token; same tokens and outputs: as with full depth):\n\n".to_owned();
    text += &table(&EXIT_HEADS, rows.iter().map(|row| exits(row)));
    let decisions = decisions(rows);
    if !decisions.is_empty() {
        text += "\nWhat deciding costs (a variant that asks and never leaves, less full depth, block by block):\n\n";
        text += &bullets(&decisions);
    }
    text
}

fn exits(row: &SummaryRow) -> [String; 7] {
    let missing = || MISSING.to_owned();
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let answers = &row.answers;
    let word = |word: &Option<String>| word.clone().unwrap_or_else(missing);
    let agreement = answers.agreement.value();
    [
        row.variant.clone(),
        format!("{} / {}", word(&answers.cache), word(&answers.head)),
        row.speed.mean_exit_layer.map_or_else(missing, |mean| format!("{mean:.2}")),
        histogram(answers),
        agreement.and_then(|found| found.same_token_share).map_or_else(missing, percent),
        agreement.map_or_else(missing, |found| percent(found.equal_output_share)),
        answers.break_even.value().map_or_else(missing, |found| {
            let number = |value: f64| format!("{value:.1}");
            let depth = with_interval(number(found.depth), found.lo.map(number), found.hi.map(number));
            let within = |(lo, hi): (f64, f64)| (lo..=hi).contains(&found.mean_exit_layer);
            let verdict = match (found.lo.zip(found.hi).is_some_and(within), found.pays) {
                (true, _) => "too close to tell",
                (false, true) => "pays",
                (false, false) => "does not pay",
            };
            format!("{depth} of {}: {verdict}", found.of)
        }),
    ]
}

/// `4: 90 %, 12: 10 %`: the most frequent depths, in the order of depth.
fn histogram(answers: &Answers) -> String {
    let all: u64 = answers.exit_histogram.iter().map(|count| count.tokens).sum();
    let mut counts: Vec<_> = answers.exit_histogram.iter().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.tokens));
    let rest: u64 = counts.iter().skip(NAMED).map(|count| count.tokens).sum();
    counts.truncate(NAMED);
    counts.sort_by_key(|count| count.blocks);
    let share = |tokens: u64| format!("{:.0} %", 100.0 * tokens as f64 / all.max(1) as f64);
    let mut texts: Vec<String> =
        counts.iter().map(|count| format!("{}: {}", count.blocks, share(count.tokens))).collect();
    texts.extend((rest > 0).then(|| format!("others: {}", share(rest))));
    if texts.is_empty() { MISSING.to_owned() } else { texts.join(", ") }
}

/// One sentence for each policy that was measured without leaving.
fn decisions(rows: &[&SummaryRow]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for row in rows {
        let Told::Value(found) = &row.answers.decision_energy else { continue };
        let hidden = match found.within_model_error {
            true => "; no larger than the error of the estimate's model",
            false => "",
        };
        let line = format!(
            "{} less {}: {} mJ per token, {} J per task, p {} over {} blocks{hidden}",
            found.measured_by,
            found.against,
            difference(&found.per_token_j, 1e3),
            difference(&found.per_task_j, 1.0),
            found.per_token_j.p.map_or_else(|| MISSING.to_owned(), p_value),
            found.n_blocks
        );
        if !told.contains(&line) {
            told.push(line);
        }
    }
    told
}

fn difference(found: &Difference, unit: f64) -> String {
    interval(&Interval { value: found.value, lo: found.lo, hi: found.hi }, unit)
}

fn interval(found: &Interval, unit: f64) -> String {
    let number = |value: f64| significant(unit * value, 3);
    with_interval(number(found.value), found.lo.map(number), found.hi.map(number))
}

/// The depth laws of a task; empty without one.
pub(super) fn laws(summary: &Summary, task: &str) -> String {
    let laws: Vec<&DepthLaw> = summary.depth_laws.iter().filter(|law| law.task == task).collect();
    if laws.is_empty() {
        return String::new();
    }
    let rows = laws.iter().flat_map(|law| {
        [("token", &law.per_token_j), ("task", &law.per_task_j)].map(|(per, fit)| match fit {
            Told::Value(fit) => law_row(&law.group, per, fit),
            Told::Refused { refused } => {
                let none = || MISSING.to_owned();
                [
                    members(&law.group),
                    per.to_owned(),
                    format!("{MISSING} ({refused})"),
                    none(),
                    none(),
                    none(),
                ]
            }
        })
    });
    format!("\nDepth law, E = a + b · depth, least squares over cells [95 %]:\n\n{}", table(&LAW_HEADS, rows))
}

fn law_row(group: &Group, per: &str, fit: &DepthFit) -> [String; 6] {
    let residual = |point: &crate::summary::DepthPoint| {
        format!("{} {}", point.variant, change(1.0 + point.residual_j / point.energy_j))
    };
    [
        format!("{}, {} cells", members(group), fit.quality.n),
        per.to_owned(),
        interval(&fit.a, 1.0),
        interval(&fit.b, 1.0),
        format!("{} ({})", r_squared(fit.quality.r_squared), r_squared(fit.r_squared_of_means)),
        fit.points.iter().map(residual).collect::<Vec<_>>().join(", "),
    ]
}

fn r_squared(value: Option<f64>) -> String {
    value.map_or_else(|| MISSING.to_owned(), |value| format!("{value:.3}"))
}

/// A group by its variants, which a reader knows.
fn members(group: &Group) -> String {
    let cache = group.cache.as_deref().unwrap_or(MISSING);
    format!("{} (cache {cache})", group.variants.join(", "))
}

/// The price models of the run; empty without one that holds.
pub(super) fn prices(summary: &Summary) -> String {
    let fitted: Vec<&PriceModel> =
        summary.price_models.iter().filter(|model| model.fit.value().is_some()).collect();
    if fitted.is_empty() {
        return String::new();
    }
    let mut notes: Vec<String> = Vec::new();
    let rows: Vec<[String; 6]> = fitted.iter().filter_map(|model| price_row(model, &mut notes)).collect();
    let mut text = "\n## Price of an item\n\nE = a + b · prompt tokens + c · depth · generated tokens, least squares over the cells of all tasks; \
                    `harness price` computes with it:\n\n"
        .to_owned();
    text += &table(&PRICE_HEADS, rows.into_iter());
    if !notes.is_empty() {
        text += "\n";
        text += &bullets(&notes);
    }
    text
}

fn price_row(model: &PriceModel, notes: &mut Vec<String>) -> Option<[String; 6]> {
    let fit = model.fit.value()?;
    let mut term = |price: &Told<Interval>, what: &str| match price {
        Told::Value(price) => interval(price, 1e3),
        Told::Refused { refused } => {
            notes.push(format!("{}: no price of {what}: {refused}", members(&model.group)));
            MISSING.to_owned()
        }
    };
    let (b, c) = (term(&fit.b, "prompt tokens"), term(&fit.c, "depth times tokens"));
    Some([
        format!("{}, {} cells", members(&model.group), fit.quality.n),
        interval(&fit.a, 1.0),
        b,
        c,
        r_squared(fit.quality.r_squared),
        fit.quality.residual_sd.map_or_else(|| MISSING.to_owned(), |sd| significant(sd, 3)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;
    use crate::report::exits_example::{exits_example, exits_summary};
    use crate::report::markdown::markdown;

    #[test]
    fn the_page_tells_depths_agreement_decisions_law_and_prices() {
        let page = markdown(&exits_summary(&exits_example()));
        for line in [
            "| exit-4 | propagate / last | 4.80 | 4: 90 %, 12: 10 % | 92.5 % | 25.0 % | – |",
            "| sure-0.6 | propagate / last | 6.60 | 6: 90 %, 12: 10 % | 92.5 % | 25.0 % | 7.2 [7.2, 7.2] of 12: pays |",
            "- never less full: 80.0 [80.0, 80.0] mJ per token, 0.800 [0.800, 0.800] J per task, p < 0.001 over 6 blocks",
            "| full, exit-4, exit-8 (cache propagate), 18 cells | token | 0.0500 [0.0500, 0.0500] | 0.0100 [0.0100, 0.0100] | 1.000 (1.000) | full 0.0, exit-4 0.0, exit-8 0.0 |",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert!(page.contains("no price of prompt tokens: every cell has prompts of 100.0 tokens"), "{page}");
    }

    #[test]
    fn a_run_without_exits_says_nothing_of_them() {
        let page = markdown(&summary());
        assert!(
            !page.contains("Early exit") && !page.contains("Depth law") && !page.contains("Price"),
            "{page}"
        );
    }

    #[test]
    fn rare_depths_are_summed_up() {
        let answers = Answers {
            exit_histogram: (1..=8)
                .map(|blocks| crate::summary::ExitCount { blocks, tokens: u64::from(blocks) * 10 })
                .collect(),
            ..Answers::default()
        };
        assert_eq!(histogram(&answers), "4: 11 %, 5: 14 %, 6: 17 %, 7: 19 %, 8: 22 %, others: 17 %");
    }
}
