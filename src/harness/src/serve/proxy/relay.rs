//! Hands a stream on event by event, with the joules in its usage; where the server dies, the stream ends with an error.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::StreamExt;
use futures_util::stream::{Stream, unfold};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::super::energy::Energy;
use super::super::fault::Fault;
use super::super::tally::Tally;
use super::super::totals::Outcome;
use super::events::{Events, data, event};
use super::span::Span;
use super::usage;

type Pieces = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// A stream on its way.
pub struct Relay {
    pieces: Pieces,
    events: Events,
    span: Span,
    tally: Tally,
    until: Instant,
    limit: Duration,
    /// The client wants the usage.
    asked: bool,
    /// What it cost, once it is whole.
    energy: Option<Energy>,
    /// The energy was told.
    told: bool,
    /// The server said why the answer ended.
    finished: bool,
    /// The last chunk, whose head a chunk of ours has too.
    last: Option<Value>,
    /// Kept until the stream ends.
    _place: OwnedSemaphorePermit,
}

/// What the next bytes are.
enum Step {
    Hand(Vec<u8>),
    /// These are the last ones.
    End(Vec<u8>),
}

impl Relay {
    /// Takes over an answer whose headers have come.
    pub fn new(
        answer: reqwest::Response,
        span: Span,
        tally: Tally,
        until: Instant,
        limit: Duration,
        asked: bool,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            pieces: Box::pin(answer.bytes_stream()),
            events: Events::default(),
            span,
            tally,
            until,
            limit,
            asked,
            energy: None,
            told: false,
            finished: false,
            last: None,
            _place: place,
        }
    }

    /// The bytes for the client.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(Some(self), |relay| async move {
            let mut relay = relay?;
            match relay.step().await {
                Step::Hand(bytes) => Some((Ok(bytes.into()), Some(relay))),
                Step::End(bytes) => Some((Ok(bytes.into()), None)),
            }
        })
    }

    async fn step(&mut self) -> Step {
        loop {
            if let Some(whole) = self.events.next() {
                return self.hand(whole).await;
            }
            match timeout_at(self.until, self.pieces.next()).await {
                Ok(Some(Ok(piece))) => {
                    if self.events.add(&piece).is_err() {
                        return self.broken("sent an event larger than any that is handed on");
                    }
                }
                Ok(None) if self.finished && !self.events.is_open() => return self.close().await,
                Ok(None) => return self.broken("ended in the middle of its answer"),
                Ok(Some(Err(_))) => return self.broken("broke off in the middle of its answer"),
                Err(_) => {
                    let fault = Fault::late(self.limit);
                    return self.fail(&fault);
                }
            }
        }
    }

    async fn hand(&mut self, whole: Vec<u8>) -> Step {
        let Some(text) = data(&whole) else { return Step::Hand(whole) };
        if text.trim() == "[DONE]" {
            self.finished = true;
            return self.close().await;
        }
        let Ok(mut chunk) = serde_json::from_str::<Value>(&text) else {
            return self.broken("sent an event that is no JSON");
        };
        if chunk["choices"][0]["finish_reason"].is_string() {
            self.finished = true;
        }
        // Some servers count along in every chunk; the last count has no choice, or says why the answer ended.
        let ended = self.finished || chunk["choices"].as_array().is_none_or(Vec::is_empty);
        if !chunk["usage"].is_object() || !ended {
            self.last = Some(chunk);
            return Step::Hand(whole);
        }
        self.span.tokens(usage::tokens(&chunk));
        let energy = self.energy().await;
        self.told = usage::add(&mut chunk, &energy);
        self.last = Some(chunk.clone());
        Step::Hand(event(&chunk.to_string()))
    }

    /// The end of a whole answer, with the energy where it was asked for and not yet told.
    async fn close(&mut self) -> Step {
        let energy = self.energy().await;
        self.tally.end(Outcome::Answered);
        let mut bytes = Vec::new();
        if self.asked && !self.told {
            bytes.extend(event(&usage::chunk(self.last.as_ref(), &energy).to_string()));
        }
        bytes.extend(event("[DONE]"));
        Step::End(bytes)
    }

    async fn energy(&mut self) -> Energy {
        if self.energy.is_none() {
            self.energy = Some(self.span.end().await);
        }
        self.energy.clone().unwrap_or_default()
    }

    fn broken(&mut self, what: &str) -> Step {
        self.fail(&Fault::failed(StatusCode::BAD_GATEWAY, format!("the server behind this proxy {what}")))
    }

    fn fail(&mut self, fault: &Fault) -> Step {
        self.tally.end(fault.outcome());
        Step::End(event(&fault.as_json().to_string()))
    }
}
