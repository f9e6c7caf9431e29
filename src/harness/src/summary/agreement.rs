//! Whether two variants gave the same tokens.

use std::collections::{BTreeMap, HashMap};

use super::Agreement;
use super::answer::Answer;
use super::gather::{Measured, ScoredRow};

/// Compares two variants item by item, each item once: repetitions of a greedy answer are the same answer. None
/// without common items.
pub(super) fn agreement(own: &Measured<'_>, full: &Measured<'_>, with: &str) -> Option<Agreement> {
    let theirs: HashMap<(u16, u32), &ScoredRow> =
        full.items.iter().map(|row| ((row.block, row.item), row)).collect();
    let mut pairs: BTreeMap<u32, (&Answer, &Answer)> = BTreeMap::new();
    for row in &own.items {
        if let Some(other) = theirs.get(&(row.block, row.item)) {
            pairs.entry(row.item).or_insert((&row.answer, &other.answer));
        }
    }
    let items = Some(pairs.len()).filter(|items| *items > 0)?;
    let equal = pairs.values().filter(|(own, other)| own.equals(other)).count();
    let (mut same, mut positions, mut stored) = (0_usize, 0_usize, true);
    for pair in pairs.values() {
        let (Some(own), Some(other)) = (&pair.0.tokens, &pair.1.tokens) else {
            stored = false;
            break;
        };
        positions += own.len().min(other.len());
        same += own.iter().zip(other.iter()).filter(|(own, other)| own == other).count();
    }
    Some(Agreement {
        with: with.to_owned(),
        items,
        same_token_share: (stored && positions > 0).then(|| same as f64 / positions as f64),
        equal_output_share: equal as f64 / items as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ScoreRecord;

    fn measured(answers: &[(u16, u32, Option<&[u32]>, &str)]) -> Measured<'static> {
        let row = |(block, item, tokens, text): &(u16, u32, Option<&[u32]>, &str)| ScoredRow {
            block: *block,
            item: *item,
            cluster: "a".into(),
            answer: Answer::of(&ScoreRecord {
                token_ids: tokens.map(<[u32]>::to_vec),
                completion_sha256: (*text).to_owned(),
                ..ScoreRecord::default()
            }),
            stats: Vec::new(),
        };
        Measured { items: answers.iter().map(row).collect(), ..Measured::default() }
    }

    #[test]
    fn tokens_are_compared_up_to_the_shorter_output_and_each_item_once() {
        let full = measured(&[
            (0, 0, Some(&[1, 2, 3, 4]), "a"),
            (0, 1, Some(&[5, 6]), "b"),
            (1, 0, Some(&[9]), "c"),
        ]);
        let own = measured(&[
            (0, 0, Some(&[1, 7, 3]), "d"),
            (0, 1, Some(&[5, 6]), "b"),
            (1, 0, Some(&[9]), "c"),
            (1, 8, Some(&[9]), "c"),
        ]);
        let found = agreement(&own, &full, "full").unwrap();
        assert_eq!((found.items, found.equal_output_share), (2, 0.5));
        assert_eq!(found.same_token_share, Some(4.0 / 5.0));
        assert_eq!(agreement(&own, &measured(&[(0, 7, None, "")]), "full"), None);
    }

    #[test]
    fn without_token_ids_texts_alone_are_compared() {
        let full = measured(&[(0, 0, None, "a"), (0, 1, Some(&[5, 6]), "b")]);
        let own = measured(&[(0, 0, Some(&[1]), "a"), (0, 1, Some(&[5, 7]), "b")]);
        let found = agreement(&own, &full, "full").unwrap();
        assert_eq!((found.same_token_share, found.equal_output_share), (None, 0.5));
    }
}
