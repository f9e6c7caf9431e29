//! The server behind the proxy: where it is, and how it is asked.

use std::time::Duration;

use anyhow::Result;
use axum::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use reqwest::{Client, Method, Response, Url};

use super::super::fault::Fault;
use crate::redact::without_credentials;
use crate::stop::Stop;

/// How long the server may take to take the connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Headers that concern one connection, or that the client library writes itself.
const OWN: [HeaderName; 8] =
    [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, TE, TRAILER, UPGRADE, ACCEPT_ENCODING];

/// Another OpenAI server.
#[derive(Debug, Clone)]
pub struct Upstream {
    client: Client,
    base: String,
    /// Sent in the place of the client's own.
    key: Option<String>,
}

impl Upstream {
    /// At this address, with or without `/v1`; nothing is asked yet.
    ///
    /// # Errors
    /// It is no address of HTTP.
    pub fn new(text: &str, key: Option<String>) -> Result<Self> {
        let refuse = |fault: &str| {
            let shown = without_credentials(text);
            Stop::usage(format!(
                "`--proxy` is `{shown}`, {fault}\nhelp: write for example `--proxy http://127.0.0.1:8000`"
            ))
        };
        let url = Url::parse(text).map_err(|error| refuse(&format!("which is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(refuse("expected an address of HTTP").into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("expected an address without a query").into());
        }
        let mut builder =
            Client::builder().connect_timeout(CONNECT).redirect(reqwest::redirect::Policy::none());
        if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            // A proxy of the network leads to another machine's loopback.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            Stop::missing(format!(
                "no client for `--proxy` can be made: {error}\nhelp: check the machine's certificates"
            ))
        })?;
        let base = url.as_str().trim_end_matches('/');
        Ok(Self { client, base: base.strip_suffix("/v1").unwrap_or(base).to_owned(), key })
    }

    /// The address for people.
    pub fn shown(&self) -> String {
        without_credentials(&self.base)
    }

    /// Hands a request on; `keyed`: its key is the proxy's, not the server's.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn ask(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: impl Into<reqwest::Body>,
        keyed: bool,
    ) -> Result<Response, Fault> {
        let rest = uri.path_and_query().map_or("/", |rest| rest.as_str());
        let mut handed = headers.clone();
        OWN.iter().for_each(|name| drop(handed.remove(name)));
        if keyed || self.key.is_some() {
            handed.remove(AUTHORIZATION);
        }
        let mut request =
            self.client.request(method, format!("{}{rest}", self.base)).headers(handed).body(body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        request.send().await.map_err(|error| {
            let what = if error.is_connect() { "cannot be reached" } else { "did not answer" };
            Fault::failed(
                StatusCode::BAD_GATEWAY,
                format!("the server `{}` behind this proxy {what}", self.shown()),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_version_and_what_is_none_is_refused() {
        for text in ["http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1/"] {
            assert_eq!(Upstream::new(text, None).unwrap().base, "http://127.0.0.1:8000");
        }
        assert_eq!(Upstream::new("http://h/x/v1", None).unwrap().base, "http://h/x");
        for text in ["", "127.0.0.1:8000", "ftp://h", "http://", "http://h?x=1", "file:///etc"] {
            let error = Upstream::new(text, None).unwrap_err().to_string();
            assert!(error.contains("`--proxy` is") && error.contains("\nhelp: "), "{text}: {error}");
        }
    }
}
