//! Whether the same item gives the same output in every block, as greedy decoding promises.

use std::collections::HashMap;

use crate::summary::SummaryInput;
use crate::summary::answer::Answer;
use crate::summary::diagnosis::Repeats;
use crate::summary::gather::Measured;

pub(super) fn repeats(input: &SummaryInput, task: &str, measured: &Measured<'_>) -> Result<Repeats, String> {
    let asked = input.settings.tasks.get(task).ok_or("the run does not keep how its variants answer")?;
    if asked.decode != "greedy" {
        return Err(format!("the task's tokens are not chosen greedily but by `{}`", asked.decode));
    }
    // Of each item its first answer, in how many blocks it ran, and whether another one differed.
    let mut items: HashMap<u32, (&Answer, u32, bool)> = HashMap::new();
    for row in &measured.items {
        let (first, blocks, differs) = items.entry(row.item).or_insert((&row.answer, 0, false));
        *blocks += 1;
        *differs |= !first.equals(&row.answer);
    }
    let repeated: Vec<bool> =
        items.into_values().filter(|(_, blocks, _)| *blocks > 1).map(|(.., differs)| differs).collect();
    let differing = repeated.iter().filter(|differs| **differs).count();
    match repeated.len() {
        0 => Err("no item ran in two blocks".to_owned()),
        items => Ok(Repeats { items, differing, share: differing as f64 / items as f64 }),
    }
}
