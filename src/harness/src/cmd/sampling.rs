//! How the next token is chosen, as options.

use clap::Args;
use harness_protocol::{Decode, Sampling};

/// Rules of sampling; without any the most probable token is taken.
#[derive(Debug, Args)]
pub struct SamplingArgs {
    /// Draw tokens at this temperature; without any key of sampling the most probable token is taken
    #[arg(long)]
    temperature: Option<f64>,
    /// Draw from so many of the most probable tokens
    #[arg(long, value_name = "K")]
    top_k: Option<u32>,
    /// Draw from the most probable tokens that together reach this probability
    #[arg(long, value_name = "P")]
    top_p: Option<f64>,
    /// Draw from tokens with at least this share of the largest probability
    #[arg(long, value_name = "P")]
    min_p: Option<f64>,
    /// Make tokens that were seen less likely
    #[arg(long, value_name = "FACTOR")]
    repetition_penalty: Option<f64>,
}

impl SamplingArgs {
    /// Greedy, unless any key of sampling is given; the engine refuses rules that draw nothing.
    pub fn decode(&self) -> Decode {
        let Self { temperature, top_k, top_p, min_p, repetition_penalty } = *self;
        if temperature.is_none()
            && top_k.is_none()
            && top_p.is_none()
            && min_p.is_none()
            && repetition_penalty.is_none()
        {
            return Decode::Greedy;
        }
        let plain = Sampling::default();
        Decode::Sample(Sampling {
            temperature: temperature.unwrap_or(plain.temperature),
            top_k,
            top_p,
            min_p,
            repetition_penalty: repetition_penalty.unwrap_or(plain.repetition_penalty),
        })
    }
}
