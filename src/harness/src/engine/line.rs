//! Lines of an engine's standard output, read as replies.

use std::io::{BufRead, Read};

use harness_protocol::{MAX_FAULT, MAX_LINE, Reply};

use super::words::cut;

/// Characters that are kept of what is wrong with a line.
const MOST_ERROR: usize = 300;

/// The next reply; None: the output has ended. An inner error says why a line is none.
pub(super) fn read_reply(reader: &mut impl BufRead) -> Option<Result<Reply, String>> {
    let mut line = Vec::new();
    let read = reader.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line).ok()?;
    if read == 0 {
        return None;
    }
    if read > MAX_LINE {
        return Some(Err(format!("a line is longer than {MAX_LINE} bytes")));
    }
    Some(parse(&line))
}

/// A line as a reply; what may be of any length in it is cut.
fn parse(line: &[u8]) -> Result<Reply, String> {
    match serde_json::from_slice(line).map_err(|error| cut(&error.to_string(), MOST_ERROR))? {
        Reply::Fault { kind, message, item } => {
            Ok(Reply::Fault { kind, message: cut(&message, MAX_FAULT), item })
        }
        reply => Ok(reply),
    }
}
