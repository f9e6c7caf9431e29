//! Tests of the engine through its public items and its process, in one program because libtorch links slowly.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod compress;
mod conversation;
mod decode;
mod golden;
mod items;
mod talk;
mod tiny;
mod train;
mod weights;
