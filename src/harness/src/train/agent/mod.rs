//! Trains the exit agent that a training file with a table `[agent]` describes.

mod calibration;
mod course;
mod documents;
mod file;

pub(crate) use course::train_agent;
pub(crate) use file::AgentFile;
