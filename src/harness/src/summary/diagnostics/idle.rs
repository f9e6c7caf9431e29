//! Idle power at the beginning and at the end: net energy takes the first off, and a machine that idles otherwise at the end has
//! become another one.

use std::collections::BTreeMap;

use crate::record::{Phase, WindowRecord};
use crate::summary::diagnosis::Drift;
use crate::summary::gather::{Measured, whole};

/// Idle power of one phase, stretch by stretch, with the cell that it belongs to.
pub(super) struct Idle<'w> {
    stretches: Vec<(Option<u32>, Vec<&'w WindowRecord>)>,
}

impl<'w> Idle<'w> {
    /// The stretches of a phase, in the order in which they are stored: that of time, across sessions too.
    pub(super) fn of(windows: &'w [WindowRecord], phase: Phase) -> Self {
        let rows: Vec<&WindowRecord> = windows.iter().filter(|window| window.phase == phase).collect();
        let same = |a: &&WindowRecord, b: &&WindowRecord| {
            (a.cell, a.session, a.t_start_ns) == (b.cell, b.session, b.t_start_ns)
        };
        let stretches = rows.chunk_by(same).filter_map(|rows| Some((rows.first()?.cell, rows.to_vec())));
        Self { stretches: stretches.collect() }
    }

    /// From the first to the last of these cells that have a power; of the machine, where there is no cell.
    pub(super) fn drift(&self, cells: Option<&[u32]>, measured: &[&Measured<'_>]) -> Result<Drift, String> {
        let own = |cell: Option<u32>| match (cell, cells) {
            (Some(cell), Some(cells)) => cells.contains(&cell),
            (None, None) => true,
            _ => false,
        };
        let rows = self.stretches.iter().filter(|(cell, _)| own(*cell));
        let powers: Vec<f64> = rows.filter_map(|(_, rows)| power(rows)).collect();
        let (first_w, last_w) = match powers[..] {
            [] => return Err("idle power was not measured".to_owned()),
            [_] => return Err("idle power was measured once".to_owned()),
            [first, .., last] => (first, last),
        };
        let change_w = last_w - first_w;
        let finite = |value: f64| value.is_finite().then_some(value);
        Ok(Drift {
            first_w,
            last_w,
            change_w,
            change_rel: finite(change_w / first_w),
            of_power: window_power(measured).and_then(|power| finite(change_w / power)),
        })
    }
}

fn power(rows: &[&WindowRecord]) -> Option<f64> {
    let row = whole(rows).ok()?;
    row.energy_j.map(|energy| energy / row.seconds).filter(|power| power.is_finite())
}

/// Mean power of the windows with a valid energy, W; None without, or where classes mix.
fn window_power(measured: &[&Measured<'_>]) -> Option<f64> {
    let mut classes = measured.iter().filter_map(|measured| measured.class);
    let first = classes.next()?;
    if classes.any(|class| class != first) {
        return None;
    }
    let seconds: BTreeMap<u32, f64> = measured
        .iter()
        .flat_map(|measured| {
            let valid = measured.cells.iter().filter(|cell| measured.blocks.contains_key(&cell.block));
            valid.filter_map(|cell| Some((cell.cell, *measured.seconds.get(&cell.cell)?)))
        })
        .collect();
    let energy: f64 =
        measured.iter().flat_map(|measured| measured.blocks.values()).map(|block| block.energy).sum();
    let seconds: f64 = seconds.into_values().sum();
    (seconds > 0.0).then(|| energy / seconds)
}
