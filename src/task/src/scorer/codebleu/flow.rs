//! Follows variables through a syntax tree: which tokens their values come from.
//!
//! After the functions `DFG_…` of the package `codebleu` 0.7.0, with what is odd in them. Each begins with the
//! state before a node and gives the edges inside it and the state behind it. Where the package raises an error,
//! such as for a loop without a body, the whole source has no edges.

use std::collections::HashMap;
use std::rc::Rc;

use super::edge::{Edge, Relation, merge};
use super::rules::{Alternatives, Counting, Elements, Pairing, Parts, Role};
use super::tokens::{NONE, Tokens};
use super::tree::Tree;

/// Work after which a source counts as without edges: nested loops are read 2^depth times.
const MOST_STEPS: usize = 1 << 24;

/// All edges of a source.
pub(super) struct Flow {
    /// Those of one token in the order in which they were found.
    pub edges: Vec<Edge>,
    pub names: Vec<u32>,
    /// Which tokens have origins or are one.
    pub is_linked: Vec<bool>,
}

/// The edges of a source; None where the package fails, or the work is more than `MOST_STEPS`.
pub(super) fn edges(tree: &Tree, tokens: &Tokens) -> Option<Flow> {
    let flow = Flow { edges: Vec::new(), names: Vec::new(), is_linked: vec![false; tokens.tokens.len()] };
    let mut walk = Walk { tree, tokens, flow, steps: 0 };
    walk.visit(Some(0), &mut State::new())?;
    Some(walk.flow)
}

/// The tokens, sorted, where each name may have got its value.
type State = HashMap<u32, Rc<[u32]>>;

struct Walk<'a> {
    tree: &'a Tree,
    tokens: &'a Tokens,
    flow: Flow,
    steps: usize,
}

