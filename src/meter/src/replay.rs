//! Re-feeds recorded readings as time passes, for trying the tool with a machine that is not here.
//!
//! The joules are those of the recording, not of this run, so their class is simulated. Each domain keeps
//! the place that its name tells, which keeps totals from counting anything twice.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use harness_protocol::{Device, now_ns};

use crate::count::{counted, holds};
use crate::domain::Domain;
use crate::fault::{FaultKind, MeterFault};
use crate::finding::{Finding, State};
use crate::meter::{Meter, MeterEntry, Origin};
use crate::place::Place;
use crate::recording::{COLUMNS, Recording};
use crate::sample::Sample;
use crate::settings::{ReplaySettings, Settings};

const NAME: &str = "replay";

/// Most bytes of a recording.
const MOST_BYTES: u64 = 4 << 30;

const UNNAMED: &str = "no recording is named";
const NAME_ONE: &str = "name a recording: `path = \"samples.parquet\"` in `[meter.replay]`";

/// The board's line.
pub(crate) const ENTRY: MeterEntry = MeterEntry {
    name: NAME,
    origin: Origin::MadeUp,
    summary: "recorded readings instead of a measurement, for trying the tool",
    look: |settings| vec![look(settings)],
    open: |settings| match &settings.replay.path {
        Some(path) => Ok(Box::new(open(settings, path).map_err(|problem| {
            let message = format!("cannot replay `{}`: {problem}", path.display());
            MeterFault::new(FaultKind::Unreadable, message, expected())
        })?)),
        None => Err(MeterFault::new(FaultKind::NotFound, UNNAMED, NAME_ONE)),
    },
};

/// A recording that plays.
#[derive(Debug)]
pub struct Replay {
    recording: Arc<Recording>,
    domains: Vec<Domain>,
    /// Index into `domains` of each recorded one that plays.
    playing: Vec<Option<u16>>,
    /// What is added to recorded times, ns.
    shift_ns: i64,
    /// The first sample that has not been handed out.
    next: usize,
}

impl Replay {
    /// Starts a recording at `opened_ns` (CLOCK_MONOTONIC), when its first sample is due, for a run that
    /// computes on `device`.
    ///
    /// # Errors
    /// The names of several domains do not tell what they are, so that no sum of them means anything.
    pub fn open(recording: Arc<Recording>, device: Option<Device>, opened_ns: i64) -> Result<Self, String> {
        let places = places(&recording, device)?;
        let mut domains = Vec::new();
        let mut playing = Vec::new();
        for (domain, place) in recording.domains.iter().zip(places) {
            playing.push(place.map(|_| domains.len() as u16));
            domains.extend(place.map(|place| Domain { place, ..domain.clone() }));
        }
        let first_ns = recording.samples.first().map_or(0, |sample| sample.t_ns);
        let shift_ns = opened_ns.saturating_sub(first_ns);
        Ok(Self { recording, domains, playing, shift_ns, next: 0 })
    }

    /// Appends the samples that are due at `t_ns` and were not yet handed out, with their times shifted;
    /// after the recording's end a failed one for each domain. Where the recorded clock was set back, the
    /// order stays and the times show it.
    pub fn read_at(&mut self, t_ns: i64, out: &mut Vec<Sample>) {
        let rest = self.recording.samples.get(self.next..).unwrap_or_default();
        if rest.is_empty() {
            let all = (0..).zip(&self.domains);
            out.extend(all.map(|(index, _)| Sample::failed(t_ns, index, FaultKind::Gone)));
        }
        let shifted = |sample: &Sample| sample.t_ns.saturating_add(self.shift_ns);
        let due = rest.iter().take_while(|sample| shifted(sample) <= t_ns).count();
        out.extend(rest.iter().take(due).filter_map(|sample| {
            let domain = *self.playing.get(usize::from(sample.domain))?;
            Some(Sample { t_ns: shifted(sample), domain: domain?, ..*sample })
        }));
        self.next += due;
    }
}

