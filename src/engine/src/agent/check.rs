//! What a request to train an agent may say.

use harness_protocol::AgentSpec;
use harness_protocol::agent::{PpoSpec, RewardSpec, SCOPES};

use super::{learner, reward};
use crate::error::{EngineError, Result};

/// Refuses what makes no sense, before anything is loaded.
///
/// # Errors
/// One sentence that names the field.
pub fn check(spec: &AgentSpec) -> Result<()> {
    learner::find(&spec.learner)?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let named = !spec.name.is_empty() && !spec.name.starts_with('.') && spec.name.chars().all(plain);
    let [low, high] = spec.context;
    let rules = [
        (named, "`name` must be made of letters, digits, `-`, `_` and `.`"),
        (spec.threads >= 1 && i32::try_from(spec.threads).is_ok(), "`threads` must be at least 1"),
        (!spec.exits.is_empty() && spec.exits[0] > 0, "`exits` must name at least one block, from 1"),
        (spec.exits.windows(2).all(|pair| pair[0] < pair[1]), "`exits` must rise"),
        (low > 0.0 && low <= high && high < 1.0, "`context` must be two rising shares above 0 and below 1"),
        (spec.new_tokens >= 1 && spec.draws >= 1, "`new_tokens` and `draws` must be at least 1"),
        (
            spec.thresholds.iter().all(|threshold| (0.0..=1.0).contains(threshold)),
            "`thresholds` must be from 0 to 1",
        ),
        (
            spec.linear.ridge > 0.0 && spec.linear.ridge.is_finite() && spec.linear.iterations >= 1,
            "`linear.ridge` must be above 0 and `linear.iterations` at least 1",
        ),
    ];
    hold(&rules)?;
    check_reward(&spec.reward)?;
    check_ppo(&spec.ppo)
}

fn check_reward(spec: &RewardSpec) -> Result<()> {
    reward::find(spec)?;
    let costs = [spec.alpha, spec.beta, spec.epsilon, spec.price, spec.penalty];
    let joules = [spec.joules_per_block, spec.joules_per_head, spec.joules_per_check];
    let amounts = |numbers: &[f64]| numbers.iter().all(|number| *number >= 0.0 && number.is_finite());
    hold(&[
        (SCOPES.iter().any(|scope| scope.name == spec.scope), "`reward.scope` must be `blocks` or `exits`"),
        (spec.gamma > 0.0 && spec.gamma.is_finite(), "`reward.gamma` must be above 0"),
        (amounts(&costs) && amounts(&joules), "the reward's numbers must be at least 0"),
        (spec.joules_per_block > 0.0, "`reward.joules-per-block` must be above 0"),
    ])
}

fn check_ppo(spec: &PpoSpec) -> Result<()> {
    let share = |number: f64| (0.0..=1.0).contains(&number);
    let sizes = spec.hidden.iter().all(|neurons| (1..=MOST_NEURONS).contains(neurons));
    hold(&[
        (spec.steps >= 1 && spec.rollout >= 1 && spec.batch >= 1 && spec.epochs >= 1, {
            "`ppo.steps`, `rollout`, `batch` and `epochs` must be at least 1"
        }),
        (spec.learning_rate > 0.0 && spec.learning_rate.is_finite(), "`ppo.learning-rate` must be above 0"),
        (share(spec.discount) && share(spec.lambda), "`ppo.discount` and `lambda` must be from 0 to 1"),
        (spec.clip > 0.0 && spec.clip.is_finite(), "`ppo.clip` must be above 0"),
        (spec.clip_gradient > 0.0 && spec.clip_gradient.is_finite(), "`ppo.clip-gradient` must be above 0"),
        (spec.entropy >= 0.0 && spec.entropy.is_finite(), "`ppo.entropy` must be at least 0"),
        (spec.value >= 0.0 && spec.value.is_finite(), "`ppo.value` must be at least 0"),
        (sizes && !spec.hidden.is_empty(), "`ppo.hidden` must name layers of 1 to 65536 neurons"),
    ])
}

/// More would be no small network.
const MOST_NEURONS: u32 = 1 << 16;

fn hold(rules: &[(bool, &str)]) -> Result<()> {
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, message)) => Err(EngineError::request(*message)),
        None => Ok(()),
    }
}
