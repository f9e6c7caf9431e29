//! What a policy sees of a token after a block.

use std::cell::OnceCell;

use tch::{Kind, Tensor};

/// A token after a block.
pub struct Seen<'a> {
    /// Blocks that it has run.
    pub blocks_run: usize,
    /// Its place in the answer, from 0.
    pub token: usize,
    /// The state of its position, `[1, 1, width]`: the residual stream, before any norm.
    pub hidden: &'a Tensor,
    head: &'a dyn Fn() -> Tensor,
    logits: OnceCell<Tensor>,
}

impl<'a> Seen<'a> {
    /// `head` computes the logits of the state, `[vocabulary]`; it runs when a policy first asks for them.
    pub fn new(blocks_run: usize, token: usize, hidden: &'a Tensor, head: &'a dyn Fn() -> Tensor) -> Self {
        Self { blocks_run, token, hidden, head, logits: OnceCell::new() }
    }

    /// Logits of the state, `[vocabulary]`; the first call costs a head.
    pub fn logits(&self) -> &Tensor {
        self.logits.get_or_init(self.head)
    }

    /// The logits, computed where no policy has asked for them.
    pub fn into_logits(self) -> Tensor {
        self.logits.into_inner().unwrap_or_else(self.head)
    }

    /// Log-probabilities of the two most probable tokens.
    pub fn top_two(&self) -> (f64, f64) {
        let logits = self.logits().to_kind(Kind::Float);
        let (largest, _) = logits.topk(2.min(logits.numel() as i64), -1, true, true);
        let both = largest - logits.logsumexp(-1, false); // one transfer
        (both.double_value(&[0]), if both.numel() > 1 { both.double_value(&[1]) } else { f64::NEG_INFINITY })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What a policy answers for a state with these logits.
    pub fn ask(policy: &mut dyn super::super::ExitPolicy, blocks_run: usize, logits: &[f32]) -> bool {
        let head = || Tensor::from_slice(logits);
        policy.leaves(&Seen::new(blocks_run, 0, &Tensor::from_slice(&[0.0_f32; 4]), &head))
    }

    #[test]
    fn the_head_runs_once_and_only_when_it_is_asked_for() {
        let runs = std::cell::Cell::new(0);
        let head = || {
            runs.set(runs.get() + 1);
            Tensor::from_slice(&[3.0_f32.ln(), 0.0])
        };
        let hidden = Tensor::from_slice(&[0.0_f32]);
        let seen = Seen::new(1, 0, &hidden, &head);
        assert_eq!(runs.get(), 0);
        let (first, second) = seen.top_two();
        assert!((first.exp() - 0.75).abs() < 1e-6 && (second.exp() - 0.25).abs() < 1e-6);
        assert_eq!(seen.into_logits().numel(), 2);
        assert_eq!(runs.get(), 1);
    }
}
