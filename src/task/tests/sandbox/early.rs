//! Ways to end before the checks did, or to keep them from failing: none of them passes.

use harness_task::Language;
use harness_task::sandbox::Verdict;

use crate::languages::{expect, run};

const FAIL: (Verdict, &str) = (Verdict::Fail, "");

const ADD: &str = "const assert = require('assert');\nassert.strictEqual(add(1, 2), 3);";

const WRONG: &str = "function add(a, b) { return 0; }\n";

/// Runs JavaScript completions behind a wrong answer; each must fail with its reason.
fn wrong(checks: &str, ways: &[(&str, &str)]) {
    let completions: Vec<String> = ways.iter().map(|way| format!("{WRONG}{}", way.0)).collect();
    let completions: Vec<&str> = completions.iter().map(String::as_str).collect();
    let Some(outcomes) = run(Language::JavaScript, ("", checks), &completions) else { return };
    for (outcome, (way, reason)) in outcomes.iter().zip(ways) {
        assert_eq!(outcome.verdict, Verdict::Fail, "{way}: {outcome:?}");
        assert!(outcome.reason.as_deref().unwrap_or("").contains(reason), "{way}: {outcome:?}");
    }
}

#[test]
fn a_module_that_returns_before_its_checks_fails() {
    let early = "before its checks had run";
    wrong(
        ADD,
        &[
            ("", "AssertionError"),
            ("return;", early),
            ("if (require.main !== module) return;", early),
            ("try { return; } finally { }", early),
            ("module.exports = add; return module.exports;", early),
            ("process.exit();", early),
            ("process.exitCode = 0; process.reallyExit(0);", early),
            ("process.exit = () => {}; return;", early),
            ("process.emit('beforeExit'); process.emit('exit'); return;", early),
            // Not a function's text by itself.
            ("}); process.exit(0); (function () {", "SyntaxError"),
            ("/*", "SyntaxError"),
            ("`", "SyntaxError"),
            // The name of the last statement is in no text that the program sees.
            ("eval(/end_[0-9a-f]+/.exec(arguments.callee.toString())[0] + '()'); return;", "TypeError"),
            ("arguments[5](); return;", "TypeError"),
        ],
    );
}

#[test]
fn a_failed_assertion_of_the_console_fails() {
    let checks = "const testAdd = () => {\n  console.assert(add(1, 2) === 3)\n}\n\ntestAdd()";
    wrong(
        checks,
        &[
            ("", "Assertion failed"),
            ("console.assert = () => {};", "Assertion failed"),
            ("Object.defineProperty(console, 'assert', { value: () => {} });", "TypeError"),
        ],
    );
    let swallowed = "try { console.assert(add(1, 2) === 3) } catch { }\n\
        Promise.resolve().then(() => console.assert(add(1, 2) === 3)).catch(() => {})";
    wrong(swallowed, &[("", "Assertion failed")]);
    let right = ["return a + b;", "console.assert(true, 'fine'); return a + b;"];
    let around = ("function add(a, b) {\n", "}\nconsole.assert(add(1, 2) === 3, 'sum', 3);");
    let Some(outcomes) = run(Language::JavaScript, around, &right) else { return };
    expect(&outcomes, &[(Verdict::Pass, ""), (Verdict::Pass, "")]);
}

/// Checks that come to their end later.
const LATER: &str = "const assert = require('assert');\n(async () => {\n  \
    await new Promise((done) => setTimeout(done, 50));\n  assert.strictEqual(add(1, 2), 3);\n})();";

#[test]
fn later_checks_are_neither_swallowed_nor_cut_off() {
    let early = "before its checks had run";
    let later = "while its checks could go on";
    wrong(
        LATER,
        &[
            ("", "AssertionError"),
            ("process.on('uncaughtException', () => {});", "AssertionError"),
            ("process.on('unhandledRejection', () => {});", "AssertionError"),
            ("process.setUncaughtExceptionCaptureCallback(() => {});", "AssertionError"),
            ("process.removeAllListeners();", "AssertionError"),
            ("process.on('exit', () => { process.exitCode = 0; });", "AssertionError"),
            ("process.emit('beforeExit'); process.exit(0);", early),
            ("setTimeout(() => { process.emit('beforeExit'); process.exit(0); });", later),
            (
                "setImmediate(process.emit.bind(process, 'beforeExit')); setTimeout(() => process.exit(0), 5);",
                later,
            ),
            (
                "const timer = setTimeout; setTimeout = (call, time) => timer(call, time).unref();",
                "a promise that nothing settles",
            ),
            ("setTimeout = () => {};", "a promise that nothing settles"),
        ],
    );
    // A broken method of the language is no way out.
    wrong(
        LATER,
        &[("Array.prototype.find = Array.prototype.some = () => {}; setTimeout = () => {};", "a promise")],
    );
    let never = "async function add() { return new Promise(() => {}); }";
    let around = ("", "add(1, 2).then((sum) => { if (sum !== 3) throw sum; });");
    let Some(outcomes) = run(Language::JavaScript, around, &[never]) else { return };
    expect(&outcomes, &[(Verdict::Fail, "a promise that nothing settles")]);
}

