//! Scores from a program of the user's: answers as JSON lines in, scores as JSON lines out.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::mean::mean;
use super::{Direction, Drawn, Need, Scorer, Stats};
use crate::answer::Answer;
use crate::error::TaskError;

/// Wall-clock limit for all answers together.
const LIMIT: Duration = Duration::from_secs(600);
/// Most bytes of output for each answer.
const SCORE_BYTES: u64 = 1 << 12;
/// Most bytes of a complaint that are held at once.
const COMPLAINT_BYTES: u64 = 1 << 16;

/// A scorer that asks a program.
///
/// The program reads one object a line from its standard input, `{"id", "completion", "raw", "reference",
/// "label", "language"}` (the last three may be null), and writes `{"id", "score"}` a line, in any order, for
/// every answer. It runs outside the sandbox, with the caller's rights, at most ten minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandScorer {
    /// The name used in suites and columns.
    pub name: String,
    /// The program and its arguments; at least the program.
    pub command: Vec<String>,
    /// Which scores are better.
    #[serde(rename = "better")]
    pub direction: Direction,
    /// Lowest and highest score.
    pub range: (f64, f64),
}

impl Scorer for CommandScorer {
    fn name(&self) -> &str {
        &self.name
    }

    fn range(&self) -> (f64, f64) {
        self.range
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    /// Runs the program for this answer alone; None where it fails.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        self.stats_of_all(&[*answer]).ok()?.pop()?
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        mean(items)
    }

    fn stats_of_all(&self, answers: &[Answer<'_>]) -> Result<Vec<Option<Stats>>, TaskError> {
        self.run(answers, LIMIT)
    }
}

#[derive(Serialize)]
struct AskedFile<'a> {
    id: usize,
    completion: &'a str,
    raw: &'a str,
    reference: Option<&'a str>,
    label: Option<&'a str>,
    language: Option<&'static str>,
}

#[derive(Deserialize)]
struct ScoredFile {
    id: usize,
    score: f64,
}

const FORM_HELP: &str = "write `{\"id\": 0, \"score\": 0.5}` a line, once for each `id` that was read";

