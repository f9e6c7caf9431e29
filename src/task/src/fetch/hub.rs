//! The hub's interface: which commit a revision is, and which files it holds.

use serde::Deserialize;

use super::client::{Client, Fault};
use super::entry::{DatasetEntry, Host};
use super::spec::Progress;
use crate::error::TaskError;

/// Pages of a list of files that are read before giving up.
const MAX_PAGES: usize = 100;

/// What is asked for: a repository of one kind at one host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repository<'a> {
    pub(super) host: Host,
    /// `OWNER/NAME` there.
    pub(super) name: &'a str,
    /// The hub's word for its kind: `datasets` or `models`.
    pub(super) kind: &'static str,
}

impl<'a> Repository<'a> {
    /// A model on the hub.
    pub(super) fn model(name: &'a str) -> Self {
        Self { host: Host::Hub, name, kind: "models" }
    }
}

impl From<&DatasetEntry> for Repository<'static> {
    fn from(entry: &DatasetEntry) -> Self {
        Self { host: entry.host, name: entry.repo, kind: "datasets" }
    }
}

/// A file as the hub lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) path: String,
    /// Its length, where the hub says it.
    pub(super) bytes: Option<u64>,
    /// SHA-256 of large files; the hub does not say that of others.
    pub(super) sha256: Option<String>,
}

#[derive(Deserialize)]
struct RevisionFile {
    sha: String,
}

#[derive(Deserialize)]
struct ListedFile {
    r#type: String,
    path: String,
    size: Option<u64>,
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    oid: String,
}

/// The commit of a revision. A commit is taken as it is; GitHub's raw files name no other.
pub(super) fn commit(
    client: &Client<'_>,
    repository: Repository<'_>,
    base: &str,
    revision: &str,
    report: &mut dyn FnMut(Progress),
) -> Result<String, TaskError> {
    if is_commit(revision) {
        return Ok(revision.to_ascii_lowercase());
    }
    if repository.host == Host::GitHub {
        return Err(TaskError::refused(
            format!(
                "the revision `{revision}` of `{}` is not a commit of 40 hexadecimal digits",
                repository.name
            ),
            "name the commit: the server of raw files does not say which one a branch or tag is",
        ));
    }
    let Repository { name, kind, .. } = repository;
    let url = format!("{base}/api/{kind}/{name}/revision/{}", encode(revision));
    let (file, _): (RevisionFile, _) = client.persist(&url, report, |_| client.get_json(&url))?;
    if is_commit(&file.sha) {
        return Ok(file.sha.to_ascii_lowercase());
    }
    Err(TaskError::fetch(
        &url,
        format!("the hub names `{}`, which is not a commit", file.sha),
        "check the hub's address (`HF_ENDPOINT`)",
    ))
}

/// The files of a commit that match a pattern, in the hub's order; refused where none does.
pub(super) fn matching(
    client: &Client<'_>,
    repository: Repository<'_>,
    base: &str,
    commit: &str,
    pattern: &str,
    report: &mut dyn FnMut(Progress),
) -> Result<Vec<Listed>, TaskError> {
    let mut found = listed(client, repository, base, commit, report)?;
    found.retain(|file| fits(pattern, &file.path));
    if found.is_empty() {
        return Err(TaskError::fetch(
            base,
            format!("no file of commit `{commit}` of `{}` matches `{pattern}`", repository.name),
            "the publisher may have moved the files: leave out the revision to take the known one",
        ));
    }
    Ok(found)
}

/// The files of a commit, in the hub's order.
pub(super) fn listed(
    client: &Client<'_>,
    repository: Repository<'_>,
    base: &str,
    commit: &str,
    report: &mut dyn FnMut(Progress),
) -> Result<Vec<Listed>, TaskError> {
    let Repository { name, kind, .. } = repository;
    let first = format!("{base}/api/{kind}/{name}/tree/{commit}?recursive=true");
    let mut found = Vec::new();
    let mut url = Some(first.clone());
    for _ in 0..MAX_PAGES {
        let Some(here) = url else { break };
        let (page, next): (Vec<ListedFile>, _) =
            client.persist(&here, report, |_| -> Result<_, Fault> { client.get_json(&here) })?;
        found.extend(page.into_iter().filter(|file| file.r#type == "file").map(|file| Listed {
            path: file.path,
            bytes: file.size,
            sha256: file.lfs.map(|large| large.oid).and_then(sha256),
        }));
        url = next;
    }
    if let Some(bad) = found.iter().find(|file| !is_inside(&file.path)) {
        return Err(TaskError::fetch(
            &first,
            format!("the hub lists `{}`, which leads out of the folder", bad.path),
            "check the hub's address (`HF_ENDPOINT`)",
        ));
    }
    Ok(found)
}

/// The address of a file.
pub(super) fn file_url(repository: Repository<'_>, base: &str, commit: &str, path: &str) -> String {
    let path: Vec<_> = path.split('/').map(encode).collect();
    let path = path.join("/");
    let name = repository.name;
    match (repository.host, repository.kind) {
        (Host::Hub, "models") => format!("{base}/{name}/resolve/{commit}/{path}"),
        (Host::Hub, kind) => format!("{base}/{kind}/{name}/resolve/{commit}/{path}"),
        (Host::GitHub, _) => format!("{base}/{name}/{commit}/{path}"),
    }
}

/// A SHA-256 as the hub writes it, in lower case; None for other marks of a version.
pub(super) fn sha256(mark: impl AsRef<str>) -> Option<String> {
    let mark = mark.as_ref().trim().trim_matches('"');
    (mark.len() == 64 && mark.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| mark.to_ascii_lowercase())
}

/// Whether a revision is a whole commit.
pub(super) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a path stays inside the folder it is put in.
pub(super) fn is_inside(path: &str) -> bool {
    let good =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
    path.split('/').all(good)
}

/// Whether a path matches a pattern in which `*` stands for any part of a name.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (patterns, names) = (pattern.split('/'), path.split('/'));
    patterns.clone().count() == names.clone().count()
        && patterns.zip(names).all(|(pattern, name)| match pattern.split_once('*') {
            None => pattern == name,
            Some((front, back)) => {
                name.len() >= front.len() + back.len() && name.starts_with(front) && name.ends_with(back)
            }
        })
}

/// Percent-encodes all but unreserved characters (RFC 3986).
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_part_by_part() {
        assert!(fits("*/test-*.parquet", "java/test-00000-of-00001.parquet"));
        for other in
            ["test-0.parquet", "a/b/test-0.parquet", "java/train-0.parquet", "java/test-0.parquet.lock"]
        {
            assert!(!fits("*/test-*.parquet", other), "{other}");
        }
        assert!(fits("a", "a") && !fits("a", "b") && !fits("ab*ba", "aba"));
    }

    #[test]
    fn a_path_cannot_lead_out_of_the_folder() {
        assert!(is_inside("java/test.parquet") && is_inside("..a"));
        for bad in ["", "/a", "a//b", "../a", "a/..", "a\\b", "C:/a", "./a"] {
            assert!(!is_inside(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(encode("refs/pr/3 ä"), "refs%2Fpr%2F3%20%C3%A4");
    }
}
