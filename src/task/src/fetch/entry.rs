//! What a line of the board of task sets says.

/// A published task set, and where it lies.
#[derive(Debug, Clone, Copy)]
pub struct DatasetEntry {
    /// The name on the command line.
    pub name: &'static str,
    /// The kind of task that reads it, as in `task.kind`.
    pub kind: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// What its publisher says about use.
    pub licence: &'static str,
    /// Where it lies.
    pub host: Host,
    /// `OWNER/NAME` there.
    pub repo: &'static str,
    /// The commit, 40 hexadecimal digits; None: that of the main branch when it is fetched, which is then recorded.
    pub revision: Option<&'static str>,
    /// At least one.
    pub files: &'static [RemoteFile],
}

/// Where a repository lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// The Hugging Face hub, as a data set.
    Hub,
    /// GitHub's raw files. It names no commits, so that the revision must be one.
    GitHub,
}

/// One file of a repository, or several that match a pattern.
#[derive(Debug, Clone, Copy)]
pub struct RemoteFile {
    /// The path in the repository. On the hub a `*` stands for any part of a name between two `/`.
    pub path: &'static str,
    /// The path in the folder, without `.gz`; the matches of a pattern keep their own.
    pub name: &'static str,
    /// What is in it.
    pub form: Form,
    /// Of the file as it lies in the folder, thus unpacked; known for the entry's revision only.
    pub sha256: Option<&'static str>,
}

/// How a fetched file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// One JSON object a line.
    JsonLines,
    /// One JSON array.
    Json,
    /// One document a line.
    Text,
    /// Parquet, which the readers of task sets do not take: it is converted first.
    Parquet,
}

impl DatasetEntry {
    /// Whether its files must be converted before a suite can name them.
    pub fn needs_conversion(&self) -> bool {
        self.files.iter().any(|file| file.form == Form::Parquet)
    }
}
