//! What every block says about the tokens that a model generated at full depth, in memory and in a file.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use harness_text::atomic;
use tch::{Kind, Tensor};

use crate::error::{EngineError, Result};

/// States and predictions of generated tokens; tokens of one prompt lie side by side.
#[derive(Debug)]
pub struct Observations {
    /// Blocks of the model.
    pub layers: usize,
    /// Blocks after which states were kept, 1-based and rising, without the last one.
    pub exits: Vec<u32>,
    /// States before any norm, f32 on the CPU: `[tokens · exits, width]`.
    pub hidden: Tensor,
    /// The most probable token after each block: `[tokens · layers]`.
    pub argmax: Vec<u32>,
    /// The document's own token at this place: `[tokens]`.
    pub labels: Vec<u32>,
    /// Tokens of each prompt.
    pub episodes: Vec<Range<usize>>,
}

impl Observations {
    /// Features of a state.
    pub fn width(&self) -> usize {
        self.hidden.size().last().copied().unwrap_or(0) as usize
    }

    /// Tokens in all.
    pub fn tokens(&self) -> usize {
        self.labels.len()
    }

    /// The row of a token's state at an exit.
    pub fn row(&self, token: usize, exit: usize) -> usize {
        token * self.exits.len() + exit
    }

    /// What the model would say of a token after so many blocks, at least 1.
    pub fn said(&self, token: usize, blocks: usize) -> u32 {
        self.argmax[token * self.layers + blocks - 1]
    }

    /// What the last block says of a token.
    pub fn last(&self, token: usize) -> u32 {
        self.said(token, self.layers)
    }

    /// Whether an exit says of a token what the last block says.
    pub fn agrees(&self, token: usize, exit: usize) -> bool {
        self.said(token, self.exits[exit] as usize) == self.last(token)
    }

    /// Writes all into one file.
    ///
    /// # Errors
    /// The folder is gone or full.
    pub fn save(&self, path: &Path) -> Result<()> {
        let whole =
            |ids: &[u32]| Tensor::from_slice(&ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>());
        let ends: Vec<i64> = self.episodes.iter().map(|episode| episode.end as i64).collect();
        let tensors = [
            ("hidden", self.hidden.shallow_clone()),
            ("argmax", whole(&self.argmax)),
            ("labels", whole(&self.labels)),
            ("ends", Tensor::from_slice(&ends)),
        ];
        let write = |part: &Path| {
            let told = |error| io::Error::other(EngineError::from(error).message);
            Tensor::write_safetensors(&tensors, part).map_err(told)
        };
        atomic::replace(path, write)
            .map_err(|error| EngineError::internal(format!("cannot write `{}`: {error}", path.display())))
    }

    /// Reads what [`Observations::save`] wrote; None where the file is not there or not whole.
    pub fn restore(path: &Path, layers: usize, exits: &[u32], width: usize) -> Option<Self> {
        let mut tensors: BTreeMap<String, Tensor> =
            Tensor::read_safetensors(path).ok()?.into_iter().collect();
        let hidden = tensors.remove("hidden")?;
        let mut ids = |name: &str| Vec::<i64>::try_from(tensors.remove(name)?).ok();
        let narrow =
            |ids: Vec<i64>| ids.into_iter().map(|id| u32::try_from(id).ok()).collect::<Option<Vec<u32>>>();
        let (argmax, labels, ends) = (narrow(ids("argmax")?)?, narrow(ids("labels")?)?, ids("ends")?);
        let starts = [0].into_iter().chain(ends.iter().copied());
        let episodes = starts.zip(&ends).map(|(start, end)| start as usize..*end as usize).collect();
        let size = [(labels.len() * exits.len()) as i64, width as i64];
        let whole = hidden.size() == size
            && hidden.kind() == Kind::Float
            && argmax.len() == labels.len() * layers
            && ends.is_sorted()
            && ends.last().is_some_and(|end| *end as usize == labels.len());
        whole.then(|| Self { layers, exits: exits.to_vec(), hidden, argmax, labels, episodes })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two prompts of a model of four blocks with exits after blocks 1, 2 and 3; token by token, what the blocks say.
    pub fn small() -> Observations {
        let said: [[u32; 4]; 5] = [[7, 7, 7, 7], [1, 2, 3, 3], [5, 1, 2, 9], [4, 8, 4, 8], [1, 1, 6, 6]];
        Observations {
            layers: 4,
            exits: vec![1, 2, 3],
            hidden: Tensor::arange(5 * 3 * 2, (Kind::Float, tch::Device::Cpu)).reshape([15, 2]),
            argmax: said.concat(),
            labels: vec![7, 3, 1, 8, 0],
            episodes: vec![0..2, 2..5],
        }
    }

    #[test]
    fn what_was_saved_comes_back_and_what_is_not_whole_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, data) = (folder.path().join("a.safetensors"), small());
        assert!(Observations::restore(&path, 4, &[1, 2, 3], 2).is_none());
        data.save(&path).unwrap();
        let back = Observations::restore(&path, 4, &[1, 2, 3], 2).unwrap();
        assert_eq!(
            (&back.argmax, &back.labels, &back.episodes),
            (&data.argmax, &data.labels, &data.episodes)
        );
        assert_eq!(back.hidden, data.hidden);
        assert!(Observations::restore(&path, 4, &[1, 2], 2).is_none());
        assert!(Observations::restore(&path, 5, &[1, 2, 3], 2).is_none());
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        assert!(Observations::restore(&path, 4, &[1, 2, 3], 2).is_none());
    }
}
