//! Tests of the engine through its public items and its process, in one program because libtorch links slowly.
#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod agent;
mod compress;
mod conversation;
mod decode;
mod gguf;
#[path = "../../../checkpoint/tests/gguf/common.rs"]
#[expect(dead_code, reason = "shared with the reader's own tests")]
mod gguf_writer;
mod golden;
mod items;
mod ppo;
mod talk;
mod tiny;
mod train;
mod train_golden;
mod tuning;
mod weights;
