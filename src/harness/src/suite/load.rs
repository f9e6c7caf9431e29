//! Reads a suite: file, then profile, then `--set`, then sweeps, then every check.

use std::path::{Path, PathBuf};

use harness_task::nearest;
use harness_text::regular;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::check;
use super::checked::Suite;
use super::error::{Place, SuiteError, unknown_name};
use super::file::{SCHEMA, SuiteFile};
use super::overlay::{lay_profile, spread};
use super::shape::{self, wrong_type};
use super::source::Sources;
use super::{set, sweep};

/// Reads the suite in `file`, with the profile of that name laid over it and the `KEY=VALUE` arguments
/// of `--set` applied. Looks at nothing but the file: whether models, data and devices are there is
/// asked by [`check_resources`](super::check_resources).
///
/// # Errors
/// The first thing that is wrong, with its place; exit code 2. A model on a hub, which this version
/// does not fetch: exit code 3.
pub fn load(file: &Path, profile: Option<&str>, sets: &[String]) -> Result<Suite, SuiteError> {
    load_text(file, &read_text(file)?, profile, sets)
}

/// The same for a suite that was made elsewhere; `file` is named in messages, and paths in `sets` start
/// from the current folder.
pub(crate) fn load_text(
    file: &Path,
    text: &str,
    profile: Option<&str>,
    sets: &[String],
) -> Result<Suite, SuiteError> {
    let sources = sources(file, text, sets)?;
    let mut laid = Laid::new(&sources, profile)?;
    let written = read(&mut laid.root, &sources)?;
    let suite = check(written, &laid.root, &sources, profile)?;

    // `--set` may bring what a suite lacks, or what only the chosen profile can take.
    if sets.is_empty() {
        check_other_profiles(&laid.base, &laid.profiles, profile, &sources)?;
    }
    Ok(suite)
}

/// The texts that a suite is made of.
pub(super) fn sources<'a>(
    file: &'a Path,
    text: &'a str,
    sets: &'a [String],
) -> Result<Sources<'a>, SuiteError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Sources { file, text, sets, folder: absolute(folder)?, current: absolute(Path::new("."))? })
}

/// A suite's tree before its sweeps are expanded, with what it was made of.
pub(super) struct Laid<'a> {
    /// The file with the profile and `--set` laid over it.
    pub(super) root: DeTable<'a>,
    base: DeTable<'a>,
    profiles: DeTable<'a>,
}

impl<'a> Laid<'a> {
    pub(super) fn new(sources: &Sources<'a>, profile: Option<&str>) -> Result<Self, SuiteError> {
        let mut base = parse(sources)?;
        check_schema(&base, sources)?;
        let profiles = take_profiles(&mut base, sources)?;
        let mut root = base.clone();
        if let Some(name) = profile {
            let Some(over) = profiles.get(name) else {
                let file = sources.file.display().to_string();
                return Err(no_profile(name, &profiles).at(Place::File(file)));
            };
            lay_profile(&mut root, over, name, sources)?;
        }
        for index in 0..sources.sets.len() {
            set::apply(&mut root, index, sources)?;
        }
        Ok(Self { root, base, profiles })
    }
}

/// Reads a suite that was resolved before, as [`Suite::resolved`] and manifests hold it; paths in it start from
/// `folder`. Read with the folder that it was resolved for, it means the same suite.
///
/// # Errors
/// It is no resolved suite of this version; exit code 2.
pub fn load_resolved(resolved: &Json, folder: &Path) -> Result<Suite, SuiteError> {
    let text = toml::Value::try_from(resolved).and_then(|form| toml::to_string(&form)).map_err(|error| {
        SuiteError::invalid(format!("not a resolved suite: {error}"))
            .expected("tables of texts, numbers, `true` or `false`, and arrays of them")
            .help("load the suite file itself, or resolve it again with this version")
    })?;
    let sources = Sources {
        file: Path::new("resolved suite"),
        text: &text,
        sets: &[],
        folder: absolute(folder)?,
        current: absolute(Path::new("."))?,
    };
    let root = parse(&sources)?;
    check_schema(&root, &sources)?;
    // Nothing is swept or spread any more: braces in a text are what they are.
    check(shape::read(&root, &sources)?, &root, &sources, None)
}

