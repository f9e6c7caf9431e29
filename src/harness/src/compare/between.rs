//! Runs against one another: each is a session with one value of every quantity, and blocks of two runs are never paired.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use harness_meter::Class;
use harness_stats::Interval;
use rayon::prelude::*;

use super::asked::{Asked, Pair};
use super::own_baseline::{against_baselines, common};
use super::quantity::{Quantity, quantities};
use super::questions::{Played, differences, same};
use super::report::{CompareReport, Compared, Counted, Kind, SCHEMA};
use super::session::{Session, all_different};
use super::sessions::{Values, mean};
use super::settle::settle;
use super::within::found;
use super::{apart, facts};
use crate::stop::Stop;
use crate::summary::{Comparison, SummaryRow};

/// Why scores of the same questions are not paired.
const UNPAIRED: &str = "no item was scored alike on both sides";

/// Compares runs after with runs before. `allowed` are the words of [`APART`](super::APART) in which they may differ.
///
/// # Errors
/// A [`Stop`] where they must not be compared, have nothing in common, a name is unknown, or a table is damaged.
pub fn compare_runs(
    before: &[Session],
    after: &[Session],
    asked: &Asked,
    allowed: &[String],
) -> Result<CompareReport> {
    let (before, after): (Vec<&Session>, Vec<&Session>) = (before.iter().collect(), after.iter().collect());
    let all = [before.as_slice(), after.as_slice()].concat();
    let Some(first) = all.first() else { return Err(Stop::usage("no run\nhelp: name two runs").into()) };
    all_different(&all)?;
    let labels = apart::check(&all, allowed)?;
    asked.check(&before, &after)?;
    let mut notes: Vec<String> = scale_note(&all, &labels).into_iter().collect();
    notes.extend(facts::differing(&before, &after)?);
    let baseline = common(&all);
    if let Err(why) = &baseline {
        notes.push(format!("nothing is compared by way of the runs' own baselines: {why}"));
    }
    let sides = Sides {
        before,
        after,
        asked,
        other_classes: allowed.iter().any(|word| word == "class"),
        baseline: baseline.ok(),
        level: first.summary.level,
    };
    let mut rows = Vec::new();
    for task in sides.tasks()? {
        // Each reads the items of its own variant.
        let pairs = sides.pairs(task);
        let of_pairs = pairs.par_iter().map(|pair| sides.rows(task, pair)).collect::<Result<Vec<_>>>()?;
        rows.extend(of_pairs.into_iter().flatten());
        notes.extend(sides.alone(task));
    }
    if rows.is_empty() {
        return Err(sides.nothing_in_common().into());
    }
    let summary = &first.summary;
    let families = settle(&mut rows, summary.alpha, summary.practical);
    let energies: BTreeSet<&str> =
        all.iter().map(|session| session.summary.energy_sentence.as_str()).collect();
    Ok(CompareReport {
        schema: SCHEMA,
        suite: summary.suite.clone(),
        baseline: None,
        before: sides.before.iter().map(|session| session.side()).collect(),
        after: sides.after.iter().map(|session| session.side()).collect(),
        level: summary.level,
        alpha: summary.alpha,
        practical: summary.practical,
        energy: energies.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "),
        labels,
        notes,
        families,
        rows,
    })
}

/// The runs of both sides, with what is asked of them.
struct Sides<'s> {
    before: Vec<&'s Session>,
    after: Vec<&'s Session>,
    asked: &'s Asked,
    /// Joules of different classes are compared.
    other_classes: bool,
    /// The baseline that all of them hold.
    baseline: Option<&'s str>,
    level: f64,
}

