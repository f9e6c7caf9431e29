//! Energy meters: what they read, when, with what uncertainty, and the energy of a window.

pub mod auto;
mod bench;
pub mod clock;
pub mod domain;
pub mod estimate;
pub mod fault;
pub mod meter;
pub mod reading;
pub mod sample;
pub mod sampler;
pub mod settings;
pub mod sim;
mod sys;
mod tree;
pub mod units;
mod unwrap;
pub mod window;

pub use auto::{Choice, Unavailable, choose};
pub use clock::now_ns;
pub use domain::{Class, Domain, SampleKind};
pub use fault::{FaultKind, MeterFault};
pub use meter::{METERS, Meter, MeterEntry};
pub use reading::{Edge, Reading, Reason, Rules};
pub use sample::Sample;
pub use sampler::{Sampler, period_for};
pub use settings::{EstimateSettings, Settings, SettingsError, SimSettings};
pub use units::{Joules, Seconds, Watts};
pub use window::measure;
