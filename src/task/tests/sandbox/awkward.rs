//! Right programs that are awkward to run: all of them pass.

use harness_task::Language;
use harness_task::sandbox::Verdict;

use crate::languages::run;

#[track_caller]
fn all_pass(language: Language, programs: &[&str]) {
    let Some(outcomes) = run(language, ("", ""), programs) else { return };
    for (program, outcome) in programs.iter().zip(outcomes) {
        assert_eq!(outcome.verdict, Verdict::Pass, "{program}: {outcome:?}");
    }
}

#[test]
fn awkward_python_passes() {
    all_pass(
        Language::Python,
        &[
            "import pickle\nclass A:\n    def __init__(self): self.x = 1\n\
             assert pickle.loads(pickle.dumps(A())).x == 1",
            "import multiprocessing\ndef double(n): return 2 * n\n\
             with multiprocessing.get_context('fork').Pool(4) as pool: assert pool.map(double, range(9))[8] == 16",
            "import multiprocessing as m\nc = m.get_context('fork')\nq, l = c.Queue(), c.Lock()\n\
             def put():\n    with l: q.put(5)\np = c.Process(target=put)\np.start()\nassert q.get() == 5\np.join()",
            "import multiprocessing as m\nc = m.get_context('fork')\n\
             with c.Manager() as manager:\n    d = manager.dict()\n    p = c.Process(target=d.update, args=({1: 2},))\n    \
             p.start()\n    p.join()\n    assert d[1] == 2",
            "import sys\nsys.setrecursionlimit(20000)\ndef f(n): return f(n - 1) + 1 if n else 0\nassert f(15000) == 15000",
            "import sys\nsys.setrecursionlimit(20000)\n\
             def f(n): return sorted([n], key=lambda x: f(n - 1) if n else 0)\nf(600)",
            "import threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n\
             with ThreadPoolExecutor(40) as pool: list(pool.map(time.sleep, [0.05] * 40))",
            "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 3\nassert asyncio.run(f()) == 3",
            "import subprocess, sys\n\
             assert subprocess.run([sys.executable, '-c', 'print(5)'], capture_output=True).stdout == b'5\\n'",
            "é = 'ü\u{1f600}\u{2028}'\nassert len(é) == 3 and 'ﬁ' != 'fi'\nﬁx = 1\nassert fix == 1",
            "# -*- coding: latin-1 -*-\nassert 'ä'.encode() == b'\\xc3\\xa4'",
            "import getpass, os\nassert getpass.getuser() == 'nobody' and os.path.expanduser('~') == '/tmp'",
            "import tempfile, os, shutil\nwith tempfile.TemporaryDirectory() as d:\n    p = os.path.join(d, 'ü')\n    \
             open(p, 'w').write('x')\n    shutil.copy(p, p + '2')\n    os.chmod(p, 0o400)\n    os.utime(p)",
            "import mmap\nm = mmap.mmap(-1, 1 << 20)\nm[:3] = b'abc'\nassert m[:3] == b'abc'",
            "from multiprocessing import shared_memory\ns = shared_memory.SharedMemory(create=True, size=4096)\n\
             s.buf[0] = 7\nassert s.buf[0] == 7\ns.close()\ns.unlink()",
            "import sqlite3\nc = sqlite3.connect(':memory:')\nassert c.execute('select 1 + 1').fetchone() == (2,)",
            "import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.alarm(1)\nsignal.pause()",
            "import dataclasses, typing, enum\n@dataclasses.dataclass\nclass A:\n    x: 'int' = 1\n\
             class E(enum.Enum):\n    A = 1\nassert A() == A(1) and typing.get_type_hints(A)['x'] is int",
            "if __name__ == '__main__':\n    raise SystemExit(1)",
            "import sys, io\nsys.stdout = io.StringIO()\nprint('x')\nassert sys.stdout.getvalue() == 'x\\n'",
            "import gc, weakref, sys\nclass A: pass\nr = weakref.ref(A())\ngc.collect()\nassert r() is None\n\
             sys.setswitchinterval(1e-6)",
            "\u{feff}import os\nassert os.path.exists(__file__) and os.uname().nodename == 'sandbox'",
            "import inspect\nclass A:\n    x = 1\nassert 'x = 1' in inspect.getsource(A)",
            "import subprocess, sys\nassert subprocess.run([sys.executable, '-c', 'open(\"/proc/self/status\")']).returncode == 0",
            "import subprocess, sys\nmuch = b'x' * (300 << 20)\n\
             for n in range(30): subprocess.run([sys.executable, '-S', '-c', ''])",
            "import resource\nassert resource.getrlimit(resource.RLIMIT_STACK)[0] == 8 << 20",
        ],
    );
}

