//! Accuracy of a model folder on token streams: at the end of a training, or on request.

use std::path::Path;

use harness_checkpoint::Checkpoint;
use harness_protocol::reply::Accuracy;
use harness_protocol::{Reply, START_ID};
use tch::{Device, Kind};

use super::accuracy;
use super::batches::read_stream;
use crate::device;
use crate::error::{EngineError, Result};
use crate::model::build;

/// A stream to measure on, with its name.
pub struct Stream {
    name: String,
    tokens: Vec<u16>,
}

/// What a request asks to measure.
pub struct Asked<'a> {
    /// The model folder.
    pub model: &'a Path,
    /// (name, file).
    pub streams: &'a [(String, String)],
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
    let streams = read(asked.streams, shape.vocabulary)?;
    let (weights_sha256, accuracy) = measure(asked.model, &streams, asked.sequence, device)?;
    emit(Reply::Evaluated { weights_sha256, accuracy });
    Ok(())
}

/// Reads streams of ids below `vocabulary`, in each of which something can be predicted.
pub fn read(files: &[(String, String)], vocabulary: i64) -> Result<Vec<Stream>> {
    let mut streams = Vec::new();
    for (name, path) in files {
        let tokens = read_stream(Path::new(path), u32::try_from(vocabulary).unwrap_or(u32::MAX))?;
        if !tokens.windows(2).any(|pair| pair[0] == START_ID && pair[1] != START_ID) {
            return Err(EngineError::request(format!(
                "`{path}` holds no document: no token follows a {START_ID}"
            )));
        }
        streams.push(Stream { name: name.clone(), tokens });
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
    let accuracy = |stream: &Stream| {
        let count = accuracy::count(&model, &exits, &stream.tokens, START_ID, sequence as usize);
        let share = |right: &u64| *right as f64 / count.tokens as f64;
        let per_exit = exits.iter().copied().zip(count.right.iter().map(share)).collect();
        Accuracy { name: stream.name.clone(), tokens: count.tokens, per_exit }
    };
    let accuracy = streams.iter().map(accuracy).collect();
    Ok((checkpoint.weights_sha256()?, accuracy))
}
