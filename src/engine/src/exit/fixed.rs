//! Every token leaves after the same block.

use harness_protocol::Exit;

use super::{ExitPolicy, Seen, Target};
use crate::error::Result;
use crate::parameter;

struct Fixed {
    layer: usize,
}

/// `layer`: how many blocks run.
pub fn make(exit: &Exit, _target: &Target) -> Result<Box<dyn ExitPolicy>> {
    Ok(Box::new(Fixed { layer: parameter::count(&exit.parameters, "layer")? }))
}

impl ExitPolicy for Fixed {
    fn leaves(&mut self, seen: &Seen) -> bool {
        seen.blocks_run == self.layer
    }
}