impl<'s> Sides<'s> {
    /// Tasks of both sides, in the order of the first run.
    fn tasks(&self) -> Result<Vec<&'s str>, Stop> {
        let (old, new) = (names(&self.before, |row| &row.task), names(&self.after, |row| &row.task));
        let both: Vec<&str> = old.iter().copied().filter(|task| new.contains(task)).collect();
        if both.is_empty() {
            return Err(Stop::usage(format!(
                "the runs have no task in common: {} before, {} after\nhelp: compare runs of suites that share a task",
                listed(&old),
                listed(&new)
            )));
        }
        Ok(both.into_iter().filter(|task| self.asked.has_task(task)).collect())
    }

    /// Variants of a task under their names on both sides, in the order of the first run.
    fn pairs(&self, task: &str) -> Vec<Pair> {
        let has = |sessions: &[&Session], variant: &str| {
            sessions.iter().any(|session| session.row(task, variant).is_some())
        };
        let there = |pair: &Pair| has(&self.before, &pair.before) && has(&self.after, &pair.after);
        let all = match self.asked.variants.is_empty() {
            false => self.asked.variants.clone(),
            true => {
                let names = names(&self.before, |row| &row.variant);
                let pair = |name: &&str| Pair { before: (*name).to_owned(), after: (*name).to_owned() };
                names.iter().map(pair).collect()
            }
        };
        all.into_iter().filter(there).collect()
    }

    /// Variants that one side alone has, unless the user chose.
    fn alone(&self, task: &str) -> Option<String> {
        let of = |sessions: &[&'s Session]| -> Vec<&'s str> {
            let rows =
                sessions.iter().flat_map(|session| &session.summary.rows).filter(|row| row.task == task);
            unique(rows.map(|row| row.variant.as_str()))
        };
        let (old, new) = (of(&self.before), of(&self.after));
        let only = |own: &[&'s str], other: &[&'s str]| -> Vec<&'s str> {
            own.iter().copied().filter(|name| !other.contains(name)).collect()
        };
        let (gone, come) = (only(&old, &new), only(&new, &old));
        let told: Vec<String> = [("before", gone), ("after", come)]
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(side, names)| format!("only {side}: {}", listed(&names)))
            .collect();
        (self.asked.variants.is_empty() && !told.is_empty()).then(|| {
            format!("{task}: {} (`--variant OLD=NEW` compares variants under other names)", told.join("; "))
        })
    }

    fn nothing_in_common(&self) -> Stop {
        let (old, new) = (names(&self.before, |row| &row.variant), names(&self.after, |row| &row.variant));
        Stop::usage(format!(
            "the runs have nothing in common that is asked for: variants {} before, {} after\nhelp: `--variant OLD=NEW` compares variants under other names; or choose other tasks and quantities",
            listed(&old),
            listed(&new)
        ))
    }

    /// Every quantity of a variant on a task.
    fn rows(&self, task: &str, pair: &Pair) -> Result<Vec<Compared>> {
        fn played<'p>(
            sessions: &[&'p Session],
            task: &str,
            name: &'p str,
        ) -> Vec<(Played<'p>, &'p SummaryRow)> {
            sessions.iter().filter_map(|session| Some(((*session, name), session.row(task, name)?))).collect()
        }
        let (before, before_rows): (Vec<Played<'_>>, Vec<&SummaryRow>) =
            played(&self.before, task, &pair.before).into_iter().unzip();
        let (after, after_rows): (Vec<Played<'_>>, Vec<&SummaryRow>) =
            played(&self.after, task, &pair.after).into_iter().unzip();
        let Some(shape) = after_rows.first() else { return Ok(Vec::new()) };
        let quantities = quantities(self.asked, shape);
        let has_scores = quantities.iter().any(|quantity| quantity.kind == Kind::Difference);
        let same_items = same(&[before.as_slice(), after.as_slice()].concat(), task);
        let paired: BTreeMap<String, Comparison> = match has_scores && same_items.is_ok() {
            true => differences(&before, &after, task, self.asked, self.level)?,
            false => BTreeMap::new(),
        };
        let row = |quantity: &Quantity| {
            let mut row = quantity.blank(task, &pair.after, &pair.before);
            self.fill(&mut row, quantity, &before_rows, &after_rows, paired.get(&quantity.name));
            if quantity.kind == Kind::Difference && !paired.contains_key(&quantity.name) {
                let why = same_items.as_ref().err().map_or(UNPAIRED, String::as_str);
                row.why = Some(row.why.map_or_else(|| why.to_owned(), |more| format!("{more}; {why}")));
            }
            row
        };
        Ok(quantities.iter().map(row).collect())
    }

    fn fill(
        &self,
        row: &mut Compared,
        quantity: &Quantity,
        before: &[&SummaryRow],
        after: &[&SummaryRow],
        paired: Option<&Comparison>,
    ) {
        let classes: Vec<Class> = before.iter().chain(after).filter_map(|row| row.class).collect();
        let differ = classes.windows(2).any(|pair| pair[0] != pair[1]);
        if quantity.is_energy && differ && !self.other_classes {
            row.why = Some("joules of different classes are never compared".to_owned());
            return;
        }
        let mut whys: Vec<String> = Vec::new();
        let mut side = |rows: &[&SummaryRow]| {
            let values: Vec<_> = rows.iter().map(|row| quantity.of(row)).collect();
            whys.extend(values.iter().filter_map(|value| value.as_ref().err().cloned()));
            values.into_iter().flatten().map(|value| Values::scaled(quantity, value)).collect::<Vec<_>>()
        };
        let values = Values { before: side(before), after: side(after) };
        let mean = |side: &[Interval]| mean(side).map(|mean| quantity.unscaled(mean.value));
        (row.before, row.after) = (mean(&values.before), mean(&values.after));
        if quantity.is_energy {
            row.model_error = before.iter().chain(after).map(|row| row.u_model_rel).fold(0.0, f64::max);
        }
        let widths = after.iter().filter_map(|row| row.score_differences.get(&quantity.name)?.width);
        row.width = paired.and_then(|paired| paired.width).or(widths.into_iter().next());
        whys.dedup();
        match paired.filter(|paired| paired.value.is_finite()) {
            Some(paired) => row.found = Some(found(paired, Counted::Clusters)),
            None => {
                if let Some((found, why)) = values.between(quantity, self.level) {
                    row.without_sessions = why.as_ref().and_then(|_| values.within(quantity));
                    row.found = Some(found);
                    whys.extend(why);
                }
            }
        }
        row.why = (!whys.is_empty()).then(|| whys.join("; "));
        // Paired items leave nothing of the session to cancel.
        if let (Some(baseline), None) = (self.baseline, paired) {
            row.against_baselines = against_baselines(quantity, before, after, self.level);
            row.baseline = row.against_baselines.is_some().then(|| baseline.to_owned());
        }
    }
}

/// What other machines and meters leave out of every interval: within one, the uncertainty of scale cancels.
fn scale_note(sessions: &[&Session], labels: &[String]) -> Option<String> {
    let other = |label: &String| !label.starts_with("other suite");
    let rows = sessions.iter().flat_map(|session| &session.summary.rows);
    let scales = rows.filter_map(|row| row.energy_per_task_j.as_ref()?.u_scale_rel);
    let largest = scales.reduce(f64::max).filter(|scale| *scale > 0.0)?;
    labels.iter().any(other).then(|| {
        format!(
            "the meters' uncertainty of scale, up to {:.0} % of joules, does not cancel between other machines or classes and is in no interval",
            100.0 * largest
        )
    })
}

fn names<'s>(sessions: &[&'s Session], of: fn(&SummaryRow) -> &String) -> Vec<&'s str> {
    unique(sessions.iter().flat_map(|session| &session.summary.rows).map(|row| of(row).as_str()))
}

fn unique<'s>(names: impl Iterator<Item = &'s str>) -> Vec<&'s str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { quoted.join(", ") }
}
