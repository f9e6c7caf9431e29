//! A token leaves at the first exit that agrees with the last block: known beforehand, so a bound for every policy.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use harness_protocol::Exit;

use super::{ExitPolicy, Item, Seen, Target, asked_exits};
use crate::error::Result;

/// What the last block said was found outside of what is measured, by a generation at full depth.
struct Oracle {
    exits: Vec<usize>,
    known: HashMap<Vec<u32>, Vec<usize>>, // prompt: blocks that each token needs
    current: Vec<usize>,
}

/// `exits`, where the model's own are not meant.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    Ok(Box::new(Oracle { exits: asked_exits(exit, target)?, known: HashMap::new(), current: Vec::new() }))
}

impl ExitPolicy for Oracle {
    fn begin(&mut self, item: &Item) {
        self.current = self.known.get(item.prompt).cloned().unwrap_or_default();
    }

    fn leaves(&mut self, seen: &Seen) -> bool {
        self.current.get(seen.token).is_some_and(|depth| *depth == seen.blocks_run)
    }

    fn foreknows(&self) -> Option<&[usize]> {
        Some(&self.exits)
    }

    fn learn(&mut self, prompt: &[u32], depths: Vec<usize>) {
        self.known.insert(prompt.to_vec(), depths);
    }
}

/// Looks at every exit and lets no token leave: finds what an [`Oracle`](make) must know.
pub struct Watch {
    exits: Vec<usize>,
    /// (token, block, most probable token) of every exit that was passed.
    passed: Vec<(usize, usize, u32)>,
}

impl Watch {
    /// Watches at these exits.
    pub fn at(exits: &[usize]) -> Self {
        Self { exits: exits.to_vec(), passed: Vec::new() }
    }

    /// The first exit of each token that agrees with what the last block says, else `layers`.
    pub fn depths(&self, last: &[u32], layers: usize) -> Vec<usize> {
        let depth = |(token, id): (usize, &u32)| {
            let mut passed = self.passed.iter().filter(|seen| seen.0 == token);
            passed.find(|seen| seen.2 == *id).map_or(layers, |seen| seen.1)
        };
        last.iter().enumerate().map(depth).collect()
    }
}

/// Shared, so that what was watched can be read behind the generation.
impl ExitPolicy for Rc<RefCell<Watch>> {
    fn leaves(&mut self, seen: &Seen) -> bool {
        self.borrow_mut().leaves(seen)
    }
}

impl ExitPolicy for Watch {
    fn leaves(&mut self, seen: &Seen) -> bool {
        if self.exits.contains(&seen.blocks_run) {
            let id = seen.logits().argmax(-1, false).int64_value(&[]);
            self.passed.push((seen.token, seen.blocks_run, id as u32));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::super::seen::tests::ask;
    use super::*;

    #[test]
    fn what_was_watched_becomes_the_depth_of_each_token() {
        let mut watch = Watch::at(&[2, 4]);
        assert!(!ask(&mut watch, 2, &[1.0, 0.0, 0.0])); // says 0
        assert!(!ask(&mut watch, 3, &[0.0, 0.0, 1.0])); // no exit
        assert!(!ask(&mut watch, 4, &[0.0, 1.0, 0.0])); // says 1
        assert_eq!(watch.depths(&[0], 6), [2]);
        assert_eq!(watch.depths(&[1], 6), [4]);
        assert_eq!(watch.depths(&[2], 6), [6]);

        let mut oracle = Oracle { exits: vec![2, 4], known: HashMap::new(), current: Vec::new() };
        oracle.learn(&[7, 8], vec![4]);
        oracle.begin(&Item { prompt: &[7, 8], limit: 1 });
        let hidden = Tensor::from_slice(&[0.0_f32]);
        let head = || -> Tensor { panic!("an oracle needs no head") };
        assert!(!oracle.leaves(&Seen::new(2, 0, &hidden, &head)));
        assert!(oracle.leaves(&Seen::new(4, 0, &hidden, &head)));
    }
}
