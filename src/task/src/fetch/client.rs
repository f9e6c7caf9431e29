//! Asks servers over HTTP: redirects, the token, and which failures are worth another try.

use std::io::Read;

use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::tls::{RootCerts, TlsConfig};

use super::spec::{Limits, Progress, Secret};
use crate::error::TaskError;

/// Redirects to follow before giving up.
const MAX_REDIRECTS: usize = 8;

/// Longest list of files that is read, bytes.
const MAX_LIST: u64 = 64 << 20;

/// Longest pause that a server may ask for.
const MAX_PAUSE_SECONDS: u64 = 60;

/// Why one try brought nothing.
pub(super) enum Fault {
    /// Another try may help.
    Passing {
        /// What went wrong.
        reason: String,
        /// Whether this try brought more than all before it, so that tries are counted anew.
        advanced: bool,
        /// What the server asks to wait, seconds.
        pause: Option<u64>,
    },
    /// No try will help.
    Final(TaskError),
}

impl Fault {
    pub(super) fn passing(reason: impl Into<String>) -> Self {
        Self::Passing { reason: reason.into(), advanced: false, pause: None }
    }
}

impl From<TaskError> for Fault {
    fn from(error: TaskError) -> Self {
        Self::Final(error)
    }
}

/// What a server answered with status 200, 206 or 416.
pub(super) struct Reply {
    pub(super) status: u16,
    /// The headers of every answer on the way: the asked server's first, the answering one's last.
    hops: Vec<HeaderMap>,
    pub(super) body: Box<dyn Read>,
}

impl Reply {
    /// A header of the server that answered.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.hops.last()?.get(name)?.to_str().ok()
    }

    /// A header of the first server on the way that has it.
    pub(super) fn first_header(&self, name: &str) -> Option<&str> {
        self.hops.iter().find_map(|headers| headers.get(name)?.to_str().ok())
    }
}

/// Asks servers, and shows the token to the hub alone.
pub(super) struct Client<'a> {
    agent: Agent,
    limits: Limits,
    /// Scheme, host and port that may see the token.
    trusted: String,
    token: Option<&'a Secret>,
    /// What to do where there is no network or no leave.
    by_hand: String,
}

impl<'a> Client<'a> {
    /// `base` is the address that the token is for. Refused: a token that would travel unencrypted.
    pub(super) fn new(
        base: &str,
        token: Option<&'a Secret>,
        limits: Limits,
        by_hand: String,
    ) -> Result<Self, TaskError> {
        let trusted = origin(base);
        let host = trusted.split_once("://").map_or("", |(_, host)| host);
        let is_local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| {
            host.strip_prefix(local).is_some_and(|port| port.is_empty() || port.starts_with(':'))
        });
        if token.is_some() && !trusted.starts_with("https://") && !is_local {
            return Err(TaskError::refused(
                format!("the token would travel to `{base}` unencrypted"),
                "use an address that begins with `https://`, or unset `HF_TOKEN`",
            ));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("harness/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_recv_response(Some(limits.stall))
            .timeout_per_read(Some(limits.stall));
        // The machine's own list of authorities: companies add theirs to it.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        config = config.tls_config(tls);
        if is_local {
            // No proxy reaches this machine under these names.
            config = config.proxy(None);
        }
        let agent = Agent::new_with_config(config.build());
        Ok(Self { agent, limits, trusted, token, by_hand })
    }

    /// Tries until it works, tries are used up, or none would help.
    pub(super) fn persist<T>(
        &self,
        url: &str,
        report: &mut dyn FnMut(Progress),
        mut attempt: impl FnMut(&mut dyn FnMut(Progress)) -> Result<T, Fault>,
    ) -> Result<T, TaskError> {
        let mut failed = 0;
        loop {
            let (reason, advanced, asked) = match attempt(report) {
                Ok(value) => return Ok(value),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Passing { reason, advanced, pause }) => (reason, advanced, pause),
            };
            failed = if advanced { 1 } else { failed + 1 };
            if failed > self.limits.retries {
                return Err(TaskError::fetch(
                    url,
                    format!("{reason}; gave up after {failed} tries in a row"),
                    format!("try again later, what came is kept; {}", self.by_hand),
                ));
            }
            report(Progress::Retry { url: url.to_owned(), reason });
            let backoff = self.limits.backoff.saturating_mul(1 << (failed - 1).min(10));
            let asked = std::time::Duration::from_secs(asked.unwrap_or(0).min(MAX_PAUSE_SECONDS));
            std::thread::sleep(backoff.max(asked));
        }
    }

