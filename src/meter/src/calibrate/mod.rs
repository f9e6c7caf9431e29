//! What meters are worth on this machine, in numbers: how often, how finely, how fast, how steadily.

mod course;
mod idle;
mod numbers;
mod overhead;
mod read_time;

pub use course::calibrate;
pub use numbers::{
    Calibration, DomainNumbers, Idle, Overhead, ReadTime, Rule, SamplerNumbers, ShortestWindow,
};
