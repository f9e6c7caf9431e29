//! Whether an exit policy fits a model.

use serde_json::Value as Json;

use crate::{Exit, Misfit};

/// Why a policy does not fit a model of `layers` blocks that was trained with `exits`; None: it fits, as far as
/// numbers tell. Parameters of the wrong type or absent are not judged here.
pub fn exit_misfit(exit: &Exit, layers: i64, exits: &[i64]) -> Option<Misfit> {
    let number = |name: &str| exit.parameters.get(name).and_then(Json::as_f64);
    for name in ["layer", "most", "least"] {
        if let Some(block) = number(name).filter(|block| !is_block(*block, layers)) {
            return Some(Misfit::new(
                name,
                format!("exit `{name} = {block}` is no block of a model with {layers} blocks"),
                format!("write a block from 1 to {layers}"),
            ));
        }
    }
    let given: Option<Vec<i64>> = exit
        .parameters
        .get("exits")
        .and_then(Json::as_array)
        .map(|list| list.iter().filter_map(Json::as_i64).collect());
    if let Some(trouble) = given.as_deref().and_then(|given| trouble_of_list(given, layers)) {
        return Some(trouble);
    }
    let asked = asked_exits(given.as_deref(), layers, exits);
    if given.is_some() && asked.is_empty() {
        return Some(Misfit::new(
            "exits",
            format!(
                "policy `{}` has no exit to ask at: the model names none before its last block, {layers}",
                exit.policy
            ),
            format!("set `exits`, such as `exits = [{}]`", (layers / 2).max(1)),
        ));
    }
    head_without_positions(exit).or_else(|| match exit.policy.as_str() {
        "random" => number("depth").and_then(|depth| no_such_mean(depth, &asked, layers)),
        "skip-decode" => falling(number("first-blocks")?, number("least")?, number("most")?),
        "self-speculation" if number("layer") == Some(layers as f64) => Some(Misfit::new(
            "layer",
            format!("exit `layer = {layers}` is the last block, which leaves none to check a draft"),
            format!("write a block below {layers}"),
        )),
        _ => None,
    })
}

/// Blocks after which a policy is asked: those given, else the model's own; never the last block.
pub fn asked_exits(given: Option<&[i64]>, layers: i64, own: &[i64]) -> Vec<i64> {
    let exits = given.filter(|given| !given.is_empty()).unwrap_or(own);
    exits.iter().copied().filter(|exit| (1..layers).contains(exit)).collect()
}

fn is_block(block: f64, layers: i64) -> bool {
    block >= 1.0 && block <= layers as f64 && block.fract() == 0.0
}

fn trouble_of_list(exits: &[i64], layers: i64) -> Option<Misfit> {
    if let Some(beyond) = exits.iter().find(|exit| !(1..=layers).contains(*exit)) {
        return Some(Misfit::new(
            "exits",
            format!("exit {beyond} lies beyond a model with {layers} blocks"),
            format!("name blocks from 1 to {layers}"),
        ));
    }
    let rises = exits.windows(2).all(|pair| pair[0] < pair[1]);
    (!rises).then(|| {
        let message = format!("`exits = {exits:?}` must rise, each block once");
        Misfit::new("exits", message, "sort them, and name each block once")
    })
}

/// With a cache only new positions run, so that a head over all of them has nothing to compute.
fn head_without_positions(exit: &Exit) -> Option<Misfit> {
    let word = |name: &str| exit.parameters.get(name).and_then(Json::as_str);
    let (cache, head) = (word("cache")?, word("head")?);
    (cache != "off" && head != "last").then(|| {
        Misfit::new(
            "head",
            format!("`head = \"{head}\"` needs `cache = \"off\"`: with a cache only new positions run"),
            "write `cache = \"off\"`, or `head = \"last\"`",
        )
    })
}

fn no_such_mean(depth: f64, asked: &[i64], layers: i64) -> Option<Misfit> {
    let first = *asked.first()?;
    let within = depth >= first as f64 && depth <= layers as f64;
    (!within).then(|| {
        Misfit::new(
            "depth",
            format!("no draw of blocks {first} to {layers} has a mean of {depth}"),
            format!("write a number from {first} to {layers}, or other `exits`"),
        )
    })
}

fn falling(first: f64, least: f64, most: f64) -> Option<Misfit> {
    (first > least || least > most).then(|| {
        Misfit::new(
            if first > least { "first-blocks" } else { "least" },
            format!("`first-blocks = {first}`, `least = {least}` and `most = {most}` must not fall"),
            "lower `first-blocks`, or raise `least` and `most`",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(policy: &str, parameters: Json) -> String {
        let parameters = parameters.as_object().cloned().unwrap_or_default();
        let found = exit_misfit(&Exit { policy: policy.to_owned(), parameters }, 5, &[2, 4, 5]);
        found.map(|misfit| misfit.message).unwrap_or_default()
    }

    #[test]
    fn what_fits_is_let_through_and_what_does_not_is_named() {
        for (policy, parameters, words) in [
            ("fixed", json!({"layer": 5}), ""),
            ("fixed", json!({"layer": 0}), "no block of a model with 5 blocks"),
            ("fixed", json!({"layer": 6}), "no block of a model with 5 blocks"),
            ("entropy", json!({"exits": []}), ""),
            ("entropy", json!({"exits": [1, 3]}), ""),
            ("entropy", json!({"exits": [5]}), "no exit to ask at"),
            ("entropy", json!({"exits": [2, 9]}), "exit 9 lies beyond"),
            ("entropy", json!({"exits": [3, 2]}), "must rise"),
            ("entropy", json!({"exits": [2, 2]}), "each block once"),
            ("full", json!({"cache": "off", "head": "all"}), ""),
            ("full", json!({"cache": "recompute", "head": "all"}), "needs `cache = \"off\"`"),
            ("random", json!({"depth": 2.0, "exits": []}), ""),
            ("random", json!({"depth": 1.9, "exits": []}), "has a mean of 1.9"),
            ("skip-decode", json!({"first-blocks": 1, "least": 2, "most": 4}), ""),
            ("skip-decode", json!({"first-blocks": 3, "least": 2, "most": 4}), "must not fall"),
            ("self-speculation", json!({"layer": 4}), ""),
            ("self-speculation", json!({"layer": 5}), "leaves none to check"),
        ] {
            let found = judged(policy, parameters.clone());
            assert!(found.contains(words), "{policy} {parameters}: {found}");
            assert_eq!(found.is_empty(), words.is_empty(), "{policy} {parameters}: {found}");
        }
    }
}
