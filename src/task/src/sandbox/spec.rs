//! What the supervisor tells the init, and what it hears from it: JSON through pipes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One program to run, told whole before anything of it runs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Spec {
    /// The process that watches it: without it nothing runs.
    pub supervisor: u32,
    /// Whether a missing layer ends it.
    pub strict: bool,
    /// Host paths that the program may read and execute.
    pub visible: Vec<PathBuf>,
    /// An empty host folder that the program may fill where it gets no file system of its own.
    pub scratch: PathBuf,
    /// Files in the program's folder: name and content.
    pub files: Vec<(String, String)>,
    /// Run one after the other until one fails; none: only look which layers there are.
    pub steps: Vec<Step>,
    /// Bytes of all files.
    pub disk: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Open files of a process.
    pub open_files: u64,
}

/// One command of a program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Step {
    /// The absolute path of the executable and its arguments.
    pub command: Vec<String>,
    /// The whole environment, as `NAME=value`. Here and in the command the ending `=/tmp` means the program's folder.
    pub environment: Vec<String>,
    /// What standard input holds.
    pub input: String,
    /// Seconds of processor time of one process.
    pub cpu_seconds: u64,
    /// Bytes of address space of one process; None: unlimited, as runtimes reserve much that they never use.
    pub address_space: Option<u64>,
}

/// What the init tells, one a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Event {
    /// A layer is up, or why not.
    Layer { name: String, problem: Option<String> },
    /// The step of that number was handed to its interpreter.
    Started(usize),
    /// The step's first process ended; what it left behind is being ended.
    Ended(usize),
    /// Nothing of the step is left.
    Finished(Finish),
    /// The supervisor was stopped, so the program was ended.
    Stopped,
    /// The init cannot go on.
    Failed(String),
}

/// How a step ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Finish {
    /// The step's number.
    pub step: usize,
    /// The exit code; None: a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Wall-clock seconds from the hand-over to the end of the first process.
    pub seconds: f64,
    /// Processor seconds of all its processes, user and system.
    pub cpu_seconds: f64,
    /// Most bytes that any one process had in memory, of this and earlier steps.
    pub peak_bytes: u64,
    /// What was written to the result descriptor: its last bytes.
    pub result: String,
}
