//! A token leaves at the first exit whose most probable token exceeds a threshold: what LITE and CALM call
//! confidence. Each check costs one head.

use harness_protocol::Exit;
use tch::Tensor;

use super::threshold::Threshold;
use super::{ExitPolicy, Item, Seen, Target, asked_exits};
use crate::error::Result;
use crate::parameter;

/// `threshold`: the probability that must be exceeded.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    Threshold::boxed(exit, target, |seen| confidence(seen.logits()))
}

/// The largest probability behind logits `[vocabulary]`, without writing the whole softmax: exp(max - logsumexp).
pub fn confidence(logits: &Tensor) -> f64 {
    (logits.max() - logits.logsumexp(-1, false)).exp().double_value(&[])
}

/// The threshold falls from token to token: 0.9 λ + 0.1 exp(-τ t / N), within 0 and 1 (Schuster et al. 2022,
/// arXiv 2207.07061, equation 5).
struct Decaying {
    threshold: f64,
    temperature: f64,
    exits: Vec<usize>,
    limit: usize, // of the item's tokens
}

/// `threshold` is λ, `temperature` is τ.
pub fn make_decaying(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    Ok(Box::new(Decaying {
        threshold: parameter::number(&exit.parameters, "threshold")?,
        temperature: parameter::number(&exit.parameters, "temperature")?,
        exits: asked_exits(exit, target)?,
        limit: 1,
    }))
}

impl Decaying {
    /// What token `token` must exceed.
    fn threshold(&self, token: usize) -> f64 {
        let share = token as f64 / self.limit.max(1) as f64;
        (0.9 * self.threshold + 0.1 * (-self.temperature * share).exp()).clamp(0.0, 1.0)
    }
}

impl ExitPolicy for Decaying {
    fn begin(&mut self, item: &Item) {
        self.limit = item.limit;
    }

    fn leaves(&mut self, seen: &Seen) -> bool {
        self.exits.contains(&seen.blocks_run) && confidence(seen.logits()) > self.threshold(seen.token)
    }
}

#[cfg(test)]
mod tests {
    use super::super::seen::tests::ask;
    use super::*;

    #[test]
    fn it_asks_at_exits_only_and_never_leaves_at_threshold_one() {
        let policy = |threshold| Threshold::new(threshold, &[2, 4], |seen| confidence(seen.logits()));
        let (sure, even) = ([100.0, 0.0, 0.0], [0.0; 4]); // even: each 0.25
        let head = || -> Tensor { panic!("block 1 is no exit") };
        let hidden = Tensor::from_slice(&[0.0_f32]);
        assert!(!policy(0.9).leaves(&Seen::new(1, 0, &hidden, &head)));
        assert!(ask(&mut policy(0.9), 2, &sure));
        assert!(!ask(&mut policy(1.0), 2, &sure));
        assert!(ask(&mut policy(0.2), 4, &even));
        assert!(!ask(&mut policy(0.3), 4, &even));
    }

    #[test]
    fn the_decaying_threshold_falls_from_its_start_to_nine_tenths() {
        let policy = Decaying { threshold: 0.8, temperature: 4.0, exits: vec![2], limit: 10 };
        assert!((policy.threshold(0) - 0.82).abs() < 1e-12);
        assert!((policy.threshold(5) - (0.72 + 0.1 * (-2.0_f64).exp())).abs() < 1e-12);
        assert!(policy.threshold(1_000_000) >= 0.72);
        assert!((0..10).all(|token| policy.threshold(token) > policy.threshold(token + 1)));
    }
}