#[test]
fn awkward_javascript_passes() {
    all_pass(
        Language::JavaScript,
        &[
            "#!/usr/bin/env node\n'use strict';\nconst performance = 1, fs = 2;\nif (this !== module.exports) throw 1;",
            "if (require.main === module) process.exit(1);",
            "const { Worker } = require('worker_threads');\n\
             const w = new Worker(\"require('worker_threads').parentPort.postMessage(5)\", { eval: true });\n\
             w.on('message', (five) => { if (five !== 5) throw five; });",
            "const { execFileSync } = require('child_process');\n\
             if (String(execFileSync(process.execPath, ['-p', '5'])) !== '5\\n') throw 1;",
            "import('fs').then((fs) => { if (!fs.existsSync('/tmp')) throw 1; });",
            "(async () => {\n  const delay = (time) => new Promise((done) => setTimeout(done, time));\n  \
             for (let n = 0; n < 3; n++) await delay(2);\n  \
             async function* two() { yield 1; await delay(1); yield 2; }\n  \
             let sum = 0;\n  for await (const n of two()) sum += n;\n  if (sum !== 3) throw sum;\n  \
             await Promise.allSettled([delay(1), Promise.reject(1)]);\n  \
             await Promise.any([Promise.reject(1), delay(1)]);\n  clearTimeout(setTimeout(() => {}, 1e6));\n})();",
            "const fs = require('fs/promises');\n(async () => {\n  await fs.writeFile('f', 'a');\n  \
             if (await fs.readFile('f', 'utf8') !== 'a') throw 1;\n  \
             const { pipeline } = require('stream/promises');\n  const { createReadStream: r, createWriteStream: w } = require('fs');\n  \
             await pipeline(r('f'), require('zlib').createGzip(), w('f.gz'));\n})();",
            "const p = Promise.reject(new Error('handled'));\np.catch(() => {});",
            "const { EventEmitter, once } = require('events');\nconst e = new EventEmitter();\n\
             setTimeout(() => e.emit('x'), 2);\nonce(e, 'x').then(() => {});",
            "const f = (n) => n ? f(n - 1) + 1 : 0;\nif (f(8000) !== 8000) throw 1;",
            "const s = 'ü\u{1f600}\u{2028}';\nif ([...s].length !== 3) throw s.length;",
            "process.stdin.on('data', () => { throw 1; });\nconsole.log('x'.repeat(1e6));",
            "const test = require('node:test');\nconst assert = require('assert');\ntest('adds', () => assert.equal(1 + 1, 2));",
            "let n = 0;\n(async () => { for (let k = 0; k < 50000; k++) n += await 1; if (n !== 50000) throw n; })();",
            "const timer = setInterval(() => clearInterval(timer), 5);\nsetInterval(() => {}, 1e6).unref();",
            "const vm = require('vm');\nif (vm.runInNewContext('1 + x', { x: 2 }) !== 3) throw 1;",
            "try { null.x; } catch (error) { if (!String(error.stack).includes('program.js:1')) throw error; }",
            "const net = require('net');\nconst s = net.createServer((c) => c.end('hi')).listen('/tmp/s', () => {\n  \
             net.connect('/tmp/s').on('data', (d) => { if (String(d) !== 'hi') throw d; }).on('close', () => s.close());\n});",
            "if (typeof exports !== 'object' || !__filename.endsWith('program.js') || arguments.length !== 5) throw 1;",
        ],
    );
}

/// A class `Main` whose `main` does this.
fn main_of(body: &str) -> String {
    format!(
        "import java.util.*;\nimport java.util.concurrent.*;\nimport java.util.stream.*;\n\
         public class Main {{\n  static int deep(int n) {{ return n == 0 ? 0 : deep(n - 1) + 1; }}\n  \
         public static void main(String[] args) throws Exception {{\n{body}\n  }}\n}}"
    )
}

#[test]
fn awkward_java_passes() {
    let programs = [
        "if (deep(5000) != 5000) throw new AssertionError();",
        "ExecutorService pool = Executors.newFixedThreadPool(40);\n\
         List<Future<Integer>> all = new ArrayList<>();\n\
         for (int n = 0; n < 40; n++) all.add(pool.submit(() -> { Thread.sleep(50); return 1; }));\n\
         int sum = 0; for (Future<Integer> one : all) sum += one.get();\n\
         if (sum != 40) throw new AssertionError();\npool.shutdown();",
        "if (IntStream.range(0, 100000).parallel().sum() != 704982704) throw new AssertionError();",
        "String s = \"ü\u{1f600}\"; if (s.codePointCount(0, s.length()) != 2) throw new AssertionError(s);",
        "java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();\n\
         new java.io.ObjectOutputStream(out).writeObject(new ArrayList<>(List.of(1)));\n\
         Object back = new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(out.toByteArray())).readObject();\n\
         if (!back.equals(List.of(1))) throw new AssertionError();",
        "java.nio.file.Path file = java.nio.file.Files.createTempFile(\"a\", \"b\");\n\
         java.nio.file.Files.writeString(file, \"x\"); java.nio.file.Files.delete(file);",
        "if (new Scanner(System.in).hasNext()) throw new AssertionError(); System.out.println(\"x\".repeat(1000000));",
        "Thread daemon = new Thread(() -> { while (true) { } }); daemon.setDaemon(true); daemon.start();",
        "CompletableFuture.supplyAsync(() -> 3).thenAccept(three -> { }).get();",
        "byte[][] much = new byte[100][]; for (int n = 0; n < 100; n++) much[n] = new byte[1 << 20];",
        "var locale = Locale.getDefault(); if (!String.format(\"%.1f\", 1.5).equals(\"1.5\")) throw new AssertionError();",
    ];
    let mut programs: Vec<String> = programs.iter().map(|body| main_of(body)).collect();
    programs.push(
        main_of("Math.two();")
            + "\nclass Math { static int two() { return 2; } }\nclass Thread { }\nclass Runtime { }",
    );
    programs.push(main_of(
        "java.io.PrintWriter out = new java.io.PrintWriter(new java.io.FileOutputStream(java.io.FileDescriptor.out));\n\
         out.println(1); out.flush(); java.nio.file.Files.createTempFile(\"a\", \"b\");",
    ));
    all_pass(Language::Java, &programs.iter().map(String::as_str).collect::<Vec<_>>());
}
