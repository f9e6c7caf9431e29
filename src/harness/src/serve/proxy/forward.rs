//! Hands one request on, and its answer back with its joules.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode, response};
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::super::door;
use super::super::energy::Energy;
use super::super::fault::Fault;
use super::super::tally::Tally;
use super::super::totals::Outcome;
use super::relay::Relay;
use super::shared::Shared;
use super::span::Span;
use super::usage;

/// Largest body of an answer that is not streamed, bytes.
const LARGEST: usize = 64 << 20;

/// When a request that is full may come again, s.
const RETRY_S: u64 = 1;

/// A request for an answer.
pub async fn measured(shared: Arc<Shared>, request: Request) -> Response {
    let mut tally = Tally::of(shared.pen.clone());
    let until = Instant::now() + shared.limits.whole_time;
    let (parts, body) = request.into_parts();
    let bytes = match door::json(&parts.headers, body, &shared.limits).await {
        Ok(bytes) => bytes,
        Err(fault) => return tally.fail(fault),
    };
    // Behind the body: a slow client takes nobody's place.
    let Ok(place) = Arc::clone(&shared.room).try_acquire_owned() else {
        let retry = std::time::Duration::from_secs(RETRY_S);
        return tally.fail(Fault::busy(shared.limits.queue, retry));
    };
    let asked = wants_usage(&bytes);
    let mut span = Span::begin(shared.pen.clone(), shared.number.fetch_add(1, Ordering::Relaxed));
    let sent = shared.upstream.ask(parts.method, &parts.uri, &parts.headers, bytes, shared.keyed);
    let answer = match timeout_at(until, sent).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(fault)) => return tally.fail(fault),
        Err(_) => return tally.fail(Fault::late(shared.limits.whole_time)),
    };
    let head = head(answer.status(), answer.headers());
    if is_stream(answer.headers()) && answer.status().is_success() {
        let relay = Relay::new(answer, span, tally, until, shared.limits.whole_time, asked, place);
        return respond(head, Body::from_stream(relay.stream()));
    }
    let status = answer.status();
    let bytes = match timeout_at(until, whole(answer)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(fault)) => return tally.fail(fault),
        Err(_) => return tally.fail(Fault::late(shared.limits.whole_time)),
    };
    tally.end(match status {
        status if status.is_success() => Outcome::Answered,
        StatusCode::TOO_MANY_REQUESTS => Outcome::Busy,
        status if status.is_client_error() => Outcome::Refused,
        _ => Outcome::Failed,
    });
    if !status.is_success() {
        return respond(head, Body::from(bytes));
    }
    let energy = span.end().await;
    respond(head, Body::from(with_energy(&bytes, &span, &energy)))
}

/// Any other request.
///
/// # Errors
/// The server does not answer, or too late.
pub async fn plain(shared: &Shared, request: Request) -> Result<Response, Fault> {
    let until = Instant::now() + shared.limits.whole_time;
    let (parts, body) = request.into_parts();
    let body = reqwest::Body::wrap_stream(body.into_data_stream());
    let sent = shared.upstream.ask(parts.method, &parts.uri, &parts.headers, body, shared.keyed);
    let answer = timeout_at(until, sent).await.map_err(|_| Fault::late(shared.limits.whole_time))??;
    let head = head(answer.status(), answer.headers());
    Ok(respond(head, Body::from_stream(answer.bytes_stream())))
}

/// The answer's own bytes where they are no object.
fn with_energy(bytes: &Bytes, span: &Span, energy: &Energy) -> Bytes {
    let Ok(mut body) = serde_json::from_slice::<Value>(bytes) else { return bytes.clone() };
    span.tokens(usage::tokens(&body));
    if usage::add(&mut body, energy) { body.to_string().into() } else { bytes.clone() }
}

/// Whether a stream is to end with its usage.
fn wants_usage(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|body| body["stream_options"]["include_usage"] == true)
}

async fn whole(answer: reqwest::Response) -> Result<Bytes, Fault> {
    let gone =
        |what: &str| Fault::failed(StatusCode::BAD_GATEWAY, format!("the server behind this proxy {what}"));
    let mut pieces = answer.bytes_stream();
    let mut all = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| gone("ended in the middle of its answer"))?;
        if all.len() + piece.len() > LARGEST {
            return Err(gone("gave an answer larger than any that is handed on"));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.into())
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/event-stream")
}

/// Status and headers, without those that concern one connection or a length that changes.
fn head(status: StatusCode, headers: &HeaderMap) -> response::Parts {
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = status;
    parts.headers = headers.clone();
    for name in [CONTENT_LENGTH, TRANSFER_ENCODING, axum::http::header::CONNECTION] {
        parts.headers.remove(name);
    }
    parts
}

fn respond(head: response::Parts, body: Body) -> Response {
    Response::from_parts(head, body)
}
