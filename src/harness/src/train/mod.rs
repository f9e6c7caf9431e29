//! Trains the model that a training file describes: corpus, engine, model card.

mod card;
mod course;
mod file;

pub(crate) use course::train;
pub(crate) use file::TrainFile;