impl Walk<'_> {
    fn visit(&mut self, node: Option<u32>, state: &mut State) -> Option<()> {
        let node = node?;
        self.step(1)?;
        let token = self.tokens.of_node[node as usize];
        if token != NONE {
            self.visit_token(node, token, state);
            return Some(());
        }
        let tree = self.tree;
        let rules = tree.grammar.rules;
        match tree.grammar.kinds[tree.nodes[node as usize].kind as usize].role {
            Role::Definition => self.define(node, state),
            Role::Assignment if rules.pairing == Pairing::Every => {
                let (left, right) = (self.field(node, "left"), self.field(node, "right"));
                self.visit(right, state)?;
                self.link_all(left, right, Relation::ComputedFrom, state)
            }
            Role::Assignment => self.assign_by_place(node, state),
            Role::Increment => self.link_all(Some(node), Some(node), Relation::ComputedFrom, state),
            Role::Branch => self.branch(node, state),
            Role::For => self.count(node, state),
            Role::ForEach => self.for_each(node, state),
            Role::While => {
                let start = self.flow.edges.len();
                for _ in 0..2 {
                    self.visit_all(tree.children(node), state)?;
                }
                self.merge_since(start)
            }
            Role::Plain if rules.first.is_empty() => self.visit_all(tree.children(node), state),
            Role::Plain => {
                let is_first = |child: &u32| self.kind(*child) == rules.first;
                let (first, rest): (Vec<u32>, Vec<u32>) = tree.children(node).partition(is_first);
                self.visit_all(first.into_iter().chain(rest), state)
            }
        }
    }

    fn visit_all(&mut self, nodes: impl IntoIterator<Item = u32>, state: &mut State) -> Option<()> {
        nodes.into_iter().try_for_each(|node| self.visit(Some(node), state))
    }

    fn visit_token(&mut self, node: u32, token: u32, state: &mut State) {
        let tokens = self.tokens;
        let found = tokens.tokens[token as usize];
        if found.is_fixed {
            return;
        }
        if let Some(origins) = state.get(&found.name) {
            self.steps += origins.len();
            self.flow.is_linked[token as usize] = true;
            for origin in origins.iter() {
                self.flow.is_linked[*origin as usize] = true;
            }
            self.push(token, Relation::ComesFrom, &[found.name]);
        } else {
            if self.kind(node) == "identifier" {
                state.insert(found.name, Rc::from([token]));
            }
            self.push(token, Relation::ComesFrom, &[]);
        }
    }

    fn define(&mut self, node: u32, state: &mut State) -> Option<()> {
        let children: Vec<u32> = self.tree.children(node).take(3).collect();
        let (name, value) = match self.tree.grammar.rules.parts {
            Parts::Fields(name, value) => (self.field(node, name), self.field(node, value)),
            Parts::FirstTwo if children.len() == 2 => (Some(children[0]), Some(children[1])),
            Parts::FirstTwo => (children.first().copied(), None),
            Parts::SecondAndThird => (children.get(1).copied(), children.get(2).copied()),
        };
        if value.is_some() {
            self.visit(value, state)?;
            return self.link_all(name, value, Relation::ComesFrom, state);
        }
        for token in self.variables(name)? {
            self.push(token, Relation::ComesFrom, &[]);
            self.set(token, state);
        }
        Some(())
    }

    /// One edge for each pair of a token on the left and a token on the right.
    fn link_all(
        &mut self,
        left: Option<u32>,
        right: Option<u32>,
        relation: Relation,
        state: &mut State,
    ) -> Option<()> {
        let (left, right) = (self.variables(left)?, self.variables(right)?);
        for token in left {
            self.step(right.len())?;
            for &origin in &right {
                self.link(token, origin);
                self.push(token, relation, &[self.name(origin)]);
            }
            self.set(token, state);
        }
        Some(())
    }

    /// One edge for each token on the left, from all tokens on the right.
    fn link_each(&mut self, left: Option<u32>, right: Option<u32>, state: &mut State) -> Option<()> {
        let (left, right) = (self.variables(left)?, self.variables(right)?);
        let names: Vec<u32> = right.iter().map(|origin| self.name(*origin)).collect();
        for token in left {
            self.step(right.len())?;
            for &origin in &right {
                self.link(token, origin);
            }
            self.push(token, Relation::ComputedFrom, &names);
            self.set(token, state);
        }
        Some(())
    }

    fn assign_by_place(&mut self, node: u32, state: &mut State) -> Option<()> {
        let (left, right) = (self.field(node, "left"), self.field(node, "right"));
        let is_python = self.tree.grammar.rules.pairing == Pairing::Python;
        let [lefts, rights] = if self.kind(node) == "for_in_clause" {
            [vec![left], vec![self.tree.children(node).last()]]
        } else if is_python && right.is_none() {
            return Some(());
        } else {
            let pairs = self.pairs(left, right)?;
            if self.kind(node) == "operator_assignment" {
                [vec![self.tree.children(node).next()], vec![self.tree.children(node).last()]]
            } else {
                pairs
            }
        };
        self.assign(&lefts, &rights, state)
    }

    fn assign(&mut self, lefts: &[Option<u32>], rights: &[Option<u32>], state: &mut State) -> Option<()> {
        for right in rights {
            self.visit(*right, state)?;
        }
        lefts.iter().zip(rights).try_for_each(|(left, right)| self.link_each(*left, *right, state))
    }

    /// The children of both sides where there are as many, else the sides themselves.
    fn pairs(&self, left: Option<u32>, right: Option<u32>) -> Option<[Vec<Option<u32>>; 2]> {
        let parts = |side: u32| -> Vec<Option<u32>> {
            self.tree.children(side).filter(|child| self.kind(*child) != ",").map(Some).collect()
        };
        let [lefts, rights] = [parts(left?), parts(right?)];
        if lefts.len() == rights.len() && !lefts.is_empty() {
            return Some([lefts, rights]);
        }
        Some([vec![left], vec![right]])
    }

    fn branch(&mut self, node: u32, state: &mut State) -> Option<()> {
        let tree = self.tree;
        let rules = tree.grammar.rules;
        self.step(state.len())?;
        let before = state.clone();
        let mut behind = Vec::new();
        let mut has_else = self.kind(node).contains("else");
        let mut is_alternative = false;
        for child in tree.children(node) {
            let kind = &tree.grammar.kinds[tree.nodes[child as usize].kind as usize];
            has_else |= kind.name.contains("else");
            is_alternative = match rules.alternatives {
                Alternatives::FromFirstBranch => is_alternative || kind.role == Role::Branch,
                Alternatives::Kinds(kinds) => kinds.contains(&kind.name),
            };
            if is_alternative {
                self.step(before.len())?;
                let mut other = before.clone();
                self.visit(Some(child), &mut other)?;
                behind.push(other);
            } else {
                self.visit(Some(child), state)?;
            }
        }
        if rules.keeps_incoming || !has_else {
            behind.push(before);
        }
        for other in behind {
            self.step(other.len())?;
            for (name, origins) in other {
                let known = state.entry(name).or_insert_with(|| origins.clone());
                if *known != origins {
                    let mut all = [&known[..], &origins[..]].concat();
                    all.sort_unstable();
                    all.dedup();
                    self.steps += all.len();
                    *known = all.into();
                }
            }
        }
        Some(())
    }

    fn count(&mut self, node: u32, state: &mut State) -> Option<()> {
        let tree = self.tree;
        let start = self.flow.edges.len();
        match tree.grammar.rules.count {
            Counting::Behind(kind) => {
                self.visit_all(tree.children(node), state)?;
                let again = tree.children(node).skip_while(|child| self.kind(*child) != kind).skip(1);
                self.visit_all(again.collect::<Vec<_>>(), state)?;
            }
            Counting::Go => {
                self.visit_all(tree.children(node), state)?;
                let mut again = tree.children(node).skip_while(|child| self.kind(*child) != "for_clause");
                let clause = again.next();
                let rest: Vec<u32> = again.collect();
                if let Some(update) = clause.and_then(|clause| self.field(clause, "update")) {
                    self.visit(Some(update), state)?;
                }
                self.visit_all(rest, state)?;
            }
            Counting::Python => {
                let body = tree.children(node).last().filter(|last| self.kind(*last) == "block");
                let [lefts, rights] = self.pairs(self.field(node, "left"), self.field(node, "right"))?;
                for _ in 0..2 {
                    self.assign(&lefts, &rights, state)?;
                    self.visit_all(body, state)?;
                }
            }
            Counting::Ruby => {
                let (pattern, value) = (self.field(node, "pattern"), self.field(node, "value"));
                for _ in 0..2 {
                    self.assign(&[pattern], &[value], state)?;
                    self.visit(self.field(node, "body"), state)?;
                }
            }
        }
        self.merge_since(start)
    }

    fn for_each(&mut self, node: u32, state: &mut State) -> Option<()> {
        let (variable, source) = match self.tree.grammar.rules.elements {
            Elements::Fields(variable, source) => (self.field(node, variable), self.field(node, source)),
            Elements::Php => {
                let mut names = self.tree.children(node).filter(|child| self.kind(*child) == "variable_name");
                let source = names.next();
                (names.next(), source)
            }
        };
        let start = self.flow.edges.len();
        for _ in 0..2 {
            self.visit(source, state)?;
            self.link_all(variable, source, Relation::ComputedFrom, state)?;
            self.visit(self.field(node, "body"), state)?;
        }
        self.merge_since(start)
    }

    /// Makes one edge of those that a loop's two readings found for the same token.
    fn merge_since(&mut self, start: usize) -> Option<()> {
        let mut found = self.flow.edges.split_off(start);
        self.step(found.len())?;
        found.sort_by_key(|edge| edge.token);
        for of_token in found.chunk_by(|a, b| a.token == b.token) {
            // Relations in the order in which they came up.
            let first = of_token[0].relation;
            for is_first in [true, false] {
                let same: Vec<Edge> =
                    of_token.iter().filter(|edge| (edge.relation == first) == is_first).copied().collect();
                match same[..] {
                    [] => {}
                    [edge] => self.flow.edges.push(edge),
                    [edge, ..] => {
                        let names = merge(&same, &self.flow.names, &self.tokens.hashes);
                        self.step(names.len())?;
                        self.push(edge.token, edge.relation, &names);
                    }
                }
            }
        }
        Some(())
    }

    /// The tokens below a node that may be variables; None without a node.
    fn variables(&mut self, node: Option<u32>) -> Option<Vec<u32>> {
        let node = node?;
        let end = self.tree.nodes[node as usize].next;
        self.step((end - node) as usize)?;
        let tokens = self.tokens.of_node[node as usize..end as usize].iter().copied();
        Some(tokens.filter(|token| *token != NONE && !self.tokens.tokens[*token as usize].is_fixed).collect())
    }

    fn kind(&self, node: u32) -> &'static str {
        self.tree.grammar.kinds[self.tree.nodes[node as usize].kind as usize].name
    }

    /// The first child in a field.
    fn field(&self, node: u32, field: &str) -> Option<u32> {
        let id = self.tree.grammar.language.field_id_for_name(field)?;
        self.tree.children(node).find(|child| self.tree.nodes[*child as usize].field == Some(id))
    }

    fn name(&self, token: u32) -> u32 {
        self.tokens.tokens[token as usize].name
    }

    fn link(&mut self, token: u32, origin: u32) {
        self.flow.is_linked[token as usize] = true;
        self.flow.is_linked[origin as usize] = true;
    }

    fn set(&self, token: u32, state: &mut State) {
        state.insert(self.name(token), Rc::from([token]));
    }

    fn push(&mut self, token: u32, relation: Relation, names: &[u32]) {
        let first = self.flow.names.len() as u32;
        self.flow.names.extend(names);
        self.flow.edges.push(Edge { token, relation, origins: (first, self.flow.names.len() as u32) });
    }

    fn step(&mut self, steps: usize) -> Option<()> {
        self.steps = self.steps.saturating_add(steps);
        (self.steps <= MOST_STEPS).then_some(())
    }
}
