//! Next-token accuracy of every exit on a held-out stream.

use tch::{Device, Kind, Reduction, Tensor};

use crate::model::Model;
use crate::part::Products;

/// Sequences evaluated together.
const BATCH: usize = 8;

/// Tokens predicted, and what each exit made of them.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Count {
    /// Tokens predicted.
    pub tokens: u64,
    /// Right answers of each exit.
    pub right: Vec<u64>,
    /// Answers of each exit that are also the last exit's.
    pub agreed: Vec<u64>,
    /// Sum of each exit's cross-entropies, nats.
    pub loss: Vec<f64>,
}

impl Count {
    fn of(exits: usize) -> Self {
        Self { tokens: 0, right: vec![0; exits], agreed: vec![0; exits], loss: vec![0.0; exits] }
    }
}

/// Predicts every token of every document but its first. A document starts at each `start` token;
/// windows of `length` tokens overlap by half, so that every prediction but a document's first ones
/// sees at least half a window.
pub fn count(model: &Model, exits: &[u32], stream: &[u32], start: u32, length: usize) -> Count {
    let _guard = tch::no_grad_guard();
    let mut total = Count::of(exits.len());
    for batch in windows(stream, start, length).chunks(BATCH) {
        add(model, exits, stream, batch, &mut total);
    }
    total
}

/// Adds the predictions of some windows.
fn add(model: &Model, exits: &[u32], stream: &[u32], batch: &[Window], total: &mut Count) {
    let (inputs, targets) = tokens(stream, batch, model.device());
    let asked = targets.ge(0);
    let number = |mask: &Tensor| mask.sum(Kind::Int64).int64_value(&[]).cast_unsigned();
    total.tokens += number(&asked);
    let mut hidden = model.embed(&inputs, 0);
    let mut answers = Vec::new();
    for index in 0..model.layers() {
        hidden = model.block(index, &hidden, None, Products::F32);
        if let Some(exit) = exits.iter().position(|exit| *exit as usize == index + 1) {
            let logits = model.head(&hidden, Products::F32).to_kind(Kind::Float);
            let answer = logits.argmax(-1, false);
            total.right[exit] += number(&answer.eq_tensor(&targets));
            let rows = logits.flatten(0, 1);
            let loss =
                rows.cross_entropy_loss(&targets.flatten(0, 1), None::<Tensor>, Reduction::Sum, -1, 0.0);
            total.loss[exit] += loss.double_value(&[]);
            answers.push((exit, answer));
        }
    }
    let Some((_, last)) = answers.last() else { return };
    for (exit, answer) in &answers {
        total.agreed[*exit] += number(&answer.eq_tensor(last).logical_and(&asked));
    }
}

/// Inputs and targets of some windows, `[windows, longest]` each; targets that are not asked are -1.
fn tokens(stream: &[u32], batch: &[Window], device: Device) -> (Tensor, Tensor) {
    let longest = batch.iter().map(|window| window.end - window.begin).max().unwrap_or(0);
    let mut inputs = vec![0_i64; batch.len() * longest];
    let mut targets = vec![-1_i64; batch.len() * longest];
    for (row, window) in batch.iter().enumerate() {
        for (column, position) in (window.begin..window.end).enumerate() {
            inputs[row * longest + column] = i64::from(stream[position]);
            if position >= window.asked {
                targets[row * longest + column] = i64::from(stream[position + 1]);
            }
        }
    }
    let size = [batch.len() as i64, longest as i64];
    let tensor = |values: &[i64]| Tensor::from_slice(values).reshape(size).to_device(device);
    (tensor(&inputs), tensor(&targets))
}

struct Window {
    begin: usize,
    end: usize,   // of the inputs; the last target stands here
    asked: usize, // first input whose successor is counted
}

fn windows(stream: &[u32], start: u32, length: usize) -> Vec<Window> {
    let mut windows = Vec::new();
    let starts: Vec<usize> = (0..stream.len()).filter(|position| stream[*position] == start).collect();
    for (index, &first) in starts.iter().enumerate() {
        let last = starts.get(index + 1).copied().unwrap_or(stream.len()) - 1; // the document's last token
        let (mut begin, mut asked) = (first, first);
        while asked < last {
            let end = (begin + length).min(last);
            windows.push(Window { begin, end, asked });
            asked = end;
            begin += length / 2;
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_protocol::TrainModel;

    use crate::model::build;
    use crate::model::supply::Made;
    use crate::train::start::new_config;

    #[test]
    fn documents_measured_together_count_as_much_as_alone() {
        let blueprint =
            TrainModel { layers: 2, width: 16, heads: 2, kv_heads: 1, ffn: 32, vocabulary: 12, context: 32 };
        let config = new_config(&blueprint, &[1, 2]);
        let blueprint = harness_checkpoint::architectures::blueprint(&config).unwrap();
        let made = Made::random(&blueprint, 5);
        let mut model = build(blueprint, &made, Kind::Float, Device::Cpu).unwrap();
        model.reserve(6);
        // Eleven documents of 1 to 11 tokens: no batch is full of equal windows. Tokens come in pairs, because a
        // new model with a tied head predicts the token that it reads.
        let documents: Vec<Vec<u32>> = (1..=11_u32)
            .map(|length| [0].into_iter().chain((0..length).map(|at| 1 + (at / 2 + length) % 11)).collect())
            .collect();
        let mut alone = Count::of(2);
        for document in &documents {
            let count = count(&model, &[1, 2], document, 0, 6);
            alone.tokens += count.tokens;
            alone.right.iter_mut().zip(count.right).for_each(|(sum, right)| *sum += right);
            alone.agreed.iter_mut().zip(count.agreed).for_each(|(sum, agreed)| *sum += agreed);
            alone.loss.iter_mut().zip(count.loss).for_each(|(sum, loss)| *sum += loss);
        }
        assert_eq!(alone.tokens, (1..=11).sum::<u64>());
        assert!(alone.right.iter().any(|right| *right > 0), "a model that is never right shows nothing");
        let together = count(&model, &[1, 2], &documents.concat(), 0, 6);
        assert_eq!((together.right, together.agreed.clone()), (alone.right, alone.agreed));
        assert_eq!(together.agreed[1], together.tokens, "the last block agrees with itself");
        for (together, alone) in together.loss.iter().zip(alone.loss) {
            assert!((together - alone).abs() < 1e-3 * alone, "{together} {alone}");
        }
    }

    #[test]
    fn every_token_but_the_start_of_a_document_is_asked_once() {
        let stream = [9, 1, 2, 3, 4, 5, 6, 7, 9, 1, 9, 1, 2, 3];
        let mut asked = Vec::new();
        for window in windows(&stream, 9, 4) {
            assert!(window.end - window.begin <= 4);
            assert!(window.asked == window.begin || window.asked - window.begin >= 2);
            asked.extend((window.asked..window.end).map(|position| position + 1));
        }
        assert_eq!(asked, [1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13]);
    }
}
