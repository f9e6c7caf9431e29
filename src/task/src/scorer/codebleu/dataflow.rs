//! Dataflow match: the share of the reference's edges between variables that the completion has too.

use std::collections::HashMap;

use super::edge::{Relation, merge};
use super::flow::edges;
use super::tokens::Tokens;
use super::tree::Tree;

/// Deeper trees have no edges: there the package's recursion ends at CPython's limit of 1,000 calls,
/// if it is called from a script's top level.
const DEEPEST: usize = 993;

/// An edge with its variables numbered by first appearance: the variable, how it comes, from which.
type Numbered = (u32, Relation, Vec<u32>);

/// How many of the reference's edges the candidate has, and how many there are.
pub(super) fn dataflow_match(candidate: (&Tree, &str), reference: (&Tree, &str)) -> (usize, usize) {
    let mut known: HashMap<Numbered, usize> = HashMap::new();
    let reference = numbered_edges(reference.0, reference.1);
    if reference.is_empty() {
        return (0, 0);
    }
    for edge in numbered_edges(candidate.0, candidate.1) {
        *known.entry(edge).or_default() += 1;
    }
    let mut matches = 0;
    for edge in &reference {
        if let Some(left) = known.get_mut(edge).filter(|left| **left > 0) {
            *left -= 1;
            matches += 1;
        }
    }
    (matches, reference.len())
}

/// One edge for each token that data flow to or from, in the order of tokens.
fn numbered_edges(tree: &Tree, source: &str) -> Vec<Numbered> {
    if tree.depth > DEEPEST {
        return Vec::new();
    }
    let tokens = Tokens::new(tree, source);
    let Some(mut flow) = edges(tree, &tokens) else { return Vec::new() };
    flow.edges.retain(|edge| flow.is_linked[edge.token as usize]);
    flow.edges.sort_by_key(|edge| edge.token);
    let mut numbers: Vec<Option<u32>> = vec![None; tokens.hashes.len()];
    let mut count = 0;
    let mut number = |name: u32| {
        *numbers[name as usize].get_or_insert_with(|| {
            count += 1;
            count - 1
        })
    };
    let of_token = flow.edges.chunk_by(|a, b| a.token == b.token);
    of_token
        .map(|edges| {
            let parents = merge(edges, &flow.names, &tokens.hashes);
            let parents = parents.into_iter().map(&mut number).collect();
            (number(tokens.tokens[edges[0].token as usize].name), edges[0].relation, parents)
        })
        .collect()
}
