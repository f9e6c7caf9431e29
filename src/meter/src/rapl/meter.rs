//! The meter: its domains, and how each is read.

use harness_protocol::now_ns;

use super::advice;
use super::part::{Kind, NAME, Part, beside_perf};
use super::perf;
use super::survey::{ByPerf, ByPowercap, Row, survey};
use crate::domain::{Class, Domain, SampleKind, Wrap, survivors};
use crate::fault::MeterFault;
use crate::finding::unusable;
use crate::meter::{Meter, MeterEntry, Origin};
use crate::sample::Sample;
use crate::settings::Settings;
use crate::units::{Joules, Seconds, Watts};
use crate::value_file::ValueFile;

/// The registers are updated every 0.976 ms (2^-10 s; Intel SDM vol. 3, `MSR_RAPL_POWER_UNIT`).
const UPDATE_PERIOD: Seconds = Seconds(0.000_976);

/// One unit of the registers where nothing tells: 2^-14 J, the coarsest that is usual (AMD's and memory's
/// are 2^-16 J).
const USUAL_UNIT: Joules = Joules(1.0 / 16_384.0);

/// The finest unit of a register, where nothing tells: it makes the shortest round.
const FINEST_UNIT: Joules = Joules(1.0 / 65_536.0);

/// Distinct values of a register.
const REGISTER_VALUES: f64 = 4_294_967_296.0;

/// The board's counter has units of 1 J on Sapphire and Emerald Rapids; assumed where nothing tells.
const PSYS_UNIT: Joules = Joules(1.0);

/// The board's line.
pub(crate) const ENTRY: MeterEntry = MeterEntry {
    name: NAME,
    origin: Origin::Hardware,
    summary: "energy counters of x86 processors and their memory, by perf and by powercap",
    look: |settings| advice::findings(&survey(settings), settings),
    open: |settings| Ok(Box::new(Rapl::open(settings)?)),
};

/// Open counters; `domains` and `sources` have the same order.
struct Rapl {
    domains: Vec<Domain>,
    sources: Vec<Source>,
}

enum Source {
    Perf(perf::Open),
    Powercap(ValueFile),
}

impl Rapl {
    /// Opens every agreed part: by perf where it may, with powercap as its witness where that may be read
    /// too; else by powercap.
    fn open(settings: &Settings) -> Result<Self, MeterFault> {
        let survey = survey(settings);
        let findings = advice::findings(&survey, settings);
        let (mut domains, mut sources) = (Vec::new(), Vec::new());
        for row in survey.rows.into_iter().filter(|row| row.agreed) {
            let (name, whole) = (row.part.name(), row.part.kind == Kind::Package);
            let views = views(row, settings.rapl.u_scale);
            if views.is_empty() && whole {
                // Without one of its sockets a sum would pass for the whole processor's.
                return Err(unusable(
                    &format!("`{name}` cannot be read while other packages may be"),
                    &findings,
                ));
            }
            for (domain, source) in views {
                domains.push(domain);
                sources.push(source);
            }
        }
        if !domains.is_empty() {
            return Ok(Self { domains, sources });
        }
        Err(unusable("no RAPL counter can be read", &findings))
    }
}

/// A reading that takes longer was interrupted, and its time is not known to a millisecond.
const PROMPT_NS: i64 = 1_000_000;

/// Interruptions come in rows on a busy machine.
const TRIES: usize = 5;

/// Reads until a reading is not interrupted, some times at most; the time before and after it, and the reading.
fn promptly<T>(mut read: impl FnMut() -> T) -> (i64, i64, T) {
    let mut before = now_ns();
    let mut reading = read();
    let mut after = now_ns();
    for _ in 1..TRIES {
        if after - before <= PROMPT_NS {
            break;
        }
        before = now_ns();
        reading = read();
        after = now_ns();
    }
    (before, after, reading)
}

/// The readable views of one part, the main one first.
fn views(row: Row, u_scale: f64) -> Vec<(Domain, Source)> {
    let Row { part, perf, powercap, .. } = row;
    let name = part.name();
    let resolution = powercap.as_ref().and_then(|by| by.zone.resolution());
    let base = Domain {
        name: name.clone(),
        meter: NAME.to_owned(),
        class: Class::Counter,
        kind: SampleKind::Counter,
        place: part.place(),
        witness_of: None,
        source: String::new(),
        unit: String::new(),
        scale: 1.0,
        constant: Watts(0.0),
        update_period: Some(UPDATE_PERIOD),
        seen_period: None,
        stale: true,
        resolution: resolution.unwrap_or_else(|| usual_unit(part)),
        u_scale,
        model_error: 0.0,
        wrap: Wrap::Unknown,
        plausible: part.plausible(),
    };
    let mut views = Vec::new();
    if let Some(ByPerf { source, open: Ok(open) }) = perf {
        // The kernel accumulates to 64 bits (4 GJ). The timer with which it looks for wraps of the register
        // assumes 200 W and looks once in half a round: above 400 W it is too late.
        let round = resolution.unwrap_or(FINEST_UNIT) * REGISTER_VALUES;
        let domain = Domain {
            source,
            unit: "count".to_owned(),
            scale: open.scale,
            wrap: Wrap::Behind((round.0 / open.scale) as u64),
            ..base.clone()
        };
        views.push((domain, Source::Perf(open)));
    }
    if let Some(ByPowercap { zone, open: Ok(file) }) = powercap {
        let witness = !views.is_empty();
        let domain = Domain {
            name: if witness { beside_perf(&name) } else { name.clone() },
            witness_of: witness.then_some(name),
            source: file.path().display().to_string(),
            unit: "uJ".to_owned(),
            scale: 1e-6,
            wrap: zone.wrap(),
            ..base
        };
        views.push((domain, Source::Powercap(file)));
    }
    views
}

fn usual_unit(part: Part) -> Joules {
    if part.kind == Kind::Psys { PSYS_UNIT } else { USUAL_UNIT }
}

impl Meter for Rapl {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domains(&self) -> &[Domain] {
        &self.domains
    }

    fn attach(&mut self, _process: Option<u32>) {}

    fn leave_out(&mut self, dead: &[u16]) {
        let left = survivors(&self.domains, dead).into_iter().zip(std::mem::take(&mut self.sources));
        (self.domains, self.sources) = left.filter_map(|(domain, source)| Some((domain?, source))).unzip();
    }

    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        for (index, source) in (0..).zip(&mut self.sources) {
            let (before, after, reading) = promptly(|| match source {
                Source::Perf(open) => open.read(),
                Source::Powercap(file) => file.read(),
            });
            out.push(match reading {
                Ok(raw) => Sample::within(before, after, index, raw),
                Err(kind) => Sample::failed(before + (after - before) / 2, index, kind),
            });
        }
        Ok(())
    }
}
