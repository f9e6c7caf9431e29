//! One update of proximal policy optimisation: clipped policy loss, value loss, entropy.
//!
//! Schulman et al. 2017, arXiv 1707.06347; details as Stable-Baselines3 has them.

use harness_protocol::agent::PpoSpec;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha12Rng;
use tch::{Kind, Reduction, Tensor};

use super::adam::Adam;
use super::rollout::{Players, Rollout};
use crate::error::{EngineError, Result};

/// Keeps the division by the advantages' deviation finite.
const DEVIATION_EPSILON: f64 = 1e-8;

/// Decisions of one gradient step; `n` rows each.
#[derive(Debug)]
pub struct Batch {
    /// `[n, width]`
    pub states: Tensor,
    /// 0: went on, 1: left.
    pub actions: Tensor,
    /// Log-probability that each action had when it was drawn.
    pub logprobs: Tensor,
    /// Not normalised yet.
    pub advantages: Tensor,
    /// What the critic should have expected.
    pub returns: Tensor,
}

/// The losses of a batch, without dimensions.
#[derive(Debug)]
pub struct Losses {
    /// What is minimised.
    pub total: Tensor,
    /// Clipped, of the policy.
    pub policy: Tensor,
    /// Squared error of the critic.
    pub value: Tensor,
    /// Mean entropy, nats.
    pub entropy: Tensor,
    /// Share of decisions whose probability changed by more than the clip.
    pub clip_fraction: Tensor,
}

/// Means over an update's gradient steps.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Of [`Losses::policy`].
    pub policy_loss: f64,
    /// Of [`Losses::value`].
    pub value_loss: f64,
    /// Of [`Losses::entropy`].
    pub entropy: f64,
    /// Of [`Losses::clip_fraction`].
    pub clip_fraction: f64,
}

/// The losses of a batch.
pub fn losses(players: &Players, batch: &Batch, spec: &PpoSpec) -> Losses {
    let shares = players.actor.forward(&batch.states).log_softmax(-1, Kind::Float); // [n, 2]
    let logprobs = shares.gather(1, &batch.actions.unsqueeze(1), false).squeeze_dim(1);
    let values = players.critic.forward(&batch.states).squeeze_dim(1);
    let mut advantages = batch.advantages.shallow_clone();
    if advantages.numel() > 1 {
        let deviation = advantages.std(true) + DEVIATION_EPSILON;
        advantages = (&advantages - advantages.mean(Kind::Float)) / deviation;
    }
    let ratio = (logprobs - &batch.logprobs).exp();
    let clipped = &advantages * ratio.clamp(1.0 - spec.clip, 1.0 + spec.clip);
    let policy = -(&advantages * &ratio).minimum(&clipped).mean(Kind::Float);
    let value = batch.returns.mse_loss(&values, Reduction::Mean);
    let entropy =
        -(shares.exp() * &shares).sum_dim_intlist([-1].as_slice(), false, Kind::Float).mean(Kind::Float);
    let clip_fraction = (ratio.detach() - 1.0).abs().gt(spec.clip).to_kind(Kind::Float).mean(Kind::Float);
    let total = &policy - &entropy * spec.entropy + &value * spec.value;
    Losses { total, policy, value, entropy, clip_fraction }
}

/// What one update learns from.
pub struct Lesson<'a> {
    /// The decisions.
    pub rollout: &'a Rollout,
    /// How much better than expected each was.
    pub advantages: &'a [f32],
    /// What the critic should have expected.
    pub returns: &'a [f32],
    /// All states that a row can name: `[rows, width]`.
    pub states: &'a Tensor,
    /// Of this update.
    pub learning_rate: f64,
}

/// Several passes over a rollout in batches drawn anew for each.
///
/// # Errors
/// The loss is no number any more.
pub fn update(
    players: &Players,
    adam: &mut Adam,
    lesson: &Lesson,
    spec: &PpoSpec,
    generator: &mut ChaCha12Rng,
) -> Result<Progress> {
    let Lesson { rollout, advantages, returns, states, learning_rate } = *lesson;
    let mut order: Vec<usize> = (0..rollout.rows.len()).collect();
    let (mut sums, mut count) = (Tensor::zeros([4], (Kind::Double, tch::Device::Cpu)), 0.0);
    for _ in 0..spec.epochs {
        order.shuffle(generator);
        for part in order.chunks(spec.batch as usize) {
            let pick = |all: &[f32]| Tensor::from_slice(&part.iter().map(|at| all[*at]).collect::<Vec<_>>());
            let whole = |all: &[i64]| Tensor::from_slice(&part.iter().map(|at| all[*at]).collect::<Vec<_>>());
            let batch = Batch {
                states: states.index_select(0, &whole(&rollout.rows)),
                actions: whole(&rollout.actions),
                logprobs: pick(&rollout.logprobs),
                advantages: pick(advantages),
                returns: pick(returns),
            };
            let losses = losses(players, &batch, spec);
            losses.total.f_backward()?;
            adam.update(learning_rate, spec.clip_gradient);
            let told = [&losses.policy, &losses.value, &losses.entropy, &losses.clip_fraction];
            let told: Vec<Tensor> =
                told.into_iter().map(|loss| loss.detach().to_kind(Kind::Double)).collect();
            sums += Tensor::stack(&told, 0);
            count += 1.0;
        }
    }
    let means = Vec::<f64>::try_from(sums / count)?;
    if !means.iter().all(|mean| mean.is_finite()) {
        return Err(EngineError::request(
            "the agent's loss is not finite any more: lower `ppo.learning-rate`, or set `ppo.normalise`",
        ));
    }
    Ok(Progress { policy_loss: means[0], value_loss: means[1], entropy: means[2], clip_fraction: means[3] })
}
