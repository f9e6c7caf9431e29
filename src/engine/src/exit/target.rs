//! What policies and forward passes are made for.

use crate::model::Model;

/// A model with its identity.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The model, compressed if it is to be.
    pub model: &'a Model,
    /// SHA-256 of the weights that it was made from, before they were compressed.
    pub weights_sha256: &'a str,
}
