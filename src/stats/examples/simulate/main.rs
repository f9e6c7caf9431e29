//! Simulates what the intervals, tests and gates promise, and prints what was found beside it.
//!
//! `cargo run --release -p harness-stats --example simulate [-- --quick]`; seeds are fixed, so that every
//! run prints the same table. Ends with 1 if a bar fails. `--quick` runs a tenth of everything and gives
//! each bar the room that so few simulations need.

#![expect(clippy::print_stdout, reason = "an example that nothing depends on")]

use std::process::ExitCode;

mod simulators;

use simulators::{Bar, Check, Scale};

fn main() -> ExitCode {
    let scale =
        if std::env::args().any(|argument| argument == "--quick") { Scale::QUICK } else { Scale::FULL };
    println!("| What | Simulations | Nominal | Found | 95 % band | Bar | Verdict |");
    println!("|---|---|---|---|---|---|---|");
    let checks = simulators::all(scale);
    for check in &checks {
        println!("{}", row(check, scale.slack()));
    }
    let failed = checks.iter().filter(|check| !check.passes(scale.slack())).count();
    println!("\n{} checks, {failed} failed.", checks.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn row(check: &Check, slack: f64) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let bar = match check.bar {
        Bar::Between(lo, hi) => format!("{}-{} %", percent(lo.max(0.0)), percent(hi.min(1.0))),
        Bar::AtMost => "in or below the band".to_string(),
        Bar::AtLeast(least) => format!("≥ {} %", percent(least)),
        Bar::Shown => "none".to_string(),
    };
    let verdict = match (check.bar, check.must_fail, check.passes(slack)) {
        (Bar::Shown, ..) => "shown",
        (_, false, true) => "holds",
        (_, true, true) => "fails, as it must",
        (_, false, false) => "FAILS",
        (_, true, false) => "HOLDS, but must fail",
    };
    let band = check.band();
    format!(
        "| {} | {} | {} % | {} % | {}-{} % | {bar} | {verdict} |",
        check.what,
        check.count,
        percent(check.nominal),
        percent(check.rate),
        percent(band.0),
        percent(band.1),
    )
}
