//! The checks, one after the other; each is a line.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use harness_task::ScorerSpec;
use harness_text::regular;
use serde_json::Value as Json;

use super::finding::{Finding, Outcome};
use crate::bundle::{Trust, Unpacked, check_signature, leads_inside};
use crate::hash;
use crate::record::{CellRecord, ItemRecord, Phase, SampleRecord, Status, TOTAL, WindowRecord};
use crate::remeasure::{Changes, measure_again};
use crate::score::{TaskInput, score_rows};
use crate::stop::Stop;
use crate::store::{Manifest, RunFolder};
use crate::summary::Summary;
use crate::table;

/// Energies of items are shares of a window; they are computed in another order here.
const SHARE_ERROR: f64 = 1e-9;

/// Where a claim stands.
pub enum Claim<'a> {
    /// A bundle, unpacked.
    Bundle(&'a Unpacked),
    /// A run folder.
    Folder(&'a Path),
}

/// Computes everything again that can be; one finding a check.
///
/// Nothing that the claim names is run: scorers that are programs, and verdicts of programs, are taken as told.
///
/// # Errors
/// The run folder is none, or a table in it cannot be read.
pub fn verify(claim: &Claim<'_>, trust: &Trust) -> Result<Vec<Finding>> {
    let path = match claim {
        Claim::Bundle(unpacked) => unpacked.folder.path(),
        Claim::Folder(path) => path,
    };
    let mut findings = Vec::new();
    if let Claim::Bundle(unpacked) = claim {
        let files = unpacked.index.files.len();
        let detail = format!("{files} files and their index, every byte as it was bundled");
        findings.push(Finding::of("bundle", detail, unpacked.faults.clone()));
        findings.push(match &unpacked.signed {
            None => Finding::not_checked("signature", "the bundle is not signed"),
            Some(signed) => match check_signature(&unpacked.index_text, signed, trust)? {
                Ok(who) => Finding::agrees("signature", who),
                Err(why) => Finding::of("signature", "it does not hold", vec![why]),
            },
        });
    }
    if findings.iter().any(|finding| finding.outcome == Outcome::Differs) {
        let why = "not as it was bundled or signed: its numbers say nothing";
        findings.push(Finding::not_checked("numbers", why));
        return Ok(findings);
    }
    let (folder, manifest) = RunFolder::open(path)?;
    // Hashes are a finding of their own, and numbers are computed again whatever they say.
    let folder = folder.without_hashes();
    if let Some(how_far) = folder.unfinished(&manifest)? {
        findings.push(Finding::not_checked("complete", how_far));
    }
    findings.push(files(path, &manifest)?);
    findings.push(cells(&folder, &manifest)?);
    findings.extend(windows(&folder, &manifest)?);
    findings.extend(items(&folder, &manifest)?);
    findings.push(summary(&folder, &manifest, path)?);
    Ok(findings)
}

/// Every file that the manifest names has the hash that it names.
fn files(path: &Path, manifest: &Manifest) -> Result<Finding> {
    if manifest.files.is_empty() {
        return Ok(Finding::not_checked("files", "the run is not finished: its manifest names no files"));
    }
    let mut places = Vec::new();
    for file in &manifest.files {
        // A stranger's manifest must not make this program read elsewhere.
        if !leads_inside(&file.name) {
            places.push(format!("the manifest names {:?}, which lies outside", file.name));
            continue;
        }
        match hash::file(&path.join(&file.name)) {
            Ok(sha256) if sha256 == file.sha256 => {}
            Ok(_) => places.push(format!("`{}` has another hash than the manifest says", file.name)),
            Err(error) => places.push(format!("`{}` cannot be read: {error}", file.name)),
        }
    }
    let detail = format!("{} files have the hashes that the manifest names", manifest.files.len());
    Ok(Finding::of("files", detail, places))
}

/// One row for each planned cell, in its place.
fn cells(folder: &RunFolder, manifest: &Manifest) -> Result<Finding> {
    let cells = folder.read::<CellRecord>()?;
    let planned: Vec<&String> = manifest.planned().collect();
    let mut seen = BTreeSet::new();
    let mut places = Vec::new();
    for cell in &cells {
        let name = format!("{}/{}", cell.task, cell.variant);
        let place = manifest
            .order
            .get(usize::from(cell.block))
            .and_then(|block| block.get(usize::from(cell.position)));
        if place != Some(&name) {
            places.push(format!(
                "cell {} is {name}, the manifest plans {}",
                cell.cell,
                place.map_or("none", String::as_str)
            ));
        }
        if !seen.insert(cell.cell) {
            places.push(format!("cell {} stands there twice", cell.cell));
        }
    }
    let ok = cells.iter().filter(|cell| cell.status == Status::Ok).count();
    if manifest.complete && cells.len() != planned.len() {
        places.push(format!("{} rows for {} planned cells", cells.len(), planned.len()));
    }
    let detail =
        format!("{} of {} planned cells have a row, {ok} of them are ok", cells.len(), planned.len());
    Ok(Finding::of("cells", detail, places))
}

/// Every window from the raw readings, and what items got of it.
fn windows(folder: &RunFolder, manifest: &Manifest) -> Result<Vec<Finding>> {
    let before = folder.read::<WindowRecord>()?;
    let readings: usize = folder.sources::<SampleRecord>()?.iter().map(table::Source::rows).sum();
    if readings == 0 {
        return Ok(vec![Finding::not_checked("windows", "the run kept no raw readings")]);
    }
    let changes = Changes { baseline: manifest.baseline_of_net, ..Changes::default() };
    let (again, _) = measure_again(folder, manifest, &before, &changes)?;
    let mut places: Vec<String> = std::iter::zip(&before, &again)
        .filter(|(old, new)| old != new)
        .map(|(old, new)| {
            let cell = old.cell.map_or("the run".to_owned(), |cell| format!("cell {cell}"));
            format!("{} of {cell}, {}: {}", old.domain, word(old.phase), difference(old, new))
        })
        .collect();
    if before.len() != again.len() {
        places.push(format!("{} rows where {} are computed", before.len(), again.len()));
    }
    let detail =
        format!("{} windows computed again from {readings} raw readings, to the last bit", again.len());
    Ok(vec![Finding::of("windows", detail, places), shares(folder, &before)?])
}

fn word(phase: Phase) -> String {
    table::word_of(&phase).unwrap_or_default()
}

fn difference(old: &WindowRecord, new: &WindowRecord) -> String {
    let told = |window: &WindowRecord| match (window.energy_j, window.reason()) {
        (Some(energy), _) => format!("{energy} J"),
        (None, reason) => format!("no energy ({})", reason.unwrap_or_default()),
    };
    match told(old) == told(new) {
        true => "another uncertainty or condition than the readings give".to_owned(),
        false => format!("{}, the readings give {}", told(old), told(new)),
    }
}

/// Items' energies add up to their window's.
fn shares(folder: &RunFolder, windows: &[WindowRecord]) -> Result<Finding> {
    let files = folder.files::<ItemRecord>()?;
    let sums = table::sums::<ItemRecord>(&files, "cell", ["energy_total_j", "pass_count"])
        .map_err(|error| Stop::missing(error.to_string()))?;
    let total = |cell: u32| {
        let is_it =
            |row: &&WindowRecord| row.cell == Some(cell) && row.phase == Phase::Window && row.domain == TOTAL;
        windows.iter().find(is_it).and_then(|row| row.energy_j).unwrap_or(0.0)
    };
    let places = sums
        .iter()
        .map(|(cell, sum)| (cell, *sum, total(*cell)))
        .filter(|(_, sum, total)| (sum - total).abs() > SHARE_ERROR * total.abs().max(f64::MIN_POSITIVE))
        .map(|(cell, sum, total)| format!("cell {cell}: its items have {sum} J, its window {total} J"))
        .collect();
    let detail = format!("energies of items add up to those of the windows of {} cells", sums.len());
    Ok(Finding::of("shares", detail, places))
}

/// Every score from its completion.
fn items(folder: &RunFolder, manifest: &Manifest) -> Result<Vec<Finding>> {
    let mut outside = BTreeSet::new();
    let tasks: Vec<TaskInput> = manifest
        .summary_input
        .tasks
        .iter()
        .map(|task| {
            let (own, others): (Vec<ScorerSpec>, Vec<ScorerSpec>) =
                task.scorers.iter().cloned().partition(|spec| matches!(spec, ScorerSpec::Board(_)));
            outside.extend(others.iter().map(|spec| format!("`{}`", spec.name())));
            TaskInput { scorers: own, ..task.clone() }
        })
        .collect();
    let (mut completions, mut verdicts, mut scores) = (0_usize, 0_usize, 0_usize);
    let (mut texts, mut places) = (Vec::new(), Vec::new());
    for items in folder.batches::<ItemRecord>()? {
        let old = items?;
        let mut new = old.clone();
        for task in &tasks {
            let mut rows: Vec<&mut ItemRecord> =
                new.iter_mut().filter(|item| item.task == task.name).collect();
            score_rows(&mut rows, task);
        }
        for (old, new) in old.iter().zip(&new) {
            let named = || format!("item {} of cell {}", old.item, old.cell);
            completions += 1;
            verdicts += usize::from(old.verdict.is_some());
            if hash::text(&old.completion) != old.completion_sha256 {
                texts.push(format!("the completion of {} has another hash than its row says", named()));
            }
            let scorers = tasks.iter().filter(|task| task.name == old.task).flat_map(|task| &task.scorers);
            for name in scorers.map(ScorerSpec::name) {
                scores += 1;
                let same = old.score.get(name) == new.score.get(name)
                    && old.stats.get(name) == new.stats.get(name)
                    && old.unscored.get(name) == new.unscored.get(name);
                if !same {
                    let told =
                        |item: &ItemRecord| item.score.get(name).map_or("none".to_owned(), f64::to_string);
                    places.push(format!(
                        "`{name}` of {}: {}, the completion gives {}",
                        named(),
                        told(old),
                        told(new)
                    ));
                }
            }
        }
    }
    let mut findings = vec![
        Finding::of(
            "texts",
            format!("{completions} completions have the hashes that their rows name"),
            texts,
        ),
        Finding::of(
            "scores",
            format!("{scores} scores computed again from {completions} completions"),
            places,
        ),
    ];
    if verdicts > 0 {
        let detail =
            format!("{verdicts} verdicts are taken as told: generated programs are not run again here");
        findings.push(Finding::not_checked("verdicts", detail));
    }
    if !outside.is_empty() {
        let names = outside.into_iter().collect::<Vec<_>>().join(", ");
        let detail = format!("{names}: programs of their own, which are not run for a stranger's bundle");
        findings.push(Finding::not_checked("scores", detail));
    }
    Ok(findings)
}

/// The summary from the tables.
fn summary(folder: &RunFolder, manifest: &Manifest, path: &Path) -> Result<Finding> {
    let stored = match regular::read(&path.join("summary.json"), regular::DATA) {
        Ok(bytes) => bytes,
        Err(error) => {
            return Ok(Finding::not_checked("summary", format!("`summary.json` cannot be read: {error}")));
        }
    };
    let read: Result<Json, _> =
        serde_json::from_slice::<Summary>(&stored).and_then(|_| serde_json::from_slice(&stored));
    let old = match read {
        Ok(summary) => summary,
        Err(error) => return Ok(Finding::of("summary", "it cannot be read", vec![error.to_string()])),
    };
    let (again, _) = folder.summarise(manifest)?;
    let new = serde_json::to_value(&again)?;
    // Another version may have told less.
    let lenient = manifest.git.as_deref() != option_env!("HARNESS_GIT");
    let mut places = Vec::new();
    differences(&old, &new, lenient, "", &mut places);
    let numbers = count(&old);
    Ok(Finding::of(
        "summary",
        format!("{numbers} values of `summary.json` computed again from the tables"),
        places,
    ))
}

fn count(value: &Json) -> usize {
    match value {
        Json::Object(map) => map.values().map(count).sum(),
        Json::Array(values) => values.iter().map(count).sum(),
        _ => 1,
    }
}

fn differences(old: &Json, new: &Json, lenient: bool, at: &str, places: &mut Vec<String>) {
    match (old, new) {
        (Json::Object(a), Json::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                if lenient && !a.contains_key(key) {
                    continue;
                }
                let (a, b) = (a.get(key).unwrap_or(&Json::Null), b.get(key).unwrap_or(&Json::Null));
                differences(a, b, lenient, &format!("{at}/{key}"), places);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(index, (a, b))| {
                differences(a, b, lenient, &format!("{at}/{index}"), places);
            });
        }
        (a, b) if a != b => places.push(format!("`{at}` is {a}, the tables give {b}")),
        _ => {}
    }
}