    /// The answer to one question, over any redirects. Faults name the address that was asked first: later
    /// ones may hold signatures.
    pub(super) fn get(&self, url: &str, headers: &[(&str, String)]) -> Result<Reply, Fault> {
        let mut here = url.to_owned();
        let mut hops = Vec::new();
        while hops.len() <= MAX_REDIRECTS {
            let mut request = self.agent.get(&here).header("Accept-Encoding", "identity");
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            if let Some(token) = self.token.filter(|_| origin(&here) == self.trusted) {
                request = request.header("Authorization", format!("Bearer {}", token.reveal()));
            }
            let response = request.call().map_err(|error| self.refine(url, &here, error))?;
            let status = response.status().as_u16();
            let (parts, body) = response.into_parts();
            hops.push(parts.headers);
            match status {
                200 | 206 | 416 => {
                    return Ok(Reply { status, hops, body: Box::new(body.into_reader()) });
                }
                301 | 302 | 303 | 307 | 308 => {
                    let target = hops.last().and_then(|headers| headers.get("location")?.to_str().ok());
                    here = target.and_then(|target| resolve(&here, target)).ok_or_else(|| {
                        TaskError::fetch(
                            url,
                            "was redirected to nowhere, or from `https` to `http`",
                            self.by_hand.clone(),
                        )
                    })?;
                }
                _ => return Err(self.judge(url, status, hops.last())),
            }
        }
        Err(TaskError::fetch(
            url,
            format!("was redirected more than {MAX_REDIRECTS} times"),
            self.by_hand.clone(),
        )
        .into())
    }

    /// A JSON answer, and the address of the next page where there is one.
    pub(super) fn get_json<T: serde::de::DeserializeOwned>(
        &self,
        url: &str,
    ) -> Result<(T, Option<String>), Fault> {
        self.get_json_as(url, "application/json")
    }

    /// The same in a dialect of JSON that the server must be asked for.
    pub(super) fn get_json_as<T: serde::de::DeserializeOwned>(
        &self,
        url: &str,
        accept: &str,
    ) -> Result<(T, Option<String>), Fault> {
        let reply = self.get(url, &[("Accept", accept.to_owned())])?;
        let next = reply.header("link").and_then(next_page).and_then(|target| resolve(url, target));
        let mut text = Vec::new();
        reply
            .body
            .take(MAX_LIST)
            .read_to_end(&mut text)
            .map_err(|error| Fault::passing(format!("the answer broke off: {error}")))?;
        let value = serde_json::from_slice(&text).map_err(|error| {
            TaskError::fetch(
                url,
                format!("the answer is not what the hub's interface promises: {error}"),
                format!("check the hub's address (`HF_ENDPOINT`); {}", self.by_hand),
            )
        })?;
        Ok((value, next))
    }

    /// What a status other than success means.
    fn judge(&self, url: &str, status: u16, headers: Option<&HeaderMap>) -> Fault {
        let pause = || headers?.get("retry-after")?.to_str().ok()?.trim().parse().ok();
        let (problem, help) = match status {
            408 | 425 | 429 | 500..=599 => {
                let reason = format!("the server answered {status}");
                return Fault::Passing { reason, advanced: false, pause: pause() };
            }
            401 | 403 if self.token.is_some() => (
                format!(
                    "the server answered {status}: this token may not read it, or there is no such thing"
                ),
                format!(
                    "check the name, accept its licence on its page, and check `HF_TOKEN`; {}",
                    self.by_hand
                ),
            ),
            401 | 403 => (
                format!("the server answered {status}: it wants to know who asks, or there is no such thing"),
                format!(
                    "check the name, accept its licence on its page, and set `HF_TOKEN`; {}",
                    self.by_hand
                ),
            ),
            404 | 410 => (
                format!("there is no such file, repository or revision (the server answered {status})"),
                format!("check the revision and the server's address; {}", self.by_hand),
            ),
            _ => (
                format!("the server answered {status}, expected 200"),
                format!("check the server's address; {}", self.by_hand),
            ),
        };
        TaskError::fetch(url, problem, help).into()
    }

