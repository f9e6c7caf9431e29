//! Files that follow power while a test runs: a base, and more for each core of this machine that is busy.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use harness_meter::ProcessorTime;

use super::FakeMachine;

/// The kernel's tick in `/proc/stat`, s.
const TICK: f64 = 0.01;

/// A file that is rewritten until this is dropped.
pub struct Driven {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FakeMachine {
    /// Lets the counter of a powercap zone count `watts`, and `busy_watts` more for each busy core.
    pub fn count(&self, zone: &str, watts: f64, busy_watts: f64) -> Driven {
        let start = ProcessorTime::read(Path::new("/proc")).map_or(0, |time| time.busy);
        self.drive(&Self::zone(zone, "energy_uj"), move |elapsed| {
            let busy = ProcessorTime::read(Path::new("/proc")).map_or(start, |time| time.busy);
            let joules =
                elapsed.as_secs_f64() * watts + busy.saturating_sub(start) as f64 * TICK * busy_watts;
            1_000_000 + (joules * 1e6) as u64
        })
    }

    /// Rewrites a file every half millisecond with what `value` says of the time gone by.
    pub fn drive(&self, file: &str, value: impl Fn(Duration) -> u64 + Send + 'static) -> Driven {
        let path = self.sysfs().join(file.strip_prefix("sys/").unwrap());
        let file = OpenOptions::new().write(true).open(path).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                let begun = Instant::now();
                while !stop.load(Ordering::Relaxed) {
                    // One width, so that a reader never meets half of a number.
                    let text = format!("{:015}\n", value(begun.elapsed()));
                    file.write_all_at(text.as_bytes(), 0).unwrap();
                    thread::sleep(Duration::from_micros(500));
                }
            }
        });
        Driven { stop, thread: Some(thread) }
    }

    /// A `power` PMU with these events, whose counters stand still: they are the kernel's dummy event.
    pub fn standing_pmu(&self, events: &[&str]) {
        let folder = "sys/bus/event_source/devices/power";
        self.write(&format!("{folder}/type"), "1\n");
        self.write(&format!("{folder}/cpumask"), "0\n");
        self.write(&format!("{folder}/format/event"), "config:0-7\n");
        for event in events {
            let event = format!("{folder}/events/energy-{event}");
            self.write(&event, "event=0x09\n");
            self.write(&format!("{event}.scale"), "2.3283064365386962890625e-10\n");
            self.write(&format!("{event}.unit"), "Joules\n");
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
