//! A token leaves where the distribution of the next token has little entropy (BranchyNet).

use harness_protocol::Exit;
use tch::Kind;

use super::{ExitPolicy, Seen, Target, asked_exits};
use crate::error::Result;
use crate::parameter;

struct Entropy {
    threshold: f64, // nats
    exits: Vec<usize>,
}

/// `threshold`: nats that the entropy must fall below.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    let threshold = parameter::number(&exit.parameters, "threshold")?;
    Ok(Box::new(Entropy { threshold, exits: asked_exits(exit, target)? }))
}

impl ExitPolicy for Entropy {
    fn leaves(&mut self, seen: &Seen) -> bool {
        if !self.exits.contains(&seen.blocks_run) {
            return false;
        }
        let logs = seen.logits().log_softmax(-1, Kind::Float);
        -(logs.exp() * &logs).nansum(None::<i64>, false, Kind::Float).double_value(&[]) < self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::super::seen::tests::ask;
    use super::*;

    #[test]
    fn an_even_draw_of_four_has_ln_4_nats() {
        let policy = |threshold| Entropy { threshold, exits: vec![2] };
        assert!(ask(&mut policy(4.0_f64.ln() + 1e-5), 2, &[0.0; 4]));
        assert!(!ask(&mut policy(4.0_f64.ln() - 1e-5), 2, &[0.0; 4]));
        assert!(ask(&mut policy(0.01), 2, &[100.0, 0.0, f32::NEG_INFINITY]));
        assert!(!ask(&mut policy(0.0), 2, &[100.0, 0.0]));
    }
}
