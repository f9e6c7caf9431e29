//! The training loop: from a spec to a model folder, resumable after a kill.

use std::path::Path;
use std::time::{Duration, Instant};

use harness_protocol::{Reply, TrainSpec, now_ns};
use tch::{Device, Kind, Tensor};

use super::adamw::{AdamW, Slot, gradient_norm};
use super::batches::Batches;
use super::checkpoint::{self, Done};
use super::divergence::Watch;
use super::evaluate::Stream;
use super::gradient::{self, Pass};
use super::start::{Started, start};
use super::{check, evaluate, exits, lora, parameters, precision, schedule};
use crate::device;
use crate::error::{EngineError, Result};
use crate::model;
use crate::part::Products;

/// Trains, tells `emit` every step, writes `config.json` and `model.safetensors` into `out`.
pub fn run(spec: &TrainSpec, out: &Path, resume: bool, emit: &mut dyn FnMut(Reply)) -> Result<()> {
    check::check(spec)?;
    let device = device::find(&spec.device)?;
    let products = precision::products(spec.matmul, device)?;
    tch::set_num_threads(spec.threads.cast_signed());
    let started = start(spec, device)?;
    let vocabulary = started.blueprint.shape.vocabulary;
    // Read before hours are spent on a training that could not be evaluated.
    let streams = evaluate::read(&spec.evaluate, spec.document_start, vocabulary)?;
    let ids = u32::try_from(vocabulary).unwrap_or(u32::MAX);
    let batches = Batches::read(Path::new(&spec.stream), ids, spec.sequence, spec.batch, spec.seed)?;
    let mut slots = parameters::slots(&started.model);
    let parameters = parameter_count(&started, &slots, spec);
    let state = out.join("checkpoint.safetensors");
    let done = if resume { checkpoint::restore(&state, &mut slots)? } else { None };
    let mut course = Course {
        spec,
        products,
        tokens_per_step: tokens_per_step(spec),
        watch: Watch::new(vocabulary, done.map(|done| done.first_loss)),
        curve: streams.first().map(|stream| stream.beginning(spec.curve_tokens)),
        started,
        slots,
        batches,
    };
    course.go(&state, done.map_or(0, |done| done.steps), emit)?;
    let steps = course.steps();
    course.write(out)?;
    // Of what was written, not of what was in memory: the file may be rounded.
    let (weights_sha256, accuracy) = evaluate::measure(out, &streams, spec.sequence, device)?;
    let tokens = steps * tokens_per_step(spec);
    emit(Reply::Trained { weights_sha256, steps, tokens, parameters, accuracy });
    Ok(())
}

/// A training on its way.
struct Course<'a> {
    spec: &'a TrainSpec,
    products: Products,
    started: Started,
    slots: Vec<Slot>,
    batches: Batches,
    tokens_per_step: u64,
    watch: Watch,
    /// What the exits are measured on meanwhile.
    curve: Option<Stream>,
}

impl Course<'_> {
    fn steps(&self) -> u64 {
        self.spec.tokens.div_ceil(self.tokens_per_step)
    }

    /// Takes the steps behind `done`.
    fn go(&mut self, state: &Path, done: u64, emit: &mut dyn FnMut(Reply)) -> Result<()> {
        let steps = self.steps();
        let mut saved = Instant::now();
        if done == 0 {
            self.measure(0, emit);
        }
        for step in done + 1..=steps {
            let (loss, per_exit) = self.step(step, steps)?;
            emit(Reply::Step { step, tokens: step * self.tokens_per_step, loss, per_exit, t_ns: now_ns() });
            if self.spec.evaluate_steps.is_some_and(|every| step.is_multiple_of(every)) {
                self.measure(step, emit);
            }
            if saved.elapsed() >= Duration::from_secs(self.spec.checkpoint_seconds) || step == steps {
                let first_loss = self.watch.first.unwrap_or(loss);
                checkpoint::save(state, &self.slots, Done { steps: step, first_loss })?;
                saved = Instant::now();
            }
        }
        Ok(())
    }

    /// One update; the weighted loss and that of each exit.
    fn step(&mut self, step: u64, steps: u64) -> Result<(f64, Vec<(u32, f64)>)> {
        let (spec, model) = (self.spec, &self.started.model);
        let exits = exits::draw(spec, step);
        let times = u64::from(spec.accumulate);
        let pass = Pass {
            products: self.products,
            exits: &exits,
            share: 1.0 / times as f64,
            recompute: spec.gradient_checkpointing,
        };
        let mut sums: Vec<Tensor> = exits.iter().map(|_| scalar(model.device())).collect();
        for number in (step - 1) * times..step * times {
            let losses = gradient::add(model, &self.batches.batch(number, model.device()), &pass)?;
            sums.iter_mut().zip(losses).for_each(|(sum, (_, loss))| *sum += loss);
        }
        let mean = |sum: &Tensor| sum.double_value(&[0]) / times as f64;
        let per_exit: Vec<(u32, f64)> =
            exits.iter().zip(&sums).map(|((exit, _), sum)| (*exit, mean(sum))).collect();
        let loss = exits::weighted(spec, &per_exit);
        let _guard = tch::no_grad_guard();
        let norm = gradient_norm(&self.slots);
        self.watch.step(step, loss, norm)?;
        let scale = (spec.clip / (norm + 1e-6)).min(1.0);
        let adamw = AdamW { betas: spec.betas, weight_decay: spec.weight_decay };
        adamw.update(&mut self.slots, step, schedule::learning_rate(spec, step, steps), scale);
        self.slots.iter_mut().for_each(|slot| slot.parameter.zero_grad());
        Ok((loss, per_exit))
    }

    /// Tells how well the exits predict now, where the spec asks for it.
    fn measure(&self, step: u64, emit: &mut dyn FnMut(Reply)) {
        if let Some(stream) = self.curve.as_ref().filter(|_| self.spec.evaluate_steps.is_some()) {
            let accuracy = stream.accuracy(&self.started.model, &self.spec.exits, self.spec.sequence);
            emit(Reply::Measured { step, accuracy });
        }
    }

    /// Writes the model folder's config and weights, adapters merged.
    fn write(&mut self, out: &Path) -> Result<()> {
        let Started { model, config, blueprint } = &mut self.started;
        lora::merge(model);
        let kind = if self.spec.saved_dtype == "bf16" { Kind::BFloat16 } else { Kind::Float };
        checkpoint::write(&out.join("model.safetensors"), &model::checkpoint(model, blueprint, kind))?;
        let text = serde_json::to_string_pretty(&config.json)
            .map_err(|error| EngineError::internal(error.to_string()))?;
        std::fs::write(out.join("config.json"), text + "\n")
            .map_err(|error| EngineError::internal(format!("cannot write into `{}`: {error}", out.display())))
    }
}

fn tokens_per_step(spec: &TrainSpec) -> u64 {
    u64::from(spec.sequence) * u64::from(spec.batch) * u64::from(spec.accumulate)
}

fn scalar(device: Device) -> Tensor {
    Tensor::zeros([1], (Kind::Float, device))
}

/// Parameters of the model that is written: adapters are merged and add none.
fn parameter_count(started: &Started, slots: &[Slot], spec: &TrainSpec) -> u64 {
    let thin: u64 = slots.iter().map(|slot| slot.parameter.numel() as u64).sum();
    model::footprint(&started.model).0 - spec.lora.as_ref().map_or(0, |_| thin)
}
