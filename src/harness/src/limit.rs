//! Gates as suites write them: a quantity, and limits of its change against the baseline or of its value.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::metric::{METRICS, PER_CORRECT};

/// A change of a quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Share of the baseline's value: 0.03 is 3 %.
    Relative(f64),
    /// Difference of a score: 0.02 is 2 points.
    Points(f64),
}

/// What a gate allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most so much above the baseline.
    MaxIncrease(Change),
    /// At most so much below the baseline.
    MaxDecrease(Change),
    /// At least so much below the baseline.
    MinDecrease(Change),
    /// At least so much above the baseline.
    MinIncrease(Change),
    /// At most this value.
    Max(f64),
    /// At least this value.
    Min(f64),
}

/// The keys of limits in suites and on the command line.
pub const LIMITS: &[&str] = &["max-increase", "max-decrease", "min-decrease", "min-increase", "max", "min"];

impl Change {
    /// Reads `3%` or `2 points`; the reason why it is neither.
    ///
    /// # Errors
    /// It is no number of 0 or more with `%` or `points`.
    pub fn read(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        let text = text.trim();
        let relative = text.strip_suffix('%').and_then(number).map(|n| Self::Relative(n / 100.0));
        let stem = text.strip_suffix("points").or_else(|| text.strip_suffix("point"));
        let points = stem.and_then(number).map(|n| Self::Points(n / 100.0));
        relative.or(points).ok_or_else(|| format!("`{text}` is neither a percentage nor a number of points"))
    }
}

impl Change {
    /// As suites write it: [`read`](Self::read) gives it back to the last bit.
    pub fn written(&self) -> String {
        match self {
            Self::Relative(share) => percentage(*share),
            Self::Points(points) => percentage(*points).replace('%', " points"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(share) => write!(out, "{} %", tidy(100.0 * share)),
            Self::Points(points) if (100.0 * points - 1.0).abs() < 1e-9 => write!(out, "1 point"),
            Self::Points(points) => write!(out, "{} points", tidy(100.0 * points)),
        }
    }
}

impl Limit {
    /// Reads a limit by its key.
    ///
    /// # Errors
    /// The key is none of [`LIMITS`], or the value does not fit it.
    pub fn read(key: &str, text: &str) -> Result<Self, String> {
        let value = || {
            let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| format!("`{text}` is not a number"))
        };
        Ok(match key {
            "max-increase" => Self::MaxIncrease(Change::read(text)?),
            "max-decrease" => Self::MaxDecrease(Change::read(text)?),
            "min-decrease" => Self::MinDecrease(Change::read(text)?),
            "min-increase" => Self::MinIncrease(Change::read(text)?),
            "max" => Self::Max(value()?),
            "min" => Self::Min(value()?),
            _ => return Err(format!("`{key}` is no limit: expected one of {}", LIMITS.join(", "))),
        })
    }

    /// The key that it is written with.
    pub fn key(&self) -> &'static str {
        match self {
            Self::MaxIncrease(_) => "max-increase",
            Self::MaxDecrease(_) => "max-decrease",
            Self::MinDecrease(_) => "min-decrease",
            Self::MinIncrease(_) => "min-increase",
            Self::Max(_) => "max",
            Self::Min(_) => "min",
        }
    }

    /// The change that it speaks of; None for a value.
    pub fn change(&self) -> Option<Change> {
        match *self {
            Self::MaxIncrease(change)
            | Self::MaxDecrease(change)
            | Self::MinDecrease(change)
            | Self::MinIncrease(change) => Some(change),
            Self::Max(_) | Self::Min(_) => None,
        }
    }

    /// Whether what it limits is how far the quantity may go down, not up.
    pub fn is_floor(&self) -> bool {
        matches!(self, Self::MaxDecrease(_) | Self::MinIncrease(_) | Self::Min(_))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxIncrease(change) => write!(out, "at most {change} higher"),
            Self::MaxDecrease(change) => write!(out, "at most {change} lower"),
            Self::MinDecrease(change) => write!(out, "at least {change} lower"),
            Self::MinIncrease(change) => write!(out, "at least {change} higher"),
            Self::Max(value) => write!(out, "at most {}", tidy(*value)),
            Self::Min(value) => write!(out, "at least {}", tidy(*value)),
        }
    }
}

