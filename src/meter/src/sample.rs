//! One raw reading, kept as the source gave it, so that windows can be recomputed exactly.

use crate::fault::FaultKind;

/// One raw counter or power reading, or the fact that reading failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When the value was current, CLOCK_MONOTONIC ns.
    pub t_ns: i64,
    /// Index into the list of domains of whoever hands the sample out.
    pub domain: u16,
    /// In the domain's raw units; means nothing where `fault` is set.
    pub raw: u64,
    /// Why there is no reading.
    pub fault: Option<FaultKind>,
    /// How long the call took that read it, ns; `t_ns` is its middle. 0 where it took no time worth noting, or
    /// nobody noted it.
    pub took_ns: i64,
    /// The driver's own time stamp, µs of the driver's clock, where it gives one.
    pub driver_t_us: Option<i64>,
}

impl Sample {
    /// A reading that succeeded.
    pub fn good(t_ns: i64, domain: u16, raw: u64) -> Self {
        Self { t_ns, domain, raw, fault: None, took_ns: 0, driver_t_us: None }
    }

    /// A reading that a call from `before_ns` to `after_ns` got: it is of some moment within.
    pub fn within(before_ns: i64, after_ns: i64, domain: u16, raw: u64) -> Self {
        let took_ns = after_ns.saturating_sub(before_ns);
        Self { took_ns, ..Self::good(before_ns + took_ns / 2, domain, raw) }
    }

    /// A reading that failed.
    pub fn failed(t_ns: i64, domain: u16, fault: FaultKind) -> Self {
        Self { t_ns, domain, raw: 0, fault: Some(fault), took_ns: 0, driver_t_us: None }
    }
}
