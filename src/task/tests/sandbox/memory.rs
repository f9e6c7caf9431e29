//! Memory that no process shows as its own is counted all the same.

use harness_task::Language;
use harness_task::sandbox::{Job, Limits, Verdict};

use crate::support::{Marker, program, strict};

/// Three children, each of which fills 200 MiB of shared memory in pieces and lets go of it; all hold it together.
fn children(piece: &str) -> String {
    format!(
        "import mmap, os, time\n\
         for n in range(3):\n    if os.fork() == 0:\n        m = mmap.mmap(-1, 200 << 20)\n        \
         for k in range(200):\n            m[k << 20 : (k + 1) << 20] = b'x' * (1 << 20)\n            {piece}\n        \
         open(f'done{{n}}', 'w')\n        time.sleep(60)\n\
         while sum(os.path.exists(f'done{{n}}') for n in range(3)) < 3: time.sleep(0.02)\n\
         time.sleep(0.3)"
    )
}

#[test]
fn shared_memory_that_no_process_shows_is_counted() {
    let Some(sandbox) = strict(Limits { memory: 256 << 20, ..Limits::default() }) else { return };
    let holes = "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nc.mmap.restype = ctypes.c_void_p\n\
         size = 64 << 20\nkept = []\n\
         for n in range(8):\n    at = c.mmap(None, size, 3, 0x21, -1, 0)\n    ctypes.memset(at, 1, size)\n    \
         c.munmap(ctypes.c_void_p(at + 4096), size - 4096)\n    kept.append(at)\n\
         import time\ntime.sleep(1)";
    for source in [
        children("m.madvise(mmap.MADV_DONTNEED, k << 20, 1 << 20)"),
        children("pass"),
        holes.to_owned(),
        // Hidden from whoever looks.
        format!("import ctypes\nassert ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == -1\n{holes}"),
        holes
            .replace("0x21, -1", "0x1, os.open('/dev/zero', os.O_RDWR)")
            .replace("import ctypes", "import ctypes, os"),
    ] {
        let marker = Marker::new();
        let patient = program(Language::Python, "", "", 5);
        let source = marker.mark(&source);
        let outcome = sandbox.judge(&[Job { program: &patient, completion: &source }], &|| false).remove(0);
        assert_eq!(outcome.verdict, Verdict::OutOfMemory, "{source}: {outcome:?}");
        assert!(outcome.peak_bytes > 256 << 20, "{outcome:?}");
        assert_eq!(marker.count(), 0);
    }
}

#[test]
fn memory_in_common_counts_once() {
    let Some(sandbox) = strict(Limits { memory: 256 << 20, ..Limits::default() }) else { return };
    let source = "import mmap, os, time\nm = mmap.mmap(-1, 100 << 20)\n\
         for k in range(100): m[k << 20 : (k + 1) << 20] = b'x' * (1 << 20)\n\
         children = []\n\
         for n in range(6):\n    p = os.fork()\n    if p == 0:\n        assert sum(m[k << 20] for k in range(100)) == 12000\n        \
         time.sleep(0.3)\n        os._exit(0)\n    children.append(p)\n\
         for p in children: assert os.waitpid(p, 0)[1] == 0";
    let patient = program(Language::Python, "", "", 5);
    let outcome = sandbox.judge(&[Job { program: &patient, completion: source }], &|| false).remove(0);
    assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
    assert!((100 << 20..256 << 20).contains(&outcome.peak_bytes), "{outcome:?}");
}
