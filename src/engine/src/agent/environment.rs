//! Episodes over observed tokens: at every exit of every token of a prompt, leave or go on.

use harness_protocol::agent::RewardSpec;
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use super::observations::Observations;
use super::reward::{self, Action, Moment, RewardEntry, Target};
use crate::error::Result;

/// The place of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    token: usize,
    exit: usize,
    end: usize, // first token of another prompt
}

/// Walks through prompts; nothing of the model runs.
pub struct Environment<'a> {
    data: &'a Observations,
    reward: &'static RewardEntry,
    spec: &'a RewardSpec,
    best: Vec<usize>, // depth a token, 0-based
    place: Place,
}

/// What a decision led to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// What it earned.
    pub reward: f64,
    /// The token's blocks and whether it agrees with the last block, where the decision ended it.
    pub token: Option<(usize, bool)>,
    /// Whether the episode is over: the next decision needs [`Environment::reset`].
    pub over: bool,
}

impl<'a> Environment<'a> {
    /// Begins with the first prompt.
    ///
    /// # Errors
    /// The reward is not known.
    pub fn new(data: &'a Observations, spec: &'a RewardSpec) -> Result<Self> {
        let reward = reward::find(spec)?;
        let best = (0..data.tokens()).map(|token| best(data, token, reward.target, &spec.scope)).collect();
        let mut environment = Self { data, reward, spec, best, place: Place { token: 0, exit: 0, end: 0 } };
        environment.enter(0);
        Ok(environment)
    }

    /// Prompts.
    pub fn episodes(&self) -> usize {
        self.data.episodes.len()
    }

    /// Begins a prompt drawn at random.
    pub fn reset(&mut self, generator: &mut ChaCha12Rng) {
        self.enter(generator.random_range(0..self.data.episodes.len()));
    }

    /// Begins this prompt.
    pub fn enter(&mut self, episode: usize) {
        let tokens = &self.data.episodes[episode];
        self.place = Place { token: tokens.start, exit: 0, end: tokens.end };
    }

    /// The row of the state that the next decision is about.
    pub fn row(&self) -> usize {
        self.data.row(self.place.token, self.place.exit)
    }

    /// Leaves or goes on. After the last token of a prompt the place stays: reset it.
    pub fn step(&mut self, action: Action) -> Outcome {
        let Place { token, exit, end } = self.place;
        let reward = self.reward.pay(self.spec, &self.moment(), action);
        let leaves = action == Action::Exit;
        if !leaves && exit + 1 < self.data.exits.len() {
            self.place.exit += 1;
            return Outcome { reward, token: None, over: false };
        }
        let token_ended = match leaves {
            true => (self.data.exits[exit] as usize, self.data.agrees(token, exit)),
            false => (self.data.layers, true),
        };
        let over = token + 1 >= end;
        if !over {
            // The published environment forgets this after a token that ran past its last exit.
            self.place = Place { token: token + 1, exit: 0, end };
        }
        Outcome { reward, token: Some(token_ended), over }
    }

    /// The decision that is due, in the light of the whole token.
    fn moment(&self) -> Moment {
        let (data, Place { token, exit, .. }) = (self.data, self.place);
        let depth = |exit: usize| data.exits[exit] as usize - 1;
        let agrees = match self.reward.target {
            Target::LastBlock => data.agrees(token, exit),
            Target::Label => data.said(token, data.exits[exit] as usize) == data.labels[token],
        };
        Moment {
            depth: depth(exit),
            before: exit.checked_sub(1).map(depth),
            next: if exit + 1 < data.exits.len() { depth(exit + 1) } else { data.layers - 1 },
            last: data.layers - 1,
            deepest: depth(data.exits.len() - 1),
            best: self.best[token],
            agrees,
        }
    }
}

/// The first 0-based depth that says what the token should be; the last one where none does.
fn best(data: &Observations, token: usize, target: Target, scope: &str) -> usize {
    let wanted = match target {
        Target::LastBlock => data.last(token),
        Target::Label => data.labels[token],
    };
    let says = |blocks: &usize| data.said(token, *blocks) == wanted;
    let found = match scope {
        "exits" => data.exits.iter().map(|exit| *exit as usize).find(says),
        _ => (1..=data.layers).find(says),
    };
    found.unwrap_or(data.layers) - 1
}

#[cfg(test)]
mod tests {
    use super::super::observations::tests::small;
    use super::*;

    fn spec(name: &str, scope: &str) -> RewardSpec {
        RewardSpec { name: name.to_owned(), scope: scope.to_owned(), ..RewardSpec::default() }
    }

    #[test]
    fn the_best_depth_is_the_first_that_agrees() {
        let data = small();
        let depths =
            |target, scope| (0..5).map(|token| best(&data, token, target, scope)).collect::<Vec<_>>();
        assert_eq!(depths(Target::LastBlock, "blocks"), [0, 2, 3, 1, 2]);
        assert_eq!(depths(Target::Label, "blocks"), [0, 2, 1, 1, 3]);
        let fewer = Observations { exits: vec![2], ..small() };
        assert_eq!(best(&fewer, 0, Target::LastBlock, "exits"), 1);
        assert_eq!(best(&fewer, 1, Target::LastBlock, "exits"), 3);
    }

    #[test]
    fn an_episode_walks_every_token_of_its_prompt() {
        let (data, spec) = (small(), spec("alignment", "blocks"));
        let mut walk = Environment::new(&data, &spec).unwrap();
        assert_eq!((walk.episodes(), walk.row()), (2, 0));
        walk.enter(1);
        let mut seen = Vec::new();
        // Token 2 agrees nowhere and runs to the end, token 3 leaves too late at the last exit, token 4 at the first.
        for action in "CCC CCE E".chars().filter(|letter| *letter != ' ') {
            let action = if action == 'E' { Action::Exit } else { Action::Continue };
            let row = walk.row();
            let outcome = walk.step(action);
            seen.push((row, outcome.token, outcome.over));
        }
        assert_eq!(
            seen,
            [
                (6, None, false),
                (7, None, false),
                (8, Some((4, true)), false),
                (9, None, false),
                (10, None, false),
                (11, Some((3, false)), false),
                (12, Some((1, false)), true),
            ]
        );
    }

    #[test]
    fn following_the_best_depth_earns_one_a_decision() {
        let (data, spec) = (small(), spec("alignment", "blocks"));
        let mut walk = Environment::new(&data, &spec).unwrap();
        for episode in 0..walk.episodes() {
            walk.enter(episode);
            loop {
                let place = walk.place;
                let leave = data.exits[place.exit] as usize > walk.best[place.token];
                let outcome = walk.step(if leave { Action::Exit } else { Action::Continue });
                assert_eq!(outcome.reward, 1.0, "{place:?}");
                if outcome.over {
                    break;
                }
            }
        }
    }
}
