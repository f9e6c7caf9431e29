//! Where the service listens, and the key that every address beyond this machine needs.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;

use anyhow::Result;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use harness_text::printable::Shown;
use harness_text::regular;
use subtle::ConstantTimeEq;

use crate::stop::Stop;

/// The variable that holds the key where no file does.
pub const KEY_VARIABLE: &str = "HARNESS_API_KEY";

/// Shortest key: shorter ones are guessed.
const SHORTEST_KEY: usize = 8;

/// An address with the key that it asks for.
#[derive(Debug, Clone)]
pub struct Address {
    /// Where to listen.
    pub socket: SocketAddr,
    /// None: everyone on this machine may ask.
    pub key: Option<String>,
}

impl Address {
    /// Reads `HOST:PORT`; a host beyond this machine needs a key.
    ///
    /// # Errors
    /// The text is no address, or the key is missing.
    pub fn new(text: &str, key: Option<String>) -> Result<Self> {
        let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
        let socket = found.ok_or_else(|| {
            Stop::usage(format!(
                "`--listen` is `{text}`, expected an address and a port\nhelp: write for example `--listen 127.0.0.1:8080`"
            ))
        })?;
        if !socket.ip().is_loopback() && key.is_none() {
            return Err(Stop::usage(format!(
                "`{socket}` can be reached from other machines, and there is no API key\nhelp: name a file that holds one (`--key-file FILE`), set `{KEY_VARIABLE}`, or listen on `127.0.0.1:{}`",
                socket.port()
            ))
            .into());
        }
        Ok(Self { socket, key })
    }

    /// Whether a request brings the key, where one is asked for.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(key) = &self.key else { return true };
        let given = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // Takes as long whichever byte differs.
        given.is_some_and(|given| bool::from(given.ct_eq(key.as_bytes())))
    }
}

/// The key in a file, else in the variable; None: neither is there.
///
/// # Errors
/// The file cannot be read, or the key is empty, too short or no word.
pub fn key(file: Option<&Path>, variable: Option<String>) -> Result<Option<String>> {
    let (text, place) = match (file, variable) {
        (Some(path), _) => {
            let text = regular::read_text(path, regular::WRITTEN).map_err(|error| {
                Stop::missing(format!(
                    "cannot read the key file `{}`: {error}\nhelp: write a key into it, for example with `openssl rand -hex 32`",
                    path.shown()
                ))
            })?;
            (text, format!("the key file `{}`", path.shown()))
        }
        (None, Some(text)) => (text, format!("`{KEY_VARIABLE}`")),
        (None, None) => return Ok(None),
    };
    let text = text.trim();
    let fault = match text {
        "" => "is empty".to_owned(),
        text if text.len() < SHORTEST_KEY => format!("holds a key of less than {SHORTEST_KEY} characters"),
        text if !text.chars().all(|letter| letter.is_ascii_graphic()) => {
            "holds more than one word, or letters that no header can carry".to_owned()
        }
        text => return Ok(Some(text.to_owned())),
    };
    Err(Stop::usage(format!(
        "{place} {fault}\nhelp: make a key with `openssl rand -hex 32`, or leave the key out and listen on `127.0.0.1`"
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_beyond_this_machine_need_a_key() {
        let key = || Some("0123456789".to_owned());
        for (text, key, fault) in [
            ("127.0.0.1:0", None, None),
            ("[::1]:8080", None, None),
            ("0.0.0.0:8080", key(), None),
            ("0.0.0.0:8080", None, Some("there is no API key")),
            ("[::]:80", None, Some("there is no API key")),
            ("8080", None, Some("expected an address and a port")),
            ("127.0.0.1:99999", None, Some("expected an address and a port")),
            ("", key(), Some("expected an address and a port")),
        ] {
            match (Address::new(text, key), fault) {
                (Ok(_), None) => {}
                (Err(error), Some(fault)) => {
                    let error = error.to_string();
                    assert!(error.contains(fault) && error.contains("\nhelp: "), "{text}: {error}");
                }
                (outcome, _) => panic!("{text}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn keys_come_from_a_file_or_the_variable_and_are_never_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, " secret-word\n").unwrap();
        assert_eq!(key(Some(&file), None).unwrap().as_deref(), Some("secret-word"));
        assert_eq!(
            key(None, Some("from-the-variable".into())).unwrap().as_deref(),
            Some("from-the-variable")
        );
        assert_eq!(key(None, None).unwrap(), None);
        for (text, fault) in [("\n", "is empty"), ("short", "less than 8"), ("two words here", "one word")] {
            std::fs::write(&file, text).unwrap();
            let error = key(Some(&file), None).unwrap_err().to_string();
            assert!(error.contains(fault) && error.contains("\nhelp: "), "{error}");
        }
        assert!(
            key(None, Some(String::new())).unwrap_err().to_string().contains("`HARNESS_API_KEY` is empty")
        );
        assert!(key(Some(&folder.path().join("absent")), None).is_err());
    }

    #[test]
    fn only_the_key_itself_is_admitted() {
        let address = Address::new("127.0.0.1:1", Some("secret-word".to_owned())).unwrap();
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            address.admits(&headers)
        };
        assert!(with("Bearer secret-word"));
        assert!(
            !with("Bearer secret-wor")
                && !with("secret-word")
                && !with("Bearer ")
                && !with("Bearer secret-word2")
        );
        assert!(!address.admits(&HeaderMap::new()));
    }
}
