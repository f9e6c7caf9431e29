//! A token leaves where the two most probable tokens lie far enough apart: CALM's softmax response.

use harness_protocol::Exit;

use super::threshold::Threshold;
use super::{ExitPolicy, Seen, Target};
use crate::error::Result;

/// `threshold`: the difference of probabilities that must be exceeded.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    Threshold::boxed(exit, target, gap)
}

fn gap(seen: &Seen) -> f64 {
    let (first, second) = seen.top_two();
    first.exp() - second.exp()
}

#[cfg(test)]
mod tests {
    use super::super::seen::tests::ask;
    use super::*;

    #[test]
    fn the_gap_of_two_probabilities_is_compared() {
        let logits = [0.6_f32.ln(), 0.3_f32.ln(), 0.1_f32.ln()];
        assert!(ask(&mut Threshold::new(0.29, &[2], gap), 2, &logits));
        assert!(!ask(&mut Threshold::new(0.31, &[2], gap), 2, &logits));
    }
}
