//! What a user says about fetching, and what is said back on the way.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::TaskError;

/// How a task set is fetched.
#[derive(Debug, Clone)]
pub struct FetchSpec {
    /// The folder that its files go into; made where it is missing.
    pub out: PathBuf,
    /// Address of the hub.
    pub hub: String,
    /// Address of GitHub's raw files.
    pub raw: String,
    /// Address of the index of Python packages.
    pub pypi: String,
    /// Instead of the entry's own revision: a commit, on the hub also a branch or tag.
    pub revision: Option<String>,
    /// Shown to the hub only.
    pub token: Option<Secret>,
    /// Patience with the network.
    pub limits: Limits,
}

/// Patience with the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To find a server and connect to it.
    pub connect: Duration,
    /// Without any data.
    pub stall: Duration,
    /// Tries after the first one that bring nothing new.
    pub retries: u32,
    /// Before the first of these; doubled before each further one.
    pub backoff: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            retries: 3,
            backoff: Duration::from_secs(1),
        }
    }
}

/// Text that is never printed or stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text without blanks around it. Refused: text that cannot stand in a header.
    pub fn new(text: &str) -> Result<Self, TaskError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TaskError::refused(
                "the token is empty or has characters that no token has",
                "set `HF_TOKEN` to a token as the hub shows it, or unset it",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl FetchSpec {
    /// The public hub and GitHub, no token.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Self {
            out: out.into(),
            hub: "https://huggingface.co".to_owned(),
            raw: "https://raw.githubusercontent.com".to_owned(),
            pypi: "https://pypi.org/simple".to_owned(),
            revision: None,
            token: None,
            limits: Limits::default(),
        }
    }

    /// As [`FetchSpec::new`], with the hub of `HF_ENDPOINT`, the index of `PIP_INDEX_URL` and the token of `HF_TOKEN` where
    /// they are set.
    pub fn from_env(out: impl Into<PathBuf>) -> Result<Self, TaskError> {
        let set = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let mut spec = Self::new(out);
        if let Some(hub) = set("HF_ENDPOINT") {
            spec.hub = hub.trim().to_owned();
        }
        if let Some(index) = set("PIP_INDEX_URL") {
            spec.pypi = index.trim().to_owned();
        }
        spec.token = set("HF_TOKEN").map(|token| Secret::new(&token)).transpose()?;
        Ok(spec)
    }
}

/// What happens while fetching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Another process fetches into the same folder; this one goes on when it is done.
    Waiting,
    /// The commit is known.
    Revision(String),
    /// A file lay there already and is what it should be.
    Kept {
        /// Its path in the folder.
        name: String,
    },
    /// More of a file is there.
    Bytes {
        /// Its path in the folder.
        name: String,
        /// How much is there.
        done: u64,
        /// How much there will be, where the server says it.
        total: Option<u64>,
    },
    /// A try failed, and the next one comes.
    Retry {
        /// What was asked for.
        url: String,
        /// Why it failed.
        reason: String,
    },
}

/// What a file was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// The SHA-256 that this program knows.
    Board,
    /// The SHA-256 that the hub names.
    Hub,
    /// The length alone: nobody names a SHA-256.
    Length,
    /// Nothing: the server does not even say how long it is.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_printed() {
        let mut spec = FetchSpec::new("x");
        spec.token = Some(Secret::new(" hf_abc\n").unwrap());
        assert!(!format!("{spec:?}").contains("abc"));
        assert_eq!(spec.token.unwrap().reveal(), "hf_abc");
        for wrong in ["", " ", "a b", "a\nb", "ä"] {
            let error = Secret::new(wrong).unwrap_err().to_string();
            assert!(error.contains("\nhelp: ") && !error.contains("a b"), "{error}");
        }
    }
}
