//! A made-up run for tests of early exit: six blocks of full depth, two fixed exits, and a policy that leaves or not.

use std::collections::BTreeMap;

use harness_protocol::Exit;
use serde_json::json;

use super::example::{Example, cell_record, input, item_record, of, window_record};
use crate::summary::{
    LearningCurve, LearningPoint, Settings, Summary, SummaryInput, TaskSetting, VariantSetting, summarise,
};

/// Blocks of the model.
pub(crate) const LAYERS: u16 = 12;

/// Generated tokens of an item.
const TOKENS: usize = 10;

/// Items of a block, and passes over them.
const ITEMS: u32 = 4;
const PASSES: u32 = 2;

/// J of a token whatever its depth, of a block, and of asking at every exit; who leaves earlier is asked less.
const FIXED_J: f64 = 0.05;
const BLOCK_J: f64 = 0.01;
const ASKING_J: f64 = 0.08;

/// Variants with the block after which their tokens leave; the policy asks.
const VARIANTS: [(&str, u16, bool); 5] = [
    ("full", LAYERS, false),
    ("exit-4", 4, false),
    ("exit-8", 8, false),
    ("sure-0.6", 6, true),
    ("never", LAYERS, true),
];

/// What the summary of this run needs besides its tables.
pub(crate) fn exits_input() -> SummaryInput {
    SummaryInput {
        variants: VARIANTS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
        settings: Settings {
            variants: VARIANTS.iter().map(|own| (own.0.to_owned(), setting(own))).collect(),
            tasks: BTreeMap::from([(
                "java".to_owned(),
                TaskSetting { context_fraction: vec![0.2], decode: "greedy".to_owned() },
            )]),
        },
        learning_curves: vec![LearningCurve {
            agent: "agents/ppo.json".to_owned(),
            variants: vec!["sure-0.6".to_owned()],
            points: (1..=40).map(learning_point).collect(),
        }],
        ..input()
    }
}

fn learning_point(step: u64) -> LearningPoint {
    let learned = 1.0 - (-(step as f64) / 8.0).exp();
    LearningPoint {
        step: 4096 * step,
        episodes: 400 * step,
        reward: 0.1 + 0.4 * learned,
        depth: 12.0 - 5.0 * learned,
        agreement: 0.8 + 0.18 * learned,
    }
}

fn setting((_, leaves, asks): &(&str, u16, bool)) -> VariantSetting {
    let parameters = match asks {
        true => json!({ "threshold": f64::from(*leaves) / 12.0, "cache": "propagate", "head": "last" }),
        false => json!({ "layer": leaves, "cache": "propagate", "head": "last" }),
    };
    let policy = if *asks { "max-probability" } else { "fixed" };
    let exit = (*asks || *leaves < LAYERS).then(|| Exit {
        policy: policy.to_owned(),
        parameters: parameters.as_object().cloned().unwrap_or_default(),
    });
    VariantSetting {
        model: "models/mini-code".to_owned(),
        dtype: "f32".to_owned(),
        engine: "harness-engine on cpu, 2 threads".to_owned(),
        batch_size: 1,
        cache: Some(if exit.is_some() { "propagate" } else { "key-value" }.to_owned()),
        head: Some("last".to_owned()),
        exit,
        ..VariantSetting::default()
    }
}

/// The tables: every energy follows the law without noise.
pub(crate) fn exits_example() -> Example {
    let mut example = Example { cells: Vec::new(), windows: Vec::new(), items: Vec::new() };
    for block in 0..6_u16 {
        for (place, (variant, leaves, asks)) in VARIANTS.into_iter().enumerate() {
            let cell = u32::from(block) * 5 + place as u32;
            let layers: Vec<u16> = (0..TOKENS).map(|at| if at == 0 { LAYERS } else { leaves }).collect();
            let depth = layers.iter().map(|layer| f64::from(*layer)).sum::<f64>() / TOKENS as f64;
            let runs = ITEMS * PASSES;
            let tokens = f64::from(runs) * TOKENS as f64;
            let asking = if asks { ASKING_J * depth / f64::from(LAYERS) } else { 0.0 };
            let mut row = cell_record(cell, block, place as u16, variant, true);
            row.passes = Some(PASSES);
            row.tokens_out = Some(tokens as u64);
            row.mean_exit_layer = Some(depth);
            example.cells.push(row);
            example.windows.push(window_record(cell, tokens * (FIXED_J + BLOCK_J * depth + asking)));
            for item in 0..ITEMS {
                let mut row = item_record(cell, block, variant, item, 1.0);
                row.pass_count = PASSES;
                row.exit_layers = Some(layers.clone());
                row.token_ids = Some(token_ids(item, leaves));
                example.items.push(row);
            }
        }
    }
    example
}

/// Tokens of an item; those who leave early get the last one wrong, but in the first item.
fn token_ids(item: u32, leaves: u16) -> Vec<u32> {
    let wrong = leaves < LAYERS && item > 0;
    (0..TOKENS as u32)
        .map(|at| if wrong && at + 1 == TOKENS as u32 { 0 } else { 100 * item + at + 1 })
        .collect()
}

/// The summary of such a run.
pub(crate) fn exits_summary(example: &Example) -> Summary {
    summary_with(&exits_input(), example)
}

/// The same with another input.
pub(crate) fn summary_with(input: &SummaryInput, example: &Example) -> Summary {
    summarise(input, &example.cells, &example.windows, &of(&example.items)).unwrap()
}
