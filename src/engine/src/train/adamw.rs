//! AdamW whose state can be saved: libtorch's own cannot.
//!
//! Loshchilov and Hutter 2019, arXiv 1711.05101.

use tch::Tensor;

/// Keeps the division by the root of the second moment finite.
const EPSILON: f64 = 1e-8;

/// One parameter with its moments.
#[derive(Debug)]
pub struct Slot {
    /// Its name in checkpoints.
    pub name: String,
    /// The leaf tensor that is trained.
    pub parameter: Tensor,
    /// Running mean of the gradient.
    pub mean: Tensor,
    /// Running mean of the squared gradient.
    pub square: Tensor,
    /// Matrices decay, norms do not.
    pub decays: bool,
}

/// The optimiser's settings.
#[derive(Debug, Clone, Copy)]
pub struct AdamW {
    /// Memory of the two moments.
    pub betas: (f64, f64),
    /// Decoupled decay, per step relative to the learning rate.
    pub weight_decay: f64,
}

impl Slot {
    /// A parameter that was never updated.
    pub fn new(name: String, parameter: Tensor, decays: bool) -> Self {
        let (mean, square) = (parameter.zeros_like(), parameter.zeros_like());
        Self { name, parameter, mean, square, decays }
    }
}

impl AdamW {
    /// One update; `step` counts from 1. Call without gradients being recorded.
    pub fn update(&self, slots: &mut [Slot], step: u64, learning_rate: f64, gradient_scale: f64) {
        let (first, second) = self.betas;
        let step = i32::try_from(step).unwrap_or(i32::MAX);
        let (mean_bias, square_bias) = (1.0 - first.powi(step), 1.0 - second.powi(step));
        for slot in slots {
            let mut gradient = slot.parameter.grad();
            if !gradient.defined() {
                continue;
            }
            if gradient_scale != 1.0 {
                let _ = gradient.g_mul_scalar_(gradient_scale);
            }
            let _ = slot.mean.lerp_(&gradient, 1.0 - first);
            let _ = slot.square.lerp_(&gradient.square(), 1.0 - second);
            if slot.decays {
                let _ = slot.parameter.g_mul_scalar_(1.0 - learning_rate * self.weight_decay);
            }
            // mean / (√(square / bias) + ε) · rate / bias, with the scalars folded into one root and one product.
            let mut spread = slot.square.sqrt();
            let _ = spread.g_add_scalar_(EPSILON * square_bias.sqrt());
            let mut update = slot.mean.g_div(&spread);
            let _ = update.g_mul_scalar_(learning_rate * square_bias.sqrt() / mean_bias);
            let _ = slot.parameter.g_sub_(&update);
        }
    }
}

/// Euclidean norm of all gradients together.
pub fn gradient_norm(slots: &[Slot]) -> f64 {
    let gradients = slots.iter().map(|slot| slot.parameter.grad()).filter(Tensor::defined);
    let norms: Vec<Tensor> = gradients.map(|gradient| gradient.norm()).collect();
    if norms.is_empty() {
        return 0.0;
    }
    Tensor::stack(&norms, 0).norm().double_value(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_numbers_of_a_hand_calculation() {
        // One weight 1.0 with gradient 2.0, then 1.0; learning rate 0.1, decay 0.5, betas 0.9 and 0.99:
        // step 1: 1·(1-0.05) - 0.1·1 = 0.85; step 2: m = 0.28, v = 0.0496, m/(1-0.81) = 1.473684,
        // sqrt(v/(1-0.9801)) = 1.578755, so 0.85·0.95 - 0.1·0.933447 = 0.714155.
        let parameter = Tensor::from_slice(&[1.0_f64]).set_requires_grad(true);
        let mut slots = [Slot::new("w".to_owned(), parameter, true)];
        let adamw = AdamW { betas: (0.9, 0.99), weight_decay: 0.5 };
        for (step, gradient, expected) in [(1, 2.0, 0.85), (2, 1.0, 0.714_155)] {
            (&slots[0].parameter * gradient).sum(None).backward();
            tch::no_grad(|| adamw.update(&mut slots, step, 0.1, 1.0));
            slots[0].parameter.zero_grad();
            let found = slots[0].parameter.double_value(&[0]);
            assert!((found - expected).abs() < 1e-6, "step {step}: {found}");
        }
    }
}
