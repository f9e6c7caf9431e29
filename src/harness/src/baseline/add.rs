//! Stores a run's variant as a baseline, or one more session of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use harness_protocol::{COMPRESSIONS, EXITS, Entry, Value};
use harness_text::printable::Shown;
use harness_text::regular;
use serde_json::{Map, Value as Json};

use super::keep::Keeper;
use super::names::{Kept, SCHEMA};
use super::shelf::{UNFINISHED, write};
use super::{Baseline, Session, Shelf, session_of};
use crate::engine::{EngineUse, program, sha256_of};
use crate::stop::Stop;
use crate::store::{Manifest, RunFolder, suite_of};
use crate::suite::{Suite, Variant, model_files, suite_sha256, unknown_name, variant_name};
use crate::utc;

/// What `harness baseline add` did.
#[derive(Debug)]
pub struct Added {
    /// The baseline as it stands now.
    pub baseline: Baseline,
    /// Whether it is new.
    pub new: bool,
}

/// Stores the variant of a finished run under a name; where the name is taken by the same variant of the same suite, engine
/// and machine, the run becomes one more of its sessions.
///
/// # Errors
/// The run is not complete or not qualified; the suite's files or the engine have changed since; the name is taken by something
/// else; the folder cannot be written.
pub fn add(shelf: &Shelf, name: &str, run: &Path, variant: Option<&str>) -> Result<Added> {
    variant_name(name)?;
    let (folder, manifest) = RunFolder::open(run)?;
    let summary = folder.stored_summary(&manifest)?;
    qualified(&manifest, run)?;
    let suite = suite_of(&manifest, run)?;
    let names: Vec<&str> = suite.variants.iter().map(|variant| variant.name.as_str()).collect();
    let wanted = variant.unwrap_or(&suite.baseline);
    let Some(variant) = suite.variants.iter().find(|variant| variant.name == wanted) else {
        return Err(unknown_name("variant", wanted, &names).into());
    };
    let engine = used_engine(&manifest, variant, run)?;
    let class = summary.rows.iter().find(|row| row.variant == variant.name).and_then(|row| row.class);
    let about = Kept {
        schema: SCHEMA,
        variant: variant.name.clone(),
        suite: suite.name.clone(),
        suite_sha256: manifest.suite_sha256.clone(),
        hardware_key: manifest.hardware.key.clone(),
        class,
        engine: format!("{} {}", engine.identity.name, engine.identity.version),
        engine_sha256: engine.identity.sha256.clone().unwrap_or_default(),
        weights_sha256: weights(&manifest, &variant.name),
        added_utc: utc::text(SystemTime::now()),
        suite_resolved: Json::Null,
        files: Vec::new(),
    };
    let session = session_of(&manifest, &summary);
    if shelf.names()?.iter().any(|known| known == name) {
        let baseline = shelf.find(name)?;
        same(&baseline, &about)?;
        baseline.remember(&session)?;
        return Ok(Added { baseline: shelf.find(name)?, new: false });
    }
    unchanged(&suite, variant, &manifest, engine)?;
    store(shelf, name, about, &suite, variant, &session)?;
    Ok(Added { baseline: shelf.find(name)?, new: true })
}

/// Only a run on a machine that was found fit may be what later ones are held against.
fn qualified(manifest: &Manifest, run: &Path) -> Result<(), Stop> {
    let Some(why) = manifest.unqualified() else { return Ok(()) };
    Err(Stop::missing(format!(
        "`{}` cannot be a baseline: the machine was not qualified: {why}\nhelp: mend that, and run the suite again",
        run.shown()
    )))
}

/// The engine that answered for the variant.
fn used_engine<'m>(manifest: &'m Manifest, variant: &Variant, run: &Path) -> Result<&'m EngineUse, Stop> {
    let used = manifest.engines.iter().find(|used| used.variants.contains(&variant.name));
    used.ok_or_else(|| {
        Stop::missing(format!(
            "no engine answered for `{}` in `{}`\nhelp: name a run in which it was measured",
            variant.name,
            run.shown()
        ))
    })
}

/// SHA-256 of a variant's weights, as cells said.
fn weights(manifest: &Manifest, variant: &str) -> Option<String> {
    let used = manifest.weights.iter().find(|weights| weights.variants.iter().any(|name| name == variant));
    used.map(|weights| weights.sha256.clone())
}

/// Refuses sessions of something else than the baseline is.
fn same(baseline: &Baseline, now: &Kept) -> Result<(), Stop> {
    let then = &baseline.kept;
    let differ = [
        ("variant", then.variant == now.variant),
        ("suite", then.suite_sha256 == now.suite_sha256),
        ("machine", then.hardware_key == now.hardware_key),
        ("class of energy", then.class == now.class),
        ("engine", then.engine_sha256 == now.engine_sha256),
        ("weights", then.weights_sha256 == now.weights_sha256),
    ];
    let other: Vec<&str> = differ.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    if other.is_empty() {
        return Ok(());
    }
    let name = &baseline.name;
    Err(Stop::usage(format!(
        "the baseline `{name}` was stored with another {}\nhelp: choose another name, or remove the old one first with `harness baseline prune {name}`",
        other.join(" and another ")
    )))
}

/// What is kept must be what was measured.
fn unchanged(suite: &Suite, variant: &Variant, manifest: &Manifest, engine: &EngineUse) -> Result<()> {
    let refused = |what: String| {
        Stop::missing(format!("{what} since the run\nhelp: bring it back as it was, or run the suite again"))
    };
    if suite_sha256(suite)? != manifest.suite_sha256 {
        return Err(refused("a model or the data of a task have changed".to_owned()).into());
    }
    if engine.identity.sha256.is_none() || sha256_of(&variant.engine) != engine.identity.sha256 {
        return Err(refused(format!("the engine `{}` has changed", engine.identity.name)).into());
    }
    Ok(())
}

