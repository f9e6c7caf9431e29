//! Decisions of a policy with what they earned, and how much better than expected each was.

use rand::RngExt;
use rand_chacha::ChaCha12Rng;
use tch::Tensor;

use super::environment::Environment;
use super::network::Network;
use super::reward::Action;
use crate::kernel::rows;

/// Actor and critic of one agent.
#[derive(Debug)]
pub struct Players {
    /// States to the logits of going on and leaving.
    pub actor: Network,
    /// States to their worth.
    pub critic: Network,
}

impl Players {
    /// Every weight and bias, the actor's first, sharing memory.
    pub fn tensors(&self) -> Vec<Tensor> {
        self.actor.tensors().into_iter().chain(self.critic.tensors()).collect()
    }
}

/// Decisions in the order in which they were made.
#[derive(Debug, Default)]
pub struct Rollout {
    /// Rows of the states.
    pub rows: Vec<i64>,
    /// 0: went on, 1: left.
    pub actions: Vec<i64>,
    /// Natural logarithm of each action's probability.
    pub logprobs: Vec<f32>,
    /// What the critic expected.
    pub values: Vec<f32>,
    /// What was earned.
    pub rewards: Vec<f32>,
    /// Whether an episode began here.
    pub starts: Vec<bool>,
    /// What the critic expects of the state behind the last decision; 0 where the episode ended.
    pub last_value: f32,
    /// Tokens that ended.
    pub tokens: u64,
    /// Their blocks in all.
    pub blocks: u64,
    /// How many of them agree with the last block.
    pub agreeing: u64,
    /// Episodes that ended.
    pub episodes: u64,
}

/// Natural logarithms of the probabilities of going on and leaving.
pub fn log_shares(logits: &[f32]) -> [f64; 2] {
    let (go, leave) = (f64::from(logits[0]), f64::from(logits[1]));
    let most = go.max(leave);
    let sum = most + ((go - most).exp() + (leave - most).exp()).ln();
    [go - sum, leave - sum]
}

impl Rollout {
    /// Draws `length` decisions; `begins` says whether the environment stands at the start of an episode.
    pub fn collect(
        players: &Players,
        states: &Tensor,
        environment: &mut Environment,
        length: usize,
        begins: &mut bool,
        generator: &mut ChaCha12Rng,
    ) -> Self {
        let width = states.size().last().copied().unwrap_or(1) as usize;
        let states = rows::elements(states);
        let state = |row: usize| &states[row * width..(row + 1) * width];
        let mut rollout = Self::default();
        for _ in 0..length {
            let row = environment.row();
            let shares = log_shares(&players.actor.row(state(row)));
            let leaves = generator.random::<f64>() < shares[1].exp();
            let outcome = environment.step(if leaves { Action::Exit } else { Action::Continue });
            rollout.rows.push(row as i64);
            rollout.actions.push(i64::from(leaves));
            rollout.logprobs.push(shares[usize::from(leaves)] as f32);
            rollout.values.push(players.critic.row(state(row))[0]);
            rollout.rewards.push(outcome.reward as f32);
            rollout.starts.push(*begins);
            if let Some((blocks, agrees)) = outcome.token {
                rollout.tokens += 1;
                rollout.blocks += blocks as u64;
                rollout.agreeing += u64::from(agrees);
            }
            *begins = outcome.over;
            if outcome.over {
                rollout.episodes += 1;
                environment.reset(generator);
            }
        }
        if !*begins {
            rollout.last_value = players.critic.row(state(environment.row()))[0];
        }
        rollout
    }

    /// Generalised advantage estimates and returns (Schulman et al. 2016, arXiv 1506.02438); an episode's end is
    /// worth nothing.
    pub fn advantages(&self, discount: f64, lambda: f64, over: bool) -> (Vec<f32>, Vec<f32>) {
        let mut advantages = vec![0.0_f32; self.rewards.len()];
        let (mut later, mut next_value, mut ends) = (0.0, f64::from(self.last_value), over);
        for at in (0..self.rewards.len()).rev() {
            let goes_on = if ends { 0.0 } else { 1.0 };
            let value = f64::from(self.values[at]);
            let surprise = f64::from(self.rewards[at]) + discount * next_value * goes_on - value;
            later = surprise + discount * lambda * goes_on * later;
            advantages[at] = later as f32;
            (next_value, ends) = (value, self.starts[at]);
        }
        let returns =
            advantages.iter().zip(&self.values).map(|(advantage, value)| advantage + value).collect();
        (advantages, returns)
    }

    /// Mean reward a decision.
    pub fn mean_reward(&self) -> f64 {
        self.rewards.iter().map(|reward| f64::from(*reward)).sum::<f64>() / self.rewards.len().max(1) as f64
    }
}
