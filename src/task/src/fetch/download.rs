//! Brings one file: into `NAME.part`, resumed where it broke off, verified, then renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use harness_text::hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::client::{Client, Fault, Reply};
use super::hub::sha256;
use super::spec::{Checked, Progress};
use crate::error::TaskError;

/// Bytes between two reports.
const REPORT_EVERY: u64 = 1 << 20;

/// Longest file that is unpacked, bytes: a guard against a bomb.
const MAX_UNPACKED: u64 = 4 << 30;

/// A file to bring.
pub(super) struct Wanted<'a> {
    pub(super) url: &'a str,
    pub(super) target: &'a Path,
    /// Its path in the folder.
    pub(super) name: &'a str,
    pub(super) commit: &'a str,
    /// Whether it comes with gzip and lies in the folder without.
    pub(super) unpack: bool,
    /// Expected of the file in the folder.
    pub(super) pinned: Option<&'a str>,
    /// Expected of the file as it comes, from the hub's list.
    pub(super) listed: Option<&'a str>,
}

/// A file that came.
pub(super) struct Brought {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) checked: Checked,
}

/// What `NAME.part` is a part of, kept beside it so that a later process can go on.
#[derive(Serialize, Deserialize)]
struct Mark {
    url: String,
    etag: String,
}

/// What is known of a file once all of it came.
struct Arrived {
    /// As the hub names it.
    sha256: Option<String>,
    length: Option<u64>,
}

/// Brings a file, or says why not. What came of it stays in `NAME.part` for the next call, unless it is wrong.
pub(super) fn download(
    client: &Client<'_>,
    wanted: &Wanted<'_>,
    report: &mut dyn FnMut(Progress),
) -> Result<Brought, TaskError> {
    let part = beside(wanted.target, "part");
    let mark = beside(wanted.target, "part.json");
    if let Some(folder) = wanted.target.parent() {
        fs::create_dir_all(folder).map_err(|source| TaskError::Write { path: folder.to_owned(), source })?;
    }
    let mut best = 0;
    let arrived = client
        .persist(wanted.url, report, |report| bring(client, wanted, &part, &mark, &mut best, report))?;
    let brought = verify(wanted, &part, &arrived).and_then(|(file, brought)| {
        fs::rename(&file, wanted.target).map_err(|source| write_error(wanted.target, source))?;
        Ok(brought)
    });
    // Right or wrong, the parts are of no more use: what is right has its own name now.
    if brought.is_ok() || matches!(brought, Err(TaskError::Fetch { .. })) {
        discard(&part, &mark)?;
    }
    let brought = brought?;
    if let Some(folder) = wanted.target.parent() {
        // Not every file system can sync a folder, and the file itself is safe.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(brought)
}

/// One try to bring what is missing of the part.
fn bring(
    client: &Client<'_>,
    wanted: &Wanted<'_>,
    part: &Path,
    mark: &Path,
    best: &mut u64,
    report: &mut dyn FnMut(Progress),
) -> Result<Arrived, Fault> {
    let known = read_mark(mark, wanted.url);
    let here = known.as_ref().and_then(|_| fs::metadata(part).ok()).map_or(0, |data| data.len());
    let mut headers = Vec::new();
    if let Some(known) = known.as_ref().filter(|_| here > 0) {
        headers.push(("Range", format!("bytes={here}-")));
        headers.push(("If-Range", known.etag.clone()));
    }
    let reply = client.get(wanted.url, &headers)?;
    if let Some(commit) = reply.first_header("x-repo-commit").filter(|commit| *commit != wanted.commit) {
        let problem = format!("the server has commit `{commit}`, asked for was `{}`", wanted.commit);
        return Err(TaskError::fetch(wanted.url, problem, "check the revision and the hub's address").into());
    }
    let linked = reply.first_header("x-linked-size").and_then(|size| size.parse().ok());
    let range = reply.header("content-range").and_then(parse_range);
    let (start, total) = match (reply.status, range) {
        (200, _) => (0, reply.header("content-length").and_then(|length| length.parse().ok()).or(linked)),
        (206, Some((Some(start), total)))
            if start == here && start > 0 && is_same(&reply, known.as_ref()) =>
        {
            (start, total.or(linked))
        }
        // All of it is there already.
        (416, Some((None, Some(total)))) if total == here && here > 0 => (here, Some(total)),
        (status, _) => {
            discard(part, mark)?;
            return Err(Fault::passing(format!(
                "asked for the rest of the file, the server answered {status}"
            )));
        }
    };
    let arrived = Arrived { sha256: reply.first_header("x-linked-etag").and_then(sha256), length: total };
    if reply.status == 416 {
        return Ok(arrived);
    }
    if start == 0 {
        discard(part, mark)?;
        write_mark(&reply, wanted.url, mark)?;
    }
    let length = append(reply, part, start, total, best, wanted.name, report)?;
    match total {
        Some(total) if length > total => {
            discard(part, mark)?;
            Err(Fault::passing(format!("more came than the {total} bytes that the server announced")))
        }
        Some(total) if length < total => Err(Fault::Passing {
            reason: format!("the connection was cut after {length} of {total} bytes"),
            advanced: std::mem::replace(best, length.max(*best)) < length,
            pause: None,
        }),
        _ => Ok(arrived),
    }
}

/// Writes what comes behind what is there, and gives the length of both together.
fn append(
    mut reply: Reply,
    part: &Path,
    start: u64,
    total: Option<u64>,
    best: &mut u64,
    name: &str,
    report: &mut dyn FnMut(Progress),
) -> Result<u64, Fault> {
    let failed = |source| write_error(part, source);
    let mut file = OpenOptions::new().create(true).append(true).open(part).map_err(failed)?;
    let mut buffer = vec![0; 64 << 10];
    let mut length = start;
    let mut reported = start;
    let mut say = |done| report(Progress::Bytes { name: name.to_owned(), done, total });
    say(start);
    loop {
        let count = match reply.body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                return Err(Fault::Passing {
                    reason: format!("the connection was cut after {length}{of} bytes: {error}"),
                    advanced: std::mem::replace(best, length.max(*best)) < length,
                    pause: None,
                });
            }
        };
        file.write_all(&buffer[..count]).map_err(failed)?;
        length += count as u64;
        if length - reported >= REPORT_EVERY {
            reported = length;
            say(length);
        }
    }
    file.sync_all().map_err(failed)?;
    say(length);
    Ok(length)
}

