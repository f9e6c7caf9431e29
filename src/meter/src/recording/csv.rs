//! Reads a recording from CSV.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::rows::{Builder, Recording, RecordingError, Row, error};
use crate::domain::SampleKind;

/// The columns that every recording has; `fault`, `driver_t_us` and `took_ns` may be left out.
pub(crate) const COLUMNS: &str = "`t_ns`, `meter`, `domain`, `kind`, `raw`, `unit`, `scale`";

impl Recording {
    /// Reads CSV with a header that names the columns of a table `samples` in any order. Other columns are
    /// ignored, an empty cell is a missing value, lines may end in CR LF, and a byte order mark may stand
    /// in front.
    ///
    /// # Errors
    /// The first line that is not as it should be, and what [`Recording::from_rows`] refuses.
    pub fn from_csv(file: impl Read) -> Result<Self, RecordingError> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(file);
        let header = reader.headers().map_err(|trouble| of_csv(&trouble))?.clone();
        let columns = Columns::of(&header).map_err(|problem| error("line 1".to_owned(), problem))?;
        let mut builder = Builder::default();
        for record in reader.records() {
            let record = record.map_err(|trouble| of_csv(&trouble))?;
            let line = || format!("line {}", record.position().map_or(0, csv::Position::line));
            let row = columns.row(&record).map_err(|problem| error(line(), problem))?;
            builder.push(row).map_err(|problem| error(line(), problem))?;
        }
        builder.finish()
    }
}

fn of_csv(trouble: &csv::Error) -> RecordingError {
    let line = trouble.position().map_or(1, csv::Position::line);
    let problem = match trouble.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, expected {expected_len} as in the header")
        }
        csv::ErrorKind::Utf8 { .. } => "no UTF-8 text".to_owned(),
        _ => trouble.to_string(),
    };
    error(format!("line {line}"), problem)
}

/// Where each column stands.
struct Columns {
    t_ns: usize,
    meter: usize,
    domain: usize,
    kind: usize,
    raw: usize,
    unit: usize,
    scale: usize,
    fault: Option<usize>,
    driver_t_us: Option<usize>,
    took_ns: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let find = |name: &str| {
            let mut found = header.iter().enumerate().filter(|(_, column)| *column == name);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(format!("two columns `{name}`, expected one")),
                (found, None) => Ok(found.map(|(index, _)| index)),
            }
        };
        let need = |name: &str| {
            find(name)?.ok_or_else(|| format!("no column `{name}`, expected a header with {COLUMNS}"))
        };
        Ok(Self {
            t_ns: need("t_ns")?,
            meter: need("meter")?,
            domain: need("domain")?,
            kind: need("kind")?,
            raw: need("raw")?,
            unit: need("unit")?,
            scale: need("scale")?,
            fault: find("fault")?,
            driver_t_us: find("driver_t_us")?,
            took_ns: find("took_ns")?,
        })
    }

    fn row(&self, record: &StringRecord) -> Result<Row, String> {
        let text = |index| record.get(index).filter(|text| !text.is_empty());
        let need = |index, name| text(index).ok_or_else(|| format!("no `{name}`"));
        let whole = "a whole number";
        let fault = self.fault.and_then(text).map(str::parse).transpose()?;
        let raw = text(self.raw).map(|raw| parse(raw, "raw", "a whole number of 0 or more")).transpose()?;
        let driver = self.driver_t_us.and_then(text);
        let took = self.took_ns.and_then(text);
        Ok(Row {
            t_ns: parse(need(self.t_ns, "t_ns")?, "t_ns", whole)?,
            meter: need(self.meter, "meter")?.to_owned(),
            domain: need(self.domain, "domain")?.to_owned(),
            kind: match need(self.kind, "kind")? {
                "counter" => SampleKind::Counter,
                "power" => SampleKind::Power,
                other => return Err(format!("`kind` is `{other}`, expected `counter` or `power`")),
            },
            raw: match (raw, fault) {
                (Some(raw), _) => raw,
                (None, Some(_)) => 0,
                (None, None) => return Err("neither `raw` nor `fault`, expected one of them".to_owned()),
            },
            unit: need(self.unit, "unit")?.to_owned(),
            scale: parse(need(self.scale, "scale")?, "scale", "a number")?,
            fault,
            driver_t_us: driver.map(|text| parse(text, "driver_t_us", whole)).transpose()?,
            took_ns: took
                .map_or(Ok(0), |text| parse::<u32>(text, "took_ns", "a whole number of 0 or more"))?
                .into(),
        })
    }
}