    /// What a failed connection means.
    fn refine(&self, url: &str, here: &str, error: ureq::Error) -> Fault {
        let host = origin(here);
        match error {
            ureq::Error::HostNotFound => TaskError::fetch(
                url,
                format!("`{host}` is not known here: is this machine offline?"),
                format!("check the network, or name a proxy in `HTTPS_PROXY`; {}", self.by_hand),
            )
            .into(),
            ureq::Error::Timeout(_)
            | ureq::Error::Io(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::Protocol(_) => Fault::passing(format!("no answer from `{host}`: {error}")),
            error => TaskError::fetch(
                url,
                format!("`{host}` cannot be asked: {error}"),
                format!("check the address and the proxy; {}", self.by_hand),
            )
            .into(),
        }
    }
}

/// Checks an address that a user gave, and drops the slash at its end.
pub(super) fn check_address(address: &str) -> Result<String, TaskError> {
    let trimmed = address.trim().trim_end_matches('/');
    let rest = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    let plain = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#\\\"<>".contains(&byte))
    };
    if rest.is_some_and(plain) {
        return Ok(trimmed.to_owned());
    }
    // What stands there may hold a password.
    Err(TaskError::refused(
        "the server's address is not `https://HOST`, without user, password and query",
        "for example `HF_ENDPOINT=https://huggingface.co`",
    ))
}

/// Scheme, host and port, in lower case.
fn origin(url: &str) -> String {
    let host = url.find("://").map_or(0, |place| place + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |place| host + place);
    url[..end].to_ascii_lowercase()
}

/// Where a redirect or link leads; None for other schemes, and from `https` to `http`.
pub(super) fn resolve(base: &str, target: &str) -> Option<String> {
    let scheme = base.split_once("://")?.0;
    let url = if target.contains("://") && !target.starts_with('/') {
        target.to_owned()
    } else if target.starts_with("//") {
        format!("{scheme}:{target}")
    } else if target.starts_with('/') {
        format!("{}{target}", origin(base))
    } else {
        let path = base.split(['?', '#']).next()?;
        let folder = path.rfind('/').filter(|place| *place >= origin(base).len())?;
        format!("{}{target}", &path[..=folder])
    };
    let lower = url.to_ascii_lowercase();
    let keeps = lower.starts_with("https://") || (scheme == "http" && lower.starts_with("http://"));
    keeps.then_some(url)
}

/// The address of `rel="next"` in a `Link` header (RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|part| {
        let (url, rest) = part.trim().strip_prefix('<')?.split_once('>')?;
        rest.contains("rel=\"next\"").then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_resolved_against_where_they_come_from() {
        let base = "https://Hub.example:8443/datasets/a/b?x=1";
        let cases = [
            ("https://cdn.example/f?sig=1", Some("https://cdn.example/f?sig=1")),
            ("/api/f", Some("https://hub.example:8443/api/f")),
            ("//cdn.example/f", Some("https://cdn.example/f")),
            ("c", Some("https://Hub.example:8443/datasets/a/c")),
            ("http://cdn.example/f", None),
            ("file:///etc/passwd", None),
        ];
        for (target, expected) in cases {
            assert_eq!(resolve(base, target).as_deref(), expected, "{target}");
        }
        assert_eq!(resolve("http://a/b", "http://c/d").as_deref(), Some("http://c/d"));
        assert_eq!(resolve("http://a", "c"), None);
    }

    #[test]
    fn the_next_page_is_found_among_links() {
        let link = "<https://a/p1>; rel=\"prev\", <https://a/p3?cursor=x>; rel=\"next\"";
        assert_eq!(next_page(link), Some("https://a/p3?cursor=x"));
        assert_eq!(next_page("<https://a/p1>; rel=\"prev\""), None);
    }

    #[test]
    fn an_address_with_a_password_is_refused_and_not_repeated() {
        for wrong in ["", "hub", "ftp://a", "https://", "https://me:pw@hub", "https://hub?pw", "https://a b"]
        {
            let error = check_address(wrong).unwrap_err().to_string();
            assert!(error.contains("\nhelp: ") && !error.contains("pw"), "{error}");
        }
        assert_eq!(check_address(" https://hub/mirror/ ").unwrap(), "https://hub/mirror");
    }

    #[test]
    fn a_token_does_not_travel_unencrypted() {
        let token = Secret::new("t").unwrap();
        let make = |base| Client::new(base, Some(&token), Limits::default(), String::new()).is_ok();
        assert!(make("https://hub") && make("http://127.0.0.1:80") && make("http://localhost/x"));
        assert!(!make("http://hub") && !make("http://127.0.0.1.evil.example"));
    }
}
