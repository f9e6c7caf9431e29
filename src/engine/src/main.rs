//! The engine process: speaks protocol 1 on its standard input and original standard output.

use std::process::ExitCode;

fn main() -> ExitCode {
    harness_engine::serve::main()
}
