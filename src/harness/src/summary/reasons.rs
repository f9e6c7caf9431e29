//! Sentences that differ only in their numbers, told once with the numbers' range.

/// Sentences that are alike, as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// The sentence, each number that differs as a range: `stood still for 2.0 to 82.5 s`.
    pub text: String,
    /// Places of the sentences in what was given, rising.
    pub places: Vec<usize>,
}

/// Groups sentences in the order in which the first of each group stands.
pub fn alike<S: AsRef<str>>(sentences: &[S]) -> Vec<Alike> {
    let mut groups: Vec<(Parts<'_>, Vec<usize>)> = Vec::new();
    for (place, sentence) in sentences.iter().enumerate() {
        let parts = Parts::of(sentence.as_ref());
        match groups.iter_mut().find(|(known, _)| known.texts == parts.texts) {
            Some((known, places)) => {
                known.widen(&parts);
                places.push(place);
            }
            None => groups.push((parts, vec![place])),
        }
    }
    groups.into_iter().map(|(parts, places)| Alike { text: parts.text(), places }).collect()
}

/// A sentence cut at its numbers.
struct Parts<'a> {
    /// One more than there are numbers.
    texts: Vec<&'a str>,
    /// The least and the greatest of each, as written.
    ranges: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    fn of(sentence: &'a str) -> Self {
        let (mut texts, mut ranges) = (Vec::new(), Vec::new());
        let (mut from, mut at) = (0, 0);
        while let Some(found) = sentence.get(at..).and_then(|rest| rest.find([' ', '('])) {
            let start = at + found + 1;
            let rest = sentence.get(start..).unwrap_or_default();
            let length = rest.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(rest.len());
            let word = rest[..length].trim_end_matches('.');
            if word.parse::<f64>().is_ok() {
                texts.push(&sentence[from..start]);
                ranges.push((word, word));
                from = start + word.len();
            }
            at = start;
        }
        texts.push(sentence.get(from..).unwrap_or_default());
        Self { texts, ranges }
    }

    fn widen(&mut self, other: &Self) {
        let value = |word: &str| word.parse::<f64>().unwrap_or(0.0);
        for ((least, most), (other, _)) in self.ranges.iter_mut().zip(&other.ranges) {
            if value(other) < value(least) {
                *least = other;
            }
            if value(other) > value(most) {
                *most = other;
            }
        }
    }

    fn text(&self) -> String {
        let number = |(least, most): &(&str, &str)| {
            if least == most { (*least).to_owned() } else { format!("{least} to {most}") }
        };
        let numbers = self.ranges.iter().map(number).chain([String::new()]);
        self.texts.iter().zip(numbers).map(|(text, number)| format!("{text}{number}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_differ_in_their_numbers_are_told_once_with_the_range() {
        let given = [
            "psys: counter-stuck: the counter stood still for 2.013 s",
            "foreign-load: other programs took 12.5 % of the processor, 10.0 % are allowed",
            "psys: counter-stuck: the counter stood still for 82.500 s",
            "psys: counter-stuck: the counter stood still for 1.990 s",
            "gpu:0: counter-stuck: the counter stood still for 2.013 s",
        ];
        let told = alike(&given);
        let texts: Vec<&str> = told.iter().map(|alike| alike.text.as_str()).collect();
        assert_eq!(
            texts,
            ["psys: counter-stuck: the counter stood still for 1.990 to 82.500 s", given[1], given[4]]
        );
        assert_eq!(told[0].places, [0, 2, 3]);
    }

    #[test]
    fn what_is_no_number_of_its_own_stays_as_it_is() {
        for text in
            ["", "killed by signal 9", "`gpu:0` differs by -7.1 %.", "took 3.", "été (2 of 3) x1 1.2.3 - +"]
        {
            assert_eq!(alike(&[text])[0].text, text);
            assert_eq!(alike(&[text, text])[0], Alike { text: text.to_owned(), places: vec![0, 1] });
        }
        assert_eq!(alike::<&str>(&[]), []);
    }
}
