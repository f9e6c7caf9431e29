//! Hostile programs: each gets its verdict, harms nothing outside and leaves nothing behind.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use harness_task::Language;
use harness_task::sandbox::{Job, Limits, Outcome, Sandbox, Verdict};

use crate::support::{Marker, program, python, strict};

/// A small sandbox, so that bombs burst early.
fn small() -> Option<Sandbox> {
    strict(Limits {
        memory: 256 << 20,
        processes: 32,
        disk: 8 << 20,
        file: 1 << 20,
        output: 4 << 20,
        ..Limits::default()
    })
}

/// Runs an attack and checks that none of its processes is left.
fn attack(sandbox: &Sandbox, source: &str) -> Outcome {
    let marker = Marker::new();
    let outcome = python(sandbox, &marker.mark(source));
    assert_eq!(marker.count(), 0, "{source}");
    outcome
}

/// Runs an attack that ends with its time, which is short.
fn endless(sandbox: &Sandbox, source: &str) -> Outcome {
    let marker = Marker::new();
    let program = program(Language::Python, "", "", 1);
    let outcome =
        sandbox.judge(&[Job { program: &program, completion: &marker.mark(source) }], &|| false).remove(0);
    assert_eq!(marker.count(), 0, "{source}");
    expect(&outcome, Verdict::Timeout, "ran longer than");
    outcome
}

#[track_caller]
fn expect(outcome: &Outcome, verdict: Verdict, reason: &str) {
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    assert!(outcome.reason.as_deref().unwrap_or("").contains(reason), "{outcome:?}");
}

