//! Gives the loaded model another exit policy: a threshold changes in no time, where loading takes seconds.

use harness_protocol::{Exit, Reply};

use super::Session;
use crate::error::Result;
use crate::exit::Target;
use crate::way::Way;

impl Session {
    /// Replaces the policy; None: every token runs every block. What was prepared is forgotten.
    ///
    /// # Errors
    /// The policy is not known, or a parameter does not fit the model: the old one stays.
    pub fn set_exit(&mut self, exit: Option<&Exit>, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let running = self.running()?;
        let target = Target { model: running.decoder.model(), weights_sha256: &running.weights_sha256 };
        let way = Way::named(exit, &target)?;
        running.decoder.take(way);
        (running.prepared, running.outputs) = (None, Vec::new());
        emit(Reply::ExitSet);
        Ok(())
    }
}
