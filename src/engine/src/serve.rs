//! The conversation: one request at a time, each answered or ended by a fault, never by a crash.

use std::any::Any;
use std::cell::RefCell;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use harness_protocol::{MAX_CLOCK_SKEW_NS, PROTOCOL, Reply, Request, now_ns};

use crate::agent;
use crate::error::{EngineError, Result};
use crate::pipe::{Replies, Requests};
use crate::session::Session;
use crate::train;
use crate::train::evaluate::{Asked, evaluate};

/// What this engine can do, in the words of the protocol.
const CAPABILITIES: &[&str] = &[
    "exit",
    "compress",
    "train",
    "evaluate",
    "logprobs",
    "token-times",
    "forced",
    "sample",
    "top-logprobs",
    "stream",
    "train-agent",
    "set-exit",
    "cancel",
];

/// Runs the engine until `shutdown` or the end of input.
pub fn main() -> ExitCode {
    let mut replies = match Replies::take_stdout() {
        Ok(replies) => replies,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: cannot keep standard output for replies: {error}");
            return ExitCode::FAILURE;
        }
    };
    // A panic is reported as a fault; its own print would only repeat it on standard error.
    panic::set_hook(Box::new(|_| {}));
    let cancelled = Arc::default();
    match serve(&Requests::stdin(&cancelled), Session::cancelled_by(cancelled), &mut replies) {
        Ok(()) => ExitCode::SUCCESS,
        // Harness has gone: nobody is left to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(requests: &Requests, session: Session, replies: &mut Replies) -> std::io::Result<()> {
    let session = RefCell::new(session);
    while let Some(request) = requests.receive()? {
        let mut emit = |reply: Reply| {
            // Harness has gone: whatever is going on, a training of hours included, is for nobody.
            if replies.send(&reply).is_err() {
                std::process::exit(1);
            }
        };
        let outcome = match request {
            Ok(Request::Shutdown) => return Ok(()),
            Ok(request) => panic::catch_unwind(AssertUnwindSafe(|| {
                answer(&mut session.borrow_mut(), request, &mut emit)
            }))
            .unwrap_or_else(|panic| Err(EngineError::from_message(words(panic.as_ref())))),
            Err(message) => Err(EngineError::request(message)),
        };
        if let Err(EngineError { kind, message, item }) = outcome {
            emit(Reply::Fault { kind, message, item });
        }
    }
    Ok(())
}

fn answer(session: &mut Session, request: Request, emit: &mut dyn FnMut(Reply)) -> Result<()> {
    match request {
        Request::Hello { protocol, now_ns: theirs } => {
            let ours = now_ns();
            if protocol != PROTOCOL {
                return Err(EngineError::unsupported(format!(
                    "protocol {protocol} is not spoken here, {PROTOCOL} is"
                )));
            }
            // The request was written before it was read: a negative age is as foreign as a large one,
            // but a busy machine may deliver late, so only the sign of a shared clock is certain here.
            if ours < theirs - MAX_CLOCK_SKEW_NS {
                return Err(EngineError::unsupported(
                    "harness's clock is ahead: not the same CLOCK_MONOTONIC",
                ));
            }
            emit(Reply::Hello {
                protocol: PROTOCOL,
                engine: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                now_ns: now_ns(),
                capabilities: CAPABILITIES.iter().map(|word| (*word).to_owned()).collect(),
            });
            Ok(())
        }
        Request::Load(load) => session.load(&load, emit),
        Request::Prepare(prepare) => session.prepare(prepare, emit),
        Request::WarmUp { items } => session.warm_up(items, emit),
        Request::Window { min_ns, max_ns } => session.window(min_ns, max_ns, emit),
        Request::Collect => session.collect(emit),
        Request::SetExit { exit } => session.set_exit(exit.as_ref(), emit),
        Request::Train { spec, out, resume } => train::run(&spec, Path::new(&out), resume, emit),
        Request::Evaluate { model, streams, document_start, sequence, device, threads } => {
            let (model, device) = (Path::new(&model), device.as_str());
            evaluate(&Asked { model, streams: &streams, document_start, sequence, device, threads }, emit)
        }
        Request::TrainAgent { model, spec, out } => agent::run(&model, &spec, Path::new(&out), emit),
        // Both are dealt with before they come here.
        Request::Cancel | Request::Shutdown => Ok(()),
    }
}

/// The words of a panic.
fn words(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the engine panicked without words").to_owned()
}
