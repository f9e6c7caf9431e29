//! Formulas over what a summary holds: numbers, `+ - * /`, parentheses, and calls such as `ratio(energy-per-task, a, b)`.
//!
//! Names of variants and metrics hold `-` and `.`, and values are intervals, so no general evaluator fits: an argument
//! reaches from one comma to the next.

use std::fmt;

/// Parentheses and signs inside one another; a formula of a paper has a handful.
const DEEPEST: usize = 40;

/// What a call asks a summary for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// A metric or score of one variant.
    Value,
    /// A metric of one variant over another's.
    Ratio,
    /// A score of one variant minus another's.
    Difference,
    /// Blocks of the model that ran for a generated token, in the mean.
    Depth,
}

/// Every call: its name, what it asks for, and its arguments.
const CALLS: &[(&str, Quantity, &[&str])] = &[
    ("value", Quantity::Value, &["METRIC", "VARIANT"]),
    ("ratio", Quantity::Ratio, &["METRIC", "VARIANT", "AGAINST"]),
    ("difference", Quantity::Difference, &["SCORE", "VARIANT", "AGAINST"]),
    ("depth", Quantity::Depth, &["VARIANT"]),
];

/// One quantity of a formula.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// What is asked for.
    pub quantity: Quantity,
    /// The metric or scorer; empty of depths.
    pub metric: String,
    /// The variant.
    pub variant: String,
    /// The variant that it is held against, of ratios and differences.
    pub against: Option<String>,
}

/// What joins two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A number.
    Number(f64),
    /// A quantity of the summary.
    Call(Call),
    /// The negative.
    Minus(Box<Self>),
    /// Two parts.
    Two(Operator, Box<Self>, Box<Self>),
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// Why it is none, with the place in characters from 1.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        let formula = reader.sum()?;
        match reader.peek() {
            None => Ok(formula),
            Some(found) => Err(reader.wrong(&format!("`{found}` stands where the formula could end"))),
        }
    }

    /// Every quantity that it names, each once.
    pub fn calls(&self) -> Vec<&Call> {
        let mut all = match self {
            Self::Number(_) => Vec::new(),
            Self::Call(call) => vec![call],
            Self::Minus(inner) => inner.calls(),
            Self::Two(_, first, second) => [first.calls(), second.calls()].concat(),
        };
        all.sort();
        all.dedup();
        all
    }
}