/// Limits on one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// A metric, [`PER_CORRECT`], a scorer, or [`QUALITY`].
    pub metric: String,
    /// At least one.
    pub limits: Vec<Limit>,
    /// Tasks that it holds for; empty: all that have the quantity.
    pub tasks: Vec<String>,
    /// Variants that it holds for; empty: all but the baseline.
    pub variants: Vec<String>,
}

impl Gate {
    /// Reads a gate as [`Serialize`] wrote it.
    ///
    /// # Errors
    /// It has no metric or no limit, or a limit that this version does not know.
    pub fn read(table: &Json) -> Result<Self, String> {
        expect_keys(table, &[&["metric", "tasks", "variants"], LIMITS].concat())?;
        let metric = table.get("metric").and_then(Json::as_str).ok_or("a gate without `metric`")?;
        let mut limits = Vec::new();
        for key in LIMITS {
            match table.get(key) {
                None | Some(Json::Null) => {}
                Some(Json::String(text)) => limits.push(Limit::read(key, text)?),
                Some(value) => limits.push(Limit::read(key, &value.to_string())?),
            }
        }
        if limits.is_empty() {
            return Err(format!("the gate of `{metric}` has no limit"));
        }
        let (tasks, variants) = (names(table, "tasks")?, names(table, "variants")?);
        let gate = Self { metric: metric.to_owned(), limits, tasks, variants };
        gate.check()?;
        Ok(gate)
    }

    /// Reads `METRIC LIMIT VALUE`, as on a command line.
    ///
    /// # Errors
    /// It is not of that form.
    pub fn read_line(line: &str) -> Result<Self, String> {
        let mut words = line.trim().splitn(3, char::is_whitespace);
        let (Some(metric), Some(key), Some(value)) = (words.next(), words.next(), words.next()) else {
            return Err(format!(
                "`{line}` is no limit: expected for example `energy-per-task max-increase 3%`"
            ));
        };
        let limits = vec![Limit::read(key, value)?];
        let gate = Self { metric: metric.to_owned(), limits, tasks: Vec::new(), variants: Vec::new() };
        gate.check()?;
        Ok(gate)
    }