impl CommandScorer {
    fn run(&self, answers: &[Answer<'_>], limit: Duration) -> Result<Vec<Option<Stats>>, TaskError> {
        if answers.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = Vec::new();
        for (id, answer) in answers.iter().enumerate() {
            let line = AskedFile {
                id,
                completion: answer.text,
                raw: answer.raw,
                reference: answer.reference,
                label: answer.label,
                language: answer.language.map(|language| language.name()),
            };
            serde_json::to_writer(&mut asked, &line)
                .map_err(|error| self.refused(format!("cannot be asked: {error}"), FORM_HELP))?;
            asked.push(b'\n');
        }
        let (status, written, complaint) = self.ask(asked, limit)?;
        if !status.success() {
            let end = match (status.code(), status.signal()) {
                (Some(code), _) => format!("ended with exit code {code}"),
                (None, Some(signal)) => format!("was ended by signal {signal}"),
                (None, None) => "failed".to_owned(),
            };
            let said = if complaint.is_empty() { String::new() } else { format!(": {complaint}") };
            return Err(self.refused(format!("{end}{said}"), "run the program by hand on one line of input"));
        }
        self.read(&written, answers.len())
    }

    /// Runs the program. Gives how it ended, what it wrote, and the last line of its complaints.
    fn ask(&self, asked: Vec<u8>, limit: Duration) -> Result<(ExitStatus, String, String), TaskError> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(self.refused("has no command", "give `command` as `[\"program\", \"argument\"]`"));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| {
                self.refused(
                    format!("cannot start `{program}`: {error}"),
                    "check `command`: a program in the `PATH`, or a path to one that may be executed",
                )
            })?;
        let group = Pid::from_raw(child.id().cast_signed());
        let bound = SCORE_BYTES * asked.iter().filter(|byte| **byte == b'\n').count() as u64;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        thread::spawn(move || {
            // A program may end without having read everything: what it wrote tells whether that is wrong.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(&asked);
            }
        });
        let written = in_thread(move || stdout.map(|stdout| read_at_most(stdout, bound)));
        let complaint = in_thread(move || stderr.map(last_line));
        let ended = in_thread(move || wait_for_all(child, group));

        let deadline = Instant::now() + limit;
        let too_long = || {
            let _ = killpg(group, Signal::SIGKILL);
            self.refused(
                format!("did not end within {} s", limit.as_secs_f64()),
                "make the program faster, or score fewer answers",
            )
        };
        // The output first: a flood ends by being read no further, which the program notices.
        let written = receive(&written, deadline).ok_or_else(too_long)?;
        let status = receive(&ended, deadline).ok_or_else(too_long)?;
        let complaint = receive(&complaint, deadline).ok_or_else(too_long)?;
        let failed = |error| self.refused(format!("cannot be run: {error}"), "try again");
        let Some(written) = written.transpose().map_err(failed)? else {
            return Err(self.refused("has no output", "try again"));
        };
        if written.len() as u64 > bound {
            return Err(self.refused("writes far more than a line for each answer", FORM_HELP));
        }
        let status = status.map_err(failed)?;
        let written = String::from_utf8(written)
            .map_err(|_| self.refused("writes what is not UTF-8", "write JSON in UTF-8"))?;
        Ok((status, written, complaint.unwrap_or_default()))
    }

    /// The scores in the order of the answers.
    fn read(&self, written: &str, count: usize) -> Result<Vec<Option<Stats>>, TaskError> {
        let mut scores = vec![None; count];
        let lines = written.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (index, line) in lines {
            let wrong = |problem: String| {
                self.refused(format!("line {} of its output: {problem}", index + 1), FORM_HELP)
            };
            let ScoredFile { id, score } = serde_json::from_str(line)
                .map_err(|error| wrong(format!("expected `id` and a finite `score`: {error}")))?;
            let Some(place) = scores.get_mut(id) else {
                return Err(wrong(format!("no answer has the `id` {id}")));
            };
            if place.is_some() {
                return Err(wrong(format!("the `id` {id} was scored before")));
            }
            let (low, high) = self.range;
            if !(low..=high).contains(&score) {
                return Err(wrong(format!("the score {score} is outside {low} to {high}")));
            }
            *place = Some(Stats(vec![score]));
        }
        match scores.iter().position(Option::is_none) {
            Some(id) => Err(self.refused(format!("gave no score for the `id` {id}"), FORM_HELP)),
            None => Ok(scores),
        }
    }

    fn refused(&self, problem: impl Into<String>, help: &str) -> TaskError {
        TaskError::refused(format!("scorer `{}` {}", self.name, problem.into()), help)
    }
}

/// What a function gives, once it does.
fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(work()));
    receive
}

fn receive<T>(from: &Receiver<T>, deadline: Instant) -> Option<T> {
    from.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
}

/// One byte more than `bound` where there is more.
fn read_at_most(output: impl Read, bound: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    output.take(bound + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The last line that says something.
fn last_line(output: impl Read) -> String {
    let mut output = BufReader::new(output);
    let mut last = String::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        match output.by_ref().take(COMPLAINT_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return last,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                if !text.trim().is_empty() {
                    last = text.trim().chars().take(500).collect();
                }
            }
        }
    }
}