/// The place that each recorded domain takes; None: it does not play.
///
/// All become one class, so what stood beside hardware without being added to it is left out: the estimate
/// of the same processor, made-up power. Where nothing holds the device of this run, what would count on
/// the recorded machine stands in for it.
fn places(recording: &Recording, device: Option<Device>) -> Result<Vec<Option<Place>>, String> {
    let rank = |domain: &Domain| match domain.place {
        Place::MadeUp => 0,
        Place::Process => 1,
        _ => 2,
    };
    let best = recording.domains.iter().map(rank).max();
    let playing = |domain: &&Domain| Some(rank(domain)) == best;
    let domains: Vec<Domain> = recording.domains.iter().filter(playing).cloned().collect();
    if let (Some(0), [a, b, ..]) = (best, &domains[..]) {
        let (a, b) = (&a.name, &b.name);
        return Err(format!(
            "the names `{a}` and `{b}` do not tell what is a part of what, expected `package:0`, `gpu:0`, `node` …"
        ));
    }
    let mut stand_ins = Vec::new();
    if !domains.iter().any(|domain| holds(domain.place, device)) {
        let indices = counted(&domains, None, None);
        let found = indices.iter().filter_map(|&index| domains.get(usize::from(index)));
        stand_ins.extend(found.map(|domain| domain.place));
    }
    let place = |domain: &Domain| {
        let stands_in = stand_ins.contains(&domain.place);
        let plays = playing(&domain) && (stand_ins.is_empty() || stands_in);
        plays.then_some(if stands_in { Place::MadeUp } else { domain.place })
    };
    Ok(recording.domains.iter().map(place).collect())
}

impl Meter for Replay {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domains(&self) -> &[Domain] {
        &self.domains
    }

    fn attach(&mut self, _process: Option<u32>) {}

    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        self.read_at(now_ns(), out);
        Ok(())
    }
}

fn look(settings: &Settings) -> Finding {
    let found = |state, detail, domains, mend| Finding {
        meter: NAME,
        what: "a recording",
        state,
        detail,
        domains,
        mend,
    };
    let Some(path) = &settings.replay.path else {
        return found(State::Absent, UNNAMED.to_owned(), Vec::new(), vec![NAME_ONE.to_owned()]);
    };
    match open(settings, path) {
        Ok(replay) => {
            let domains = replay.domains().iter().map(|domain| domain.name.clone()).collect();
            found(State::Found, describe(path, &replay), domains, Vec::new())
        }
        Err(problem) => {
            let detail = format!("cannot read `{}`: {problem}", path.display());
            found(State::Broken, detail, Vec::new(), vec![expected()])
        }
    }
}

fn open(settings: &Settings, path: &Path) -> Result<Replay, String> {
    Replay::open(load(&settings.replay, path)?, settings.device, now_ns())
}

fn load(settings: &ReplaySettings, path: &Path) -> Result<Arc<Recording>, String> {
    if let Some(recording) = &settings.recording {
        return Ok(Arc::clone(recording));
    }
    let said = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    // A FIFO may never be written to, and a device may never end.
    let found = std::fs::metadata(path).map_err(said)?;
    if !found.is_file() || found.len() > MOST_BYTES {
        return Err("expected a regular file of at most 4 GiB".to_owned());
    }
    let file = File::open(path).map_err(said)?;
    Recording::from_csv(file).map(Arc::new).map_err(|error| error.to_string())
}

fn expected() -> String {
    format!("name `samples.parquet` of a run, or a CSV file with a header and the columns {COLUMNS}")
}

