//! The libtorch engine: models, compression, early exit, decoding, training.

pub mod agent;
pub mod compress;
pub mod decode;
pub mod device;
pub mod error;
pub mod exit;
pub mod forward;
pub mod kernel;
pub mod linear;
pub mod memory;
pub mod model;
pub mod parameter;
pub mod part;
pub mod pipe;
pub mod sample;
pub mod serve;
pub mod session;
pub mod train;
pub mod way;
