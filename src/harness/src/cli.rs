//! The command line: one subcommand a file of [`cmd`](crate::cmd).

use std::ffi::OsString;
use std::io::Write;

use clap::{Parser, Subcommand};
use harness_text::printable;

use crate::cmd::{
    aa, baseline, bundle, certify, compare, doctor, fetch, gate, generate, list, make, plan, price,
    remeasure, reproduce, rescore, run, runs, schema, score, serve, show, targets, train, verify,
};

/// Measures what a language model's answers cost in joules, and whether they were worth it.
#[derive(Debug, Parser)]
#[command(name = "harness", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

impl Cli {
    /// The words of this call; ends the program where they ask for help or say something wrong.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            let words: Vec<OsString> = std::env::args_os().collect();
            let shown: Vec<OsString> = words.iter().map(spelt_out).collect();
            if words == shown {
                error.exit();
            }
            // A word would move the terminal where the message quotes it: the same words spelt out are as wrong.
            match Self::try_parse_from(shown) {
                Err(error) => error.exit(),
                Ok(_) => {
                    let said = printable::page(&error.render().to_string());
                    let _ = std::io::stderr().write_all(said.as_bytes());
                    std::process::exit(error.exit_code());
                }
            }
        })
    }
}

fn spelt_out(word: &OsString) -> OsString {
    printable::line(&word.to_string_lossy()).into()
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a suite: every variant on every task, measured; writes a run folder.
    Run(run::RunArgs),
    /// Check a suite and print what a run would do, without doing it.
    Plan(plan::PlanArgs),
    /// List the runs in a folder: what they ran, how far they came, whether they can go on.
    Runs(runs::RunsArgs),
    /// Show what a run says.
    Show(show::ShowArgs),
    /// Hold a run against limits: pass, regression, inconclusive or not measurable.
    Gate(gate::GateArgs),
    /// Store variants of finished runs that later runs are held against; list and remove them.
    Baseline(baseline::BaselineArgs),
    /// Run a suite's baseline against itself: how often this machine tells a variant from itself.
    Aa(aa::AaArgs),
    /// Say whether variants are not worse and cheaper, in one joint decision.
    Certify(certify::CertifyArgs),
    /// Compare the variants of one run, or runs with one another.
    Compare(compare::CompareArgs),
    /// Hold a run against what papers say: agrees, differs or cannot be judged.
    Targets(targets::TargetsArgs),
    /// List papers; of one, tell what reproducing it takes, and what can be judged here.
    Reproduce(reproduce::ReproduceArgs),
    /// Tell what an item of given lengths would cost, by the energies of a run.
    Price(price::PriceArgs),
    /// Put a finished run into one file that anyone can check.
    Bundle(bundle::BundleArgs),
    /// Compute again what a bundle or a run folder claims, and say line by line what agrees.
    Verify(verify::VerifyArgs),
    /// Compute a run's windows again from its raw readings, with the same or other rules.
    Remeasure(remeasure::RemeasureArgs),
    /// Score a run's completions again with other scorers, without inference.
    Rescore(rescore::RescoreArgs),
    /// Judge completions that were made elsewhere against a task set.
    Score(score::ScoreArgs),
    /// Make a task set: fault tickets.
    Make(make::MakeArgs),
    /// Fetch a published task set or model.
    Fetch(fetch::FetchArgs),
    /// Let a model answer prompts, with its tokens, times and joules.
    Generate(generate::GenerateArgs),
    /// Answer as an OpenAI server does, and tell the joules of each answer.
    Serve(serve::ServeArgs),
    /// Train the model that a training file describes.
    Train(train::TrainArgs),
    /// Show what this machine can measure, what is missing, and what mends it.
    Doctor(doctor::DoctorArgs),
    /// List every name that suites and commands take: meters, models, exits, scorers and all other boards.
    List(list::ListArgs),
    /// Print the JSON Schema of suites, for editors.
    Schema(schema::SchemaArgs),
}

const EXIT_CODES: &str = "Exit codes of run, aa, remeasure, rescore, score, make, fetch, generate and train: 0 done, 1 unexpected, 2 usage or suite, \
3 not everything measured (failed cells; meter, model, data or GPU missing), 130 interrupted. \
Certify: 0 yes, 1 no, 3 not measurable, 4 cannot tell. \
Gate, and run where the suite has gates: 0 pass, 1 regression, 3 not measurable, 4 inconclusive. \
Compare: 0, 2 usage or refused, 3 where a run is missing or damaged. \
Targets: 0 judged, whatever the verdicts, 3 where the run is missing or damaged. \
Reproduce: 0, 3 where a suite or run is missing. \
Price: 0, or 3 where no price can be told. \
Verify: 0 everything agrees, 1 something differs, 3 the bundle is missing or damaged. \
Doctor: 0, or 3 where something required is absent.";
