//! The program `harness`.

use std::process::ExitCode;

use harness::cli::{Cli, Verb};
use harness::cmd;
use harness::control::{CONTROL, control_main};
use harness::driver::{DRIVER_PROBE, probe_main};
use harness::score::SANDBOX_INIT;
use harness::stop::exit_code;
use harness::table::keep_guarded_panics_quiet;
use harness::{interrupt, progress};
use harness_task::sandbox::init_main;
use harness_text::printable;

fn main() -> ExitCode {
    // Before anything else: what becomes the sandbox must have one thread and nothing open.
    if std::env::args_os().nth(1).is_some_and(|word| word == SANDBOX_INIT) {
        init_main();
    }
    let mut words = std::env::args_os().skip(1);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if first == DRIVER_PROBE {
        return probe_main(&second.to_string_lossy());
    }
    if first == CONTROL {
        return control_main(&second.to_string_lossy());
    }
    keep_guarded_panics_quiet();
    // Without it signals end the program as they do any other.
    let _ = interrupt::watch();
    let outcome = match Cli::read().verb {
        Verb::Run(args) => cmd::run::run(&args),
        Verb::Plan(args) => cmd::plan::run(&args),
        Verb::Runs(args) => cmd::runs::run(&args),
        Verb::Show(args) => cmd::show::run(&args),
        Verb::Gate(args) => cmd::gate::run(&args),
        Verb::Baseline(args) => cmd::baseline::run(&args),
        Verb::Aa(args) => cmd::aa::run(&args),
        Verb::Certify(args) => cmd::certify::run(&args),
        Verb::Compare(args) => cmd::compare::run(&args),
        Verb::Targets(args) => cmd::targets::run(&args),
        Verb::Reproduce(args) => cmd::reproduce::run(&args),
        Verb::Price(args) => cmd::price::run(&args),
        Verb::Bundle(args) => cmd::bundle::run(&args),
        Verb::Verify(args) => cmd::verify::run(&args),
        Verb::Remeasure(args) => cmd::remeasure::run(&args),
        Verb::Rescore(args) => cmd::rescore::run(&args),
        Verb::Score(args) => cmd::score::run(&args),
        Verb::Make(args) => cmd::make::run(&args),
        Verb::Fetch(args) => cmd::fetch::run(&args),
        Verb::Generate(args) => cmd::generate::run(&args),
        Verb::Serve(args) => cmd::serve::run(&args),
        Verb::Train(args) => cmd::train::run(&args),
        Verb::Doctor(args) => cmd::doctor::run(&args),
        Verb::List(args) => cmd::list::run(&args),
        Verb::Schema(args) => cmd::schema::run(&args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // The first cause is the one a user can mend; contexts around it say where. A message that
            // holds its cause already is not followed by it.
            let mut text = String::new();
            for cause in error.chain().map(ToString::to_string) {
                if !text.contains(&cause) {
                    text.push_str(if text.is_empty() { "" } else { ": " });
                    text.push_str(&cause);
                }
            }
            let text = printable::page(&text);
            progress::say_line(&format!("{}{text}", if text.starts_with("error:") { "" } else { "error: " }));
            ExitCode::from(exit_code(&error))
        }
    }
}
