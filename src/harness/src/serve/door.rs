//! Connections: how many, how slow a client may be, and how large a body.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use super::address::Address;
use super::fault::Fault;
use super::limits::Limits;

/// How long a client may take for its headers, and a connection may wait for its next request.
const HEADERS: Duration = Duration::from_secs(15);

/// How long a client may not take anything of what is sent.
const WRITE: Duration = Duration::from_secs(30);

/// How long connections may take to end when the service stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// Pause after the system gave no connection, such as for want of file descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// Takes connections until `stop` is over; then those that are open may end.
pub async fn keep(listener: TcpListener, app: Router, most: usize, stop: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // Without room nobody is let in: who comes waits in the system's own queue.
        let taken = tokio::select! {
            taken = Arc::clone(&room).acquire_owned() => taken,
            () = &mut stop => break,
        };
        let stream = tokio::select! {
            came = listener.accept() => came.map(|(stream, _)| stream),
            () = &mut stop => break,
        };
        let Ok(stream) = stream else {
            sleep(BREATH).await;
            continue;
        };
        let serving = graceful.watch(connection(stream, app.clone()));
        tokio::spawn(async move {
            // An error here is one client's, and that client is gone.
            let _ = serving.await;
            drop(taken);
        });
    }
    drop(listener);
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
}

type Io = TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>>;

fn connection(stream: TcpStream, app: Router) -> http1::Connection<Io, TowerToHyperService<Router>> {
    // Pieces of an answer go out at once; where that cannot be set they go out later.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(app))
}

/// Lets only those in who bring the key.
pub async fn admit(State(address): State<Arc<Address>>, request: Request, next: Next) -> Response {
    if address.admits(request.headers()) {
        return next.run(request).await;
    }
    let message = "no key, or a wrong one; send `Authorization: Bearer KEY`";
    Fault::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message).into_response()
}

/// A JSON body, whole.
///
/// # Errors
/// It is none, too large, or too slow.
pub async fn json(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Fault> {
    // A page in a browser can send any other type to this machine without asking first.
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        let message = "the body is no JSON; send `Content-Type: application/json`";
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_content_type", message));
    }
    let told = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|told| told > limits.body) {
        return Err(too_large(limits.body));
    }
    timeout(limits.body_time, whole(body, limits.body)).await.unwrap_or_else(|_| {
        let message = format!("the body did not come within {} s", limits.body_time.as_secs());
        Err(Fault::new(StatusCode::REQUEST_TIMEOUT, "timeout", message))
    })
}

async fn whole(body: Body, most: usize) -> Result<Bytes, Fault> {
    let mut pieces = body.into_data_stream();
    let mut all = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            Fault::new(StatusCode::BAD_REQUEST, "invalid_value", format!("the body broke off: {error}"))
        })?;
        if all.len() + piece.len() > most {
            return Err(too_large(most));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.into())
}

fn too_large(most: usize) -> Fault {
    let message =
        format!("the body is larger than {most} bytes; shorten it, or start the service with `--max-body`");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}