/// Makes the baseline's folder: under another name first, so that it is there whole or not at all.
fn store(
    shelf: &Shelf,
    name: &str,
    mut about: Kept,
    suite: &Suite,
    variant: &Variant,
    session: &Session,
) -> Result<()> {
    let (place, new) = (shelf.place(name), shelf.place(&format!("{UNFINISHED}{name}")));
    let trouble = |error: &dyn std::fmt::Display| {
        Stop::missing(format!(
            "cannot store the baseline `{name}`: {error}\nhelp: check that `{}` is writable and has space left",
            place.shown()
        ))
    };
    let _ = fs::remove_dir_all(&new);
    fs::create_dir_all(&new).map_err(|error| trouble(&error))?;
    let filled = (|| -> Result<()> {
        let mut keeper = Keeper::new(shelf.objects(), &new);
        let mut kept = keep_all(variant, &mut keeper).map_err(|error| trouble(&format!("{error:#}")))?;
        kept.name = name.to_owned();
        about.files = keeper.files;
        about.suite_resolved = suite.only(kept, &new)?;
        write(&new, &about, session)?;
        fs::rename(&new, &place).map_err(|error| trouble(&error).into())
    })();
    if filled.is_err() {
        let _ = fs::remove_dir_all(&new);
    }
    filled
}

/// The variant with every file of its own replaced by the one that was kept.
fn keep_all(variant: &Variant, keeper: &mut Keeper<'_>) -> Result<Variant> {
    let mut kept = variant.clone();
    kept.engine.command = Some(keep_engine(variant, keeper)?);
    let model = &variant.model;
    if model.path.is_some() || model.hub.is_some() {
        let mut place = None;
        for file in model_files(model, variant.engine.is_own())? {
            let own = file.file_name().context("a file without a name")?.to_string_lossy().into_owned();
            place = Some(keep(keeper, &file, &format!("model/{own}"))?);
        }
        let place = place.context("the model has no file")?;
        let is_file = model.path.as_deref().is_some_and(|path| Path::new(path).is_file());
        let place = if is_file { Some(place.as_path()) } else { place.parent() };
        kept.model.path = place.map(|place| place.display().to_string());
        if kept.model.hub.take().is_some() {
            kept.model.revision = None;
            kept.model.kind = "hugging-face-folder".to_owned();
        }
    }
    for step in &mut kept.compress {
        keep_parameters(COMPRESSIONS, &step.name.clone(), &mut step.parameters, keeper)?;
    }
    if let Some(exit) = &mut kept.exit {
        keep_parameters(EXITS, &exit.policy.clone(), &mut exit.parameters, keeper)?;
    }
    Ok(kept)
}

/// The engine's command with its program, and every word that is a file, kept. A program that is looked for in `PATH`
/// stays a name. Kept words are names from the baseline's folder, which has not its own name yet.
fn keep_engine(variant: &Variant, keeper: &mut Keeper<'_>) -> Result<Vec<String>> {
    let program = program(&variant.engine).map_err(anyhow::Error::msg)?;
    let words = variant.engine.command.clone().unwrap_or_default();
    let mut command = vec![match program.contains('/') {
        true => kept_as(keeper, Path::new(&program), "engine/program".to_owned())?,
        false => program,
    }];
    for (number, word) in words.iter().enumerate().skip(1) {
        let file = Path::new(word);
        command.push(match file.is_file() {
            true => {
                let own = file.file_name().unwrap_or_default().to_string_lossy();
                kept_as(keeper, file, format!("engine/{number}-{own}"))?
            }
            false => word.clone(),
        });
    }
    Ok(command)
}

/// Keeps the files that parameters name, each with those beside it that its own text names, as a manifest names weights.
fn keep_parameters(
    board: &'static [Entry],
    name: &str,
    parameters: &mut Map<String, Json>,
    keeper: &mut Keeper<'_>,
) -> Result<()> {
    let entry = board.iter().find(|entry| entry.name == name);
    for known in entry.into_iter().flat_map(|entry| entry.parameters) {
        let Some(Json::String(path)) = parameters.get_mut(known.name).filter(|_| known.value == Value::Path)
        else {
            continue;
        };
        let file = PathBuf::from(path.as_str());
        let text = regular::read(&file, regular::WRITTEN)
            .with_context(|| format!("cannot read `{}`", file.shown()))?;
        let text = String::from_utf8_lossy(&text);
        let own = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = format!("files/{}", known.name);
        for beside in fs::read_dir(file.parent().unwrap_or(Path::new(".")))? {
            let beside = beside?.path();
            let other = beside.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if beside.is_file() && other != own && text.contains(&format!("\"{other}\"")) {
                keep(keeper, &beside, &format!("{folder}/{other}"))?;
            }
        }
        *path = keep(keeper, &file, &format!("{folder}/{own}"))?.display().to_string();
    }
    Ok(())
}

fn kept_as(keeper: &mut Keeper<'_>, file: &Path, name: String) -> Result<String> {
    keep(keeper, file, &name)?;
    Ok(name)
}

fn keep(keeper: &mut Keeper<'_>, file: &Path, name: &str) -> Result<PathBuf> {
    keeper.keep(file, name).with_context(|| format!("cannot keep `{}`", file.shown()))
}
