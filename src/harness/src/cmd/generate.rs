//! `harness generate`: a model's answers to prompts, with their tokens, times and joules.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_checkpoint::Checkpoint;
use harness_protocol::{DTYPES, Decode, Load, Prepare, PromptItem, Sampling};
use harness_task::{ChatTemplate, Prompting, Template};
use harness_text::Tokenizer;

use super::print;
use crate::generate::{Asked, answer, as_json, as_text, compression, exit};
use crate::models::{chat_template, ensure, find_source, stop};
use crate::progress;
use crate::stop::Stop;
use crate::suite::EngineSpec;

/// Let a model answer prompts.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// A model folder, a .gguf file, `org/name` of a hub, a name of `harness list fetchable`, or `tiny-random`
    model: String,
    /// The prompt
    #[arg(long, value_name = "TEXT", required_unless_present = "prompts", conflicts_with = "prompts")]
    prompt: Option<String>,
    /// A file with one prompt a line; a line that is a JSON string or an object with `prompt` is read as such
    #[arg(long, value_name = "FILE")]
    prompts: Option<PathBuf>,
    /// Write prompts through the model's chat template
    #[arg(long)]
    chat: bool,
    /// Text before every prompt; with --chat the system message
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Most tokens of an answer
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    tokens: u32,
    /// Tokens before which no answer ends
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_tokens: u32,
    /// A text that ends an answer; may come again
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// The hub's branch, tag or commit
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Number format of weights: f32, bf16, f16, or packed as a .gguf file holds them [default: packed where it can be, else f32]
    #[arg(long)]
    dtype: Option<String>,
    /// Make the model smaller: NAME or NAME:KEY=VALUE,… of `harness list compressions`; may come again
    #[arg(long, value_name = "STEP")]
    compress: Vec<String>,
    /// Let tokens leave early: NAME:KEY=VALUE,… of `harness list exits`
    #[arg(long, value_name = "POLICY")]
    exit: Option<String>,
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
    /// Seeds what is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Tell so many of the most probable tokens at each place (in JSON)
    #[arg(long, value_name = "K", default_value_t = 0)]
    top_logprobs: u32,
    /// `cpu` or `cuda:N`
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Threads of the tensor library
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: u32,
    /// Meters to read: `auto`, names of `harness list meters`, or `none`
    #[arg(long, value_name = "NAMES", default_value = "auto", value_delimiter = ',')]
    meters: Vec<String>,
    /// Print JSON, with ids, probabilities, times and joules
    #[arg(long)]
    json: bool,
}

/// Generates and prints; the exit code.
///
/// # Errors
/// A usage error, a model that is not here or cannot run, or an engine that fails.
pub fn run(args: &GenerateArgs) -> Result<u8> {
    let source =
        find_source(&args.model, args.revision.as_deref(), args.dtype.as_deref().map(dtype).transpose()?)?;
    let compress = args.compress.iter().map(|step| compression(step)).collect::<Result<_>>()?;
    let exit = args.exit.as_deref().map(exit).transpose()?;
    ensure(&source)?;
    let checkpoint = Checkpoint::open(&source).map_err(stop)?;
    checkpoint.check().map_err(stop)?;
    let tokenizer = checkpoint.needed_tokenizer().map_err(stop)?;
    let prompts = prompts(args)?;
    let prompting = Prompting {
        system: args.system.clone(),
        few_shot: Vec::new(),
        template: if args.chat { Template::Chat(template(&checkpoint)?) } else { Template::None },
    };
    let prepare = prepare(args, &prompts, &prompting, &tokenizer)?;
    let engine = EngineSpec { command: None, device: args.device.clone(), threads: args.threads };
    let load = Load {
        model: source,
        compress,
        exit,
        device: args.device.clone(),
        threads: args.threads,
        seed: args.seed,
    };
    let meters: Vec<String> = args.meters.iter().filter(|name| *name != "none").cloned().collect();
    let eos = checkpoint.eos().map_err(stop)?;
    let asked = Asked { engine, load, prepare, eos, meters };
    let mut last = None;
    let mut tell = |item: u32, text: &str| {
        if args.json {
            return;
        }
        if last.is_some_and(|last| last != item) {
            print("\n\n").unwrap_or_default();
        }
        last = Some(item);
        print(text).unwrap_or_default();
        std::io::stdout().flush().unwrap_or_default();
    };
    let answers = answer(&asked, &tokenizer, &mut tell)?;
    if args.json {
        print(&format!("{:#}\n", as_json(&asked, &answers, &prompts, &tokenizer)))?;
    } else {
        print("\n")?;
        progress::say(&as_text(&answers));
    }
    Ok(0)
}

fn dtype(word: &str) -> Result<&str> {
    if DTYPES.contains(&word) {
        return Ok(word);
    }
    Err(Stop::usage(format!("unknown dtype `{word}`\nhelp: write one of {}", DTYPES.join(", "))).into())
}

fn template(checkpoint: &Checkpoint) -> Result<ChatTemplate> {
    chat_template(checkpoint)?.ok_or_else(|| {
        let message = format!(
            "`{}` has no chat template\nhelp: leave out `--chat`, or take a model that was trained on conversations",
            checkpoint.origin()
        );
        Stop::usage(message).into()
    })
}

fn prepare(
    args: &GenerateArgs,
    prompts: &[String],
    prompting: &Prompting,
    tokenizer: &Tokenizer,
) -> Result<Prepare> {
    let mut items = Vec::new();
    for (id, prompt) in (0..).zip(prompts) {
        let rendered = prompting.render(prompt)?;
        let ids = prompting.encode(&rendered, tokenizer)?;
        if ids.is_empty() {
            return Err(Stop::usage(format!(
                "prompt {} is empty\nhelp: write at least one character",
                id + 1
            ))
            .into());
        }
        // Each prompt draws apart.
        let seed = Some(args.seed.wrapping_add(u64::from(id)));
        items.push(PromptItem { id, prompt: rendered, prompt_ids: Some(ids), forced_ids: None, seed });
    }
    Ok(Prepare {
        items,
        new_tokens: args.tokens,
        min_new_tokens: Some(args.min_tokens).filter(|least| *least > 0),
        stop: args.stop.clone(),
        decode: decode(args),
        batch_size: 1,
        logprobs: args.json,
        top_logprobs: if args.json { args.top_logprobs } else { 0 },
        stream: !args.json,
    })
}

/// Greedy, unless any key of sampling is given; the engine refuses rules that draw nothing.
fn decode(args: &GenerateArgs) -> Decode {
    let GenerateArgs { temperature, top_k, top_p, min_p, repetition_penalty, .. } = *args;
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

fn prompts(args: &GenerateArgs) -> Result<Vec<String>> {
    let Some(path) = &args.prompts else { return Ok(args.prompt.iter().cloned().collect()) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: name a file with one prompt a line",
            path.display()
        ))
    })?;
    let prompts: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(line).collect();
    if prompts.is_empty() {
        return Err(
            Stop::usage(format!("`{}` holds no prompt\nhelp: write one a line", path.display())).into()
        );
    }
    Ok(prompts)
}

/// A line as it is, or what it says as JSON.
fn line(line: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(line) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(value) => value["prompt"].as_str().map_or(line.to_owned(), str::to_owned),
        Err(_) => line.to_owned(),
    }
}
