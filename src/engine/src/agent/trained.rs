//! A trained agent in use: from a state after a block to the probability of leaving there.

use std::collections::BTreeMap;
use std::path::Path;

use harness_checkpoint::agent_weights;
use harness_protocol::AgentManifest;
use tch::{Device, Kind, Tensor};

use super::network::Network;
use super::rollout::log_shares;
use crate::error::{EngineError, Result};
use crate::kernel::rows;
use crate::linear::Linear;
use crate::model::Model;

/// An agent with its weights.
#[derive(Debug)]
pub struct Agent {
    /// What lies beside its weights.
    pub manifest: AgentManifest,
    body: Body,
    device: Device,
}

#[derive(Debug)]
enum Body {
    /// Logits of going on and leaving.
    Actor(Network),
    /// One logit an exit.
    Classifier(Vec<Linear>),
}

impl Agent {
    /// Reads an agent and puts it on a device.
    ///
    /// # Errors
    /// Manifest or weights are missing, damaged, of other sizes than they say, or not finite.
    pub fn load(manifest: &Path, device: Device) -> Result<Self> {
        let told =
            AgentManifest::read(manifest).map_err(|misfit| EngineError::weights(misfit.to_string()))?;
        let path =
            agent_weights(&told, manifest).map_err(|misfit| EngineError::weights(misfit.to_string()))?;
        let name = path.display();
        let wrong = |message: String| {
            let help = "take the manifest and the weights of one training, or train the agent again";
            EngineError::weights(format!("{message}\nhelp: {help}"))
        };
        let tensors = Tensor::read_safetensors(&path)
            .map_err(|error| wrong(format!("`{name}` is damaged: {error}")))?;
        Self::new(told, tensors, device).map_err(|message| wrong(format!("`{name}`: {message}")))
    }

    /// An agent of tensors as its file holds them; a sentence where they do not fit its manifest.
    pub(super) fn new(
        manifest: AgentManifest,
        tensors: Vec<(String, Tensor)>,
        device: Device,
    ) -> std::result::Result<Self, String> {
        let mut tensors: BTreeMap<String, Tensor> = tensors.into_iter().collect();
        let mut layer = |name: String, outputs: u32, inputs: u32| {
            let (outputs, inputs) = (i64::from(outputs), i64::from(inputs));
            let weight = take(&mut tensors, &format!("{name}.weight"), &[outputs, inputs], device)?;
            let bias = take(&mut tensors, &format!("{name}.bias"), &[outputs], device)?;
            Ok::<Linear, String>(Linear { bias: Some(bias), ..Linear::dense(weight) })
        };
        let body = if manifest.kind == "linear" {
            let exits = manifest.exits.len() as u32;
            let whole = layer("classifier".to_owned(), exits, manifest.width)?;
            Body::Classifier((0..i64::from(exits)).map(|exit| whole.rows(exit, 1)).collect())
        } else {
            let mut layers = Vec::new();
            let mut inputs = manifest.width;
            for (index, outputs) in manifest.hidden.iter().chain(&[2]).enumerate() {
                layers.push(layer(format!("actor.{index}"), *outputs, inputs)?);
                inputs = *outputs;
            }
            Body::Actor(Network { layers })
        };
        Ok(Self { manifest, body, device })
    }

    /// Whether it was trained for this model.
    ///
    /// # Errors
    /// It was not.
    pub fn check(&self, model: &Model, weights_sha256: &str) -> Result<()> {
        let (width, layers) = (model.shape().width as u32, model.layers() as u32);
        let fits = self.manifest.fits(weights_sha256, width, layers);
        fits.map_err(|misfit| EngineError::weights(misfit.to_string()))
    }

    /// The probability of leaving at exit `exit` of the manifest's, counted from 0, given the residual state after that
    /// block at the last position, before any norm: `[.., width]`, one position, in any float format.
    pub fn exit_probability(&self, hidden: &Tensor, exit: usize) -> f64 {
        if self.device == Device::Cpu && hidden.device() == Device::Cpu {
            let row = hidden.to_kind(Kind::Float).contiguous();
            return self.exit_probability_of_row(rows::elements(&row), exit);
        }
        self.exit_probability_of_tensor(hidden, exit)
    }

