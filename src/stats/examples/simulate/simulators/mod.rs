//! Experiments with known truth, repeated: the example prints them, a test runs few of each.

mod certify;
mod check;
mod coverage;
mod fronts;
mod looks;
mod planning;
mod sessions;
mod suites;
mod unpaired;
mod world;

pub use check::{Bar, Check};
pub use world::Scale;

/// Every check.
pub fn all(scale: Scale) -> Vec<Check> {
    let groups = [
        coverage::checks,
        fronts::checks,
        suites::checks,
        sessions::checks,
        unpaired::checks,
        looks::checks,
        planning::checks,
        certify::checks,
    ];
    groups.iter().flat_map(|checks| checks(scale)).collect()
}
