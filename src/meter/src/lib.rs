//! Energy meters: what they read, when, with what uncertainty, and the energy of a window.

mod bench;
pub mod choose;
pub mod clock;
pub mod conditions;
pub mod count;
pub mod device;
pub mod domain;
mod edge;
pub mod estimate;
pub mod fault;
pub mod finding;
mod hwmon;
mod knot;
mod machine;
pub mod meter;
pub mod nvml;
pub mod pace;
pub mod place;
mod power;
mod rapl;
pub mod reading;
pub mod replay;
mod rounds;
pub mod sample;
pub mod sampler;
pub mod settings;
pub mod sim;
mod sys;
pub mod total;
mod tree;
pub mod units;
mod unwrap;
mod value_file;
pub mod window;

pub use bench::around;
pub use choose::{Choice, Unavailable, choose};
pub use clock::now_ns;
pub use conditions::Conditions;
pub use count::{counted, holds};
pub use device::Device;
pub use domain::{Class, Domain, SampleKind, Wrap};
pub use fault::{FAULT_KINDS, FaultKind, MeterFault};
pub use finding::{Finding, State};
pub use meter::{METERS, Meter, MeterEntry, Origin};
pub use pace::Pace;
pub use place::Place;
pub use reading::{Edge, Reading, Reason, Rules};
pub use replay::{Recording, RecordingError, Replay, Row};
pub use sample::Sample;
pub use sampler::{Sampler, period_for};
pub use settings::{
    EstimateSettings, ReplaySettings, Settings, SettingsError, SimFault, SimSettings, SimTrouble,
};
pub use total::{NoTotal, Total, cross_check, total, twice};
pub use units::{Joules, Seconds, Watts};
pub use window::measure;
