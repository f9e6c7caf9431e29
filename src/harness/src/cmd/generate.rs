//! `harness generate`: a model's answers to prompts, with their tokens, times and joules.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_checkpoint::Checkpoint;
use harness_protocol::{Prepare, PromptItem};
use harness_task::{ChatTemplate, Prompting, Template};
use harness_text::Tokenizer;
use harness_text::printable::Shown;
use harness_text::regular;

use super::model::{ModelArgs, Opened};
use super::sampling::SamplingArgs;
use crate::generate::{Asked, answer, as_json, as_text};
use crate::models::{chat_template, stop};
use crate::print::{print, print_answer, print_json};
use crate::progress;
use crate::stop::Stop;

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
    #[command(flatten)]
    model_options: ModelArgs,
    #[command(flatten)]
    sampling: SamplingArgs,
    /// Tell so many of the most probable tokens at each place (in JSON)
    #[arg(long, value_name = "K", default_value_t = 0)]
    top_logprobs: u32,
    /// Print JSON, with ids, probabilities, times and joules
    #[arg(long)]
    json: bool,
}

/// Generates and prints; the exit code.
///
/// # Errors
/// A usage error, a model that is not here or cannot run, or an engine that fails.
pub fn run(args: &GenerateArgs) -> Result<u8> {
    let Opened { load, checkpoint, tokenizer } = args.model_options.open(&args.model)?;
    let prompts = prompts(args)?;
    let prompting = Prompting {
        system: args.system.clone(),
        few_shot: Vec::new(),
        template: if args.chat { Template::Chat(template(&checkpoint)?) } else { Template::None },
    };
    let prepare = prepare(args, &prompts, &prompting, &tokenizer)?;
    let engine = args.model_options.engine();
    let meters = args.model_options.meters();
    let eos = checkpoint.eos().map_err(stop)?;
    let machine = args.model_options.machine();
    let asked = Asked { engine, load, prepare, eos, meters, machine };
    let mut last = None;
    let mut tell = |item: u32, text: &str| {
        if args.json {
            return;
        }
        if last.is_some_and(|last| last != item) {
            print("\n\n").unwrap_or_default();
        }
        last = Some(item);
        print_answer(text).unwrap_or_default();
        std::io::stdout().flush().unwrap_or_default();
    };
    let answers = answer(&asked, &tokenizer, &mut tell)?;
    if args.json {
        print_json(&as_json(&asked, &answers, &prompts, &tokenizer))?;
    } else {
        print("\n")?;
        progress::say(&as_text(&answers));
    }
    Ok(0)
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
        let seed = Some(args.model_options.seed.wrapping_add(u64::from(id)));
        items.push(PromptItem { id, prompt: rendered, prompt_ids: Some(ids), forced_ids: None, seed });
    }
    Ok(Prepare {
        items,
        new_tokens: args.tokens,
        min_new_tokens: Some(args.min_tokens).filter(|least| *least > 0),
        stop: args.stop.clone(),
        decode: args.sampling.decode(),
        batch_size: 1,
        logprobs: args.json,
        top_logprobs: if args.json { args.top_logprobs } else { 0 },
        stream: !args.json,
    })
}

fn prompts(args: &GenerateArgs) -> Result<Vec<String>> {
    let Some(path) = &args.prompts else { return Ok(args.prompt.iter().cloned().collect()) };
    let text = regular::read_text(path, regular::DATA).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: name a file with one prompt a line",
            path.shown()
        ))
    })?;
    let prompts: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(line).collect();
    if prompts.is_empty() {
        return Err(Stop::usage(format!("`{}` holds no prompt\nhelp: write one a line", path.shown())).into());
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