/// Waits for the program, and ends what it left running, so that its pipes close.
fn wait_for_all(mut child: Child, group: Pid) -> std::io::Result<ExitStatus> {
    // While it is not reaped no other process can have its number.
    waitid(Id::Pid(group), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)?;
    let _ = killpg(group, Signal::SIGKILL);
    child.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> CommandScorer {
        CommandScorer {
            name: "mine".to_owned(),
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            direction: Direction::Higher,
            range: (0.0, 1.0),
        }
    }

    fn run(scorer: &CommandScorer, texts: &[&str]) -> Result<Vec<f64>, String> {
        let answers: Vec<Answer<'_>> =
            texts.iter().map(|text| Answer { text, ..Answer::default() }).collect();
        let stats = scorer.run(&answers, Duration::from_secs(60)).map_err(|error| error.to_string())?;
        Ok(stats.into_iter().map(|stats| stats.unwrap().0[0]).collect())
    }

    /// Scores 0.5 each, last answer first.
    const HALVES: &str = r#"sed 's/{"id":\([0-9]*\),.*/{"id": \1, "score": 0.5, "why": "so"}/' | sort -r"#;

    #[test]
    fn scores_are_matched_by_id() {
        assert_eq!(run(&shell(HALVES), &["a", "b\n\"", "c"]), Ok(vec![0.5; 3]));
        let script = r#"cat >/dev/null; echo '{"id": 1, "score": 0}'; echo; echo '{"id": 0, "score": 1}'"#;
        assert_eq!(run(&shell(script), &["a", "b"]), Ok(vec![1.0, 0.0]));
        let scorer = shell("exit 1");
        assert_eq!(run(&scorer, &[]), Ok(vec![]));
    }

    #[test]
    fn the_program_sees_what_is_known() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!("cat > '{}'; echo '{{\"id\":0,\"score\":1}}'", file.path().display());
        let answer = Answer {
            raw: "raw",
            text: "a\n",
            label: Some("x"),
            language: Some(crate::language::Language::CSharp),
            ..Answer::default()
        };
        assert_eq!(shell(&script).stats(&answer), Some(Stats(vec![1.0])));
        let expected =
            r#"{"id":0,"completion":"a\n","raw":"raw","reference":null,"label":"x","language":"c-sharp"}"#;
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), format!("{expected}\n"));
    }

    #[test]
    fn a_program_that_does_not_read_is_not_waited_for() {
        let much = "x".repeat(1 << 20);
        let script = r#"echo '{"id": 0, "score": 1}'"#;
        assert_eq!(run(&shell(script), &[&much]), Ok(vec![1.0]));
        // One that leaves something behind that holds its pipes.
        assert_eq!(run(&shell(&format!("sleep 1000 & {script}")), &[&much]), Ok(vec![1.0]));
    }

    #[test]
    fn floods_do_not_block() {
        let error = run(&shell("yes"), &["a"]).unwrap_err();
        assert!(error.contains("far more than a line"), "{error}");
        let complaints = "i=0; while [ $i -lt 20000 ]; do echo complaint >&2; i=$((i+1)); done";
        assert_eq!(run(&shell(&format!("{complaints}; {HALVES}")), &["a"]), Ok(vec![0.5]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let cases = [
            (r#"echo '{"id": 0, "score": 1}'"#, "gave no score for the `id` 1"),
            (r#"echo '{"id": 0, "score": NaN}'"#, "line 1 of its output: expected `id` and a finite `score`"),
            (r#"echo '{"id": 0, "score": null}'"#, "line 1 of its output"),
            (r#"echo '{"id": 0, "score": 1e999}'"#, "line 1 of its output"),
            (
                r#"echo; echo '{"id": 0, "score": 1.5}'"#,
                "line 2 of its output: the score 1.5 is outside 0 to 1",
            ),
            (r#"echo '{"id": 2, "score": 1}'"#, "no answer has the `id` 2"),
            (r#"echo '{"id": -1, "score": 1}'"#, "line 1 of its output"),
            (r#"for i in 1 2; do echo '{"id": 1, "score": 1}'; done"#, "line 2 of its output: the `id` 1"),
            (r"printf '\377\n'", "not UTF-8"),
            ("echo one >&2; echo two >&2; echo >&2; exit 3", "exit code 3: two"),
            ("kill -9 $$", "signal 9"),
        ];
        for (script, expected) in cases {
            let error = run(&shell(script), &["a", "b"]).unwrap_err();
            assert!(error.starts_with("scorer `mine` "), "{error}");
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{script}: {error}");
        }
        let absent = CommandScorer { command: vec!["no-such-program-here".to_owned()], ..shell("") };
        assert!(run(&absent, &["a"]).unwrap_err().contains("cannot start `no-such-program-here`"));
        let none = CommandScorer { command: vec![], ..shell("") };
        assert!(run(&none, &["a"]).unwrap_err().contains("has no command"));
        assert_eq!(none.stats(&Answer::default()), None);
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let error = shell("sleep 1000").run(&[Answer::default()], Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("did not end within 0.05 s"), "{error}");
    }
}
