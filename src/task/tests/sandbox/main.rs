//! Programs in the sandbox: right ones pass, wrong and hostile ones do not, and nothing is left of them.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod attacks;
mod awkward;
mod callers;
mod datasets;
mod early;
mod interrupt;
mod languages;
mod memory;
mod one_user;
mod orphan;
mod support;
mod weak;
