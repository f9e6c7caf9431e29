//! Routes of a service that answers with its own model.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{Stream, unfold};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, timeout_at};

use super::address::Address;
use super::book::{Book, Pen};
use super::desk::{Desk, Job, Seat, Seated, Trouble, Word};
use super::door;
use super::fault::Fault;
use super::limits::Limits;
use super::metrics::{MEDIA_TYPE, Waiting, page};
use super::model::Model;
use super::queue::Queue;
use super::reply::{Answer, Head};
use super::session::serve;
use super::tally::Tally;
use super::totals::{Outcome, Phase};
use super::wish::{Form, Wish};

/// A service with its own model.
pub struct Own {
    /// How the engine is started again.
    pub seat: Seat,
    /// The running engine.
    pub seated: Seated,
    /// What answers.
    pub model: Model,
    /// The session's account.
    pub book: Book,
}

/// What every request sees.
struct Shared {
    model: Arc<Model>,
    queue: Arc<Queue<Job>>,
    pen: Pen,
    limits: Limits,
    trouble: Trouble,
    number: AtomicU64,
}

/// Serves until Ctrl-C.
///
/// # Errors
/// The system gives no thread.
pub fn own(listener: TcpListener, address: Address, limits: Limits, own: Own) -> Result<()> {
    let Own { seat, seated, model, book } = own;
    let (model, queue) = (Arc::new(model), Arc::new(Queue::new(limits.queue)));
    let (stop, trouble) = (Arc::new(AtomicBool::new(false)), Trouble::default());
    let desk = Desk {
        seat,
        seated: Some(seated),
        queue: Arc::clone(&queue),
        pen: book.pen(),
        model: Arc::clone(&model),
        trouble: Arc::clone(&trouble),
        stop: Arc::clone(&stop),
    };
    let worker = thread::Builder::new().name("engine".to_owned()).spawn(move || desk.work())?;
    let shared =
        Shared { model, queue, pen: book.pen(), limits: limits.clone(), trouble, number: AtomicU64::new(1) };
    serve(listener, address, routes(Arc::new(shared)), &limits, book, || {
        stop.store(true, Ordering::Relaxed);
        let _ = worker.join();
    })
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/completions", post(completion))
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(models))
        .route("/v1/models/{*name}", get(models))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .fallback(unknown)
        .with_state(shared)
}

async fn unknown(uri: Uri) -> Fault {
    let message =
        format!("there is nothing at `{}`; `/v1/completions` and `/v1/chat/completions` answer", uri.path());
    Fault::new(StatusCode::NOT_FOUND, "not_found", message)
}

async fn models(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let model = json!({ "id": shared.model.name, "object": "model", "created": 0, "owned_by": "harness" });
    match uri.path().strip_prefix("/v1/models/") {
        None => Json(json!({ "object": "list", "data": [model] })).into_response(),
        Some(name) if name == shared.model.name => Json(model).into_response(),
        Some(name) => {
            let message = format!("`{name}` is not served here; `{}` is", shared.model.name);
            Fault::new(StatusCode::NOT_FOUND, "model_not_found", message).into_response()
        }
    }
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let trouble = shared.trouble.lock().map(|trouble| trouble.clone()).unwrap_or_default();
    match trouble {
        None => Json(json!({ "status": "ok", "model": shared.model.name })).into_response(),
        Some(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "failed", "reason": reason })))
                .into_response()
        }
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let waiting = Waiting { now: shared.queue.len(), most: shared.queue.most() };
    let page = page(&shared.pen.totals(), waiting);
    ([(CONTENT_TYPE, MEDIA_TYPE)], page).into_response()
}

async fn completion(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    answer(shared, Form::Completion, request).await
}

async fn chat(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    answer(shared, Form::Chat, request).await
}

async fn answer(shared: Arc<Shared>, form: Form, request: Request) -> Response {
    let mut tally = Tally::of(shared.pen.clone());
    let until = Instant::now() + shared.limits.whole_time;
    match ask(&shared, form, request, until).await {
        Ok((head, words, wish)) if wish.stream => {
            let told = Told { head, words, tally, until, limit: shared.limits.whole_time, usage: wish.usage };
            Sse::new(told.stream()).into_response()
        }
        Ok((head, words, _)) => match timeout_at(until, whole(words)).await {
            Ok(Ok((text, answer))) => {
                tally.end(Outcome::Answered);
                Json(head.whole(&text, &answer)).into_response()
            }
            Ok(Err(fault)) => tally.fail(fault),
            Err(_) => tally.fail(Fault::late(shared.limits.whole_time)),
        },
        Err(fault) => tally.fail(fault),
    }
}

