//! Whether it matters which of two equal variants runs first in a block.

use std::collections::{BTreeMap, HashMap};

use harness_stats::{BlockTotal, paired};

use crate::gate::false_alarms::Position;
use crate::record::{CellRecord, Phase, TOTAL, WindowRecord};

/// Confidence of the interval.
const LEVEL: f64 = 0.95;

/// The energy of what ran first over that of what ran second, paired by block and task; None below two such pairs.
pub(super) fn position(cells: &[CellRecord], windows: &[WindowRecord]) -> Option<Position> {
    let energies: HashMap<u32, f64> = windows
        .iter()
        .filter(|row| row.phase == Phase::Window && row.domain == TOTAL)
        .filter_map(|row| Some((row.cell?, row.energy_j?)))
        .collect();
    let mut pairs: BTreeMap<(u16, &str), Vec<(u16, BlockTotal)>> = BTreeMap::new();
    for cell in cells {
        let Some(energy) = energies.get(&cell.cell) else { continue };
        let work = f64::from(cell.items) * f64::from(cell.passes.unwrap_or(0));
        let total = BlockTotal { energy: *energy, work };
        pairs.entry((cell.block, &cell.task)).or_default().push((cell.position, total));
    }
    let ordered = |mut pair: Vec<(u16, BlockTotal)>| {
        pair.sort_by_key(|(position, _)| *position);
        match pair[..] {
            [(_, first), (_, second)] => Some((first, second)),
            _ => None,
        }
    };
    let (first, second): (Vec<_>, Vec<_>) = pairs.into_values().filter_map(ordered).unzip();
    let found = paired(&first, &second, LEVEL).filter(|_| first.len() > 1)?;
    let ratio = found.geometric_mean;
    Some(Position { ratio: ratio.value, lo: ratio.lo, hi: ratio.hi, p: found.p })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::example;

    /// The example's `full` twice; what stands second takes this much.
    fn twice(second: f64) -> Option<Position> {
        let example = example();
        let mut cells = Vec::new();
        let mut windows = Vec::new();
        for cell in example.cells.iter().filter(|cell| cell.variant == "full") {
            let window = example.windows.iter().find(|window| window.cell == Some(cell.cell)).unwrap();
            for place in [1, 0] {
                let number = 2 * cell.cell + u32::from(place);
                cells.push(CellRecord { cell: number, position: place, ..cell.clone() });
                let factor = if place == 1 { second } else { 1.0 };
                windows.push(WindowRecord {
                    cell: Some(number),
                    domain: TOTAL.to_owned(),
                    energy_j: window.energy_j.map(|energy| energy * factor),
                    ..window.clone()
                });
            }
        }
        position(&cells, &windows)
    }

    #[test]
    fn what_runs_second_and_takes_more_is_seen() {
        let found = twice(1.25).unwrap();
        assert!((found.ratio - 0.8).abs() < 1e-12, "{found:?}");
        assert!(found.p.unwrap() < 1e-6);
        assert_eq!(twice(1.0).unwrap().p, Some(1.0));
        assert_eq!(position(&[], &[]), None);
    }
}
