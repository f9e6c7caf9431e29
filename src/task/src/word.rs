//! Words that somebody may have meant.

/// So few letters begin too many names.
const SHORTEST: usize = 3;

/// The name that was probably meant, where one is near or is begun.
pub fn nearest<'n>(given: &str, names: &[&'n str]) -> Option<&'n str> {
    // A third of the letters wrong is still a slip; more is another word.
    let most = (given.chars().count() / 3).max(1);
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), *name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
        .or_else(|| begun(given, names))
}

/// The only name that begins with what was given.
fn begun<'n>(given: &str, names: &[&'n str]) -> Option<&'n str> {
    let mut matching = names.iter().filter(|name| given.len() > SHORTEST && name.starts_with(given));
    matching.next().filter(|_| matching.next().is_none()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["blocks", "settle", "idle", "prompt"];
        for (given, meant) in [
            ("blokcs", Some("blocks")),
            ("block", Some("blocks")),
            ("idel", Some("idle")),
            ("promt", Some("prompt")),
            ("sett", Some("settle")),
            ("pro", None),
            ("minutes", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, &names), meant, "{given}");
        }
    }
}