/// Reads a request and puts it into the queue.
async fn ask(
    shared: &Arc<Shared>,
    form: Form,
    request: Request,
    until: Instant,
) -> Result<(Head, Receiver<Word>, Wish), Fault> {
    let (parts, body) = request.into_parts();
    let bytes = door::json(&parts.headers, body, &shared.limits).await?;
    let model = Arc::clone(&shared.model);
    // Templates and tokenizers may take seconds.
    let reading = tokio::task::spawn_blocking(move || Wish::read(form, &bytes, &model));
    let wish = match timeout_at(until, reading).await {
        Ok(Ok(wish)) => wish?,
        Ok(Err(_)) => {
            return Err(Fault::failed(StatusCode::INTERNAL_SERVER_ERROR, "the prompt could not be read"));
        }
        Err(_) => return Err(Fault::late(shared.limits.whole_time)),
    };
    let id = shared.number.fetch_add(1, Ordering::Relaxed);
    // Two words a token at most, the rest of the text, and the end: the engine never waits for a slow client.
    let (words, heard) = channel(wish.tokens as usize + 4);
    let job = Job { id, wish: wish.clone(), words };
    match shared.queue.push(job) {
        Ok(()) => Ok((Head::new(form, id, &shared.model.name), heard, wish)),
        Err(_) => Err(Fault::busy(shared.queue.most(), shared.until_free())),
    }
}

impl Shared {
    /// How long the queue may take to have room: as long as an answer took so far.
    fn until_free(&self) -> Duration {
        let totals = self.pen.totals();
        let answered = totals.count(Outcome::Answered).max(1) as f64;
        let mean = totals.of(Phase::Answer).seconds / answered;
        Duration::from_secs(mean.ceil().clamp(1.0, 600.0) as u64)
    }
}

async fn whole(mut words: Receiver<Word>) -> Result<(String, Box<Answer>), Fault> {
    let mut text = String::new();
    loop {
        match words.recv().await {
            Some(Word::Text(piece)) => text.push_str(&piece),
            Some(Word::Done(answer)) => return Ok((text, answer)),
            Some(Word::Failed(fault)) => return Err(fault),
            None => return Err(stopped()),
        }
    }
}

fn stopped() -> Fault {
    Fault::failed(StatusCode::SERVICE_UNAVAILABLE, "the service is being stopped")
}

/// An answer that is told as it comes.
struct Told {
    head: Head,
    words: Receiver<Word>,
    tally: Tally,
    until: Instant,
    limit: Duration,
    usage: bool,
}

impl Told {
    /// The events of a stream: chunks, then `[DONE]`, or an error in the place of what is missing.
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        let opening: Vec<Value> = self.head.opening().into_iter().collect();
        unfold((Some(self), lines(&opening)), |(told, mut ready)| async move {
            let mut told = told;
            loop {
                if !ready.is_empty() {
                    return Some((Ok(Event::default().data(ready.remove(0))), (told, ready)));
                }
                let now = told.take()?;
                (told, ready) = now.next().await;
            }
        })
    }

    /// What comes next; without Told nothing comes behind it.
    async fn next(mut self) -> (Option<Self>, Vec<String>) {
        let word = timeout_at(self.until, self.words.recv()).await;
        let fault = match word {
            Ok(Some(Word::Text(text))) => {
                let lines = lines(&[self.head.piece(&text)]);
                return (Some(self), lines);
            }
            Ok(Some(Word::Done(answer))) => {
                self.tally.end(Outcome::Answered);
                let mut chunks = vec![self.head.ending(answer.finish)];
                chunks.extend(self.usage.then(|| self.head.usage(&answer)));
                let mut lines = lines(&chunks);
                lines.push("[DONE]".to_owned());
                return (None, lines);
            }
            Ok(Some(Word::Failed(fault))) => fault,
            Ok(None) => stopped(),
            Err(_) => Fault::late(self.limit),
        };
        self.tally.end(fault.outcome());
        (None, lines(&[fault.as_json()]))
    }
}

fn lines(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::to_string).collect()
}