/// Compares a whole part with what is known of it, and unpacks it; gives the file to rename.
fn verify(wanted: &Wanted<'_>, part: &Path, arrived: &Arrived) -> Result<(PathBuf, Brought), TaskError> {
    let wrong = |what: &str, is: &str, expected: &str| {
        TaskError::fetch(
            wanted.url,
            format!("{what} has the SHA-256 `{is}`, expected `{expected}`; it was removed"),
            "try again; if it stays so, the publisher changed the file or something on the way did",
        )
    };
    let (bytes, found) = hash_file(part)?;
    let named = arrived.sha256.as_deref().or(wanted.listed);
    if let Some(expected) = named.filter(|expected| *expected != found) {
        return Err(wrong("what came", &found, expected));
    }
    let (file, bytes, found) = if wanted.unpack {
        let unpacked = beside(wanted.target, "unpacked.part");
        let result = unpack(wanted, part, &unpacked).and_then(|()| hash_file(&unpacked));
        if result.is_err() {
            let _ = fs::remove_file(&unpacked);
        }
        let (bytes, found) = result?;
        (unpacked, bytes, found)
    } else {
        (part.to_owned(), bytes, found)
    };
    if let Some(expected) = wanted.pinned.filter(|expected| *expected != found) {
        let _ = fs::remove_file(&file);
        return Err(wrong("the file", &found, expected));
    }
    let checked = match (wanted.pinned, named, arrived.length) {
        (Some(_), _, _) => Checked::Board,
        (None, Some(_), _) => Checked::Hub,
        (None, None, Some(_)) => Checked::Length,
        (None, None, None) => Checked::Nothing,
    };
    Ok((file, Brought { bytes, sha256: found, checked }))
}