    /// By libtorch's products, on the agent's own device.
    fn exit_probability_of_tensor(&self, hidden: &Tensor, exit: usize) -> f64 {
        let _guard = tch::no_grad_guard();
        let row = hidden.to_device(self.device).to_kind(Kind::Float).reshape([1, -1]);
        match &self.body {
            Body::Actor(actor) => actor.forward(&row).softmax(-1, Kind::Float).double_value(&[0, 1]),
            Body::Classifier(exits) => exits[exit].forward(&row).sigmoid().double_value(&[0, 0]),
        }
    }

    /// As [`Agent::exit_probability`], of one row on the CPU: `[width]`.
    pub fn exit_probability_of_row(&self, hidden: &[f32], exit: usize) -> f64 {
        match &self.body {
            Body::Actor(actor) => log_shares(&actor.row(hidden))[1].exp(),
            Body::Classifier(exits) => 1.0 / (1.0 + (-f64::from(exits[exit].multiply(hidden)[0])).exp()),
        }
    }
}

/// Takes a tensor that must be there, of this size, in f32 and finite.
fn take(
    tensors: &mut BTreeMap<String, Tensor>,
    name: &str,
    size: &[i64],
    device: Device,
) -> std::result::Result<Tensor, String> {
    let tensor = tensors.remove(name).ok_or_else(|| format!("it holds no `{name}`"))?;
    if tensor.size() != size || tensor.kind() != Kind::Float {
        return Err(format!(
            "`{name}` is {:?} of {:?}, expected {size:?} of Float",
            tensor.size(),
            tensor.kind()
        ));
    }
    if tensor.isfinite().all().int64_value(&[]) != 1 {
        return Err(format!("`{name}` holds numbers that are not finite"));
    }
    Ok(tensor.to_device(device).contiguous())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(kind: &str) -> AgentManifest {
        AgentManifest {
            schema: harness_protocol::agent::SCHEMA,
            name: "agent".to_owned(),
            kind: kind.to_owned(),
            model_sha256: String::new(),
            dtype: "f32".to_owned(),
            width: 6,
            layers: 4,
            exits: vec![1, 3],
            observation: harness_protocol::agent::OBSERVATION.to_owned(),
            hidden: if kind == "ppo" { vec![5] } else { Vec::new() },
            weights: "agent.safetensors".to_owned(),
            weights_sha256: String::new(),
            reward: None,
            ppo: None,
            linear: None,
            seed: 1,
            steps: 1,
            context: [0.2, 0.5],
            new_tokens: 15,
            draws: 1,
            documents: 1,
            tokens: 1,
            mean_reward: None,
            held_out: harness_protocol::agent::HeldOut::default(),
        }
    }

    #[test]
    fn rows_and_tensors_of_any_format_give_the_same_probability() {
        tch::manual_seed(8);
        let random = |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu));
        let layer = |name: &str, outputs: i64, inputs: i64| {
            let bias = (format!("{name}.bias"), random(&[outputs]));
            [(format!("{name}.weight"), random(&[outputs, inputs])), bias]
        };
        let actor = layer("actor.0", 5, 6).into_iter().chain(layer("actor.1", 2, 5)).collect();
        let classifier = layer("classifier", 2, 6).into_iter().collect();
        for (kind, tensors) in [("ppo", actor), ("linear", classifier)] {
            let agent = Agent::new(manifest(kind), tensors, Device::Cpu).unwrap();
            let state = random(&[1, 1, 6]).to_kind(Kind::BFloat16);
            let found: Vec<f64> = (0..2).map(|exit| agent.exit_probability(&state, exit)).collect();
            for (exit, found) in found.iter().enumerate() {
                let other = agent.exit_probability_of_tensor(&state, exit);
                assert!((found - other).abs() < 1e-6, "{kind}: {found} and {other}");
            }
            // An agent that learnt by rewards sees only the state; a classifier has weights for every exit.
            assert_eq!(found[0] == found[1], kind == "ppo");
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_no_weights() {
        let nan = Tensor::from_slice(&[f32::NAN; 12]).reshape([2, 6]);
        let tensors = vec![
            ("classifier.weight".to_owned(), nan),
            ("classifier.bias".to_owned(), Tensor::from_slice(&[0_f32; 2])),
        ];
        let message = Agent::new(manifest("linear"), tensors, Device::Cpu).unwrap_err();
        assert!(message.contains("not finite"), "{message}");
    }
}
