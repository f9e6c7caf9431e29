//! Java and JavaScript: the same verdicts as in Python.

use harness_task::Language;
use harness_task::sandbox::{Job, Limits, Outcome, Sandbox, Verdict};

use crate::support::{program, strict};

/// Runs each completion; None, with a word, where the language cannot run here.
pub fn run(language: Language, around: (&str, &str), completions: &[&str]) -> Option<Vec<Outcome>> {
    let sandbox: Sandbox = strict(Limits { memory: 512 << 20, ..Limits::default() })?;
    if let Err(error) = sandbox.check(language) {
        println!("skipped: {error}");
        return None;
    }
    let program = program(language, around.0, around.1, 4);
    let jobs: Vec<Job> =
        completions.iter().map(|&completion| Job { program: &program, completion }).collect();
    Some(sandbox.judge(&jobs, &|| false))
}

#[track_caller]
pub fn expect(outcomes: &[Outcome], expected: &[(Verdict, &str)]) {
    assert_eq!(outcomes.len(), expected.len());
    for (outcome, (verdict, reason)) in outcomes.iter().zip(expected) {
        assert_eq!(outcome.verdict, *verdict, "{outcome:?}");
        assert!(outcome.reason.as_deref().unwrap_or("").contains(reason), "{reason}: {outcome:?}");
    }
}

#[test]
fn javascript_gets_its_verdicts() {
    let around =
        ("const assert = require('assert');\nfunction add(a, b) {\n", "}\nassert.strictEqual(add(1, 2), 3);");
    let completions = [
        "return a + b;",
        "return a - b;",
        "process.exit(0);",
        "setTimeout(() => process.exit(0), 0); return a + b;",
        "return a +;",
        "while (true) {}",
        "const all = []; while (true) all.push(new Array(1000).fill(all.length));",
        "Promise.reject(new Error('late')); return a + b;",
        "require('fs').writeFileSync('/etc/new', ''); return a + b;",
        "process.kill(process.pid, 'SIGKILL');",
        "console.log('x'.repeat(1000000)); return a + b;",
        // Names of the runner, and modules that nobody required.
        "return program && Module && 3;",
        "require('fs').writeSync(3, nonce); process.exit(0);",
        "return write && 3;",
        "return fs && 3;",
        "return crypto.subtle && !crypto.createHash ? a + b : 0;",
    ];
    let Some(outcomes) = run(Language::JavaScript, around, &completions) else { return };
    expect(
        &outcomes,
        &[
            (Verdict::Pass, ""),
            (Verdict::Fail, "AssertionError"),
            (Verdict::Fail, "before its checks had run"),
            (Verdict::Fail, "while its checks could go on"),
            (Verdict::Fail, "SyntaxError"),
            (Verdict::Timeout, "ran longer than"),
            (Verdict::OutOfMemory, ""),
            (Verdict::Fail, "Error: late"),
            (Verdict::Fail, "E"),
            (Verdict::Killed, "SIGKILL"),
            (Verdict::Pass, ""),
            (Verdict::Fail, "ReferenceError: program is not defined"),
            (Verdict::Fail, "ReferenceError: nonce is not defined"),
            (Verdict::Fail, "ReferenceError: write is not defined"),
            (Verdict::Fail, "ReferenceError: fs is not defined"),
            (Verdict::Pass, ""),
        ],
    );
}

#[test]
fn java_gets_its_verdicts() {
    let around = (
        "import java.util.*;\nclass Solution {\n  static int add(int a, int b) {\n",
        "  }\n}\npublic class Main {\n  public static void main(String[] args) {\n    \
         if (Solution.add(1, 2) != 3) throw new AssertionError(\"no\");\n    assert Solution.add(1, 1) == 2;\n  }\n}",
    );
    let completions = [
        "return a + b;",
        "return a - b;",
        "System.exit(0); return 0;",
        "Runtime.getRuntime().halt(0); return 0;",
        "return a + ;",
        "while (true) {}",
        "List<long[]> all = new ArrayList<>(); while (true) all.add(new long[1 << 20]);",
        "try { new java.net.Socket(\"127.0.0.1\", 1).close(); } catch (java.net.ConnectException e) { return 3; } \
         catch (Exception e) { throw new RuntimeException(e); } return a + b;",
        "System.out.println(a); System.err.println(b); return a + b;",
        "return nonce.length;",
        // The runner within itself.
        "try { HarnessRunner.main(new String[0]); } catch (java.io.IOException e) { } \
         catch (Exception e) { throw new IllegalStateException(e); } return a + b;",
    ];
    let Some(outcomes) = run(Language::Java, around, &completions) else { return };
    expect(
        &outcomes,
        &[
            (Verdict::Pass, ""),
            (Verdict::Fail, "AssertionError: no"),
            (Verdict::Fail, "before its checks had run"),
            (Verdict::Fail, "before its checks had run"),
            (Verdict::Fail, "does not compile: Main.java:4: error"),
            (Verdict::Timeout, "ran longer than"),
            (Verdict::OutOfMemory, "OutOfMemoryError"),
            (Verdict::Fail, "SocketException"),
            (Verdict::Pass, ""),
            (Verdict::Fail, "does not compile: Main.java:4: error"),
            (Verdict::Fail, "IllegalStateException"),
        ],
    );
}

#[test]
fn python_shows_no_name_of_its_runner() {
    let names = ["nonce", "write", "leave", "main", "module", "source", "sys", "os"];
    let completions = names.map(|name| format!("    return {name} and 3"));
    let completions: Vec<&str> = completions.iter().map(String::as_str).collect();
    let around = ("def add(a, b):\n", "assert add(1, 2) == 3");
    let Some(outcomes) = run(Language::Python, around, &completions) else { return };
    let expected = names.map(|name| format!("NameError: name '{name}' is not defined"));
    let expected: Vec<_> = expected.iter().map(|reason| (Verdict::Fail, reason.as_str())).collect();
    expect(&outcomes, &expected);
}
