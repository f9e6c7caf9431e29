//! Expands a variant with a `sweep` into one variant for each value, or each pair of several keys.

use std::borrow::Cow;

use harness_task::nearest;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::error::{SuiteError, one_of};
use super::shape::wrong_type;
use super::source::Sources;

/// More variants than this from one sweep is a slip, and could fill the memory.
const MOST: usize = 1000;

type Node<'a> = Spanned<DeValue<'a>>;

/// One key of a sweep.
struct Axis<'a> {
    key: Spanned<Cow<'a, str>>,
    values: DeArray<'a>,
}

/// Expands every sweep in the tree.
pub(crate) fn expand(root: &mut DeTable<'_>, sources: &Sources<'_>) -> Result<(), SuiteError> {
    let Some(DeValue::Array(variants)) = root.get_mut("variant").map(Spanned::get_mut) else {
        return Ok(());
    };
    let mut expanded = DeArray::new();
    for variant in std::mem::replace(variants, DeArray::new()) {
        expand_one(variant, sources, &mut expanded)?;
    }
    *variants = expanded;
    Ok(())
}

fn expand_one<'a>(
    mut variant: Node<'a>,
    sources: &Sources<'_>,
    out: &mut DeArray<'a>,
) -> Result<(), SuiteError> {
    let sweep = match variant.get_mut() {
        DeValue::Table(table) => table.remove("sweep"),
        _ => None,
    };
    let axes = match sweep {
        Some(sweep) => axes(sweep, sources)?,
        None => Vec::new(),
    };
    check_placeholders(&variant, &axes, sources)?;
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.values.len()));
    if count.is_none_or(|count| count > MOST) {
        let error = SuiteError::invalid(format!("the sweep gives more than {MOST} variants"));
        return Err(error.help("sweep fewer values").at(sources.place(&variant.span())));
    }
    // The last key turns fastest, as nested loops would write it.
    for mut number in 0..count.unwrap_or(0) {
        let mut chosen = Vec::new();
        for axis in axes.iter().rev() {
            chosen.push((axis.key.get_ref().as_ref(), &axis.values[number % axis.values.len()]));
            number /= axis.values.len();
        }
        let mut one = variant.clone();
        fill(&mut one, &chosen, "");
        out.push(one);
    }
    Ok(())
}

/// The keys of a sweep in the order written.
fn axes<'a>(sweep: Node<'a>, sources: &Sources<'_>) -> Result<Vec<Axis<'a>>, SuiteError> {
    let span = sweep.span();
    let DeValue::Table(table) = sweep.get_ref() else {
        let found = sweep.get_ref().type_str();
        return Err(wrong_type("sweep", found, "a table").at(sources.place(&span)));
    };
    let mut axes = Vec::new();
    for (key, values) in table.clone() {
        let place = sources.place(&values.span());
        let name = key.get_ref();
        match values.get_ref() {
            DeValue::Array(array) if array.is_empty() => {
                let error = SuiteError::invalid(format!("the sweep over `{name}` is empty"));
                return Err(error
                    .expected("at least one value")
                    .help("add values, or remove the key")
                    .at(place));
            }
            DeValue::Array(array) => {
                if let Some(value) = array.iter().find(|value| written(value.get_ref()).is_none()) {
                    let error =
                        wrong_type(name, value.get_ref().type_str(), "text, a number, or `true` or `false`");
                    return Err(error.at(sources.place(&value.span())));
                }
                axes.push(Axis { values: array.clone(), key });
            }
            other => return Err(wrong_type(name, other.type_str(), "an array").at(place)),
        }
    }
    axes.sort_by_key(|axis| axis.key.span().start);
    Ok(axes)
}

/// Every key must stand in the name, else names would be equal, and in a value, else variants would be;
/// and every placeholder must have a key.
fn check_placeholders(
    variant: &Node<'_>,
    axes: &[Axis<'_>],
    sources: &Sources<'_>,
) -> Result<(), SuiteError> {
    let mut texts = Vec::new();
    collect(variant, "", &mut texts);
    let keys: Vec<&str> = axes.iter().map(|axis| axis.key.get_ref().as_ref()).collect();
    for (_, text, span) in &texts {
        let Some(stray) = placeholders(text).find(|name| !keys.contains(name)) else { continue };
        let error = SuiteError::invalid(format!("the placeholder `{{{stray}}}` has no sweep"))
            .expected(match keys[..] {
                [] => format!("`sweep = {{ {stray} = […] }}` in this variant"),
                _ => one_of(&keys),
            })
            .at(sources.place(span));
        return Err(error.help(match nearest(stray, &keys) {
            Some(key) => format!("did you mean `{{{key}}}`?"),
            None => "add the key to `sweep`, or write the value itself".to_owned(),
        }));
    }
    for axis in axes {
        let key = axis.key.get_ref().as_ref();
        let in_name =
            texts.iter().any(|(at, text, _)| *at == "name" && placeholders(text).any(|name| name == key));
        let in_value =
            texts.iter().any(|(at, text, _)| *at != "name" && placeholders(text).any(|name| name == key));
        if in_name && in_value {
            continue;
        }
        let missing = if in_name { "in no value" } else { "not in the variant's name" };
        return Err(SuiteError::invalid(format!("the placeholder `{{{key}}}` of the sweep is {missing}"))
            .expected("it in the name and in at least one value")
            .help(match in_name {
                false => format!("write for example `name = \"exit-{{{key}}}\"`"),
                true => format!("write for example `{key} = \"{{{key}}}\"` where the value belongs"),
            })
            .at(sources.place(&axis.key.span())));
    }
    Ok(())
}

/// Every text in the value, with the key it stands under and its bytes.
fn collect<'n>(value: &'n Node<'_>, key: &'n str, out: &mut Vec<(&'n str, &'n str, std::ops::Range<usize>)>) {
    match value.get_ref() {
        DeValue::String(text) => out.push((key, text, value.span())),
        DeValue::Array(elements) => elements.iter().for_each(|element| collect(element, key, out)),
        DeValue::Table(table) => {
            // Only the variant's own name is a name: nothing inside it has that key.
            table.iter().for_each(|(key, value)| collect(value, key.get_ref(), out));
        }
        _ => {}
    }
}

/// Names in braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    text.split('{').skip(1).filter_map(|after| after.split_once('}')).map(|(name, _)| name).filter(is_name)
}

/// Puts the chosen values in the place of their placeholders. A text that is nothing but a placeholder
/// takes the value's type.
fn fill<'a>(value: &mut Node<'a>, chosen: &[(&str, &Node<'a>)], key: &str) {
    let span = value.span();
    match value.get_mut() {
        DeValue::String(text) => {
            let whole = chosen.iter().find(|(name, _)| **text == format!("{{{name}}}"));
            if let Some((_, swept)) = whole.filter(|_| key != "name") {
                *value = (*swept).clone();
                return;
            }
            let mut filled = text.to_string();
            for (name, swept) in chosen {
                filled =
                    filled.replace(&format!("{{{name}}}"), &written(swept.get_ref()).unwrap_or_default());
            }
            *value = Spanned::new(span, DeValue::String(Cow::Owned(filled)));
        }
        DeValue::Array(elements) => elements.iter_mut().for_each(|element| fill(element, chosen, key)),
        DeValue::Table(table) => {
            table.iter_mut().for_each(|(key, value)| fill(value, chosen, key.get_ref()));
        }
        _ => {}
    }
}

/// A value as it is written, for names; None for what cannot stand in one.
fn written(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}
