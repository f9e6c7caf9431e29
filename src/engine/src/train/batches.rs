//! Which tokens a step sees: chunks of the stream in an order drawn anew for every pass over it.

use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha12Rng;
use tch::{Device, Tensor};

use super::gradient::Batch;
use crate::error::{EngineError, Result};

/// A token stream cut into sequences.
#[derive(Debug)]
pub struct Batches {
    stream: Vec<u32>,
    sequence: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
    order: Vec<u32>, // of this epoch
}

impl Batches {
    /// Reads a file of little-endian u32 ids.
    pub fn read(path: &Path, vocabulary: u32, sequence: u32, batch: u32, seed: u64) -> Result<Self> {
        let stream = read_stream(path, vocabulary)?;
        let (sequence, batch) = (sequence as usize, batch as usize);
        if stream.len() <= batch * sequence {
            let name = path.display();
            return Err(EngineError::request(format!(
                "`{name}` holds {} tokens, less than one batch of {batch} sequences of {sequence}",
                stream.len()
            )));
        }
        Ok(Self { stream, sequence, batch, seed, epoch: u64::MAX, order: Vec::new() })
    }

    /// Inputs and targets of batch `number` (from 0), `[batch, sequence]` each, on `device`; depends on seed and
    /// number only, so that a resumed training sees what an uninterrupted one would. A pass ends before a batch
    /// that would not be full; which chunks that leaves out changes from pass to pass.
    pub fn batch(&mut self, number: u64, device: Device) -> Batch {
        let chunks = (self.stream.len() - 1) / self.sequence;
        let per_pass = (chunks / self.batch) as u64;
        self.enter(number / per_pass, chunks);
        let first = (number % per_pass) as usize * self.batch;
        let mut tokens = Vec::with_capacity(self.batch * (self.sequence + 1));
        for chunk in &self.order[first..first + self.batch] {
            let start = *chunk as usize * self.sequence;
            tokens.extend(self.stream[start..=start + self.sequence].iter().map(|id| i64::from(*id)));
        }
        let tokens = Tensor::from_slice(&tokens)
            .reshape([self.batch as i64, self.sequence as i64 + 1])
            .to_device(device);
        let length = self.sequence as i64;
        let targets = tokens.narrow(1, 1, length).contiguous();
        Batch { inputs: tokens.narrow(1, 0, length), targets }
    }

    fn enter(&mut self, epoch: u64, chunks: usize) {
        if self.epoch != epoch {
            self.order = (0..chunks as u32).collect();
            self.order.shuffle(&mut ChaCha12Rng::seed_from_u64(self.seed ^ epoch.wrapping_mul(0x9E37_79B9)));
            self.epoch = epoch;
        }
    }
}

/// Reads a file of little-endian u32 ids below `vocabulary`.
pub fn read_stream(path: &Path, vocabulary: u32) -> Result<Vec<u32>> {
    let bytes = harness_text::regular::read(path, harness_text::regular::DATA)
        .map_err(|error| EngineError::request(format!("cannot read `{}`: {error}", path.display())))?;
    let (words, rest) = bytes.as_chunks::<4>();
    let stream: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    if !rest.is_empty() || stream.iter().any(|id| *id >= vocabulary) {
        let name = path.display();
        return Err(EngineError::request(format!(
            "`{name}` is no stream of u32 token ids below {vocabulary}"
        )));
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(tokens: u32, sequence: u32, batch: u32) -> Batches {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..tokens).flat_map(u32::to_le_bytes).collect();
        std::fs::write(file.path(), bytes).unwrap();
        Batches::read(file.path(), 4096, sequence, batch, 3).unwrap()
    }

    #[test]
    fn a_pass_sees_every_chunk_once_and_targets_follow_inputs() {
        let mut batches = batches(1 + 6 * 10, 10, 2);
        let mut seen = Vec::new();
        for step in 0..3 {
            let Batch { inputs, targets } = batches.batch(step, Device::Cpu);
            assert_eq!(Vec::<i64>::try_from((&targets - &inputs).flatten(0, -1)).unwrap(), [1; 20]);
            seen.extend(Vec::<i64>::try_from(inputs.select(1, 0)).unwrap());
        }
        seen.sort();
        assert_eq!(seen, [0, 10, 20, 30, 40, 50]);
    }

    #[test]
    fn a_pass_whose_batch_divides_nothing_repeats_no_chunk_and_the_next_leaves_out_others() {
        let mut batches = batches(1 + 11 * 10 + 7, 10, 4);
        let passes = [0_u64, 2].map(|first| {
            let mut seen = Vec::new();
            for step in first..first + 2 {
                let Batch { inputs, targets } = batches.batch(step, Device::Cpu);
                assert_eq!((inputs.size(), targets.size()), (vec![4, 10], vec![4, 10]));
                seen.extend(Vec::<i64>::try_from(inputs.select(1, 0)).unwrap());
            }
            seen.sort();
            seen.dedup();
            seen
        });
        assert_eq!(passes.each_ref().map(Vec::len), [8, 8]);
        assert_ne!(passes[0], passes[1]);
    }

    #[test]
    fn a_stream_of_exactly_one_step_is_enough() {
        let mut batches = batches(1 + 3 * 10, 10, 3);
        for step in 0..3 {
            assert_eq!(batches.batch(step, Device::Cpu).inputs.size(), [3, 10]);
        }
    }

    #[test]
    fn a_step_does_not_depend_on_the_steps_before_it() {
        let (mut one, mut other) = (batches(500, 10, 4), batches(500, 10, 4));
        for step in 0..30 {
            let _ = one.batch(step, Device::Cpu);
        }
        assert_eq!(one.batch(30, Device::Cpu).inputs, other.batch(30, Device::Cpu).inputs);
    }

    #[test]
    fn ids_beyond_the_vocabulary_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [255, 255, 1, 0]).unwrap();
        assert!(read_stream(file.path(), 4096).unwrap_err().message.contains("below 4096"));
    }
}
