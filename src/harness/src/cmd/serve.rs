//! `harness serve`: a live service that tells what each answer cost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use harness_checkpoint::Checkpoint;
use harness_meter::choose::AUTO;
use harness_task::ChatTemplate;
use harness_text::printable::Shown;
use harness_text::regular;

use super::model::{ModelArgs, Opened};
use super::sampling::SamplingArgs;
use crate::engine::CellFailure;
use crate::models::{chat_template, stop};
use crate::progress;
use crate::serve::{
    Address, Before, Book, Defaults, KEY_VARIABLE, Limits, Meters, Model, Own, Seat, Upstream, before, key,
    listen, own,
};
use crate::stop::Stop;

/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The variable that holds the key of the server behind a proxy.
const UPSTREAM_KEY: &str = "HARNESS_UPSTREAM_KEY";

/// Answer as an OpenAI server does, and tell the joules of each answer.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// A model folder, a .gguf file, `org/name` of a hub, a name of `harness list fetchable`, or `tiny-random`
    #[arg(required_unless_present = "proxy", conflicts_with = "proxy")]
    model: Option<String>,
    /// Stand before this OpenAI server, and add the joules of this machine to its answers
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// The process of the proxied server, for meters that count one process's time
    #[arg(long, value_name = "PID", requires = "proxy")]
    process: Option<u32>,
    /// Where to listen; any address beyond this machine needs an API key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// A file that holds the API key; without it the variable HARNESS_API_KEY may hold one
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Requests that may wait; more are sent away with 429
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65536))]
    queue: u32,
    /// Connections that may be open; more wait
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=65536))]
    connections: u32,
    /// Seconds that a whole request may take, waiting included
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86400))]
    timeout: u64,
    /// Bytes of the largest body
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20, value_parser = clap::value_parser!(u32).range(1024..=1 << 30))]
    max_body: u32,
    /// The name under which the model is served [default: its folder's]
    #[arg(long, value_name = "NAME", conflicts_with = "proxy")]
    name: Option<String>,
    /// A Jinja file that turns conversations into text, in the place of the model's own
    #[arg(long, value_name = "FILE", conflicts_with = "proxy")]
    chat_template: Option<PathBuf>,
    /// Most tokens of an answer, where a request does not say
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    tokens: u32,
    #[command(flatten)]
    model_options: ModelArgs,
    #[command(flatten)]
    sampling: SamplingArgs,
}

/// Serves until Ctrl-C; the exit code.
///
/// # Errors
/// A usage error, a port in use, a model that is not here or cannot run, or an engine that fails.
pub fn run(args: &ServeArgs) -> Result<u8> {
    let variable = |name: &str| std::env::var(name).ok();
    let address = Address::new(&args.listen, key(args.key_file.as_deref(), variable(KEY_VARIABLE))?)?;
    let limits = Limits {
        queue: args.queue as usize,
        connections: args.connections as usize,
        body: args.max_body as usize,
        body_time: BODY_TIME,
        whole_time: Duration::from_secs(args.timeout),
    };
    match (&args.proxy, &args.model) {
        (Some(url), _) => {
            let upstream = Upstream::new(url, variable(UPSTREAM_KEY).filter(|key| !key.is_empty()))?;
            let listener = listen(&address)?;
            let book = book(args, args.process.is_none())?;
            if args.process.is_some() {
                book.pen().attach(args.process);
            }
            before(listener, address, limits, Before { upstream, book })?;
        }
        (None, model) => {
            let opened = args.model_options.open(model.as_deref().unwrap_or_default())?;
            let chat = chat(args.chat_template.as_deref(), &opened.checkpoint)?;
            let listener = listen(&address)?;
            let log = tempfile::NamedTempFile::new()?;
            own(listener, address, limits, service(args, opened, chat, log.path())?)?;
        }
    }
    Ok(0)
}

/// The meters, opened and told about.
fn book(args: &ServeArgs, foreign: bool) -> Result<Book> {
    let names = args.model_options.meters();
    if names.iter().any(|name| name == AUTO) {
        progress::say("watching the meters for some seconds: at rest, and with cores kept busy");
    }
    let meters = Meters::open(&names, &args.model_options.device, args.model_options.machine(), foreign)?;
    match (meters.silence(), meters.kind()) {
        (None, Some(kind)) => progress::say(&format!("Energy: {}, class {}", kind.domains, kind.class)),
        (why, _) => progress::say(&format!("note: no joules: {}", why.unwrap_or("no domain counts"))),
    }
    Ok(Book::open(meters))
}

/// Starts the engine and puts together what answers.
fn service(args: &ServeArgs, opened: Opened, chat: Option<ChatTemplate>, log: &Path) -> Result<Own> {
    let Opened { load, checkpoint, tokenizer } = opened;
    let book = book(args, false)?;
    let eos = checkpoint.eos().map_err(stop)?;
    let (seed, exit) = (load.seed, load.exit.clone());
    let seat = Seat {
        spec: args.model_options.engine(),
        load,
        patience: Duration::from_secs(args.timeout),
        log: log.to_owned(),
    };
    let seated = seat.sit(&book.pen()).map_err(|failure| failed(&failure, log))?;
    let defaults = Defaults { tokens: args.tokens, decode: args.sampling.decode(), seed };
    let (context, layers) = (seated.loaded.context, seated.loaded.layers);
    let name = args.name.clone().unwrap_or_else(|| short(args.model.as_deref().unwrap_or_default()));
    progress::say(&format!("`{name}`: {layers} blocks, a context of {context} tokens"));
    let model = Model { name, tokenizer, chat, eos, context, layers, exit, defaults };
    Ok(Own { seat, seated, model, book })
}

/// The last part of a path; a hub's name stays whole.
fn short(word: &str) -> String {
    let path = Path::new(word);
    let last = path.file_name().filter(|_| path.exists()).and_then(|name| name.to_str());
    last.unwrap_or(word).to_owned()
}

/// The template in a file, else the model's own.
fn chat(file: Option<&Path>, checkpoint: &Checkpoint) -> Result<Option<ChatTemplate>> {
    let Some(path) = file else { return chat_template(checkpoint) };
    let source = regular::read_text(path, regular::WRITTEN).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: name a file with a chat template in Jinja",
            path.shown()
        ))
    })?;
    let parts = checkpoint.chat().map_err(stop)?;
    let (bos, eos) = parts.map(|parts| (parts.bos, parts.eos)).unwrap_or_default();
    Ok(Some(ChatTemplate::in_file(path, &source, &bos, &eos)?))
}

fn failed(failure: &CellFailure, log: &Path) -> Stop {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let last = said.trim().lines().last().map(|line| format!(" ({line})")).unwrap_or_default();
    Stop::missing(format!(
        "the engine failed: {}{last}\nhelp: `harness generate` with the same words tries the model without a service",
        failure.reason
    ))
}