fn parse<T: std::str::FromStr>(text: &str, name: &str, expected: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{name}` is `{text}`, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Class, Wrap};
    use crate::fault::FaultKind;
    use crate::place::Place;
    use crate::sample::Sample;
    use crate::units::Joules;

    const HEADER: &str = "t_ns,meter,domain,kind,raw,unit,scale,fault,driver_t_us\n";

    fn csv(lines: &str) -> Result<Recording, String> {
        Recording::from_csv(format!("{HEADER}{lines}").as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_become_domains_and_samples_in_their_order() {
        let recording = csv("5,rapl,package:0,counter,7,2^-32 J,2.3e-10,,\n\
                             6,nvml,gpu:0,counter,18446744073709551615,mJ,0.001,,99\n\
                             9,rapl,package:0,counter,,2^-32 J,2.3e-10,permission-denied,\n")
        .unwrap();
        let samples = [
            Sample::good(5, 0, 7),
            Sample { driver_t_us: Some(99), ..Sample::good(6, 1, u64::MAX) },
            Sample::failed(9, 0, FaultKind::PermissionDenied),
        ];
        assert_eq!(recording.samples, samples);
        let [package, gpu] = &recording.domains[..] else { panic!("{recording:?}") };
        assert_eq!((package.name.as_str(), package.place), ("package:0", Place::Package(0)));
        assert_eq!((gpu.unit.as_str(), gpu.scale, gpu.resolution), ("mJ", 0.001, Joules(0.001)));
        assert_eq!((gpu.class, gpu.wrap, gpu.stale), (Class::Simulated, Wrap::Unknown, true));
        assert_eq!(gpu.source, "recorded `gpu:0` of meter `nvml`");
        assert!((recording.length().0 - 4e-9).abs() < 1e-15);
    }

    #[test]
    fn columns_may_stand_in_any_order_with_others_between_them() {
        let texts = [
            "\u{feff}scale,note,unit,raw,kind,domain,meter,t_ns\r\n1e-6,\"a, b\",uJ,3,counter,sim,sim,-1\r\n",
            "t_ns , meter,domain,kind, raw,unit,scale,fault\n\n-1,sim,sim,counter, 3,uJ,1e-6,",
        ];
        for text in texts {
            let recording = Recording::from_csv(text.as_bytes()).unwrap();
            assert_eq!(recording.samples, [Sample::good(-1, 0, 3)], "{text}");
        }
    }

    #[test]
    fn what_is_no_recording_is_refused_with_its_line() {
        let good = "1,sim,sim,counter,3,uJ,1e-6,,\n";
        let cases = [
            ("", "the recording: no readings"),
            ("1,sim,sim\n", "line 2: 3 cells, expected 9"),
            (",sim,sim,counter,3,uJ,1e-6,,\n", "line 2: no `t_ns`"),
            ("1.5,sim,sim,counter,3,uJ,1e-6,,\n", "line 2: `t_ns` is `1.5`, expected a whole number"),
            ("1,,sim,counter,3,uJ,1e-6,,\n", "line 2: no `meter`"),
            ("1,sim,,counter,3,uJ,1e-6,,\n", "line 2: no `domain`"),
            ("1,sim,sim,energy,3,uJ,1e-6,,\n", "line 2: `kind` is `energy`, expected `counter` or `power`"),
            ("1,sim,sim,counter,-3,uJ,1e-6,,\n", "line 2: `raw` is `-3`, expected a whole number of 0 or"),
            ("1,sim,sim,counter,,uJ,1e-6,,\n", "line 2: neither `raw` nor `fault`"),
            ("1,sim,sim,counter,3,,1e-6,,\n", "line 2: no `unit`"),
            ("1,sim,sim,counter,3,uJ,,,\n", "line 2: no `scale`"),
            ("1,sim,sim,counter,3,uJ,x,,\n", "line 2: `scale` is `x`, expected a number"),
            ("1,sim,sim,counter,3,uJ,0,,\n", "line 2: `scale` is `0`, expected a number above 0"),
            ("1,sim,sim,counter,3,uJ,NaN,,\n", "line 2: `scale` is `NaN`"),
            ("1,sim,sim,counter,3,uJ,1e-6,lost,\n", "line 2: `fault` is `lost`, expected nothing or one of"),
            ("1,sim,sim,counter,3,uJ,1e-6,,soon\n", "line 2: `driver_t_us` is `soon`"),
        ];
        for (line, expected) in cases {
            let error = csv(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
        let error = csv(&format!("{good}\n{good}2,sim,sim,counter,3,uJ,1e-3,,\n")).unwrap_err();
        assert!(error.starts_with("line 5: `sim` has another meter, kind, unit or scale"), "{error}");
        for (text, expected) in [
            (&b""[..], "line 1: no column `t_ns`"),
            (b"t_ns,meter,domain,kind,raw,unit\n", "line 1: no column `scale`"),
            (b"t_ns,meter,domain,kind,raw,unit,scale,raw\n", "line 1: two columns `raw`"),
            (b"t_ns,meter,domain,kind,raw,unit,scale\n1,sim,\xff,counter,3,uJ,1\n", "line 2: no UTF-8 text"),
            (b"PAR1\x15\x04\xff\xfe", "line 1: "),
        ] {
            let error = Recording::from_csv(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
