//! The page that `harness price` prints.

use comfy_table::{CellAlignment, ColumnConstraint};

use super::estimate::{Offer, last_part, number};
use crate::report::format::{MISSING, significant};
use crate::ruled::table;
use crate::summary::{Group, Told};

/// Widest line of the table, in columns.
const WIDTH: u16 = 110;

/// A row for each group, and what must be said of it below.
pub fn page(offers: &[Offer], level: f64) -> String {
    let interval = format!("[{:.0} %]", 100.0 * level);
    let mut list = table(&["model", "cache", "depth", "J/task", &interval, "absolute", "class"]);
    list.set_width(WIDTH);
    for offer in offers {
        list.add_row(row(offer));
    }
    for (index, column) in list.column_iter_mut().enumerate() {
        if index > 0 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if matches!(index, 2 | 3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut page = list.trim_fmt() + "\n\n";
    for sentence in sentences(offers) {
        page += &format!("{sentence}.\n");
    }
    page
}

fn row(offer: &Offer) -> [String; 7] {
    let missing = || MISSING.to_owned();
    let ends = |lo: Option<f64>, hi: Option<f64>, digits: usize| match (lo, hi) {
        (Some(lo), Some(hi)) => format!("[{}, {}]", significant(lo, digits), significant(hi, digits)),
        _ => missing(),
    };
    let cache = offer.group.cache.clone().unwrap_or_else(missing);
    let Told::Value(price) = &offer.price else {
        return [name(&offer.group), cache, missing(), missing(), missing(), missing(), missing()];
    };
    [
        name(&offer.group),
        cache,
        number(price.depth),
        significant(price.energy_j, 4),
        ends(price.lo, price.hi, 4),
        ends(price.lo_absolute, price.hi_absolute, 2),
        price.class.map_or_else(missing, |class| class.to_string()),
    ]
}

/// The model in its format, with what was done to it.
pub fn name(group: &Group) -> String {
    let model = last_part(&group.model);
    let parts: Vec<&str> = [model, group.dtype.as_str()]
        .into_iter()
        .chain(group.compression.iter().map(String::as_str))
        .collect();
    parts.join(", ")
}

/// What must be said, each sentence once with the groups that it holds for.
fn sentences(offers: &[Offer]) -> Vec<String> {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for offer in offers {
        let whose = format!("{} ({})", name(&offer.group), offer.group.cache.as_deref().unwrap_or(MISSING));
        let sentences = match &offer.price {
            Told::Value(price) => price.cautions.clone(),
            Told::Refused { refused } => vec![format!("no price: {refused}")],
        };
        for sentence in sentences {
            match told.iter_mut().find(|(known, _)| *known == sentence) {
                Some((_, groups)) => groups.push(whose.clone()),
                None => told.push((sentence, vec![whose.clone()])),
            }
        }
    }
    let line = |(sentence, groups): (String, Vec<String>)| match groups.len() == offers.len() {
        true => sentence,
        false => format!("{}: {sentence}", groups.join("; ")),
    };
    told.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::{Ask, offers};
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn the_page_has_a_row_for_each_group_and_says_what_is_wrong_with_the_price() {
        let mut summary = exits_summary(&exits_example());
        let mut other = summary.price_models[0].clone();
        other.group.dtype = "bf16".to_owned();
        other.fit = Told::refused("no valid energy");
        summary.price_models.push(other);
        let ask = Ask { prompt: 100, tokens: 10, depth: Some(6.0), model: None };
        let page = page(&offers(&summary, &ask).unwrap(), summary.level);
        assert_eq!(page, EXPECTED);
    }

    const EXPECTED: &str = "\
model            cache      depth  J/task  [95 %]          absolute    class
─────────────────────────────────────────────────────────────────────────────────
mini-code, f32   propagate      6   1.100  [1.100, 1.100]  [1.1, 1.1]  simulated
mini-code, bf16  propagate      –       –  –               –           –

mini-code, f32 (propagate): has no price of prompt tokens: every cell has prompts of 100.0 tokens on average.
mini-code, f32 (propagate): simulated: made up, good for trying the tool.
mini-code, bf16 (propagate): no price: no valid energy.
";
}
