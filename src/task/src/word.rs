//! Words that somebody may have meant.

/// The name that was probably meant, where one is near.
pub fn nearest<'n>(given: &str, names: &[&'n str]) -> Option<&'n str> {
    // A third of the letters wrong is still a slip; more is another word.
    let most = (given.chars().count() / 3).max(1);
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), *name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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
            ("minutes", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, &names), meant, "{given}");
        }
    }
}
