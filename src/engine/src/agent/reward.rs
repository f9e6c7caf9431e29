//! The board of rewards: what a decision to leave or to go on earns.
//!
//! Depths are 0-based blocks, as published. A reward knows what an agent does not: the whole token.

use harness_protocol::agent::RewardSpec;

use crate::error::{EngineError, Result};

/// What an agent can do at an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run on to the next exit, or to the end behind the last one.
    Continue,
    /// Leave here.
    Exit,
}

/// A decision in the light of the whole token.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Depth of this exit.
    pub depth: usize,
    /// Depth of the exit before; None: this is the first one.
    pub before: Option<usize>,
    /// Depth of the next exit; of the last block behind the last exit.
    pub next: usize,
    /// Depth of the last block.
    pub last: usize,
    /// Depth of the deepest exit.
    pub deepest: usize,
    /// The first depth that says what it should, the last block's where none does.
    pub best: usize,
    /// Whether this exit says what it should.
    pub agrees: bool,
}

impl Moment {
    /// Whether this exit is the first at or behind the best depth.
    fn is_best(&self) -> bool {
        self.depth >= self.best && self.before.is_none_or(|before| before < self.best)
    }

    /// Whether going on leads to the last block.
    fn ends(&self) -> bool {
        self.next == self.last
    }
}

/// What a token should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// What the last block says.
    LastBlock,
    /// What the document says.
    Label,
}

/// One reward: its name on harness's board, and what it pays for.
pub struct RewardEntry {
    /// As in [`harness_protocol::agent::REWARDS`].
    pub name: &'static str,
    /// What a token should be.
    pub target: Target,
    pay: fn(&RewardSpec, &Moment, Action) -> f64,
}

/// Every reward, in the order of [`harness_protocol::agent::REWARDS`].
pub const REWARDS: &[RewardEntry] = &[
    RewardEntry { name: "alignment", target: Target::LastBlock, pay: alignment },
    RewardEntry { name: "alignment-all-scaled", target: Target::LastBlock, pay: alignment_all_scaled },
    RewardEntry { name: "label", target: Target::Label, pay: alignment },
    RewardEntry { name: "energy", target: Target::LastBlock, pay: energy },
];

/// The reward that a spec names.
///
/// # Errors
/// There is none of this name.
pub fn find(spec: &RewardSpec) -> Result<&'static RewardEntry> {
    let found = REWARDS.iter().find(|entry| entry.name == spec.name);
    found.ok_or_else(|| EngineError::request(format!("reward `{}` is not known", spec.name)))
}

impl RewardEntry {
    /// What a decision earns.
    pub fn pay(&self, spec: &RewardSpec, moment: &Moment, action: Action) -> f64 {
        (self.pay)(spec, moment, action)
    }
}

/// As published, before anything is divided.
fn plain(spec: &RewardSpec, moment: &Moment, action: Action) -> f64 {
    let Moment { depth, next, best, agrees, .. } = *moment;
    let blocks = |from: usize, to: usize| to.saturating_sub(from) as f64;
    match action {
        Action::Exit if moment.is_best() => 1.0,
        Action::Exit if agrees => -spec.alpha * blocks(best, depth),
        Action::Exit if depth < best => -spec.beta * blocks(depth, best),
        Action::Exit => -spec.epsilon,
        Action::Continue if depth < best => 1.0,
        Action::Continue => -spec.gamma * blocks(best, next),
    }
}

/// What the largest cost of going on is taken for: published as min-max scaling from `[-E·γ, 0]` to `[-1, 0]`.
fn scale(spec: &RewardSpec, moment: &Moment) -> f64 {
    moment.deepest.max(1) as f64 * spec.gamma
}

fn alignment(spec: &RewardSpec, moment: &Moment, action: Action) -> f64 {
    match plain(spec, moment, action) {
        earned if earned < 0.0 => earned / scale(spec, moment),
        earned => earned,
    }
}

fn alignment_all_scaled(spec: &RewardSpec, moment: &Moment, action: Action) -> f64 {
    let past_all_exits = action == Action::Continue && moment.ends() && moment.best == moment.last;
    match plain(spec, moment, action) {
        earned if past_all_exits => earned,
        earned => earned / scale(spec, moment),
    }
}

