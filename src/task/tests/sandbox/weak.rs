//! Kernels that refuse a layer: strict mode says so and runs nothing, weak mode uses what is left.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;

use harness_task::sandbox::{Job, Limits, Sandbox, Strength, Verdict};
use harness_task::{Language, TaskErrorKind};

use crate::support::{init, program, python, strict};

fn refused(calls: &[&str]) -> String {
    let error = Sandbox::new(Strength::Strict, Limits::default(), init(calls)).unwrap_err();
    assert_eq!(error.kind(), TaskErrorKind::MissingResource);
    error.to_string()
}

#[test]
fn strict_mode_names_what_is_missing() {
    if strict(Limits::default()).is_none() {
        return;
    }
    for (call, layers) in [
        ("unshare", &["private file system", "process namespace", "network namespace", "host name"][..]),
        ("mount", &["private file system"]),
        ("landlock", &["landlock"]),
        ("seccomp", &["seccomp"]),
    ] {
        let error = refused(&[call]);
        for layer in layers {
            assert!(error.contains(layer), "{call}: {error}");
        }
        assert!(error.contains("\nhelp: ") && error.contains("`--sandbox=weak`"), "{error}");
    }
    assert!(!refused(&["landlock"]).contains("seccomp"));
}

#[test]
fn an_init_that_is_none_is_refused() {
    for program in ["/bin/true", "/absent"] {
        let mut init = init(&[]);
        init.program = program.into();
        let error = Sandbox::new(Strength::Weak, Limits::default(), init).unwrap_err();
        assert_eq!(error.kind(), TaskErrorKind::MissingResource);
        let error = error.to_string();
        assert!(error.contains("the sandbox cannot start") && error.contains("\nhelp: "), "{error}");
    }
}

#[test]
fn weak_mode_judges_with_the_layers_that_are_left() {
    for calls in [&["unshare"][..], &["mount"], &["landlock"], &["seccomp"], &["unshare", "landlock"]] {
        let sandbox = Sandbox::new(Strength::Weak, Limits::default(), init(calls)).unwrap();
        assert!(sandbox.layers().iter().any(|layer| layer.1.is_err()), "{calls:?}");
        if let Err(error) = sandbox.check(Language::Python) {
            println!("skipped: {error}");
            continue;
        }
        for (source, verdict) in [
            ("open('f', 'w').write('x')", Verdict::Pass),
            ("assert False", Verdict::Fail),
            ("import os; os._exit(0)", Verdict::Fail),
            ("a = bytearray(4 << 30)", Verdict::OutOfMemory),
        ] {
            let outcome = python(&sandbox, source);
            assert_eq!(outcome.verdict, verdict, "{calls:?} {source}: {outcome:?}");
        }
    }
}

#[test]
fn weak_mode_judges_every_language() {
    let java = "public class Main { public static void main(String[] a) throws Exception { \
        java.nio.file.Files.createTempFile(\"a\", \"b\"); if (RIGHT != 1) throw new AssertionError(\"no\"); } }";
    let javascript = "const fs = require('fs'), os = require('os');\n\
        fs.writeFileSync(os.tmpdir() + '/f', 'x');\nif (RIGHT !== 1) throw new Error('no');";
    let python = "import tempfile\ntempfile.TemporaryFile().write(b'x')\nassert RIGHT == 1, 'no'";
    for calls in [&["unshare"][..], &["mount"], &["landlock"], &["seccomp"]] {
        let sandbox = Sandbox::new(Strength::Weak, Limits::default(), init(calls)).unwrap();
        for (language, source) in
            [(Language::Java, java), (Language::JavaScript, javascript), (Language::Python, python)]
        {
            if let Err(error) = sandbox.check(language) {
                println!("skipped: {error}");
                continue;
            }
            for (right, verdict) in [("1", Verdict::Pass), ("0", Verdict::Fail)] {
                let program = program(language, "", "", 5);
                let completion = source.replace("RIGHT", right);
                let job = Job { program: &program, completion: &completion };
                let outcome = sandbox.judge(&[job], &|| false).remove(0);
                assert_eq!(outcome.verdict, verdict, "{calls:?} {language:?} {right}: {outcome:?}");
                assert!(verdict == Verdict::Pass || outcome.reason.as_deref().unwrap_or("").contains("no"));
            }
        }
    }
}

