//! An n-gram predictor: the simplest model that any trained one must beat.
//!
//! Interpolated with Witten-Bell weights, `p(w|h) = (c(hw) + t(h) · p(w|h′)) / (c(h) + t(h))`, where
//! `t(h)` counts the different tokens seen after `h`, and `h′` is `h` without its farthest token
//! (Chen and Goodman 1998, section 2.3). It needs no tuning and hence no third stream.

use crate::error::TaskError;

/// The longest order whose context fits into a key of 64 bits.
const MAX_ORDER: usize = 5;
const TOKEN_BITS: u32 = 16;

/// Counts of what follows every context of up to `order` − 1 tokens.
pub struct NGram {
    start: u16,
    /// By context length: 0 first.
    levels: Vec<Level>,
    /// Probability of each token regardless of context.
    unigram: Vec<f64>,
    /// Tokens by falling probability, equal ones by id.
    ranked: Vec<u16>,
}

/// All contexts of one length, sorted, with what follows each.
#[derive(Default)]
struct Level {
    contexts: Vec<u64>,
    /// Where each context's successors begin, and one more: where the last one's end.
    begins: Vec<usize>,
    successors: Vec<(u16, u32)>,
}

impl NGram {
    /// Counts `stream`, in which the token `start` opens every document: no context reaches behind it.
    ///
    /// `order` is from 1 to 5. `vocabulary` must exceed every id of the stream.
    pub fn fit(order: usize, stream: &[u16], vocabulary: usize, start: u16) -> Result<Self, TaskError> {
        if !(1..=MAX_ORDER).contains(&order) {
            let problem = format!("an n-gram of order {order}: expected 1 to {MAX_ORDER}");
            return Err(TaskError::refused(problem, "5 is the usual choice"));
        }
        if let Some(id) = stream.iter().find(|&&id| usize::from(id) >= vocabulary) {
            let problem = format!("token id {id} in the stream, but a vocabulary of {vocabulary}");
            return Err(TaskError::refused(problem, "use the tokenizer that the stream was made with"));
        }
        // Context, successor and count side by side in 112 bits: sorting puts equal n-grams together.
        let mut grams: Vec<u128> = Vec::with_capacity(stream.len());
        walk(stream, start, |context, token| {
            grams.push(u128::from(nearest(context, order - 1)) << 48 | u128::from(token) << 32 | 1);
        });
        let mut levels = Vec::new();
        for length in (0..order).rev() {
            grams.iter_mut().for_each(|gram| {
                let context = nearest((*gram >> 48) as u64, length);
                *gram = u128::from(context) << 48 | (*gram & ((1 << 48) - 1));
            });
            grams.sort_unstable();
            // What comes first is kept and takes up the counts of its equals.
            grams.dedup_by(|next, kept| {
                let same = *next >> 32 == *kept >> 32;
                if same {
                    *kept += *next & u128::from(u32::MAX);
                }
                same
            });
            levels.push(Level::new(&grams));
        }
        levels.reverse();
        let unigram = witten_bell_unigram(&levels[0], vocabulary);
        let mut ranked: Vec<u16> = (0..vocabulary).filter_map(|id| u16::try_from(id).ok()).collect();
        ranked.sort_by(|&a, &b| unigram[usize::from(b)].total_cmp(&unigram[usize::from(a)]));
        Ok(Self { start, levels, unigram, ranked })
    }

    /// How often the most probable next token is the right one: correct, total.
    ///
    /// Every token but `<s>` is a target, save those in `skip`.
    pub fn accuracy(&self, stream: &[u16], skip: &[u16]) -> (u64, u64) {
        let mut scratch = vec![0.0; self.unigram.len()];
        let (mut correct, mut total) = (0, 0);
        walk(stream, self.start, |context, token| {
            if !skip.contains(&token) {
                total += 1;
                correct += u64::from(self.most_probable(context, &mut scratch) == Some(token));
            }
        });
        (correct, total)
    }

    /// The token with the highest probability after `context`; among equals the smallest id.
    ///
    /// `scratch` has a zero for each token and is left so.
    fn most_probable(&self, context: u64, scratch: &mut [f64]) -> Option<u16> {
        let mut seen: Vec<u16> = Vec::new();
        let mut share = 1.0;
        for (length, level) in self.levels.iter().enumerate().skip(1).rev() {
            let Some(successors) = level.after(nearest(context, length)) else { continue };
            let count: f64 = successors.iter().map(|&(_, count)| f64::from(count)).sum();
            let types = successors.len() as f64;
            for &(token, times) in successors {
                let probability = &mut scratch[usize::from(token)];
                if *probability == 0.0 {
                    seen.push(token);
                }
                *probability += share * f64::from(times) / (count + types);
            }
            share *= types / (count + types);
        }
        // Of the tokens seen after no such context, only the most frequent one can win.
        let unseen = self.ranked.iter().copied().find(|&token| scratch[usize::from(token)] == 0.0);
        let mut best: Option<(u16, f64)> = None;
        for &token in seen.iter().chain(&unseen) {
            let probability = scratch[usize::from(token)] + share * self.unigram[usize::from(token)];
            if best.is_none_or(|(id, most)| probability > most || (probability == most && token < id)) {
                best = Some((token, probability));
            }
        }
        seen.iter().for_each(|&token| scratch[usize::from(token)] = 0.0);
        best.map(|(token, _)| token)
    }
}

impl Level {
    fn new(grams: &[u128]) -> Self {
        let mut level = Self::default();
        for &gram in grams {
            let context = (gram >> 48) as u64;
            if level.contexts.last() != Some(&context) {
                level.contexts.push(context);
                level.begins.push(level.successors.len());
            }
            level.successors.push(((gram >> 32) as u16, gram as u32));
        }
        level.begins.push(level.successors.len());
        level
    }

