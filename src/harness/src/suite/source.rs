//! Where a byte of the suite comes from: the file, or one of the `--set` arguments.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::Place;

/// The texts that a suite is made of. Their bytes are numbered through, the file's first, so that one
/// span names one place.
pub(crate) struct Sources<'a> {
    /// As named by the user.
    pub(crate) file: &'a Path,
    pub(crate) text: &'a str,
    /// `KEY=VALUE` arguments in order.
    pub(crate) sets: &'a [String],
    /// What paths in the file start from, absolute.
    pub(crate) folder: PathBuf,
    /// What paths in `--set` start from, absolute.
    pub(crate) current: PathBuf,
}

impl Sources<'_> {
    /// The number of the first byte of the `index`-th `--set` argument.
    pub(crate) fn set_start(&self, index: usize) -> usize {
        // One byte apart, so that a span at the end of one text is not the start of the next.
        self.text.len() + 1 + self.sets[..index].iter().map(|set| set.len() + 1).sum::<usize>()
    }

    fn set_of(&self, span: &Range<usize>) -> Option<&str> {
        let index = (0..self.sets.len()).rev().find(|index| self.set_start(*index) <= span.start)?;
        Some(&self.sets[index])
    }

    /// What a path written in these bytes starts from, absolute.
    pub(crate) fn folder_of(&self, span: &Range<usize>) -> &Path {
        if self.set_of(span).is_some() { &self.current } else { &self.folder }
    }

    /// These bytes as a person finds them.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        if let Some(set) = self.set_of(span) {
            return Place::Set(set.to_owned());
        }
        let file = self.file.display().to_string();
        if *span == self.whole_file() {
            return Place::File(file);
        }
        let start = floor_char_boundary(self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |newline| start + newline);
        let end = floor_char_boundary(self.text, span.end.min(line_end)).max(start);
        Place::Line {
            file,
            line: self.text[..line_start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            // Tabs would shift the caret.
            text: self.text[line_start..line_end].trim_end().replace('\t', " "),
            width: self.text[start..end].trim_end().chars().count().max(1),
        }
    }

    /// The span that stands for the file as a whole.
    pub(crate) fn whole_file(&self) -> Range<usize> {
        0..self.text.len()
    }
}

fn floor_char_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_found_in_the_file_or_in_its_set_argument() {
        let sets = ["a=1".to_owned(), "bb=2".to_owned()];
        let sources = Sources {
            file: Path::new("x.toml"),
            text: "one\ntwö = 3\n",
            sets: &sets,
            folder: PathBuf::from("/suites"),
            current: PathBuf::from("/here"),
        };
        let line = |line, column, text: &str, width| Place::Line {
            file: "x.toml".to_owned(),
            line,
            column,
            text: text.to_owned(),
            width,
        };
        let end = sources.text.len();
        for (span, place) in [
            (0..3, line(1, 1, "one", 3)),
            (4..8, line(2, 1, "twö = 3", 3)),
            (11..12, line(2, 7, "twö = 3", 1)),
            (1..8, line(1, 2, "one", 2)),
            (end..end, line(3, 1, "", 1)),
            (end + 1..end + 2, Place::Set("a=1".to_owned())),
            (end + 5..end + 7, Place::Set("bb=2".to_owned())),
        ] {
            assert_eq!(sources.place(&span), place, "{span:?}");
        }
        assert_eq!(sources.folder_of(&(0..1)), Path::new("/suites"));
        assert_eq!(sources.folder_of(&(end + 1..end + 2)), Path::new("/here"));
    }
}
