//! Trains the model that a training file describes: corpus, start, engine, meters, model card.

mod agent;
mod base;
mod card;
mod check;
mod course;
mod curve;
mod energy;
mod evaluate;
mod file;
mod metered;
mod page;
mod progress;
mod publish;
mod read;
mod resume;
mod spec;
mod streams;
mod weights;

pub(crate) use agent::{AgentFile, train_agent};
pub(crate) use course::train;
pub(crate) use evaluate::evaluate_only;
pub(crate) use file::TrainFile;
