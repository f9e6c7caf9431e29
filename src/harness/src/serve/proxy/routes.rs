//! Routes of a service that stands before another OpenAI server: it hands everything on, and adds what answers cost.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Result;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::Semaphore;

use super::super::address::Address;
use super::super::book::Book;
use super::super::limits::Limits;
use super::super::metrics::{MEDIA_TYPE, Waiting, page};
use super::super::session::serve;
use super::forward::{measured, plain};
use super::shared::Shared;
use super::upstream::Upstream;

/// A service before another one.
pub struct Before {
    /// The other one.
    pub upstream: Upstream,
    /// The session's account.
    pub book: Book,
}

/// Serves until Ctrl-C.
///
/// # Errors
/// The system gives no thread.
pub fn before(listener: TcpListener, address: Address, limits: Limits, before: Before) -> Result<()> {
    let Before { upstream, book } = before;
    let shared = Arc::new(Shared {
        upstream,
        pen: book.pen(),
        keyed: address.key.is_some(),
        room: Arc::new(Semaphore::new(limits.queue)),
        limits: limits.clone(),
        number: AtomicU64::new(1),
    });
    let app = Router::new()
        .route("/v1/completions", post(answer))
        .route("/v1/chat/completions", post(answer))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .fallback(other)
        .with_state(shared);
    serve(listener, address, app, &limits, book, || {})
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    measured(shared, request).await
}

async fn other(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    plain(&shared, request).await.unwrap_or_else(IntoResponse::into_response)
}

/// The proxy itself; what it stands before is asked with its own requests.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    (StatusCode::OK, Json(json!({ "status": "ok", "proxy": shared.upstream.shown() }))).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let under_way = shared.limits.queue - shared.room.available_permits();
    let page = page(&shared.pen.totals(), Waiting { now: under_way, most: shared.limits.queue });
    ([(CONTENT_TYPE, MEDIA_TYPE)], page).into_response()
}
