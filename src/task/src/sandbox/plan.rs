//! From a program in some language to the commands that run it and prove that it came to its end.
//!
//! The proof: a secret waits on standard input; the runner around the program takes it before any of the
//! program runs, and writes it to the result descriptor once the program's last line is done. So a program
//! that leaves early with exit code 0, by whatever way, proves nothing. The secret is drawn for each run and
//! is in no file, argument or variable. What it cannot stop: code in the same process may search the runner's
//! memory for it (`sys._getframe`), or redefine what the checks compare. No model is expected to by chance.

use std::time::Duration;

use super::interpreter::{Interpreter, Runtime};
use super::limits::Limits;
use super::spec::Step;
use crate::question::Program;

const PYTHON: &str = include_str!("runner/python.py");
const JAVASCRIPT: &str = include_str!("runner/javascript.js");
const JAVA: &str = include_str!("runner/HarnessRunner.java");

/// Where Java's programs make temporary files.
const TEMPORARY: &str = "-Djava.io.tmpdir=/tmp";

/// Most wall-clock time for a compiler on a machine of ordinary speed.
pub(super) const COMPILE: Duration = Duration::from_secs(30);

/// What to write and what to run.
pub(super) struct Plan {
    /// Files in the program's folder.
    pub files: Vec<(String, String)>,
    /// Commands, the last of which runs the program; a failure before is one to compile.
    pub steps: Vec<Step>,
}

/// The whole source: before, completion, newline, after.
fn source(program: &Program, completion: &str) -> String {
    [&program.before, completion, "\n", &program.after].concat()
}

/// Makes the plan. `limit`: wall-clock time of the last step on this machine.
pub(super) fn plan(
    program: &Program,
    completion: &str,
    interpreter: &Interpreter,
    limits: &Limits,
    limit: Duration,
    nonce: &str,
) -> Plan {
    let source = source(program, completion);
    let mib = limits.memory >> 20;
    let step = |command: Vec<String>| Step {
        command,
        environment: environment(),
        input: nonce.to_owned(),
        // More than the wall-clock limit: several threads may run. The supervisor is quicker.
        cpu_seconds: 4 * limit.as_secs() + 4,
        address_space: None,
    };
    let own = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let path = interpreter.path.as_str();
    match interpreter.runtime {
        Runtime::Node => {
            // The byte at which the checks begin: the runner follows what they start.
            let checks = (source.len() - program.after.len()).to_string();
            // What V8 uses beside the heap.
            let heap = format!("--max-old-space-size={}", mib.saturating_sub(128).max(mib / 2));
            Plan {
                files: vec![
                    ("program.js".to_owned(), source),
                    ("harness-runner.cjs".to_owned(), JAVASCRIPT.to_owned()),
                ],
                // Not `-e`, which gives programs modules and the runner's names as globals.
                steps: vec![step(own(&[
                    path,
                    &heap,
                    "--unhandled-rejections=strict",
                    "harness-runner.cjs",
                    &checks,
                ]))],
            }
        }
        Runtime::Java => {
            // What HotSpot uses beside the heap.
            let heap = format!("-Xmx{}m", mib.saturating_sub(256).max(mib / 2));
            let common = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"];
            let compiler = interpreter.compiler.as_deref().unwrap_or("javac");
            let mut compile = own(&[compiler, &format!("-J{heap}")]);
            compile.extend(common.iter().map(|option| format!("-J{option}")));
            compile.extend(own(&[
                "-nowarn",
                "-proc:none",
                "-encoding",
                "UTF-8",
                "Main.java",
                "HarnessRunner.java",
            ]));
            let mut run = own(&[path, &heap]);
            run.extend(own(&common));
            // The runner opens the descriptor of the result by itself.
            run.extend(own(&["--add-opens", "java.base/java.io=ALL-UNNAMED", TEMPORARY]));
            run.extend(own(&["-ea", "-cp", ".", "HarnessRunner"]));
            let mut compile = step(compile);
            compile.input.clear();
            compile.cpu_seconds = 4 * COMPILE.as_secs();
            Plan {
                files: vec![
                    ("Main.java".to_owned(), source),
                    ("HarnessRunner.java".to_owned(), JAVA.to_owned()),
                ],
                steps: vec![compile, step(run)],
            }
        }
        Runtime::Python => {
            let mut run = step(own(&[path, "-s", "-B", "-c", PYTHON]));
            run.address_space = Some(limits.memory);
            Plan { files: vec![("program.py".to_owned(), source)], steps: vec![run] }
        }
    }
}

/// The same for every run, whatever the machine: verdicts must not depend on it.
fn environment() -> Vec<String> {
    ["HOME=/tmp", "TMPDIR=/tmp", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC"]
        .iter()
        // Not the machine's settings, which Node.js reads and need not see.
        .chain(&["OPENSSL_CONF=/dev/null"])
        // There is no list of users to ask.
        .chain(&["USER=nobody", "LOGNAME=nobody"])
        // The order of Python's sets, and threads that libraries would start for every core.
        .chain(&["PYTHONHASHSEED=0", "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1"])
        // Else the C library reserves 64 MiB of address space for each of the first threads, more on more cores.
        .chain(&["MALLOC_ARENA_MAX=1"])
        .map(|&word| word.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn the_secret_is_in_no_file_argument_or_variable() {
        let program = Program {
            language: Language::Python,
            before: "a".to_owned(),
            after: "c".to_owned(),
            limit: Duration::from_secs(3),
        };
        for runtime in [Runtime::Python, Runtime::Node, Runtime::Java] {
            let interpreter = Interpreter { runtime, path: "/x".to_owned(), compiler: None, visible: vec![] };
            let plan = plan(&program, "b", &interpreter, &Limits::default(), COMPILE, "5ec7e7");
            assert_eq!(plan.files[0].1, "ab\nc");
            assert_eq!(plan.steps.last().unwrap().input, "5ec7e7");
            for step in &plan.steps {
                let seen = format!("{:?}{:?}{:?}", step.command, step.environment, plan.files);
                assert!(!seen.contains("5ec7e7"));
            }
        }
    }
}