/// A profile that nobody chose today should not wait with its unknown keys for the one who does.
fn check_other_profiles(
    base: &DeTable<'_>,
    profiles: &DeTable<'_>,
    chosen: Option<&str>,
    sources: &Sources<'_>,
) -> Result<(), SuiteError> {
    for (name, over) in profiles.iter().filter(|(name, _)| Some(name.get_ref().as_ref()) != chosen) {
        let mut root = base.clone();
        lay_profile(&mut root, over, name.get_ref(), sources)?;
        read(&mut root, sources)?;
    }
    Ok(())
}

fn read_text(file: &Path) -> Result<String, SuiteError> {
    let shown = file.display();
    if file.is_dir() {
        return Err(SuiteError::invalid(format!("`{shown}` is a folder"))
            .expected("a suite file")
            .help("name the .toml file in it"));
    }
    let bytes = regular::read(file, regular::WRITTEN).map_err(|error| {
        SuiteError::invalid(format!("cannot read suite `{shown}`: {}", reason(&error))).help(neighbour(file))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        SuiteError::invalid(format!("`{shown}` is not UTF-8 text: see line {line}"))
            .expected("a TOML file")
            .help("save it as UTF-8, or name another file")
    })?;
    if text.trim().is_empty() {
        return Err(SuiteError::invalid(format!("`{shown}` is empty"))
            .expected("a suite")
            .help("start from a copy of suites/smoke.toml"));
    }
    Ok(text)
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// A suite of nearly the same name in the same folder, as a proposal.
fn neighbour(file: &Path) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let given = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match nearest(&given, &names).filter(|name| *name != given) {
        Some(name) => format!("did you mean `{}`?", file.with_file_name(name).display()),
        None => "check the path; suites of this project lie in `suites/`".to_owned(),
    }
}

fn absolute(folder: &Path) -> Result<PathBuf, SuiteError> {
    std::path::absolute(folder).map_err(|error| {
        SuiteError::invalid(format!("cannot find the current folder: {error}"))
            .help("change to a folder that exists")
    })
}

fn parse<'a>(sources: &Sources<'a>) -> Result<DeTable<'a>, SuiteError> {
    DeTable::parse(sources.text).map(Spanned::into_inner).map_err(|error| {
        let end = sources.text.len();
        let span = error.span().unwrap_or(end..end);
        SuiteError::invalid(format!("not TOML: {}", error.message()))
            .help("correct the line; text needs quotes, `[table]` headers stand alone")
            .at(sources.place(&span))
    })
}

fn check_schema(root: &DeTable<'_>, sources: &Sources<'_>) -> Result<(), SuiteError> {
    let help = "write `schema = 1` on the first line";
    let Some(schema) = root.get("schema") else {
        let error = SuiteError::invalid("missing key `schema` at the top level");
        return Err(error.help(help).at(sources.place(&sources.whole_file())));
    };
    match schema.get_ref() {
        DeValue::Integer(number) if number.to_string() == SCHEMA.to_string() => Ok(()),
        _ => Err(SuiteError::invalid("this version does not read suites of that schema")
            .expected(format!("`{SCHEMA}`"))
            .help(help)
            .at(sources.place(&schema.span()))),
    }
}

fn take_profiles<'a>(root: &mut DeTable<'a>, sources: &Sources<'_>) -> Result<DeTable<'a>, SuiteError> {
    let Some(profiles) = root.remove("profile") else { return Ok(DeTable::new()) };
    let span = profiles.span();
    match profiles.into_inner() {
        DeValue::Table(profiles) => Ok(profiles),
        other => Err(wrong_type("profile", other.type_str(), "a table").at(sources.place(&span))),
    }
}

fn no_profile(name: &str, profiles: &DeTable<'_>) -> SuiteError {
    let names: Vec<&str> = profiles.keys().map(|name| name.get_ref().as_ref()).collect();
    let error = unknown_name("profile", name, &names);
    if names.is_empty() {
        return error.expected("no profile: the suite has none").help("leave `--profile` out");
    }
    error
}

fn read(root: &mut DeTable<'_>, sources: &Sources<'_>) -> Result<SuiteFile, SuiteError> {
    sweep::expand(root, sources)?;
    spread(root);
    shape::read(root, sources)
}
