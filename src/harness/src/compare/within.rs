//! The variants of one run against one of them, in the same blocks and on the same items.

use anyhow::Result;

use super::asked::Asked;
use super::quantity::{Quantity, quantities};
use super::report::{CompareReport, Compared, Counted, Found, Kind, SCHEMA};
use super::session::Session;
use super::settle::settle;
use crate::metric::PER_CORRECT;
use crate::record::{CellRecord, ScoreRecord, StatsRecord, WindowRecord};
use crate::stop::Stop;
use crate::suite::unknown_name;
use crate::summary::{Comparison, SummaryInput, SummaryRow, rebase};

/// Compares variants of a run with `baseline`, or with the suite's baseline. What the suite's own baseline says is
/// stored; another one is computed from the tables.
///
/// # Errors
/// A [`Stop`] where a name is unknown, or a table is missing or damaged.
pub fn compare_variants(
    mut session: Session,
    baseline: Option<&str>,
    asked: &Asked,
) -> Result<CompareReport> {
    asked.check(&[&session], &[&session])?;
    if let Some(pair) = asked.variants.iter().find(|pair| pair.before != pair.after) {
        return Err(Stop::usage(format!(
            "`--variant {}={}` maps names between runs, and one run is given\nhelp: write `--variant {}`, or name a run before with `--before RUN`",
            pair.before, pair.after, pair.after
        ))
        .into());
    }
    if let Some(name) = baseline {
        check_baseline(&session, name)?;
        if name != session.summary.baseline {
            against(&mut session, name, asked)?;
        }
    }
    let mut rows = Vec::new();
    let wanted = |row: &&SummaryRow| {
        let named = asked.variants.is_empty() || asked.variants.iter().any(|pair| pair.after == row.variant);
        asked.has_task(&row.task) && named && row.variant != session.summary.baseline
    };
    for row in session.summary.rows.iter().filter(wanted) {
        let all = quantities(asked, row);
        rows.extend(all.iter().map(|quantity| compared(&session, row, quantity)));
    }
    if rows.is_empty() {
        return Err(Stop::usage(format!(
            "nothing is left to compare with `{}`\nhelp: choose other tasks, variants or quantities; `harness show` lists them",
            session.summary.baseline
        ))
        .into());
    }
    let summary = &session.summary;
    let families = settle(&mut rows, summary.alpha, summary.practical);
    Ok(CompareReport {
        schema: SCHEMA,
        suite: summary.suite.clone(),
        baseline: Some(summary.baseline.clone()),
        before: vec![session.side()],
        after: Vec::new(),
        level: summary.level,
        alpha: summary.alpha,
        practical: summary.practical,
        energy: summary.energy_sentence.clone(),
        labels: Vec::new(),
        notes: Vec::new(),
        families,
        rows,
    })
}

fn check_baseline(session: &Session, name: &str) -> Result<(), Stop> {
    let variants = &session.manifest.summary_input.variants;
    let names: Vec<&str> = variants.iter().map(String::as_str).collect();
    match names.contains(&name) {
        true => Ok(()),
        false => Err(Stop::usage(unknown_name("variant", name, &names).to_string())),
    }
}

/// Puts comparisons with another baseline in place of the stored ones, from as few columns and rows as they take.
fn against(session: &mut Session, baseline: &str, asked: &Asked) -> Result<()> {
    let Session { folder, manifest, summary, .. } = session;
    let stored = &manifest.summary_input;
    let named = |variant: &String| {
        asked.variants.is_empty() || asked.variants.iter().any(|pair| pair.after == *variant)
    };
    let input = SummaryInput {
        baseline: baseline.to_owned(),
        variants: stored.variants.iter().filter(|name| *name == baseline || named(name)).cloned().collect(),
        tasks: stored.tasks.iter().filter(|task| asked.has_task(&task.name)).cloned().collect(),
        ..stored.clone()
    };
    let (cells, windows) = (folder.read::<CellRecord>()?, folder.read::<WindowRecord>()?);
    let wanted = |scorer: &str| stored.tasks.iter().any(|task| asked.has_score(scorer, &task.primary_score));
    let needs_items = asked.has_metric(PER_CORRECT)
        || stored.tasks.iter().any(|task| task.scorers.iter().any(|scorer| wanted(scorer.name())));
    let items = |task: &str, variant: &str| match needs_items {
        false => Ok(Vec::new()),
        true => {
            let rows = folder.of_variant::<StatsRecord>(task, variant)?;
            Ok(rows.into_iter().map(ScoreRecord::from).collect())
        }
    };
    rebase(summary, &input, &cells, &windows, &items, &wanted)
}

fn compared(session: &Session, row: &SummaryRow, quantity: &Quantity) -> Compared {
    let baseline = &session.summary.baseline;
    let other = session.row(&row.task, baseline);
    let mut compared = quantity.blank(&row.task, &row.variant, baseline);
    let own = quantity.of(row);
    let before =
        other.ok_or_else(|| "the baseline has no row".to_owned()).and_then(|other| quantity.of(other));
    compared.after = own.as_ref().ok().map(|value| value.value);
    compared.before = before.as_ref().ok().map(|value| value.value);
    if quantity.is_energy {
        compared.model_error = row.u_model_rel.max(other.map_or(0.0, |other| other.u_model_rel));
    }
    let (stored, counted) = match quantity.kind {
        Kind::Ratio => (row.ratios.get(&quantity.name), Counted::Blocks),
        Kind::Difference => (row.score_differences.get(&quantity.name), Counted::Clusters),
    };
    compared.width = stored.and_then(|stored| stored.width);
    compared.found = stored.filter(|stored| stored.value.is_finite()).map(|stored| found(stored, counted));
    compared.why = match &compared.found {
        Some(Found { lo: None, .. }) => Some("there is too little to tell the spread".to_owned()),
        Some(_) => None,
        None => Some(own.err().or(before.err()).unwrap_or_else(|| match quantity.kind {
            Kind::Ratio => "variant and baseline have no block in common that has it".to_owned(),
            Kind::Difference => "variant and baseline have no scored item in common".to_owned(),
        })),
    };
    compared
}

/// A stored comparison.
pub(super) fn found(stored: &Comparison, counted: Counted) -> Found {
    Found {
        value: stored.value,
        lo: stored.lo,
        hi: stored.hi,
        p: stored.p,
        p_holm: None,
        counted,
        n_before: stored.n,
        n_after: stored.n,
        method: stored.method.clone(),
        verdict: None,
    }
}
