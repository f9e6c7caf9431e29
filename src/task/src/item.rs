//! Items: what one model is asked, in its own tokens, and what is known of the right answer.

use serde::Serialize;

use crate::question::{Program, Version};

/// In which order documents or problems are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&str")]
pub enum Order {
    /// Drawn from the seed.
    Shuffled,
    /// As in the file.
    File,
}

/// Every order by the name that suites use.
pub const ORDERS: &[(&str, Order)] = &[("shuffled", Order::Shuffled), ("file", Order::File)];

impl From<Order> for &'static str {
    fn from(order: Order) -> Self {
        ORDERS.iter().find(|entry| entry.1 == order).map_or("", |entry| entry.0)
    }
}

/// One prompt, and what is known of the right answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// Of a cut document its number times cuts, plus number of the cut; of a question its number times samples, plus
    /// number of the sample: the same whatever a tokenizer leaves out.
    pub id: u32,
    /// Which of the answers to the question this is, from 0.
    pub draw: u32,
    /// The document's name and the share, as in `Stack.java@0.35`, or the question's name.
    pub name: String,
    /// The document's name: items of one document are not independent.
    pub cluster: String,
    /// The context as text, without what the tokenizer puts before it.
    pub prompt: String,
    /// The context as ids, with what the tokenizer puts before it.
    pub prompt_ids: Vec<u32>,
    /// The reference as text, special tokens kept.
    pub reference: Option<String>,
    /// The reference as ids; of a statement with the token that ends it.
    pub reference_ids: Vec<u32>,
    /// Number of the problem: several versions of one problem share it.
    pub problem: u32,
    /// The right class.
    pub label: Option<String>,
    /// How a completion is run; None: it is not.
    pub program: Option<Program>,
    /// Which version of the problem this is.
    pub version: Option<Version>,
}
