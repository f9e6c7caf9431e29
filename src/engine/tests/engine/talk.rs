//! A conversation with the built engine process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};

/// A running engine and its two pipes; ended when dropped.
pub struct Talk {
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl Talk {
    /// Starts an engine.
    pub fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_harness-engine"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let requests = child.stdin.take();
        let replies = BufReader::new(child.stdout.take().unwrap());
        Self { child, requests, replies }
    }

    /// Sends bytes and the end of the line.
    pub fn send_line(&mut self, line: &[u8]) {
        let requests = self.requests.as_mut().unwrap();
        requests.write_all(line).unwrap();
        requests.write_all(b"\n").unwrap();
    }

    /// Sends a request.
    pub fn send(&mut self, request: &Value) {
        self.send_line(request.to_string().as_bytes());
    }

    /// The next line as text; empty when the engine has closed its side.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.replies.read_line(&mut line).unwrap();
        line
    }

    /// The next reply.
    pub fn reply(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Sends a request and takes replies up to and including one of type `last`; panics on a fault.
    pub fn ask(&mut self, request: &Value, last: &str) -> Vec<Value> {
        self.send(request);
        let mut replies = Vec::new();
        loop {
            let reply = self.reply();
            assert_ne!(reply["type"], "fault", "{reply}");
            let done = reply["type"] == last;
            replies.push(reply);
            if done {
                return replies;
            }
        }
    }

    /// Sends a request that must fail; its kind and message.
    pub fn fault(&mut self, request: &Value) -> (String, String) {
        self.send(request);
        self.take_fault()
    }

    /// The next reply, which must be a fault; its kind and message.
    pub fn take_fault(&mut self) -> (String, String) {
        let reply = self.reply();
        assert_eq!(reply["type"], "fault", "{reply}");
        let word = |key: &str| reply[key].as_str().unwrap().to_owned();
        (word("kind"), word("message"))
    }

    /// Loads the tiny model; the engine's answer.
    pub fn load_tiny(&mut self, seed: u64) -> Value {
        let model = json!({"kind": "tiny-random", "dtype": "f32"});
        let load = json!({"type": "load", "model": model, "device": "cpu", "threads": 1, "seed": seed});
        self.ask(&load, "loaded").pop().unwrap()
    }

    /// The engine's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes the engine's input and waits for its end.
    pub fn close(&mut self) -> ExitStatus {
        self.requests = None;
        self.child.wait().unwrap()
    }

    /// Ends the engine at once.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It may have ended already: nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
