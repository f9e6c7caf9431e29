//! Links in Markdown pages: each relative one leads to a file, each anchor to a heading; and README.md stays short.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::root;

/// Most words of README.md, counted as `wc -w` counts.
const README_WORDS: usize = 1_300;

/// Folders without pages of this project: build products, and downloads.
const NOT_OURS: &[&str] = &["target", "node_modules", "fetched", "runs", "shared"];

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let mut pages = pages();
    pages.sort();
    assert!(pages.len() > 20, "{pages:?}");
    let mut broken = Vec::new();
    for page in &pages {
        for link in links(&fs::read_to_string(page).unwrap()) {
            if let Some(why) = fault(page, &link) {
                broken.push(format!("{}: `{link}`: {why}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_readme_is_short_enough_to_be_read() {
    let words = fs::read_to_string(root().join("README.md")).unwrap().split_whitespace().count();
    assert!(words <= README_WORDS, "README.md has {words} words, more than {README_WORDS}");
}

#[test]
fn headings_become_anchors_as_on_github() {
    let page = "# A `code` word, and (more)\n```\n# no heading\n```\n## Twice\n## Twice\n## `[[task]]` \n## [Link](to.md) ü_-\n";
    let expected = ["a-code-word-and-more", "twice", "twice-1", "task", "link-ü_-"];
    assert_eq!(anchors(page), BTreeSet::from(expected.map(str::to_owned)));
}

#[test]
fn links_are_found_outside_of_code_only() {
    let page = "[a](b.md#c) and `[no](code.md)`, ![picture](d.png), [web](https://e.example)\n```\n[no](block.md)\n```\n[`f`](g/)";
    assert_eq!(links(page), ["b.md#c", "d.png", "g/"]);
    let here = root().join("README.md");
    assert_eq!(fault(&here, "METHODOLOGY.md#statistics"), None);
    assert_eq!(fault(&here, "nowhere.md"), Some("no such file"));
    assert_eq!(fault(&here, "METHODOLOGY.md#nowhere"), Some("no such heading"));
    assert_eq!(fault(&here, "#nowhere"), Some("no such heading"));
}

/// The pages that git knows; without git all that lie in the repository's own folders.
fn pages() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "-z", "--", "*.md"]).current_dir(root()).output();
    let listed = listed.ok().filter(|output| output.status.success() && !output.stdout.is_empty());
    let Some(listed) = listed else {
        let mut found = Vec::new();
        walk(root(), &mut found);
        return found;
    };
    let names = String::from_utf8(listed.stdout).unwrap();
    let paths = names.split_terminator('\0').map(|name| root().join(name));
    paths.filter(|path| path.is_file()).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap_or_default());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
            walk(&path, found);
        } else if kind.is_file() && name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// Why a link of a page leads nowhere.
fn fault(page: &Path, link: &str) -> Option<&'static str> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { page.to_owned() } else { page.parent().unwrap().join(path) };
    if !target.exists() {
        return Some("no such file");
    }
    let anchor = anchor?;
    let text = fs::read_to_string(&target).unwrap_or_default();
    (!anchors(&text).contains(anchor)).then_some("no such heading")
}

/// Targets of a page's relative links and pictures.
fn links(page: &str) -> Vec<String> {
    let text = without_blocks(page);
    // Every second piece between backticks is code.
    let prose: String = text.split('`').step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).map(str::to_owned).collect()
}

/// Anchors of a page's headings: lower case, blanks as hyphens, punctuation dropped, repeated ones numbered.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in without_blocks(page).lines() {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor = anchor(&shown(title));
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// A heading's anchor before it is numbered.
fn anchor(title: &str) -> String {
    let kept = title.trim().to_lowercase();
    let kept = kept.chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
    kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}

/// A heading as it is shown: links without their targets.
fn shown(title: &str) -> String {
    let mut pieces = title.split("](");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once(')').map_or("", |(_, rest)| rest))
}

/// A page without its fenced blocks of code.
fn without_blocks(page: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
