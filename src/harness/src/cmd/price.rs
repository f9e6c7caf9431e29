//! `harness price`: what an item of given lengths would cost.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{print, print_json};
use crate::price::{Ask, offers, page};
use crate::progress;
use crate::stop::MISSING;
use crate::store::RunFolder;

/// Tell what an item of given lengths would cost, by the energies of a run: J = a + b · prompt tokens + c · depth ·
/// generated tokens, a row for each model, format, compression and cache mode.
#[derive(Debug, Args)]
pub struct PriceArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Prompt tokens.
    #[arg(long, value_name = "N")]
    prompt: u32,
    /// Generated tokens.
    #[arg(long, value_name = "M")]
    tokens: u32,
    /// Mean number of blocks that run per generated token [default: all].
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    depth: Option<f64>,
    /// Only this model: its name in the table, or its path [default: all].
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Print the prices as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the prices; the exit code.
pub fn run(args: &PriceArgs) -> Result<u8> {
    let ask = Ask { prompt: args.prompt, tokens: args.tokens, depth: args.depth, model: args.model.clone() };
    ask.check()?;
    let (folder, manifest) = RunFolder::open(&args.run)?;
    let (summary, _) = folder.summarise(&manifest)?;
    let offers = offers(&summary, &ask)?;
    if args.json {
        print_json(&offers)?;
    } else {
        print(&page(&offers, summary.level))?;
    }
    // A program reads the JSON, and people read this.
    if let Some(caveat) = folder.caveat(&manifest)? {
        progress::say(&caveat);
    }
    let told = offers.iter().any(|offer| offer.price.value().is_some());
    Ok(if told { 0 } else { MISSING })
}
