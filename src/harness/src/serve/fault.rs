//! Errors as an OpenAI server gives them.

use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::totals::Outcome;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// HTTP's own word.
    pub status: StatusCode,
    /// One sentence, and what to do.
    pub message: String,
    /// A word for programs.
    pub code: &'static str,
    /// The field that is wrong.
    pub field: Option<String>,
    /// When to try again.
    pub retry: Option<Duration>,
}

impl Fault {
    /// An error with its code.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code, field: None, retry: None }
    }

    /// A field that cannot be served as it is.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let fault = Self::new(StatusCode::BAD_REQUEST, "invalid_value", message);
        Self { field: Some(field.to_owned()), ..fault }
    }

    /// The queue is full.
    pub fn busy(most: usize, retry: Duration) -> Self {
        let message = format!("{most} requests wait already; try again in {} s", retry.as_secs());
        Self { retry: Some(retry), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", message) }
    }

    /// The whole request took too long.
    pub fn late(limit: Duration) -> Self {
        let message = format!(
            "no whole answer within {} s; ask for fewer tokens, or start the service with a longer `--timeout`",
            limit.as_secs()
        );
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message)
    }

    /// The service, its engine or the proxied server failed.
    pub fn failed(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "server_error", message)
    }

    /// How the request is counted.
    pub fn outcome(&self) -> Outcome {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => Outcome::Busy,
            status if status.is_client_error() => Outcome::Refused,
            _ => Outcome::Failed,
        }
    }

    /// The error as a body, or as an event in a stream.
    pub fn as_json(&self) -> Value {
        let kind = match self.outcome() {
            Outcome::Busy => "rate_limit_error",
            Outcome::Refused => "invalid_request_error",
            _ => "server_error",
        };
        json!({ "error": { "message": self.message, "type": kind, "param": self.field, "code": self.code } })
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.as_json())).into_response();
        if let Some(retry) = self.retry {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry.as_secs().max(1)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_openais_shape_and_say_when_to_come_back() {
        let fault = Fault::busy(4, Duration::from_secs(3));
        assert_eq!(fault.as_json()["error"]["type"], "rate_limit_error");
        let response = fault.into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (429, &HeaderValue::from(3))
        );
        let fault = Fault::field("n", "only 1 is served");
        assert_eq!((fault.outcome(), &fault.as_json()["error"]["param"]), (Outcome::Refused, &json!("n")));
        assert_eq!(Fault::late(Duration::from_secs(1)).outcome(), Outcome::Failed);
    }
}
