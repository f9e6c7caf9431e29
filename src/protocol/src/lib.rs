//! What harness and an engine say to one another: protocol 1, UTF-8 JSON lines on pipes.
//!
//! Requests go to the engine's standard input, replies come from its original standard output; one
//! request at a time, lines of at most [`MAX_LINE`] bytes. Unknown fields are ignored, an unknown
//! `type` is a fault. Times are nanoseconds of `CLOCK_MONOTONIC`.

pub mod agent;
pub mod board;
pub mod clock;
pub mod device;
pub mod exits;
pub mod facts;
pub mod fit;
pub mod misfit;
pub mod reply;
pub mod request;
pub mod source;
pub mod train;

pub use agent::{AgentManifest, AgentSpec};
pub use board::{COMPRESSIONS, DTYPES, Entry, MODELS, PACKED, Parameter, Value};
pub use clock::now_ns;
pub use device::Device;
pub use exits::{CACHE_MODES, EXITS, HEAD_SCOPES};
pub use facts::{END, END_ID, START, START_ID, TINY_CONTEXT, TINY_VOCABULARY};
pub use fit::{
    ChainMisfit, asked_exits, batch_misfit, chain_misfit, dtype_misfit, exit_misfit, kept_neurons,
    neurons_misfit,
};
pub use misfit::Misfit;
pub use reply::{Completion, FaultKind, Finish, Kernels, Loaded, Reply};
pub use request::{Compression, Decode, Exit, Load, Prepare, PromptItem, Request, Sampling};
pub use source::ModelSource;
pub use train::{Lora, Matmul, Schedule, Start, TF32_SWITCH, TrainModel, TrainSpec};

/// The protocol version that both sides must name in `hello`.
pub const PROTOCOL: u32 = 1;

/// The longest line either side may send, in bytes.
pub const MAX_LINE: usize = 16 << 20;

/// The longest message of a fault that harness keeps, in characters; a longer one is cut, and says so.
pub const MAX_FAULT: usize = 2000;

/// The longest name that an engine may have, and each of its versions, capabilities and kernels, in characters.
pub const MAX_NAME: usize = 1000;

/// The most capabilities that an engine may name.
pub const MAX_CAPABILITIES: usize = 100;

/// The largest difference between the two sides' clocks at the handshake, in nanoseconds: more means
/// that they do not share `CLOCK_MONOTONIC`, and windows could not be placed.
pub const MAX_CLOCK_SKEW_NS: i64 = 1_000_000;