/// A token's worth less its joules, which are paid when they are spent.
///
/// Leaving earns 1 where the last block would have said the same, else it costs the penalty; the last block is
/// always right. Going on costs the blocks to the next exit and the next question, as shares of the energy of a
/// token at full depth. An agent that knows its chances therefore leaves where
/// `(1 + penalty) · (1 - p) < price · share of the energy still saved`.
fn energy(spec: &RewardSpec, moment: &Moment, action: Action) -> f64 {
    if action == Action::Exit {
        return if moment.agrees { 1.0 } else { -spec.penalty };
    }
    let whole = (moment.last + 1) as f64 * spec.joules_per_block + spec.joules_per_head;
    let question = if moment.ends() { 0.0 } else { spec.joules_per_check };
    let spent = (moment.next - moment.depth) as f64 * spec.joules_per_block + question;
    let earned = if moment.ends() { 1.0 } else { 0.0 };
    earned - spec.price * spent / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Llama-3.2-3B with GREEN-CODE's exits, at exit 5 of its ten: after block 9.
    fn moment(best: usize, agrees: bool) -> Moment {
        Moment { depth: 9, before: Some(7), next: 11, last: 27, deepest: 25, best, agrees }
    }

    fn at_the_deepest(best: usize, agrees: bool) -> Moment {
        Moment { depth: 25, before: Some(21), next: 27, last: 27, deepest: 25, best, agrees }
    }

    fn pays(name: &str, moment: Moment, action: Action) -> f64 {
        let spec = RewardSpec { name: name.to_owned(), ..RewardSpec::default() };
        find(&spec).unwrap().pay(&spec, &moment, action)
    }

    #[test]
    fn the_board_matches_the_one_that_training_files_are_checked_against() {
        let ours: Vec<&str> = REWARDS.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::agent::REWARDS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn alignment_pays_as_published_with_right_decisions_unscaled() {
        for (moment, action, expected) in [
            (moment(9, true), Action::Exit, 1.0),
            (moment(8, true), Action::Exit, 1.0), // the first exit behind the best block
            (moment(8, false), Action::Exit, 1.0), // published so, though this exit says something else
            (moment(7, true), Action::Exit, -2.0 / 25.0),
            (moment(7, false), Action::Exit, -0.1 / 25.0),
            (moment(13, false), Action::Exit, -4.0 / 25.0),
            (moment(13, false), Action::Continue, 1.0),
            (moment(9, true), Action::Continue, -2.0 / 25.0),
            (moment(3, true), Action::Continue, -8.0 / 25.0),
            (at_the_deepest(27, false), Action::Continue, 1.0),
            (at_the_deepest(25, true), Action::Continue, -2.0 / 25.0),
        ] {
            let earned = pays("alignment", moment, action);
            assert!((earned - expected).abs() < 1e-12, "{moment:?} {action:?}: {earned}");
            assert!((pays("label", moment, action) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn all_scaled_divides_all_but_running_past_the_last_exit() {
        for (moment, action, expected) in [
            (moment(9, true), Action::Exit, 1.0 / 25.0),
            (moment(13, false), Action::Continue, 1.0 / 25.0),
            (moment(7, true), Action::Exit, -2.0 / 25.0),
            (at_the_deepest(27, false), Action::Continue, 1.0),
            (at_the_deepest(26, false), Action::Continue, 1.0 / 25.0),
        ] {
            let earned = pays("alignment-all-scaled", moment, action);
            assert!((earned - expected).abs() < 1e-12, "{moment:?} {action:?}: {earned}");
        }
    }

    #[test]
    fn energy_pays_agreement_and_charges_what_blocks_and_questions_burn() {
        let spec = RewardSpec {
            name: "energy".to_owned(),
            price: 2.0,
            penalty: 3.0,
            joules_per_block: 0.5,
            joules_per_head: 6.0,
            joules_per_check: 0.25,
            ..RewardSpec::default()
        };
        let pay = |moment, action| find(&spec).unwrap().pay(&spec, &moment, action);
        assert_eq!(pay(moment(9, true), Action::Exit), 1.0);
        assert_eq!(pay(moment(9, false), Action::Exit), -3.0);
        // A whole token burns 28 · 0.5 + 6 = 20; two blocks and a question 1.25.
        assert!((pay(moment(9, true), Action::Continue) + 2.0 * 1.25 / 20.0).abs() < 1e-12);
        assert!((pay(at_the_deepest(9, true), Action::Continue) - (1.0 - 2.0 * 1.0 / 20.0)).abs() < 1e-12);
    }
}
