//! The learning rate of a step: linear warm-up, then a cosine or the peak.

use std::f64::consts::PI;

use harness_protocol::{Schedule, TrainSpec};

/// Learning rate of step `step` (from 1) of `steps`.
pub fn learning_rate(spec: &TrainSpec, step: u64, steps: u64) -> f64 {
    if step <= spec.warm_up_steps {
        return spec.learning_rate * step as f64 / spec.warm_up_steps as f64;
    }
    if spec.schedule == Schedule::Constant {
        return spec.learning_rate;
    }
    let done = (step - spec.warm_up_steps) as f64 / (steps.saturating_sub(spec.warm_up_steps)).max(1) as f64;
    let share = spec.final_learning_rate;
    spec.learning_rate * (share + (1.0 - share) * 0.5 * (1.0 + (PI * done.min(1.0)).cos()))
}
