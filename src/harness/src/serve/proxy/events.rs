//! Server-sent events, cut out of the bytes that carry them.

/// Longest event, bytes: what is longer is no piece of an answer.
const LONGEST: usize = 4 << 20;

/// Bytes that are no whole event yet.
#[derive(Debug, Default)]
pub struct Events {
    open: Vec<u8>,
    /// Up to here no event ends.
    seen: usize,
}

/// The stream is none that can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl Events {
    /// Takes bytes in.
    ///
    /// # Errors
    /// An event is longer than any answer's.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.open.len() + bytes.len() > LONGEST {
            return Err(TooLong);
        }
        self.open.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole event with the blank line that ends it.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        let from = self.seen.saturating_sub(3);
        let Some(end) = end(&self.open[from..]).map(|end| from + end) else {
            self.seen = self.open.len();
            return None;
        };
        let rest = self.open.split_off(end);
        self.seen = 0;
        Some(std::mem::replace(&mut self.open, rest))
    }

    /// Whether an event has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.open.iter().any(|byte| !byte.is_ascii_whitespace())
    }
}

/// Behind the first blank line.
fn end(bytes: &[u8]) -> Option<usize> {
    const BLANK: [&[u8]; 3] = [b"\n\n", b"\r\n\r\n", b"\r\r"];
    (0..bytes.len()).find_map(|at| {
        BLANK.iter().find(|blank| bytes[at..].starts_with(blank)).map(|blank| at + blank.len())
    })
}

/// What an event says: its lines of data, joined.
pub fn data(event: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(event).ok()?;
    let lines: Vec<&str> = text
        .split(['\n', '\r'])
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| data.strip_prefix(' ').unwrap_or(data))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// An event with this data.
pub fn event(data: &str) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data of all events, and whether one is left open, where the bytes come in pieces of this size.
    fn cut(bytes: &[u8], size: usize) -> (Vec<Option<String>>, bool) {
        let mut events = Events::default();
        let mut found = Vec::new();
        for piece in bytes.chunks(size) {
            events.add(piece).unwrap();
            while let Some(event) = events.next() {
                found.push(data(&event));
            }
        }
        (found, events.is_open())
    }

    #[test]
    fn events_are_the_same_however_their_bytes_come() {
        let bytes = "data: {\"a\":1}\n\n: a comment\n\ndata:ä\r\ndata: b\r\n\r\ndata: [DONE]\n\n";
        let data = |text: &str| Some(text.to_owned());
        for size in 1..bytes.len() {
            let expected = vec![data("{\"a\":1}"), None, data("ä\nb"), data("[DONE]")];
            assert_eq!(cut(bytes.as_bytes(), size), (expected, false), "{size}");
        }
    }

    #[test]
    fn half_an_event_is_open_and_a_giant_one_is_refused() {
        assert_eq!(cut(b"data: {}\n\ndata: {\"x\"", 5), (vec![Some("{}".to_owned())], true));
        let mut events = Events::default();
        events.add(&vec![b'x'; LONGEST]).unwrap();
        assert_eq!(events.add(b"x"), Err(TooLong));
    }
}
