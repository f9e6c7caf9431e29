//! The register of reproductions: for each paper the verdicts of runs, with their machines.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_text::printable::Shown;
use harness_text::regular;
use serde_json::Value as Json;

use super::entry::{Entry, Register};
use super::page::write_page;
use super::papers::{PAPERS, Paper};
use crate::stop::{Stop, unwritable};
use crate::store::Manifest;
use crate::target::TargetReport;

/// Where the register lies, from the project's folder.
pub const REGISTER: &str = "reports/reproductions";

/// Version of this format.
const SCHEMA: u32 = 1;

/// Puts a run's verdicts into the register of its paper, in place of an earlier call's for the same run, and writes the
/// paper's page; the page.
///
/// # Errors
/// No paper has the run's suite; the register is of a later schema or damaged; a file cannot be written.
pub fn register(folder: &Path, manifest: &Manifest, report: &TargetReport) -> Result<PathBuf> {
    let paper = paper_of(&report.suite)?;
    let file = folder.join(format!("{}.json", paper.name));
    let mut register = match regular::read_text(&file, regular::DATA) {
        Ok(text) => parse(&text, &file)?,
        Err(_) if !file.exists() => {
            Register { schema: SCHEMA, paper: paper.name.to_owned(), entries: Vec::new() }
        }
        Err(error) => {
            return Err(Stop::missing(format!(
                "cannot read `{}`: {error}\nhelp: check the file",
                file.shown()
            ))
            .into());
        }
    };
    let entry = entry(manifest, report);
    let same = |other: &Entry| {
        (&other.created_utc, &other.suite_sha256) == (&entry.created_utc, &entry.suite_sha256)
    };
    register.entries.retain(|other| !same(other));
    register.entries.push(entry);
    register.entries.sort_by(|a, b| a.created_utc.cmp(&b.created_utc));
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let text = serde_json::to_string_pretty(&register)? + "\n";
    fs::write(&file, text).map_err(|error| unwritable(&file, &error))?;
    Ok(write_page(folder, paper, &register)?)
}

fn entry(manifest: &Manifest, report: &TargetReport) -> Entry {
    let weights = manifest.weights.iter();
    Entry {
        created_utc: manifest.created_utc.clone(),
        harness_version: manifest.harness_version.clone(),
        git: manifest.git.clone(),
        suite_sha256: manifest.suite_sha256.clone(),
        weights: weights.map(|weights| (weights.path.clone(), weights.sha256.clone())).collect(),
        verdicts: report.clone(),
    }
}

fn paper_of(suite: &str) -> Result<&'static Paper, Stop> {
    let found = PAPERS.iter().find(|paper| paper.works.iter().any(|work| work.name == suite));
    found.ok_or_else(|| {
        Stop::usage(format!(
            "no paper is reproduced by the suite `{suite}`\nhelp: `harness reproduce` lists papers with their suites"
        ))
    })
}

fn parse(text: &str, file: &Path) -> Result<Register, Stop> {
    let file = file.shown();
    let damaged = |why: String| {
        Stop::missing(format!(
            "the register `{file}` {why}\nhelp: restore the file, or name another folder with `--register FOLDER`"
        ))
    };
    let json: Json = serde_json::from_str(text).map_err(|error| damaged(format!("is damaged: {error}")))?;
    match json.get("schema").and_then(Json::as_u64) {
        Some(schema) if schema > u64::from(SCHEMA) => {
            Err(damaged(format!("is of schema {schema}, this version reads up to {SCHEMA}")))
        }
        Some(_) => serde_json::from_value(json).map_err(|error| damaged(format!("is damaged: {error}"))),
        None => Err(damaged("names no schema".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_of_a_later_schema_and_a_damaged_one_are_refused_in_a_sentence() {
        let file = Path::new("green-code.json");
        for (text, why) in [
            (
                r#"{"schema": 2, "paper": "green-code", "entries": []}"#,
                "is of schema 2, this version reads up to 1",
            ),
            (r#"{"schema": 1, "paper": "green-code"}"#, "is damaged: missing field `entries`"),
            ("{", "is damaged: EOF"),
            ("[]", "names no schema"),
        ] {
            let error = parse(text, file).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("\nhelp: "), "{error}");
        }
        let sound = r#"{"schema": 1, "paper": "green-code", "entries": []}"#;
        assert!(parse(sound, file).unwrap().entries.is_empty());
        assert_eq!(paper_of("green-code").unwrap().name, "green-code");
        assert!(paper_of("smoke").unwrap_err().to_string().contains("`harness reproduce`"));
    }
}
