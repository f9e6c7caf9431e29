//! The board of learners: from observed tokens to the weights of an agent.

use harness_protocol::AgentSpec;
use harness_protocol::reply::AgentStep;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use tch::Tensor;

use super::adam::Adam;
use super::classifier;
use super::environment::Environment;
use super::network::Network;
use super::observations::Observations;
use super::ppo::{self, Lesson};
use super::rollout::{Players, Rollout};
use super::scale::Scale;
use crate::error::{EngineError, Result};
use crate::linear::Linear;

/// Gain of the actor's last layer: it begins with even chances.
const ACTOR_GAIN: f64 = 0.01;

/// Gain of the critic's last layer.
const CRITIC_GAIN: f64 = 1.0;

/// Weights by name, and how they came about.
#[derive(Debug)]
pub struct Learnt {
    /// As the agent's file will hold them.
    pub tensors: Vec<(String, Tensor)>,
    /// Decisions or Newton steps.
    pub steps: u64,
    /// The learning curve; empty: there is none.
    pub curve: Vec<AgentStep>,
}

/// Hears of every step of a learning.
pub type Told<'a> = &'a mut dyn FnMut(&AgentStep);

/// One learner: its name on harness's board and what it does.
pub struct LearnerEntry {
    /// As in [`harness_protocol::agent::LEARNERS`].
    pub name: &'static str,
    /// Whether it learns by rewards.
    pub rewarded: bool,
    /// Learns.
    pub learn: fn(&AgentSpec, &Observations, Told) -> Result<Learnt>,
}

/// Every learner, in the order of [`harness_protocol::agent::LEARNERS`].
pub const LEARNERS: &[LearnerEntry] = &[
    LearnerEntry { name: "ppo", rewarded: true, learn: by_rewards },
    LearnerEntry { name: "linear", rewarded: false, learn: by_labels },
];

/// The learner that a spec names.
///
/// # Errors
/// There is none of this name.
pub fn find(name: &str) -> Result<&'static LearnerEntry> {
    let found = LEARNERS.iter().find(|entry| entry.name == name);
    found.ok_or_else(|| EngineError::request(format!("learner `{name}` is not known")))
}

fn by_labels(spec: &AgentSpec, data: &Observations, _told: Told) -> Result<Learnt> {
    let fit = classifier::fit(data, &spec.linear)?;
    let tensors =
        vec![("classifier.weight".to_owned(), fit.weight), ("classifier.bias".to_owned(), fit.bias)];
    Ok(Learnt { tensors, steps: u64::from(fit.iterations), curve: Vec::new() })
}

fn by_rewards(spec: &AgentSpec, data: &Observations, told: Told) -> Result<Learnt> {
    let scale = spec.ppo.normalise.then(|| Scale::of(&data.hidden));
    let states = scale.as_ref().map_or(data.hidden.shallow_clone(), |scale| scale.apply(&data.hidden));
    let (players, curve) = learn(spec, data, &states, told)?;
    let mut tensors = Vec::new();
    for (index, layer) in players.actor.layers.iter().enumerate() {
        let folded = scale.as_ref().filter(|_| index == 0);
        let (weight, bias) = parts(layer)?;
        let layer = folded.map(|scale| scale.fold(&weight, &bias));
        let (weight, bias) = layer.as_ref().map_or(Ok((weight, bias)), parts)?;
        tensors.push((format!("actor.{index}.weight"), weight));
        tensors.push((format!("actor.{index}.bias"), bias));
    }
    if let Some(Scale { mean, deviation }) = scale {
        // For the record: the first layer has them in it already.
        tensors.push(("observation.mean".to_owned(), mean.to_kind(tch::Kind::Float)));
        tensors.push(("observation.deviation".to_owned(), deviation.to_kind(tch::Kind::Float)));
    }
    let steps = curve.last().map_or(0, |last| last.step);
    Ok(Learnt { tensors, steps, curve })
}

fn parts(layer: &Linear) -> Result<(Tensor, Tensor)> {
    let both = layer.as_dense().zip(layer.bias.as_ref());
    let (weight, bias) = both.ok_or_else(|| EngineError::internal("an agent's layer is not dense"))?;
    Ok((weight.detach(), bias.detach()))
}

/// Rollouts and updates in turn; actor and critic with the learning curve.
///
/// # Errors
/// The loss is no number any more.
pub fn learn(
    spec: &AgentSpec,
    data: &Observations,
    states: &Tensor,
    told: Told,
) -> Result<(Players, Vec<AgentStep>)> {
    // So small a network is quicker alone than in company; and it learns the same bits whatever `threads` says.
    tch::set_num_threads(1);
    let ppo = &spec.ppo;
    let mut generator = ChaCha12Rng::seed_from_u64(spec.seed);
    let width = data.width() as i64;
    let players = Players {
        actor: Network::new(width, &ppo.hidden, 2, ACTOR_GAIN, &mut generator)?,
        critic: Network::new(width, &ppo.hidden, 1, CRITIC_GAIN, &mut generator)?,
    };
    let mut adam = Adam::new(players.tensors());
    let mut environment = Environment::new(data, &spec.reward)?;
    environment.reset(&mut generator);
    let (mut begins, mut curve, mut episodes) = (true, Vec::new(), 0);
    for number in 1..=ppo.steps.div_ceil(u64::from(ppo.rollout)) {
        let length = ppo.rollout as usize;
        let rollout =
            Rollout::collect(&players, states, &mut environment, length, &mut begins, &mut generator);
        let (advantages, returns) = rollout.advantages(ppo.discount, ppo.lambda, begins);
        let step = number * u64::from(ppo.rollout);
        // In a line from the first rate to 0 at the last step; never below, where the last rollout leads beyond it.
        let learning_rate = ppo.learning_rate * (1.0 - step as f64 / ppo.steps as f64).max(0.0);
        let lesson =
            Lesson { rollout: &rollout, advantages: &advantages, returns: &returns, states, learning_rate };
        let progress = ppo::update(&players, &mut adam, &lesson, ppo, &mut generator)?;
        episodes += rollout.episodes;
        let point = point(step, episodes, &rollout, progress);
        told(&point);
        curve.push(point);
    }
    Ok((players, curve))
}

fn point(step: u64, episodes: u64, rollout: &Rollout, progress: ppo::Progress) -> AgentStep {
    let tokens = rollout.tokens.max(1) as f64;
    AgentStep {
        step,
        episodes,
        reward: rollout.mean_reward(),
        depth: rollout.blocks as f64 / tokens,
        agreement: rollout.agreeing as f64 / tokens,
        policy_loss: progress.policy_loss,
        value_loss: progress.value_loss,
        entropy: progress.entropy,
        clip_fraction: progress.clip_fraction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_training_files_are_checked_against() {
        let ours: Vec<&str> = LEARNERS.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::agent::LEARNERS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }
}
