//! Table `samples`: raw readings, from which every window can be computed again exactly.

use harness_meter::{FaultKind, SampleKind};
use polars::prelude::{DataFrame, PolarsResult};

use super::older;
use crate::table::{Table, record, required, words};

words!(SampleKind, FaultKind);

record! {
    /// One raw reading of one domain.
    pub struct SampleRecord {
        session: u16 { "", "number of the program's call that read it, from 0" }
        t_ns: i64 { "ns", "when it was read" }
        meter: String { "", "name of the meter" }
        domain: String { "", "name of the domain" }
        kind: SampleKind { "", "`counter` or `power`" }
        raw: u64 { "", "the integer as read; meaningless where `fault` is given" }
        unit: String { "", "unit of `raw` as the source names it" }
        scale: f64 { "J or W", "joules or watts per unit of `raw`" }
        fault: Option<FaultKind> { "", "why the reading failed" }
        driver_t_us: Option<i64> { "µs", "the driver's own time stamp" }
        took_ns: Option<i64> { "ns", "how long the call took that read it; `t_ns` is its middle" }
    }
}

impl Table for SampleRecord {
    const NAME: &'static str = "samples";
    const ROW: &'static str = "one raw reading of one domain";

    fn upgrade(frame: DataFrame) -> PolarsResult<DataFrame> {
        older::with_session(frame)
    }
}
