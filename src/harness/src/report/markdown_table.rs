//! Tables and lists in Markdown.

/// A table with these heads; a row has as many cells.
pub(crate) fn table<R: AsRef<[String]>>(heads: &[&str], rows: impl Iterator<Item = R>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    // A vertical bar in a text would end its cell.
    let safe = |text: &str| text.replace('|', "\\|");
    let mut text = line(heads.iter().map(|head| safe(head)).collect());
    text += &line(vec!["---".to_string(); heads.len()]);
    for row in rows {
        text += &line(row.as_ref().iter().map(|cell| safe(cell)).collect());
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
    fn a_name_with_a_vertical_bar_does_not_break_its_row() {
        let text = table(&["a"], [["x|y".to_string()]].into_iter());
        assert_eq!(text, "| a |\n| --- |\n| x\\|y |\n");
    }
}
