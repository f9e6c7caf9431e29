//! Accuracy of a model folder on token streams: at the end of a training, or on request.

use std::path::Path;

use harness_checkpoint::Checkpoint;
use harness_protocol::Reply;
use harness_protocol::reply::Accuracy;
use tch::{Device, Kind};

use super::accuracy;
use super::batches::read_stream;
use crate::device;
use crate::error::{EngineError, Result};
use crate::model::{Model, build};

/// A stream to measure on, with its name.
pub struct Stream {
    name: String,
    /// Opens every document.
    start: u32,
    tokens: Vec<u32>,
}

/// What a request asks to measure.
pub struct Asked<'a> {
    /// The model folder.
    pub model: &'a Path,
    /// (name, file).
    pub streams: &'a [(String, String)],
    /// The token that opens every document.
    pub document_start: u32,
    /// Tokens that a prediction can see.
    pub sequence: u32,
    /// `cpu` or `cuda:N`.
    pub device: &'a str,
    /// Threads of the tensor library.
    pub threads: u32,
}

/// Measures a model folder and tells `emit`.
pub fn evaluate(asked: &Asked, emit: &mut dyn FnMut(Reply)) -> Result<()> {
    let device = device::find(asked.device)?;
    let threads = i32::try_from(asked.threads).ok().filter(|threads| *threads >= 1);
    tch::set_num_threads(threads.ok_or_else(|| EngineError::request("`threads` must be at least 1"))?);
    let shape = Checkpoint::folder(asked.model)?.blueprint()?.shape;
    if !(2..=shape.context).contains(&i64::from(asked.sequence)) {
        let message = format!("`sequence` is {}, expected 2 to {}", asked.sequence, shape.context);
        return Err(EngineError::request(message));
    }
    let streams = read(asked.streams, asked.document_start, shape.vocabulary)?;
    let (weights_sha256, accuracy) = measure(asked.model, &streams, asked.sequence, device)?;
    emit(Reply::Evaluated { weights_sha256, accuracy });
    Ok(())
}

/// Reads streams of ids below `vocabulary`, in each of which something can be predicted.
pub fn read(files: &[(String, String)], start: u32, vocabulary: i64) -> Result<Vec<Stream>> {
    let mut streams = Vec::new();
    for (name, path) in files {
        let tokens = read_stream(Path::new(path), u32::try_from(vocabulary).unwrap_or(u32::MAX))?;
        if !tokens.windows(2).any(|pair| pair[0] == start && pair[1] != start) {
            return Err(EngineError::request(format!(
                "`{path}` holds no document: no token follows a {start}"
            )));
        }
        streams.push(Stream { name: name.clone(), start, tokens });
    }
    Ok(streams)
}

/// The weights' SHA-256, and the accuracy of every exit that the folder's config names, in f32.
pub fn measure(
    folder: &Path,
    streams: &[Stream],
    sequence: u32,
    device: Device,
) -> Result<(String, Vec<Accuracy>)> {
    let checkpoint = Checkpoint::folder(folder)?;
    let blueprint = checkpoint.blueprint()?;
    let exits: Vec<u32> = blueprint.shape.exits.iter().filter_map(|exit| u32::try_from(*exit).ok()).collect();
    let tensors = checkpoint.tensors(&blueprint)?;
    let tensors = tensors.ok_or_else(|| EngineError::weights("the model folder holds no weights"))?;
    let mut model = build(blueprint, &tensors, Kind::Float, device)?;
    model.reserve(i64::from(sequence));
    let accuracy = streams.iter().map(|stream| stream.accuracy(&model, &exits, sequence)).collect();
    Ok((checkpoint.weights_sha256()?, accuracy))
}

impl Stream {
    /// How well each exit predicts this stream.
    pub fn accuracy(&self, model: &Model, exits: &[u32], sequence: u32) -> Accuracy {
        let count = accuracy::count(model, exits, &self.tokens, self.start, sequence as usize);
        let tokens = count.tokens.max(1) as f64;
        let shares = |counts: &[u64]| {
            exits.iter().copied().zip(counts.iter().map(|count| *count as f64 / tokens)).collect()
        };
        Accuracy {
            name: self.name.clone(),
            tokens: count.tokens,
            per_exit: shares(&count.right),
            agreement: shares(&count.agreed),
            loss: exits.iter().copied().zip(count.loss.iter().map(|loss| loss / tokens)).collect(),
        }
    }

    /// Its first tokens.
    pub fn beginning(&self, tokens: u64) -> Self {
        let count = (tokens.max(2) as usize).min(self.tokens.len());
        Self { name: self.name.clone(), start: self.start, tokens: self.tokens[..count].to_vec() }
    }
}
