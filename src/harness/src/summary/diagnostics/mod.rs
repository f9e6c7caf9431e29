//! Whether a run's numbers may be read as they stand: steady over its blocks, the same in every place, independent, of one kind
//! of work. Nothing is left out because of what is found here.

mod dependence;
mod fill;
mod idle;
mod length;
mod notes;
mod outlier;
mod position;
mod repeats;
mod series;
mod steady;
#[cfg(test)]
mod tests;

pub(super) use fill::fill;
pub use steady::STEADY_VARIATION;
