//! Names of files that are made from names that users give.

use crate::hash;

/// File systems take 255 bytes; the rest is for numbers, endings and temporary names.
const MOST: usize = 160;

/// Hexadecimal digits of the hash that keeps shortened names apart.
const DIGITS: usize = 12;

/// The name where it is short enough; else its beginning and a hash of all of it.
pub fn fitting(name: &str) -> String {
    if name.len() <= MOST {
        return name.to_owned();
    }
    let end = name.floor_char_boundary(MOST - DIGITS - 1);
    format!("{}-{}", &name[..end], &hash::text(name)[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay_and_long_ones_are_cut_and_stay_different() {
        assert_eq!(fitting("pareto-java"), "pareto-java");
        let whole = "x".repeat(MOST);
        assert_eq!(fitting(&whole), whole);
        let (one, other) = (fitting(&format!("{whole}1")), fitting(&format!("{whole}2")));
        assert_ne!(one, other);
        assert!(one.starts_with("xxx") && one.len() == MOST, "{one}");
        let wide = fitting(&"ü€𝄞".repeat(60));
        assert!(wide.len() <= MOST && wide.starts_with("ü€𝄞"), "{wide}");
    }
}
