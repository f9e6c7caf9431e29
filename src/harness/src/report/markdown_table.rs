//! Tables and lists in Markdown, of texts that are Markdown already.

/// A table with these heads; a row has as many cells.
pub(crate) fn table<R: AsRef<[String]>>(heads: &[&str], rows: impl Iterator<Item = R>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(heads.iter().map(|head| (*head).to_owned()).collect());
    text += &line(vec!["---".to_string(); heads.len()]);
    for row in rows {
        text += &line(row.as_ref().to_vec());
    }
    text
}

/// A line for each text.
pub(crate) fn bullets(lines: &[String]) -> String {
    lines.iter().map(|line| format!("- {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_line() {
        let text = table(&["a", "b"], [["x".to_owned(), "y".to_owned()]].into_iter());
        assert_eq!(text, "| a | b |\n| --- | --- |\n| x | y |\n");
    }
}
