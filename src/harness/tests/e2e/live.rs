//! A running `harness serve`, and a client that can also misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::programs::{program, root};

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service on a port of its own; ended when dropped.
pub(crate) struct Live {
    child: Child,
    lines: BufReader<ChildStderr>,
    pub(crate) port: u16,
}

impl Live {
    /// Serves `tiny-random` with the simulated meter and these words.
    pub(crate) fn tiny(words: &[&str]) -> Self {
        Self::start(&[&["tiny-random", "--meters", "sim"], words].concat())
    }

    /// Stands before the server on this port.
    pub(crate) fn before(port: u16, words: &[&str]) -> Self {
        let url = format!("http://127.0.0.1:{port}/v1");
        Self::start(&[&["--proxy", &url, "--meters", "sim"], words].concat())
    }

    fn start(words: &[&str]) -> Self {
        let mut command = program();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(words).current_dir(root());
        command.env_remove("HARNESS_API_KEY").stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let port = loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the service ended before it listened");
            if let Some(rest) = line.strip_prefix("listening on http://127.0.0.1:") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
        };
        Self { child, lines, port }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request and hands the connection back.
    pub(crate) fn send(&self, head: &str, body: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        let length = body.len();
        let head = format!("{head}\r\nHost: h\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // Who is refused early may not read it all.
        let _ = stream.write_all(body);
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        Answer::read(self.send(&format!("GET {path} HTTP/1.1"), b""))
    }

    /// Posts JSON and leaves the answer on the connection.
    pub(crate) fn posted(&self, path: &str, body: &Json) -> TcpStream {
        self.send(
            &format!("POST {path} HTTP/1.1\r\nContent-Type: application/json"),
            body.to_string().as_bytes(),
        )
    }

    pub(crate) fn post(&self, path: &str, body: &Json) -> Answer {
        Answer::read(self.posted(path, body))
    }

    /// A number of `/metrics`.
    pub(crate) fn metric(&self, start: &str) -> f64 {
        let page = self.get("/metrics").body;
        let line =
            page.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}\n{page}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Waits until a number of `/metrics` is this.
    pub(crate) fn wait(&self, start: &str, value: f64) {
        let begun = Instant::now();
        while self.metric(start) != value {
            assert!(
                begun.elapsed() < PATIENCE,
                "{start} never became {value}\n{}",
                self.get("/metrics").body
            );
        }
    }

    /// Ctrl-C; what was said, and the exit code.
    pub(crate) fn stop(self) -> (String, Option<i32>) {
        self.stop_by("-INT")
    }

    /// The same by another signal.
    pub(crate) fn stop_by(mut self, signal: &str) -> (String, Option<i32>) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = stream.shutdown(Shutdown::Both);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let head = head.to_ascii_lowercase();
        let body = if head.contains("transfer-encoding: chunked") { joined(body) } else { body.to_owned() };
        Self { status, head, body }
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The data of the events of a stream; the last one may be `[DONE]`.
    pub(crate) fn events(&self) -> Vec<String> {
        self.body.lines().filter_map(|line| line.strip_prefix("data: ")).map(str::to_owned).collect()
    }

    /// The text that a stream's chunks make up.
    pub(crate) fn text(&self) -> String {
        let chunk = |event: &String| serde_json::from_str::<Json>(event).ok();
        let said = |chunk: Json| {
            let choice = &chunk["choices"][0];
            choice["text"].as_str().or(choice["delta"]["content"].as_str()).unwrap_or_default().to_owned()
        };
        self.events().iter().filter_map(chunk).map(said).collect()
    }
}

/// Chunks of HTTP joined.
fn joined(mut body: &str) -> String {
    let mut all = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        all.push_str(rest.get(..size).unwrap_or(rest));
        body = rest.get(size + 2..).unwrap_or_default();
    }
    all
}
