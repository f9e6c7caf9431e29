//! A paper's page: the verdicts of the last run of each machine and profile, between two marks; what people write
//! around them stays.

use std::fs;
use std::path::{Path, PathBuf};

use harness_text::printable;

use super::entry::{Entry, Register};
use super::papers::Paper;
use crate::foreign::Foreign;
use crate::stop::{Stop, unwritable};
use crate::target::form::section;

const BEGIN: &str = "<!-- verdicts: written by `harness targets --register` -->";
const END: &str = "<!-- end of verdicts -->";

/// Writes the page beside the register; its path.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_page(folder: &Path, paper: &Paper, register: &Register) -> Result<PathBuf, Stop> {
    let path = folder.join(format!("{}.md", paper.name));
    let before = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, laid_in(&before, paper, &verdicts(register)))
        .map_err(|error| unwritable(&path, &error))?;
    Ok(path)
}

/// The page with its verdicts replaced; a new one where there are no marks.
fn laid_in(before: &str, paper: &Paper, verdicts: &str) -> String {
    let inside = format!("{BEGIN}\n{verdicts}{END}\n");
    let cut = before.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    match cut {
        Some((head, tail)) => format!("{head}{inside}{}", tail.trim_start_matches('\n')),
        None if before.is_empty() => format!("# {}\n\n{}.\n\n{inside}", paper.title, paper.published),
        None => format!("{}\n\n{inside}", before.trim_end()),
    }
}

/// The last entry of each machine and profile.
fn verdicts(register: &Register) -> String {
    let mut last: Vec<&Entry> = Vec::new();
    for entry in &register.entries {
        let same = |other: &&Entry| {
            let of = |entry: &Entry| (entry.verdicts.hardware.clone(), entry.verdicts.profile.clone());
            of(other) == of(entry)
        };
        last.retain(|other| !same(other));
        last.push(entry);
    }
    last.into_iter().map(one).collect()
}

fn one(entry: &Entry) -> String {
    let report = &entry.verdicts.for_markdown();
    let profile = report.profile.as_ref().map_or(String::new(), |profile| format!(", profile `{profile}`"));
    let git = entry.git.as_ref().map_or(String::new(), |git| format!(" ({git})"));
    let models: Vec<String> = entry
        .weights
        .iter()
        .map(|(path, hash)| {
            format!("`{}` {}", printable::markdown(path), hash.chars().take(8).collect::<String>())
        })
        .collect();
    let table = section(&entry.verdicts).replacen("\n## Targets\n", "", 1);
    format!(
        "\n## {} · suite `{}`{profile}\n\nMachine: {}. Weights: {}. harness {}{git}.\n{table}\n",
        entry.created_utc,
        report.suite,
        report.hardware,
        models.join(", "),
        entry.harness_version
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::papers::PAPERS;

    #[test]
    fn verdicts_are_replaced_and_what_stands_around_them_stays() {
        let first = laid_in("", &PAPERS[0], "old\n");
        assert!(first.starts_with("# GREEN-CODE") && first.contains("old"));
        let own = format!("{first}\n## My notes\n\nkept\n");
        let second = laid_in(&own, &PAPERS[0], "new\n");
        assert!(second.contains("new") && second.contains("kept") && !second.contains("old"), "{second}");
        assert_eq!(laid_in(&second, &PAPERS[0], "new\n"), second);
        let written = laid_in("# Mine\n", &PAPERS[0], "new\n");
        assert!(written.starts_with("# Mine\n\n<!-- verdicts"), "{written}");
    }
}
