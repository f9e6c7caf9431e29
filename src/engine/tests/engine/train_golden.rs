//! Loss, gradients and steps against PyTorch's autograd through transformers' modules (`scripts/golden_training.py`).

use std::collections::BTreeMap;

use harness_checkpoint::Checkpoint;
use harness_engine::linear::Weight;
use harness_engine::model::{self, Model, build};
use harness_engine::part::Products;
use harness_engine::train::adamw::{AdamW, Slot, gradient_norm};
use harness_engine::train::gradient::{self, Batch, Pass};
use harness_engine::train::{lora, parameters};
use harness_protocol::Lora;
use tch::{Device, Kind, Tensor};

use crate::tiny::{difference, golden};

/// Largest difference allowed between our numbers and autograd's, both in f32.
const ALLOWED: f64 = 1e-5;

/// As in the script.
const EXITS: [(u32, f64); 3] = [(1, 0.5), (2, 0.3), (4, 0.2)];

struct Case {
    name: &'static str,
    golden: BTreeMap<String, Tensor>,
}

fn cases() -> Vec<Case> {
    let case = |name| {
        let tensors = Tensor::read_safetensors(golden(name).join("training.safetensors")).unwrap();
        Case { name, golden: tensors.into_iter().collect() }
    };
    ["llama_bias", "opt"].map(case).into()
}

impl Case {
    fn model(&self) -> Model {
        let checkpoint = Checkpoint::folder(&golden(self.name)).unwrap();
        let blueprint = checkpoint.blueprint().unwrap();
        let tensors = checkpoint.tensors(&blueprint).unwrap().unwrap();
        let mut model = build(blueprint, &tensors, Kind::Float, Device::Cpu).unwrap();
        model.reserve(32);
        model
    }

    fn batch(&self) -> Batch {
        let [inputs, targets] = ["inputs", "targets"].map(|name| self.golden[name].shallow_clone());
        Batch { inputs, targets }
    }

    /// The loss at each exit, after the gradient was added to that of the slots.
    fn add(&self, model: &Model, recompute: bool) -> Vec<f64> {
        let pass = Pass { products: Products::F32, exits: &EXITS, share: 1.0, recompute };
        let losses = gradient::add(model, &self.batch(), &pass).unwrap();
        assert_eq!(losses.iter().map(|(exit, _)| *exit).collect::<Vec<_>>(), [1, 2, 4]);
        losses.iter().map(|(_, loss)| loss.double_value(&[0])).collect()
    }

    /// Gradients under the names of the checkpoint.
    fn gradients(&self, recompute: bool) -> BTreeMap<String, Tensor> {
        let model = self.model();
        let mut slots = parameters::slots(&model);
        self.add(&model, recompute);
        let _guard = tch::no_grad_guard();
        for slot in &mut slots {
            let gradient = slot.parameter.grad().copy();
            slot.parameter.copy_(&gradient);
        }
        model::checkpoint(&model, &model.blueprint, Kind::Float).into_iter().collect()
    }

    fn check(&self, what: &str, found: &Tensor, name: &str) {
        let off = difference(found, &self.golden[name]);
        assert!(off <= ALLOWED, "{}, {what}: `{name}` is off by {off}", self.name);
    }
}

#[test]
fn losses_and_gradients_of_the_weighted_exits_are_those_of_autograd() {
    for case in cases() {
        let losses = Tensor::from_slice(&case.add(&case.model_that_learns(), false)).to_kind(Kind::Float);
        case.check("losses", &losses, "losses");
        for recompute in [false, true] {
            let gradients = case.gradients(recompute);
            let names: Vec<&str> =
                case.golden.keys().filter_map(|name| name.strip_prefix("gradient.")).collect();
            assert!(names.len() > 20, "{}", names.len());
            for name in names {
                case.check(&format!("recompute {recompute}"), &gradients[name], &format!("gradient.{name}"));
            }
        }
    }
}

impl Case {
    fn model_that_learns(&self) -> Model {
        let model = self.model();
        parameters::slots(&model);
        model
    }
}

#[test]
fn blocks_that_are_run_again_give_the_same_gradient() {
    for case in cases() {
        let [kept, again] = [false, true].map(|recompute| case.gradients(recompute));
        for (name, kept) in &kept {
            let off = difference(kept, &again[name]);
            assert!(off <= 1e-6, "{}: `{name}` is off by {off}", case.name);
        }
    }
}

#[test]
fn one_step_of_all_weights_is_that_of_pytorchs_optimiser() {
    for case in cases() {
        let model = case.model();
        let mut slots = parameters::slots(&model);
        case.add(&model, false);
        step(&mut slots);
        let stepped: BTreeMap<String, Tensor> =
            model::checkpoint(&model, &model.blueprint, Kind::Float).into_iter().collect();
        // A first step goes by the gradient's sign: what it makes of one near 0 is that one's rounding.
        for name in case.golden.keys().filter_map(|name| name.strip_prefix("stepped.")) {
            let clear = case.golden[&format!("gradient.{name}")].abs().gt(1e-4);
            let expected = case.golden[&format!("stepped.{name}")].where_self(&clear, &stepped[name]);
            let off = difference(&stepped[name], &expected);
            assert!(off <= ALLOWED, "{}, step: `{name}` is off by {off}", case.name);
        }
    }
}

#[test]
fn one_step_of_adapters_is_that_of_pytorchs_optimiser() {
    for case in cases() {
        let mut model = case.model();
        let asked = Lora { rank: 2, alpha: 4.0, targets: ["q_proj", "v_proj"].map(str::to_owned).into() };
        let blueprint = model.blueprint.clone();
        lora::attach(&mut model, &blueprint, &asked, 1).unwrap();
        for linear in model.linears() {
            let Weight::Adapted(adapted) = &linear.weight else { continue };
            for adapter in &adapted.adapters {
                for (part, tensor) in [("A", &adapter.down), ("B", &adapter.up)] {
                    let given = &case.golden[&format!("before.{}.{part}", adapter.name)];
                    tensor.shallow_clone().copy_(given);
                }
            }
        }
        let mut slots = parameters::slots(&model);
        assert_eq!(slots.len(), 2 * 2 * 4, "two matrices beside two projections of four blocks");
        let losses = Tensor::from_slice(&case.add(&model, true)).to_kind(Kind::Float);
        case.check("losses with adapters", &losses, "lora.losses");
        step(&mut slots);
        for slot in &slots {
            let name = format!("after.{}", slot.name.replace("lora_", ""));
            case.check("step of adapters", &slot.parameter.detach(), &name);
        }
    }
}

/// The step of the script: clipped to 1, at a rate of 0.01.
fn step(slots: &mut [Slot]) {
    let _guard = tch::no_grad_guard();
    let scale = (1.0 / (gradient_norm(slots) + 1e-6)).min(1.0);
    AdamW { betas: (0.9, 0.95), weight_decay: 0.1 }.update(slots, 1, 0.01, scale);
}
