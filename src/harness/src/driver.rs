//! The GPU driver's library is asked in a child process first: one that crashes or hangs takes only the child with it.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use harness_meter::{METERS, Settings, State};

/// The first word of the child's command line; the library's name follows it.
pub const DRIVER_PROBE: &str = "__driver-probe";

/// A driver that sleeps until its first user comes needs some seconds to wake its GPUs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks at the child.
const LOOK: Duration = Duration::from_millis(2);

/// The child: does with the library what a meter does, and ends. What it finds is asked again by its parent.
pub fn probe_main(library: &str) -> ExitCode {
    let settings = Settings { nvml_library: library.to_owned(), ..Settings::default() };
    // Twice: Rust's runtime survives the first signal of a kind that a library sends to itself.
    for entry in METERS.iter().filter(|entry| entry.name == "nvml").cycle().take(2) {
        if (entry.look)(&settings).iter().any(|found| found.state == State::Found)
            && let Ok(mut meter) = (entry.open)(&settings)
        {
            let _ = meter.read(&mut Vec::new());
        }
    }
    ExitCode::SUCCESS
}

/// How the library ended its child, in a phrase with the library as subject; None: it did not.
pub fn crash(settings: &Settings) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let mut child = Command::new(program)
        .args([DRIVER_PROBE, &settings.nvml_library])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A Ctrl-C that ends it would look like a crash of the driver.
        .process_group(0)
        .spawn()
        .ok()?;
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return status.signal().map(|signal| format!("crashes when it is asked (signal {signal})"));
            }
            Ok(None) if begun.elapsed() < PATIENCE => thread::sleep(LOOK),
            Ok(None) => {
                // It may hang in the kernel and never end: nobody waits for it.
                let _ = child.kill();
                return Some(format!("did not answer within {} s", PATIENCE.as_secs()));
            }
            Err(_) => return None,
        }
    }
}
