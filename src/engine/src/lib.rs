//! The libtorch engine: models, compression, early exit, decoding, training.

pub mod clock;
pub mod error;
pub mod kernel;
pub mod linear;
pub mod model;
pub mod pipe;
pub mod serve;
pub mod session;
pub mod train;
