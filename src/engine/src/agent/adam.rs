//! Adam, with a bound on the gradient's norm.
//!
//! Kingma and Ba 2015, arXiv 1412.6980.

use tch::Tensor;

/// Memory of the two moments.
const BETAS: (f64, f64) = (0.9, 0.999);

/// Keeps the division by the root of the second moment finite; as Stable-Baselines3 sets it for PPO.
const EPSILON: f64 = 1e-5;

/// Keeps the division by the gradient's norm finite.
const NORM_EPSILON: f64 = 1e-6;

/// Parameters with their moments.
#[derive(Debug)]
pub struct Adam {
    parameters: Vec<Tensor>,
    means: Vec<Tensor>,
    squares: Vec<Tensor>,
    step: i32,
}

impl Adam {
    /// Of parameters that were never updated.
    pub fn new(parameters: Vec<Tensor>) -> Self {
        let zeros = || parameters.iter().map(Tensor::zeros_like).collect();
        Self { means: zeros(), squares: zeros(), parameters, step: 0 }
    }

    /// One update by the gradients, which are shortened together to a norm of at most `largest`, and then forgotten.
    pub fn update(&mut self, learning_rate: f64, largest: f64) {
        let _guard = tch::no_grad_guard();
        self.step += 1;
        let norms: Vec<Tensor> =
            self.parameters.iter().map(|parameter| parameter.grad().square().sum(None)).collect();
        let norm = Tensor::stack(&norms, 0).sum(None).sqrt().double_value(&[]);
        let scale = (largest / (norm + NORM_EPSILON)).min(1.0);
        let (mean_bias, square_bias) = (1.0 - BETAS.0.powi(self.step), 1.0 - BETAS.1.powi(self.step));
        for ((parameter, mean), square) in
            self.parameters.iter_mut().zip(&mut self.means).zip(&mut self.squares)
        {
            let gradient = parameter.grad() * scale;
            let _ = mean.lerp_(&gradient, 1.0 - BETAS.0);
            let _ = square.lerp_(&gradient.square(), 1.0 - BETAS.1);
            let spread = square.sqrt() / square_bias.sqrt() + EPSILON;
            let _ = parameter.g_sub_(&(&*mean / spread * (learning_rate / mean_bias)));
            parameter.zero_grad();
        }
    }
}
