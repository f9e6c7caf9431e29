//! Next-token accuracy of every exit on a held-out stream.

use tch::{Kind, Tensor};

use crate::model::Model;
use crate::part::Products;

/// Sequences evaluated together.
const BATCH: usize = 8;

/// Tokens predicted and right answers.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Count {
    /// Tokens predicted.
    pub tokens: u64,
    /// Right answers of each exit.
    pub right: Vec<u64>,
}

/// Predicts every token of every document but its first. A document starts at each `start` token;
/// windows of `length` tokens overlap by half, so that every prediction but a document's first ones
/// sees at least half a window.
pub fn count(model: &Model, exits: &[u32], stream: &[u16], start: u16, length: usize) -> Count {
    let _guard = tch::no_grad_guard();
    let device = model.device();
    let mut total = Count { tokens: 0, right: vec![0; exits.len()] };
    for batch in windows(stream, start, length).chunks(BATCH) {
        let longest = batch.iter().map(|window| window.end - window.begin).max().unwrap_or(0);
        let mut inputs = vec![0_i64; batch.len() * longest];
        let mut targets = vec![-1_i64; batch.len() * longest]; // -1: not asked
        for (row, window) in batch.iter().enumerate() {
            for (column, position) in (window.begin..window.end).enumerate() {
                inputs[row * longest + column] = i64::from(stream[position]);
                if position >= window.asked {
                    targets[row * longest + column] = i64::from(stream[position + 1]);
                }
            }
        }
        let size = [batch.len() as i64, longest as i64];
        let targets = Tensor::from_slice(&targets).reshape(size).to_device(device);
        total.tokens += targets.ge(0).sum(Kind::Int64).int64_value(&[]).cast_unsigned();
        let mut hidden = model.embed(&Tensor::from_slice(&inputs).reshape(size).to_device(device), 0);
        for index in 0..model.layers() {
            hidden = model.block(index, &hidden, None, Products::F32);
            if let Some(exit) = exits.iter().position(|exit| *exit as usize == index + 1) {
                let logits = model.head(&hidden, Products::F32);
                let right = logits.argmax(-1, false).eq_tensor(&targets).sum(Kind::Int64);
                total.right[exit] += right.int64_value(&[]).cast_unsigned();
            }
        }
    }
    total
}

struct Window {
    begin: usize,
    end: usize,   // of the inputs; the last target stands here
    asked: usize, // first input whose successor is counted
}

fn windows(stream: &[u16], start: u16, length: usize) -> Vec<Window> {
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
    use tch::Device;

    use super::*;
    use harness_protocol::TrainModel;

    use crate::model::build;
    use crate::model::supply::Made;
    use crate::train::run::new_config;

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
        let documents: Vec<Vec<u16>> = (1..=11_u16)
            .map(|length| [0].into_iter().chain((0..length).map(|at| 1 + (at / 2 + length) % 11)).collect())
            .collect();
        let mut alone = Count { tokens: 0, right: vec![0, 0] };
        for document in &documents {
            let count = count(&model, &[1, 2], document, 0, 6);
            alone.tokens += count.tokens;
            alone.right.iter_mut().zip(count.right).for_each(|(sum, right)| *sum += right);
        }
        assert_eq!(alone.tokens, (1..=11).sum::<u64>());
        assert!(alone.right.iter().any(|right| *right > 0), "a model that is never right shows nothing");
        assert_eq!(count(&model, &[1, 2], &documents.concat(), 0, 6), alone);
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