fn unpack(wanted: &Wanted<'_>, part: &Path, unpacked: &Path) -> Result<(), TaskError> {
    let source = File::open(part).map_err(|source| TaskError::read(part, source, "fetch again"))?;
    let mut reader = MultiGzDecoder::new(io::BufReader::new(source)).take(MAX_UNPACKED + 1);
    let mut file = File::create(unpacked).map_err(|source| write_error(unpacked, source))?;
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0;
    loop {
        let count = reader.read(&mut buffer).map_err(|error| {
            TaskError::fetch(
                wanted.url,
                format!("what came cannot be unpacked with gzip: {error}; it was removed"),
                "try again, or check the server's address",
            )
        })?;
        if count == 0 {
            break;
        }
        length += count as u64;
        if length > MAX_UNPACKED {
            return Err(TaskError::fetch(
                wanted.url,
                format!("it unpacks to more than {MAX_UNPACKED} bytes; it was removed"),
                "check the server's address",
            ));
        }
        file.write_all(&buffer[..count]).map_err(|source| write_error(unpacked, source))?;
    }
    file.sync_all().map_err(|source| write_error(unpacked, source))
}

/// Length and SHA-256 of a file.
pub(super) fn hash_file(path: &Path) -> Result<(u64, String), TaskError> {
    let mut hash = Sha256::new();
    let bytes = hash::add_file(&mut hash, path)
        .map_err(|source| TaskError::read(path, source, "check that the file can be read, or fetch again"))?;
    Ok((bytes, hash::hex(&hash.finalize())))
}

fn write_error(path: &Path, source: io::Error) -> TaskError {
    TaskError::Write { path: path.to_owned(), source }
}

/// `NAME.SUFFIX` beside NAME.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

fn discard(part: &Path, mark: &Path) -> Result<(), TaskError> {
    for path in [part, mark] {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(write_error(path, source)),
            _ => {}
        }
    }
    Ok(())
}

/// What the part is a part of; None where it is of something else, or nobody knows.
fn read_mark(path: &Path, url: &str) -> Option<Mark> {
    let mark: Mark = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (mark.url == url).then_some(mark)
}

/// Notes what the part is going to be a part of. Without a strong mark of the version (RFC 9110, 8.8.1) a
/// later try cannot know that the rest belongs to it, and starts anew.
fn write_mark(reply: &Reply, url: &str, path: &Path) -> Result<(), TaskError> {
    let Some(etag) = reply.header("etag").filter(|etag| etag.starts_with('"')) else { return Ok(()) };
    let mark = Mark { url: url.to_owned(), etag: etag.to_owned() };
    let text = serde_json::to_vec(&mark).map_err(|error| write_error(path, error.into()))?;
    fs::write(path, text).map_err(|source| write_error(path, source))
}

/// Whether the rest is of the version that the part is of; servers that do not say have compared it themselves.
fn is_same(reply: &Reply, known: Option<&Mark>) -> bool {
    reply.header("etag").is_none_or(|etag| known.is_some_and(|known| known.etag == etag))
}

/// First byte and whole length of a `Content-Range` in bytes, each where it is said.
fn parse_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let start = range.split_once('-').and_then(|(start, _)| start.trim().parse().ok());
    Some((start, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_servers_write_them() {
        assert_eq!(parse_range("bytes 5-9/10"), Some((Some(5), Some(10))));
        assert_eq!(parse_range("bytes 5-9/*"), Some((Some(5), None)));
        assert_eq!(parse_range("bytes */10"), Some((None, Some(10))));
        assert_eq!(parse_range("lines 1-2/3"), None);
    }

    #[test]
    fn a_part_of_something_else_is_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        fs::write(&path, r#"{"url": "u", "etag": "\"e\""}"#).unwrap();
        assert_eq!(read_mark(&path, "u").unwrap().etag, "\"e\"");
        assert!(read_mark(&path, "v").is_none());
        fs::write(&path, "{").unwrap();
        assert!(read_mark(&path, "u").is_none());
    }
}