    /// Whether its limits can hold for its quantity.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), String> {
        let is_amount = self.metric == PER_CORRECT || METRICS.iter().any(|metric| metric.name == self.metric);
        for limit in &self.limits {
            match limit {
                _ if !is_amount => {}
                Limit::MaxDecrease(Change::Relative(share)) | Limit::MinDecrease(Change::Relative(share))
                    if *share >= 1.0 =>
                {
                    return Err("no amount can be 100 % lower".to_owned());
                }
                _ if matches!(limit.change(), Some(Change::Points(_))) => {
                    return Err(format!("points are for scores, `{}` is an amount", self.metric));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// As suites write it.
impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut table = to.serialize_map(None)?;
        table.serialize_entry("metric", &self.metric)?;
        for limit in &self.limits {
            match *limit {
                Limit::Max(value) | Limit::Min(value) => table.serialize_entry(limit.key(), &value)?,
                _ => table.serialize_entry(limit.key(), &limit.change().map(|change| change.written()))?,
            }
        }
        for (key, names) in [("tasks", &self.tasks), ("variants", &self.variants)] {
            if !names.is_empty() {
                table.serialize_entry(key, names)?;
            }
        }
        table.end()
    }
}

/// The names under a key of a stored gate or claim; none where the key is absent.
///
/// # Errors
/// It holds something else than a list of texts.
pub(crate) fn names(table: &Json, key: &str) -> Result<Vec<String>, String> {
    let Some(found) = table.get(key).filter(|found| !found.is_null()) else { return Ok(Vec::new()) };
    let names = found
        .as_array()
        .and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.ok_or_else(|| format!("`{key}` is {found}, expected a list of names"))
}

/// That a stored gate or claim is a table with no other keys: what nobody reads was meant to say something.
///
/// # Errors
/// It is none, or has one.
pub(crate) fn expect_keys(table: &Json, known: &[&str]) -> Result<(), String> {
    let keys = table.as_object().ok_or_else(|| format!("{table} is no table"))?;
    match keys.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(format!("`{key}` is none of its keys: {}", known.join(", "))),
    }
}

/// The word for each task's primary score.
pub const QUALITY: &str = "quality";

/// Names of what a gate can limit on every task, scorers aside.
pub fn quantities<'n>() -> Vec<&'n str> {
    METRICS.iter().map(|metric| metric.name).chain([PER_CORRECT, QUALITY]).collect()
}

/// The shortest percentage that is divided by 100 into exactly this number. A number that is a hundredth of another
/// has one: the nearest to a hundred times itself.
pub(crate) fn percentage(fraction: f64) -> String {
    let shifted = format!("{fraction}e2").parse::<f64>().ok();
    let percent = shifted.filter(|percent| percent / 100.0 == fraction).unwrap_or(fraction * 100.0);
    format!("{percent}%")
}

/// A number as people write it, without what rounding left behind.
fn tidy(value: f64) -> f64 {
    format!("{value:.10}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_they_are_written() {
        for (key, text, limit, said) in [
            ("max-increase", "3%", Limit::MaxIncrease(Change::Relative(0.03)), "at most 3 % higher"),
            ("max-decrease", " 2 points", Limit::MaxDecrease(Change::Points(0.02)), "at most 2 points lower"),
            ("max-decrease", "1 point", Limit::MaxDecrease(Change::Points(0.01)), "at most 1 point lower"),
            ("min-decrease", "10 %", Limit::MinDecrease(Change::Relative(0.1)), "at least 10 % lower"),
            ("max", "2.5", Limit::Max(2.5), "at most 2.5"),
        ] {
            let found = Limit::read(key, text).unwrap();
            assert_eq!((found, found.to_string().as_str(), found.key()), (limit, said, key));
            if let Some(change) = found.change() {
                assert_eq!(Change::read(&change.written()), Ok(change));
            }
        }
    }

    #[test]
    fn gates_are_read_as_suites_and_command_lines_write_them() {
        let gate = Gate::read_line("exact-match max-decrease 2 points").unwrap();
        assert_eq!(gate.limits, [Limit::MaxDecrease(Change::Points(0.02))]);
        let more = Gate {
            limits: [gate.limits.clone(), vec![Limit::Max(2.5)]].concat(),
            tasks: vec!["java".into()],
            ..gate
        };
        assert_eq!(Gate::read(&serde_json::to_value(&more).unwrap()), Ok(more));
        for line in [
            "",
            "exact-match",
            "exact-match max-decrease",
            "exact-match most 3%",
            "energy-per-task max-increase 2 points",
            "energy-per-task min-decrease 100%",
        ] {
            assert!(Gate::read_line(line).is_err(), "{line}");
        }
        assert!(Gate::read(&serde_json::json!({"metric": "x"})).unwrap_err().contains("no limit"));
        assert!(Gate::read(&serde_json::json!({"max": 1})).unwrap_err().contains("without `metric`"));
    }

    #[test]
    fn a_stored_gate_with_what_nobody_reads_is_none() {
        for (table, why) in [
            (serde_json::json!(5), "is no table"),
            (
                serde_json::json!({"metric": "x", "max": 1, "max-incraese": "3%"}),
                "`max-incraese` is none of its keys",
            ),
            (serde_json::json!({"metric": "x", "max": 1, "tasks": [5]}), "expected a list of names"),
            (serde_json::json!({"metric": "x", "max": 1, "variants": "full"}), "expected a list of names"),
            (serde_json::json!({"metric": "x", "max": [1]}), "not a number"),
            (serde_json::json!({"metric": "energy-per-task", "min-decrease": "100%"}), "100 % lower"),
        ] {
            let said = Gate::read(&table).unwrap_err();
            assert!(said.contains(why), "{table}: {said}");
        }
    }

    #[test]
    fn what_is_no_limit_says_why() {
        for (key, text, why) in [
            ("max-increase", "3", "neither a percentage"),
            ("max-increase", "-3%", "neither a percentage"),
            ("max-increase", "inf%", "neither a percentage"),
            ("max", "much", "not a number"),
            ("max", "NaN", "not a number"),
            ("most", "3%", "no limit: expected one of max-increase"),
        ] {
            assert!(Limit::read(key, text).unwrap_err().contains(why), "{key} {text}");
        }
    }
}