#[test]
fn weak_mode_without_namespaces_still_contains_much() {
    let sandbox = Sandbox::new(Strength::Weak, Limits::default(), init(&["unshare"])).unwrap();
    if let Err(error) = sandbox.check(Language::Python) {
        println!("skipped: {error}");
        return;
    }
    let marker = format!("weak-{:08x}", rand::random::<u32>());
    let alive = || {
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        entries
            .filter(|entry| {
                std::fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line.contains(&marker))
            })
            .count()
    };
    let daemon = format!(
        "import os, sys, time\n\
         if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        \
         os.execv(sys.executable, [sys.executable, '-c', 'open(\"alive\", \"w\")\\nwhile True: pass', '{marker}'])\n    \
         os._exit(0)\n\
         while not os.path.exists('alive'): time.sleep(0.01)"
    );
    let outcome = python(&sandbox, &daemon);
    assert_eq!((outcome.verdict, alive()), (Verdict::Pass, 0), "{outcome:?}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    for source in [
        "import os\nos.kill(os.getppid(), 9)".to_owned(),
        format!("import os\nos.kill({}, 0)", std::process::id()),
        format!("import socket\nsocket.create_connection(('127.0.0.1', {port}))"),
        format!("open('{}/new', 'w')", folder.path().display()),
        "open('/etc/passwd').read()".to_owned(),
        "open('/proc/1/cmdline').read()".to_owned(),
    ] {
        let outcome = python(&sandbox, &source);
        assert_eq!(outcome.verdict, Verdict::Fail, "{source}: {outcome:?}");
        assert!(
            outcome.reason.as_deref().unwrap_or("").contains("Permission")
                || outcome.reason.as_deref().unwrap_or("").contains("not permitted"),
            "{source}: {outcome:?}"
        );
    }
    // Nothing of the host's takes a datagram, nor a signal that the kernel sends for it.
    let datagrams = UnixDatagram::bind(folder.path().join("socket")).unwrap();
    datagrams.set_nonblocking(true).unwrap();
    let path = folder.path().join("socket");
    let me = std::process::id();
    let pair = "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.";
    for source in [
        format!("{pair}SOCK_DGRAM)\na.sendto(b'x', '{}')", path.display()),
        format!("{pair}SOCK_RAW)\na.sendmsg([b'x'], [], 0, '{}')", path.display()),
        format!("{pair}SOCK_STREAM)\na.bind('\\0name')"),
        format!("{pair}SOCK_STREAM)\na.connect('{}')", path.display()),
        format!("import fcntl\nfcntl.fcntl(0, fcntl.F_SETOWN, {me})"),
        format!("import os\nos.sched_setaffinity({me}, os.sched_getaffinity(0))"),
        format!("import os\nos.setpriority(os.PRIO_PROCESS, {me}, 19)"),
        "import os\nos.setpriority(os.PRIO_USER, 0, 19)".to_owned(),
    ] {
        let outcome = python(&sandbox, &source);
        assert_eq!(outcome.verdict, Verdict::Fail, "{source}: {outcome:?}");
        assert!(outcome.reason.as_deref().unwrap_or("").contains("PermissionError"), "{source}: {outcome:?}");
        assert!(datagrams.recv(&mut [0; 8]).is_err(), "{source}");
    }
    for source in [
        format!("{pair}SOCK_STREAM)\na.send(b'x')\nassert b.recv(1) == b'x'"),
        "import os\nos.sched_setaffinity(0, os.sched_getaffinity(0))\nos.nice(1)".to_owned(),
    ] {
        let outcome = python(&sandbox, &source);
        assert_eq!(outcome.verdict, Verdict::Pass, "{source}: {outcome:?}");
    }
    let bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass";
    let short = program(Language::Python, "", "", 1);
    let outcome = sandbox.judge(&[Job { program: &short, completion: bomb }], &|| false).remove(0);
    assert_eq!(outcome.verdict, Verdict::Timeout, "{outcome:?}");
    assert_eq!(python(&sandbox, "pass").verdict, Verdict::Pass);
}

/// Without a private file system every file of the user would be in reach of calls that Landlock does not know.
#[test]
fn weak_mode_changes_no_attribute_of_a_file_outside() {
    for calls in [&["unshare"][..], &["mount"]] {
        let sandbox = Sandbox::new(Strength::Weak, Limits::default(), init(calls)).unwrap();
        if let Err(error) = sandbox.check(Language::Python) {
            println!("skipped: {error}");
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().join("own");
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        // Where programs become another user, the file is theirs.
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(65534), Some(65534)).unwrap();
        }
        let before = std::fs::metadata(&path).unwrap();
        let file = path.display();
        for call in [
            format!("os.chmod('{file}', 0o777)"),
            format!("os.utime('{file}', (1, 1))"),
            format!("os.chown('{file}', -1, os.getgid())"),
            format!("os.lchown('{file}', -1, os.getgid())"),
            format!("os.setxattr('{file}', 'user.a', b'x')"),
            format!("os.removexattr('{file}', 'user.a')"),
            format!("os.fchmod(os.open('{file}', os.O_PATH), 0o777)"),
            format!("os.chmod('{file}', 0o777, follow_symlinks=False)"),
            format!("os.truncate('{file}', 0)"),
            format!("os.rename('{file}', '{file}2')"),
            format!("os.link('{file}', 'link')"),
            format!("os.unlink('{file}')"),
        ] {
            let outcome = python(&sandbox, &format!("import os\n{call}"));
            assert_eq!(outcome.verdict, Verdict::Fail, "{calls:?} {call}: {outcome:?}");
        }
        let after = std::fs::metadata(&path).unwrap();
        let facts =
            |data: &std::fs::Metadata| (data.mode(), data.uid(), data.gid(), data.mtime(), data.ctime());
        assert_eq!(facts(&before), facts(&after), "{calls:?}");
    }
}