/// What right checks leave behind.
#[test]
fn finished_checks_of_javascript_pass() {
    let checks = [
        "process.stdout.write('x'); process.stderr.write('x');",
        "require('crypto').randomUUID(); require('zlib').gzipSync('x'); require('fs').opendirSync('.').closeSync();",
        "(async () => {\n  const never = new Promise(() => {});\n  \
         if (await Promise.race([never, Promise.resolve(4)]) !== 4) throw 4;\n})();",
        "const late = (time) => new Promise((_, no) => { timer = setTimeout(no, time); });\nlet timer;\n\
         Promise.race([Promise.resolve(1), late(1e6)]).then(() => clearTimeout(timer));",
        "setTimeout(() => { throw 1; }, 1e6).unref();",
        "let once = 0; process.on('beforeExit', () => { if (!once++) setTimeout(() => {}, 1); });",
        "const { port1, port2 } = new MessageChannel(); port1.on('message', () => port1.close()); port2.postMessage(1);",
        "Object.freeze(Error); (async () => { await 1; })();",
        "'use strict'; console.assert = () => {};",
        "require('util').callbackify(async () => 3)((error, three) => { if (three !== 3) throw 3; });",
        "let sum = 0; (async () => { for (let n = 0; n < 300000; n++) sum += await 1; })();",
        "if (require('fs').readFileSync('/dev/stdin', 'utf8') !== '') throw 1;",
    ];
    for check in checks {
        let Some(outcomes) = run(Language::JavaScript, ("", check), &[""]) else { return };
        assert_eq!(outcomes[0].verdict, Verdict::Pass, "{check}: {:?}", outcomes[0]);
    }
}

#[test]
fn threads_of_java_are_waited_for_and_heard() {
    let around = (
        "class Solution {\n  static int add(int a, int b) {\n",
        "  }\n}\npublic class Main {\n  public static void main(String[] args) {\n    \
         new Thread(() -> {\n      try { Thread.sleep(100); } catch (InterruptedException error) { }\n      \
         if (Solution.add(1, 2) != 3) throw new AssertionError(\"late\");\n    }).start();\n  }\n}",
    );
    let completions = [
        "return a + b;",
        "return 0;",
        "System.exit(0); return 0;",
        "Runtime.getRuntime().halt(0); return 0;",
        "ProcessHandle.current().destroyForcibly(); return 0;",
        "Thread.currentThread().interrupt(); return 0;",
        "Thread.setDefaultUncaughtExceptionHandler((t, e) -> { }); return 0;",
        "Thread.currentThread().getThreadGroup().setDaemon(true); return 0;",
    ];
    let Some(outcomes) = run(Language::Java, around, &completions) else { return };
    let early = (Verdict::Fail, "before its checks had run");
    let late = (Verdict::Fail, "late");
    let refused = (Verdict::Fail, "IllegalStateException");
    expect(&outcomes, &[(Verdict::Pass, ""), late, early, early, refused, late, late, late]);
}

#[test]
fn a_forked_child_proves_nothing() {
    let completions = [
        // Each child runs the checks; the parent leaves once one came to their end.
        "    import os\n    p = os.fork()\n    if p == 0: return 3\n    \
         if os.waitpid(p, 0)[1] == 0: os._exit(0)\n    return 0",
        "    import os\n    if os.fork(): os._exit(0)\n    return 3",
        "    import os\n    if os.fork(): os.wait(); return 0\n    return 3",
    ];
    let around = ("def add(a, b):\n", "assert add(1, 2) == 3");
    let Some(outcomes) = run(Language::Python, around, &completions) else { return };
    expect(&outcomes, &[FAIL, FAIL, FAIL]);
    // A child that is left behind is no fault of a right answer.
    let right = ["    import os\n    if os.fork() == 0: os._exit(3)\n    return 3"];
    let Some(outcomes) = run(Language::Python, around, &right) else { return };
    expect(&outcomes, &[(Verdict::Pass, "")]);
}

#[test]
fn python_ends_only_with_its_last_line() {
    let completions = [
        "import sys\nsys.exit(0)",
        "import sys, threading\nthreading.excepthook = sys.excepthook = lambda *_: None\nsys.exit()",
        "raise GeneratorExit",
        "import signal, os\nsignal.signal(signal.SIGTERM, lambda *_: os._exit(0))\nos.kill(os.getpid(), 15)",
        "import os\nos.dup2(os.open('/dev/null', os.O_WRONLY), 3)",
        "import os\nos.close(3)",
        "import os\nos.write(3, b'x')",
        "import os\nos.execv('/bin/true', ['true'])",
    ];
    let Some(outcomes) = run(Language::Python, ("", "assert True"), &completions) else { return };
    expect(&outcomes, &[FAIL; 8]);
}