/// As formulas write it.
impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = CALLS.iter().find(|(_, quantity, _)| *quantity == self.quantity).map_or("", |call| call.0);
        let words = [&self.metric, &self.variant].into_iter().chain(&self.against);
        let words: Vec<&str> = words.map(String::as_str).filter(|word| !word.is_empty()).collect();
        write!(out, "{name}({})", words.join(", "))
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Byte at which the rest begins.
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn sum(&mut self) -> Result<Formula, String> {
        let mut left = self.product()?;
        while let Some(operator) = self.operator(&[('+', Operator::Plus), ('-', Operator::Minus)]) {
            left = Formula::Two(operator, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Formula, String> {
        let mut left = self.signed()?;
        while let Some(operator) = self.operator(&[('*', Operator::Times), ('/', Operator::Over)]) {
            left = Formula::Two(operator, Box::new(left), Box::new(self.signed()?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Formula, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong(&format!("more than {DEEPEST} parentheses inside one another")));
        }
        let found = match self.peek() {
            Some('-') => {
                self.skip('-');
                Formula::Minus(Box::new(self.signed()?))
            }
            Some('(') => {
                self.skip('(');
                let inner = self.sum()?;
                self.close()?;
                inner
            }
            Some(digit) if digit.is_ascii_digit() || digit == '.' => self.number()?,
            Some(letter) if letter.is_ascii_alphabetic() => self.call()?,
            Some(other) => return Err(self.wrong(&format!("`{other}` begins neither number nor call"))),
            None => return Err(self.wrong("it ends where a number or call should stand")),
        };
        self.depth -= 1;
        Ok(found)
    }

    fn number(&mut self) -> Result<Formula, String> {
        let digits = self.take(|c| c.is_ascii_digit() || c == '.');
        let number = digits.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Formula::Number).ok_or_else(|| self.wrong(&format!("`{digits}` is no number")))
    }

    fn call(&mut self) -> Result<Formula, String> {
        let name = self.take(|c| c.is_ascii_alphabetic());
        let Some((_, quantity, expected)) = CALLS.iter().find(|(known, ..)| *known == name) else {
            let names: Vec<&str> = CALLS.iter().map(|(name, ..)| *name).collect();
            return Err(self.wrong(&format!("`{name}` is none of the calls {}", names.join(", "))));
        };
        if self.peek() != Some('(') {
            return Err(self.wrong(&format!("`{name}` lacks its arguments ({})", expected.join(", "))));
        }
        self.skip('(');
        let inside = self.take(|c| c != ')' && c != '(');
        self.close()?;
        let words: Vec<String> = inside.split(',').map(|word| word.trim().to_owned()).collect();
        if words.len() != expected.len() || words.iter().any(String::is_empty) {
            let expected = expected.join(", ");
            return Err(self.wrong(&format!("`{name}({inside})` is not `{name}({expected})`")));
        }
        let mut words = words.into_iter();
        let mut next = || words.next().unwrap_or_default();
        let metric = if *quantity == Quantity::Depth { String::new() } else { next() };
        let variant = next();
        let against = words.next();
        Ok(Formula::Call(Call { quantity: *quantity, metric, variant, against }))
    }

    fn close(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(')') => {
                self.skip(')');
                Ok(())
            }
            _ => Err(self.wrong("a parenthesis is not closed")),
        }
    }

    fn operator(&mut self, known: &[(char, Operator)]) -> Option<Operator> {
        let next = self.peek()?;
        let (sign, operator) = known.iter().find(|(sign, _)| *sign == next)?;
        self.skip(*sign);
        Some(*operator)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character behind blanks.
    fn peek(&mut self) -> Option<char> {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.rest().chars().next()
    }

    fn skip(&mut self, sign: char) {
        self.at += sign.len_utf8();
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn wrong(&self, why: &str) -> String {
        let place = self.text.get(..self.at).unwrap_or_default().chars().count();
        format!("`{}` is no formula: {why} (character {})", self.text, place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_hyphens_and_points_and_operators_their_order() {
        let text = "100 * (1 - ratio(energy-per-task, agent-0.8, full)) / -2";
        let formula = Formula::read(text).unwrap();
        let [call] = formula.calls()[..] else { panic!("one call") };
        assert_eq!(call.to_string(), "ratio(energy-per-task, agent-0.8, full)");
        assert_eq!(
            (call.variant.as_str(), call.against.as_deref(), call.quantity),
            ("agent-0.8", Some("full"), Quantity::Ratio)
        );
        let Formula::Two(Operator::Over, left, _) = &formula else { panic!("{formula:?}") };
        assert!(matches!(**left, Formula::Two(Operator::Times, ..)));
        assert_eq!(Formula::read("depth(half)").unwrap().calls()[0].to_string(), "depth(half)");
        let twice = Formula::read("value(a, b) + value(a, b)").unwrap();
        assert_eq!(twice.calls().len(), 1);
    }

    #[test]
    fn what_is_no_formula_says_where_and_why() {
        for (text, why) in [
            ("", "it ends where a number or call should stand (character 1)"),
            ("1 +", "it ends where"),
            ("1 2", "`2` stands where the formula could end (character 3)"),
            ("mean(a, b)", "`mean` is none of the calls value, ratio, difference, depth"),
            ("ratio(energy-per-task, full)", "is not `ratio(METRIC, VARIANT, AGAINST)`"),
            ("value(, full)", "is not `value(METRIC, VARIANT)`"),
            ("value", "lacks its arguments (METRIC, VARIANT)"),
            ("(1", "a parenthesis is not closed"),
            ("1.2.3", "`1.2.3` is no number"),
            ("$", "`$` begins neither number nor call"),
            ("1 × 2", "`×` stands where the formula could end"),
        ] {
            let error = Formula::read(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        for deep in ["(".repeat(100_000), "-".repeat(100_000), "1+".repeat(10), "é(ü".to_owned()] {
            assert!(Formula::read(&deep).is_err());
        }
    }
}
