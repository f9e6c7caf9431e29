//! The tensors of a safetensors checkpoint by name, each handed out once and checked for its shape.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use harness_text::hash;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use crate::error::{EngineError, Result};

/// Tensors by name.
#[derive(Debug)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
    origin: String,
    /// Of the file; of all files in name order where the checkpoint is split.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    /// Reads `model.safetensors`, or the files named by `model.safetensors.index.json`.
    pub fn read(folder: &Path) -> Result<Self> {
        let files = files(folder)?;
        let mut hash = Sha256::new();
        let mut tensors = BTreeMap::new();
        for file in &files {
            hash::add_file(&mut hash, file).map_err(|error| unreadable(file, &error))?;
            let read = Tensor::read_safetensors(file).map_err(|error| {
                let message = EngineError::from(error).message;
                EngineError::weights(format!(
                    "`{}` is damaged or no safetensors file: {message}",
                    file.display()
                ))
            })?;
            tensors.extend(read);
        }
        Ok(Self { tensors, origin: folder.display().to_string(), sha256: hash::hex(&hash.finalize()) })
    }

    /// Tensors made in memory; hashed by name and content.
    pub fn made(tensors: BTreeMap<String, Tensor>, origin: &str) -> Result<Self> {
        let mut hash = Sha256::new();
        for (name, tensor) in &tensors {
            hash.update(name);
            let mut bytes = vec![0_f32; tensor.numel()];
            tensor.to_kind(Kind::Float).f_copy_data(&mut bytes, tensor.numel())?;
            bytes.iter().for_each(|value| hash.update(value.to_le_bytes()));
        }
        Ok(Self { tensors, origin: origin.to_owned(), sha256: hash::hex(&hash.finalize()) })
    }

    /// Hands out one tensor of floating-point numbers.
    pub fn take(&mut self, name: &str, size: &[i64]) -> Result<Tensor> {
        let tensor = self
            .tensors
            .remove(name)
            .ok_or_else(|| EngineError::weights(format!("`{}` holds no tensor `{name}`", self.origin)))?;
        if tensor.size() != size {
            let found = tensor.size();
            return Err(EngineError::weights(format!(
                "tensor `{name}` of `{}` is {found:?}, the config asks for {size:?}",
                self.origin
            )));
        }
        if !matches!(tensor.kind(), Kind::Float | Kind::BFloat16 | Kind::Half) {
            let kind = tensor.kind();
            return Err(EngineError::weights(format!(
                "tensor `{name}` holds {kind:?}, expected f32, bf16 or f16"
            )));
        }
        Ok(tensor)
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let whole = folder.join("model.safetensors");
    if whole.is_file() {
        return Ok(vec![whole]);
    }
    let index = folder.join("model.safetensors.index.json");
    let text = std::fs::read_to_string(&index)
        .map_err(|_| EngineError::weights(format!("`{}` holds no model.safetensors", folder.display())))?;
    let index: Index = serde_json::from_str(&text)
        .map_err(|error| EngineError::weights(format!("`{}` is no index: {error}", index.display())))?;
    let mut names: Vec<String> = index.weight_map.into_values().collect();
    names.sort();
    names.dedup();
    if let Some(name) = names.iter().find(|name| name.contains(['/', '\\'])) {
        return Err(EngineError::weights(format!(
            "the index names `{name}`, expected a file of its own folder"
        )));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// SHA-256 of a file, in hexadecimal.
pub fn sha256(path: &Path) -> Result<String> {
    hash::file(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> EngineError {
    EngineError::weights(format!("cannot read `{}`: {error}", path.display()))
}