#[test]
fn the_marker_finds_a_process_that_is_left() {
    if small().is_none() {
        return;
    }
    let marker = Marker::new();
    let source = marker.mark("print(flush=True)\nimport time\ntime.sleep(60)");
    let mut child =
        Command::new("python3").args(["-c", &source]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
    assert_eq!(marker.count(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_fork_bomb_ends_with_its_time() {
    let Some(sandbox) = small() else { return };
    let bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass";
    endless(&sandbox, bomb);
    let count = "import os, time\nfor n in range(1000):\n    if os.fork() == 0: time.sleep(60)";
    expect(&attack(&sandbox, count), Verdict::Fail, "BlockingIOError");
}

#[test]
fn a_memory_bomb_is_out_of_memory() {
    let Some(sandbox) = small() else { return };
    expect(&attack(&sandbox, "a = bytearray(1 << 29)"), Verdict::OutOfMemory, "MemoryError");
    // None of the processes exceeds the limit by itself.
    let together = "import os, time\nfor n in range(6):\n    if os.fork() == 0: break\n\
        a = bytearray(b'x' * (60 << 20))\ntime.sleep(60)";
    let outcome = attack(&sandbox, together);
    expect(&outcome, Verdict::OutOfMemory, "used more than 256 MiB");
    assert!(outcome.peak_bytes > 256 << 20, "{outcome:?}");
    // Memory that belongs to no process.
    expect(&attack(&sandbox, "import os\nos.memfd_create('m')"), Verdict::Fail, "PermissionError");
    let fits = attack(&sandbox, "a = bytearray(b'x' * (60 << 20))");
    assert_eq!(fits.verdict, Verdict::Pass, "{fits:?}");
    assert!((60 << 20..200 << 20).contains(&fits.peak_bytes), "{fits:?}");
}

#[test]
fn a_disk_is_not_filled() {
    let Some(sandbox) = small() else { return };
    let many = "for n in range(1000):\n    with open(f'f{n}', 'wb') as f: f.write(bytes(1 << 19))";
    expect(&attack(&sandbox, many), Verdict::Fail, "No space left on device");
    expect(&attack(&sandbox, "open('f', 'wb').write(bytes(2 << 20))"), Verdict::Fail, "File too large");
    assert_eq!(attack(&sandbox, "open('f', 'wb').write(bytes(1 << 19))").verdict, Verdict::Pass);
}

#[test]
fn a_flood_of_output_neither_blocks_nor_stays() {
    let Some(sandbox) = small() else { return };
    let errors = "import os\nwhile True: os.write(2, bytes(1 << 16))";
    expect(&attack(&sandbox, errors), Verdict::Killed, "wrote more than 4 MiB");
    // Standard output is thrown away, as the reference runner of HumanEval does.
    let some = "import sys\nfor n in range(100): print('x' * 100000)\nsys.stdout.flush()";
    assert_eq!(attack(&sandbox, some).verdict, Verdict::Pass);
    // The result descriptor: who floods it loses its own proof.
    let proof = "import os\ntry:\n    while True: os.write(3, bytes(1 << 16))\nexcept BlockingIOError: pass";
    expect(&attack(&sandbox, proof), Verdict::Fail, "");
}

#[test]
fn whoever_does_not_end_is_ended() {
    let Some(sandbox) = small() else { return };
    let busy = endless(&sandbox, "while True: pass");
    assert!(busy.reason.as_deref().unwrap().ends_with("s (tried twice)"), "{busy:?}");
    assert!(busy.cpu_seconds > 0.05 && busy.seconds >= 1.0, "{busy:?}");
    endless(&sandbox, "import time\ntime.sleep(1e6)");
    let deaf = "import signal\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n    \
        except OSError: pass\nwhile True: pass";
    endless(&sandbox, deaf);
}

#[test]
fn leaving_early_is_no_pass() {
    let Some(sandbox) = small() else { return };
    let early = "before its checks had run";
    for (way, reason) in [
        ("import sys; sys.exit(0)", early),
        ("import os; os._exit(0)", early),
        ("quit()", early),
        ("raise SystemExit", early),
        ("import atexit, os; atexit.register(os._exit, 0); exit()", early),
        ("import os, sys; os.execv(sys.executable, ['python3', '-c', ''])", early),
        ("import os; os.close(3); os._exit(0)", early),
        ("import os; os.write(3, b'0' * 32); os._exit(0)", ""),
        ("import os\nif os.fork(): os._exit(0)\nraise ValueError", ""),
        ("assert False, 'no'", "AssertionError: no"),
        ("def f(:", "SyntaxError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ] {
        expect(&attack(&sandbox, way), Verdict::Fail, reason);
    }
    expect(&attack(&sandbox, "import os; os.abort()"), Verdict::Killed, "SIGABRT");
    expect(&attack(&sandbox, "import ctypes; ctypes.string_at(0)"), Verdict::Killed, "SIGSEGV");
    expect(&attack(&sandbox, "import os; os.kill(os.getpid(), 9)"), Verdict::Killed, "SIGKILL");
    assert_eq!(attack(&sandbox, "pass").verdict, Verdict::Pass);
}

#[test]
fn a_daemon_ends_with_its_program() {
    let Some(sandbox) = small() else { return };
    // The program goes on only once the daemon lives, and passes: the daemon is no fault of its answer.
    let daemon = "import os, time\n\
        if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        open('alive', 'w')\n        \
        while True: time.sleep(1)\n    os._exit(0)\n\
        while not os.path.exists('alive'): time.sleep(0.01)";
    assert_eq!(attack(&sandbox, daemon).verdict, Verdict::Pass);
}

#[test]
fn the_parent_is_out_of_reach() {
    let Some(sandbox) = small() else { return };
    let call = |call: &str| {
        format!(
            "import ctypes, errno, os\nc = ctypes.CDLL(None, use_errno=True)\n\
             assert c.{call} == -1\nassert ctypes.get_errno() == errno.EPERM, ctypes.get_errno()"
        )
    };
    for refused in [
        "ptrace(16, os.getppid(), 0, 0)",
        "process_vm_readv(os.getppid(), 0, 0, 0, 0, 0)",
        "unshare(0x10000000)",
        "mount(0, b'/tmp', b'tmpfs', 0, 0)",
        "chroot(b'/tmp')",
        "socket(2, 1, 0)",
        "socket(16, 3, 0)",
        "syscall(467, -1, 0, 0, 0, 0)",
        "syscall(457, 0, 0, 0, 0)",
        "syscall(458, 0, 0, 0, 0)",
        "syscall(443, -1, 0, 0, 0)",
        "syscall(206, 1, 0)",
        "vmsplice(1, 0, 0, 0)",
        "syncfs(0)",
    ] {
        let outcome = attack(&sandbox, &call(refused));
        assert_eq!(outcome.verdict, Verdict::Pass, "{refused}: {outcome:?}");
    }
    // Landlock refuses them, or process 1 of a namespace hears no signal from inside.
    let kills = "import os\nfor n in (os.getppid(), 1, -1):\n    for signal in (9, 19):\n        \
        try: os.kill(n, signal)\n        except OSError: pass";
    let outcome = attack(&sandbox, kills);
    assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
    // Asked to end, where it can be asked, it ends the program alone.
    let asks = attack(&sandbox, "import os, time\nos.kill(os.getppid(), 15)\ntime.sleep(60)");
    let reason = asks.reason.as_deref().unwrap_or("");
    assert!(["PermissionError", "SIGKILL"].iter().any(|word| reason.contains(word)), "{asks:?}");
    assert_eq!(python(&sandbox, "").verdict, Verdict::Pass);
}

#[test]
fn a_program_has_no_rights() {
    let Some(sandbox) = small() else { return };
    let status = "import os\nassert os.getuid() == 65534 and os.getpid() < 10\n\
        lines = dict(line.split(':\\t') for line in open('/proc/self/status') if ':\\t' in line)\n\
        for name in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'): assert int(lines[name], 16) == 0, lines\n\
        assert lines['NoNewPrivs'].strip() == '1' and lines['Seccomp'].strip() == '2', lines";
    let outcome = attack(&sandbox, status);
    assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
}

#[test]
fn two_runs_are_alike() {
    let Some(sandbox) = small() else { return };
    let hash = || attack(&sandbox, "raise ValueError(hash('a'), list({'a', 'b', 'c'}))").reason;
    assert!(hash().is_some_and(|reason| reason.contains("ValueError")));
    assert_eq!(hash(), hash());
    // Standard input is empty, and the folder holds the program alone.
    let outcome = attack(
        &sandbox,
        "import os, sys\nassert sys.stdin.read() == ''\nassert os.listdir('.') == ['program.py']",
    );
    assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
}

/// Every file below a folder with its content.
fn picture(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn nothing_outside_is_read_written_or_called() {
    let Some(sandbox) = small() else { return };
    let canary = tempfile::tempdir().unwrap();
    fs::write(canary.path().join("secret"), "canary").unwrap();
    let folder = canary.path().display();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = std::env::var("HOME").unwrap_or_else(|_| "/".to_owned());
    let attacks = [
        format!("assert open('{folder}/secret').read() == 'canary'"),
        format!(
            "import os\nos.symlink('{folder}/secret', '/tmp/link-{port}')\n\
            try: assert open('/tmp/link-{port}').read() == 'canary'\nfinally: os.unlink('/tmp/link-{port}')"
        ),
        format!("import os\nassert os.listdir('/proc/self/root/{folder}') == ['secret']"),
        format!("open('/proc/self/cwd/../../../../../../../..{folder}/secret').read()"),
        format!("import os\nos.listdir('{home}')"),
        "open('/etc/passwd').read()".to_owned(),
        format!("open('/proc/{}/environ').read()", std::process::id()),
        "open('/proc/sys/kernel/hostname').read()".to_owned(),
        "import os\nos.listdir('/')".to_owned(),
        "import os\nos.listdir('/sys/class')".to_owned(),
        format!("import socket\nsocket.create_connection(('127.0.0.1', {port}))"),
    ];
    let before = picture(canary.path());
    for source in &attacks {
        let outside = Command::new("python3").args(["-c", source]).status().unwrap();
        assert!(outside.success(), "outside it works: {source}");
        while listener.accept().is_ok() {}
        let inside = attack(&sandbox, source);
        assert_eq!(inside.verdict, Verdict::Fail, "{source}: {inside:?}");
        assert!(listener.accept().is_err(), "nobody called");
    }
    // These would leave traces outside, so they are only tried inside.
    for source in [
        format!("open('{folder}/new', 'w')"),
        format!("open('{folder}/secret', 'a').write('x')"),
        "open('/new', 'w')".to_owned(),
        "open('/etc/new', 'w')".to_owned(),
        "open('/dev/new', 'w')".to_owned(),
        "import os\nopen(os.__file__, 'a')".to_owned(),
        "import os, sys\nopen(os.path.join(os.path.dirname(os.__file__), 'new.py'), 'w')".to_owned(),
        "import sys\nopen(sys.executable, 'ab')".to_owned(),
        "import os\nos.chmod(os.__file__, 0o777)".to_owned(),
        "import os\nos.mknod('device', 0o20666, os.makedev(1, 1))".to_owned(),
        "import os\nfor n in range(4, 64): os.write(n, b'x')".to_owned(),
        // A program of its own making.
        "import os, shutil, sys\nshutil.copy(sys.executable, 'own')\nos.chmod('own', 0o755)\n\
            os.execv('/tmp/own', ['own', '-c', '0'])"
            .to_owned(),
    ] {
        expect(&attack(&sandbox, &source), Verdict::Fail, "Error");
    }
    assert_eq!(picture(canary.path()), before);
}