/// `recording.csv`, 12.5 s of package:0, dram:0 without cpu
fn describe(path: &Path, replay: &Replay) -> String {
    let names = |plays: bool| {
        let of = replay.recording.domains.iter().zip(&replay.playing);
        let names =
            of.filter(|(_, playing)| playing.is_some() == plays).map(|(domain, _)| domain.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let text = format!("`{file}`, {:.1} of {}", replay.recording.length(), names(true));
    let left_out = names(false);
    if left_out.is_empty() { text } else { format!("{text} without {left_out}") }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::choose::choose;

    const HEADER: &str = "t_ns,meter,domain,kind,raw,unit,scale,fault\n";

    fn csv(lines: &[&str]) -> String {
        format!("{HEADER}{}\n", lines.join("\n"))
    }

    fn recording(lines: &[&str]) -> Arc<Recording> {
        Arc::new(Recording::from_csv(csv(lines).as_bytes()).unwrap())
    }

    fn read(replay: &mut Replay, t_ns: i64) -> Vec<Sample> {
        let mut out = Vec::new();
        replay.read_at(t_ns, &mut out);
        out
    }

    #[test]
    fn samples_come_when_they_are_due_and_none_is_passed_over() {
        let lines = [
            "1000,rapl,package:0,counter,5,uJ,1e-6,",
            "1000,rapl,dram:0,counter,1,uJ,1e-6,",
            "1010,rapl,package:0,counter,,uJ,1e-6,gone",
            "1020,rapl,package:0,counter,7,uJ,1e-6,",
            "1030,rapl,dram:0,counter,2,uJ,1e-6,",
        ];
        let mut replay = Replay::open(recording(&lines), None, 70_000).unwrap();
        assert_eq!(read(&mut replay, 70_000), [Sample::good(70_000, 0, 5), Sample::good(70_000, 1, 1)]);
        assert_eq!(read(&mut replay, 70_009), []);
        let both = [Sample::failed(70_010, 0, FaultKind::Gone), Sample::good(70_020, 0, 7)];
        assert_eq!(read(&mut replay, 70_029), both);
        assert_eq!(read(&mut replay, 70_035), [Sample::good(70_030, 1, 2)]);
        let gone = [0, 1].map(|domain| Sample::failed(70_036, domain, FaultKind::Gone));
        assert_eq!(read(&mut replay, 70_036), gone);
    }

    #[test]
    fn a_clock_that_was_set_back_shows_in_the_times_and_not_in_the_order() {
        let lines = ["50,sim,sim,counter,1,J,1,", "60,sim,sim,counter,2,J,1,", "40,sim,sim,counter,3,J,1,"];
        let mut replay = Replay::open(recording(&lines), None, 0).unwrap();
        let times: Vec<i64> = read(&mut replay, 10).iter().map(|sample| sample.t_ns).collect();
        assert_eq!(times, [0, 10, -10]);
    }

    #[test]
    fn times_at_the_ends_of_the_clock_do_not_overflow() {
        let ends = [i64::MIN, i64::MAX];
        let lines = ends.map(|t_ns| format!("{t_ns},sim,sim,counter,1,J,1,"));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for opened_ns in ends {
            let mut replay = Replay::open(recording(&lines), None, opened_ns).unwrap();
            assert!(!read(&mut replay, i64::MAX).is_empty());
        }
    }

    /// The domains that play, then those that count.
    fn totals(names: &[&str], device: Device) -> Result<(String, String), String> {
        let lines: Vec<String> = names.iter().map(|name| format!("0,any,{name},counter,1,J,1,")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut replay = Replay::open(recording(&lines), Some(device), 0)?;
        let count = read(&mut replay, 0).len();
        assert_eq!(count, replay.domains().len());
        let name = |index: usize| replay.domains()[index].name.clone();
        let counted = counted(replay.domains(), Some(device), None);
        let counted: Vec<String> = counted.iter().map(|&index| name(usize::from(index))).collect();
        Ok(((0..count).map(name).collect::<Vec<_>>().join(" "), counted.join("+")))
    }

    #[test]
    fn totals_of_a_recording_are_those_of_its_machine_whatever_computes_here() {
        const CPU: Device = Device::Cpu;
        const GPU: Device = Device::Cuda(0);
        let client = "psys package:0 package:0@powercap cores:0 uncore:0";
        let server = "package:0 dram:0 gpu:0 gpu:0@power";
        let gpus = "gpu:0@power gpu:0 gpu:1";
        let cases = [
            (client, CPU, client, "package:0"),
            (client, GPU, "package:0 package:0@powercap", "package:0"),
            (server, CPU, server, "package:0+dram:0"),
            (server, GPU, server, "package:0+dram:0+gpu:0"),
            (gpus, CPU, gpus, "gpu:0+gpu:1"),
            // An estimate and a script are not added to hardware.
            ("cpu package:0 sim dram:0", CPU, "package:0 dram:0", "package:0+dram:0"),
            ("sim cpu", CPU, "cpu", "cpu"),
            ("sim cpu", GPU, "cpu", "cpu"),
            ("sim", CPU, "sim", "sim"),
            ("plug gpu:0", GPU, "gpu:0", "gpu:0"),
            ("plug", GPU, "plug", "plug"),
            // Memory alone holds no device, here or there.
            ("dram:0", CPU, "dram:0", ""),
        ];
        for (names, device, play, count) in cases {
            let names: Vec<&str> = names.split(' ').collect();
            let expected = (play.to_owned(), count.to_owned());
            assert_eq!(totals(&names, device), Ok(expected), "{names:?} {device}");
        }
        let refused = totals(&["plug", "socket"], CPU).unwrap_err();
        assert!(refused.contains("`plug` and `socket` do not tell"), "{refused}");
    }

    fn settings(path: &Path) -> Settings {
        let replay = ReplaySettings { path: Some(path.to_owned()), recording: None };
        Settings { replay, device: Some(Device::Cpu), ..Settings::default() }
    }

    #[test]
    fn a_look_tells_what_is_recorded_or_why_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(
            &path,
            csv(&[
                "0,rapl,package:0,counter,1,J,1,",
                "2500000000,rapl,package:0,counter,2,J,1,",
                "2500000000,estimate,cpu,counter,2,ns,1,",
            ]),
        )
        .unwrap();
        let choice = choose(&[NAME.to_owned()], &settings(&path), None).unwrap();
        assert!(
            choice.sentence.contains("`replay`: `a.csv`, 2.5 s of package:0 without cpu; class simulated"),
            "{}",
            choice.sentence
        );
        fs::write(&path, "t_ns,meter\n").unwrap();
        let broken = look(&settings(&path));
        assert_eq!(broken.state, State::Broken);
        assert!(broken.detail.ends_with("`: line 1: no column `domain`, expected a header with `t_ns`, `meter`, `domain`, `kind`, `raw`, `unit`, `scale`"), "{broken:?}");
        let refused = (ENTRY.open)(&settings(&path)).err().unwrap().to_string();
        assert!(refused.contains("\nhelp: name `samples.parquet` of a run, or a CSV file"), "{refused}");
        let gone = look(&settings(&folder.path().join("b.csv")));
        assert!(gone.state == State::Broken && gone.detail.ends_with("no such file"), "{gone:?}");
        let none = look(&Settings::default());
        assert!(none.state == State::Absent && none.mend[0].contains("[meter.replay]"), "{none:?}");
    }

    #[test]
    fn what_somebody_else_has_read_is_taken_instead_of_the_file() {
        let mut settings = settings(Path::new("samples.parquet"));
        settings.replay.recording = Some(recording(&["0,nvml,gpu:0,counter,1,mJ,0.001,"]));
        let mut meter = (ENTRY.open)(&settings).unwrap();
        let mut out = Vec::new();
        meter.read(&mut out).unwrap();
        assert_eq!((out.len(), out[0].raw, meter.domains()[0].name.as_str()), (1, 1, "gpu:0"));
    }
}