    fn after(&self, context: u64) -> Option<&[(u16, u32)]> {
        let at = self.contexts.binary_search(&context).ok()?;
        Some(&self.successors[self.begins[at]..self.begins[at + 1]])
    }
}

/// Calls `visit` with every token that is not `start` and the tokens before it in its document.
///
/// The nearest token is in the highest bits; before a document stands nothing but `start`.
fn walk(stream: &[u16], start: u16, mut visit: impl FnMut(u64, u16)) {
    let empty = u64::from(start) * 0x0001_0001_0001_0001;
    let mut context = empty;
    for &token in stream {
        if token == start {
            context = empty;
        } else {
            visit(context, token);
            context = context >> TOKEN_BITS | u64::from(token) << (u64::BITS - TOKEN_BITS);
        }
    }
}

/// Only the nearest `length` tokens of a context; the others are zero.
fn nearest(context: u64, length: usize) -> u64 {
    match length {
        0 => 0,
        _ => context & (u64::MAX << (u64::BITS - TOKEN_BITS * length as u32)),
    }
}

/// Token frequencies, interpolated with one over the vocabulary.
fn witten_bell_unigram(level: &Level, vocabulary: usize) -> Vec<f64> {
    let count: f64 = level.successors.iter().map(|&(_, count)| f64::from(count)).sum();
    let types = level.successors.len() as f64;
    let uniform = 1.0 / vocabulary as f64;
    if level.successors.is_empty() {
        return vec![uniform; vocabulary];
    }
    let mut probabilities = vec![types * uniform / (count + types); vocabulary];
    for &(token, times) in &level.successors {
        probabilities[usize::from(token)] += f64::from(times) / (count + types);
    }
    probabilities
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const START: u16 = 0;

    /// The formula word for word, over counts in hash tables.
    fn slow_probability(stream: &[u16], vocabulary: usize, history: &[u16], token: u16) -> f64 {
        let mut successors: HashMap<u16, f64> = HashMap::new();
        let mut document = vec![START; 4];
        for &next in stream {
            if next == START {
                document = vec![START; 4];
                continue;
            }
            if document.ends_with(history) {
                *successors.entry(next).or_default() += 1.0;
            }
            document.push(next);
        }
        let shorter = match history {
            [] => 1.0 / vocabulary as f64,
            [_, rest @ ..] => slow_probability(stream, vocabulary, rest, token),
        };
        let (count, types) = (successors.values().sum::<f64>(), successors.len() as f64);
        if successors.is_empty() {
            return shorter;
        }
        (successors.get(&token).unwrap_or(&0.0) + types * shorter) / (count + types)
    }

    /// Documents of four to nine tokens out of five, drawn by a small congruential generator.
    fn noise(documents: usize, mut state: u32) -> Vec<u16> {
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        let mut stream = Vec::new();
        for _ in 0..documents {
            let length = 4 + draw(6);
            stream.extend([START].into_iter().chain((0..length).map(|_| 1 + draw(5) as u16)));
        }
        stream
    }

    #[test]
    fn the_fast_prediction_is_that_of_the_formula() {
        let (stream, held_out, vocabulary) = (noise(40, 1), noise(10, 2), 8);
        for order in 1..=5 {
            let model = NGram::fit(order, &stream, vocabulary, START).unwrap();
            let (mut correct, mut total) = (0, 0);
            let mut document = vec![START; 4];
            for &next in &held_out {
                if next == START {
                    document = vec![START; 4];
                    continue;
                }
                let history = &document[document.len() - (order - 1)..];
                let probabilities: Vec<f64> = (0..vocabulary as u16)
                    .map(|w| slow_probability(&stream, vocabulary, history, w))
                    .collect();
                assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                let packed = document.iter().rev().take(4).fold(0, |key, &id| key << 16 | u64::from(id));
                let guess = model.most_probable(packed, &mut vec![0.0; vocabulary]).unwrap();
                let most = probabilities.iter().copied().fold(0.0, f64::max);
                assert!(probabilities[usize::from(guess)] > most - 1e-12, "order {order}, after {history:?}");
                total += 1;
                correct += u64::from(guess == next);
                document.push(next);
            }
            assert_eq!(model.accuracy(&held_out, &[]), (correct, total), "order {order}");
        }
    }

    #[test]
    fn a_repeated_text_is_learned_and_skipped_targets_do_not_count() {
        let stream: Vec<u16> = [START, 1, 2, 3, 1, 4, 5].repeat(10);
        let model = NGram::fit(3, &stream, 6, START).unwrap();
        assert_eq!(model.accuracy(&stream, &[]), (60, 60));
        assert_eq!(model.accuracy(&stream, &[1, 5]), (30, 30));
        // Without context the most frequent token is always the guess.
        let unigram = NGram::fit(1, &stream, 6, START).unwrap();
        assert_eq!(unigram.accuracy(&stream, &[]), (20, 60));
    }

    #[test]
    fn no_context_reaches_into_the_document_before() {
        let model = NGram::fit(2, &[START, 1, 2, START, 3, START, 3], 4, START).unwrap();
        assert_eq!(model.accuracy(&[START, 3], &[]), (1, 1));
        assert_eq!(model.accuracy(&[START, 1, START, 3], &[1]), (1, 1), "what follows 1 plays no part");
    }

    #[test]
    fn an_empty_stream_and_impossible_settings_do_not_panic() {
        let model = NGram::fit(5, &[], 4, START).unwrap();
        assert_eq!(model.accuracy(&[START, 0, 1], &[]), (0, 1));
        assert!(NGram::fit(0, &[], 4, START).is_err());
        assert!(NGram::fit(6, &[], 4, START).is_err());
        assert!(NGram::fit(2, &[4], 4, START).is_err());
    }
}
