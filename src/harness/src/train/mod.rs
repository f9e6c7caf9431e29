//! Trains the model that a training file describes: corpus, engine, model card.

mod agent;
mod card;
mod course;
mod evaluate;
mod file;
mod streams;

pub(crate) use agent::{AgentFile, train_agent};
pub(crate) use course::train;
pub(crate) use evaluate::evaluate_only;
pub(crate) use file::TrainFile;
