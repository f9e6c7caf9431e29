//! What targets claim, checked against the names that a suite or run knows.

use harness_task::nearest;

use super::formula::{Call, Formula, Quantity};
use super::target::{Fault, KINDS, LAWS, Target};
use super::unit::{Unit, tolerance};
use crate::limit::QUALITY;
use crate::metric::{METRICS, PER_CORRECT};

/// The least share of variance that a line explains, where a target names none.
const R_SQUARED: f64 = 0.95;

/// The classes of joules, from the best.
const CLASSES: &[&str] = &["counter", "integrated", "estimated", "simulated"];

/// The names that targets may use.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Names of variants.
    pub variants: Vec<String>,
    /// Names of tasks.
    pub tasks: Vec<String>,
    /// Names of scorers.
    pub scorers: Vec<String>,
    /// The suite's baseline.
    pub baseline: String,
}

/// A published number with what still agrees with it, on the scale of the summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The number itself; None where the paper leaves a range.
    pub value: Option<f64>,
    /// Least that agrees; minus infinity where nothing bounds it.
    pub lo: f64,
    /// Most that agrees.
    pub hi: f64,
}

/// What is claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A quantity lies in a range.
    Number {
        /// The quantity.
        formula: Formula,
        /// The range.
        range: Range,
    },
    /// The metric rises from variant to variant.
    Ordering {
        /// The metric or scorer.
        metric: String,
        /// From the least to the most.
        order: Vec<String>,
    },
    /// It never falls by more than a share (of amounts) or difference (of scores).
    Monotone {
        /// The metric or scorer.
        metric: String,
        /// From the least to the most.
        order: Vec<String>,
        /// What is no fall yet.
        slack: f64,
    },
    /// Joules rise with depth along a line.
    Linear {
        /// `energy-per-task` or `energy-per-token`.
        metric: String,
        /// The least share of the variance of the variants' means.
        r_squared: f64,
    },
    /// So many joules a block.
    Slope {
        /// `energy-per-task` or `energy-per-token`.
        metric: String,
        /// The published slope.
        range: Range,
    },
    /// No other variant is both better and cheaper.
    OnFront {
        /// The other variants; empty: all of the run.
        rivals: Vec<String>,
    },
}

/// One claim of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The variant that it is about; None of orders and laws over several.
    pub variant: Option<String>,
    /// What is claimed.
    pub what: What,
    /// The unit of the published number.
    pub unit: Unit,
}

impl Target {
    /// What it claims, one for each published number.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn claims(&self, known: &Known) -> Result<Vec<Published>, Fault> {
        one_of("kind", "kind", &self.kind, KINDS)?;
        let tasks: Vec<&str> = known.tasks.iter().map(String::as_str).collect();
        self.tasks.iter().try_for_each(|task| one_of("tasks", "task", task, &tasks))?;
        self.class.iter().try_for_each(|class| one_of("class", "class", class, CLASSES))?;
        if self.source.trim().is_empty() {
            let help = "name the work and the table or figure";
            return Err(Fault::new("source", "`source` is empty", "where the paper says it", help));
        }
        let numbers = [self.value, self.lo, self.hi, self.r_squared].into_iter().flatten();
        if numbers.chain(self.values.values().copied()).any(|number| !number.is_finite()) {
            let why = "a published number is not finite";
            return Err(Fault::new("value", why, "a number", "correct the number"));
        }
        match self.kind.as_str() {
            "ordering" => {
                let what = What::Ordering { metric: self.metric(known)?, order: self.order(known)? };
                Ok(vec![Published { variant: None, what, unit: Unit::plain("") }])
            }
            "law" => self.law(known).map(|published| vec![published]),
            kind => self.numbers(kind == "ratio", known),
        }
    }

    fn numbers(&self, is_ratio: bool, known: &Known) -> Result<Vec<Published>, Fault> {
        if let Some(text) = &self.formula {
            let fault = |why| {
                let expected =
                    "numbers, `+ - * /`, parentheses, `value(…)`, `ratio(…)`, `difference(…)`, `depth(…)`";
                Fault::new("formula", why, expected, "correct the formula")
            };
            let formula = Formula::read(text).map_err(fault)?;
            formula.calls().into_iter().try_for_each(|call| check_call(call, known))?;
            let unit = Unit::plain(self.unit.as_deref().unwrap_or("1"));
            let what = What::Number { formula, range: self.range(self.value, &unit)? };
            return Ok(vec![Published { variant: self.variant.clone(), what, unit }]);
        }
        let metric = self.metric(known)?;
        let against = self.against.clone().unwrap_or_else(|| known.baseline.clone());
        let (quantity, units) = match (is_ratio, is_amount(&metric)) {
            (false, _) => (Quantity::Value, Unit::of_value(&metric)),
            (true, true) => (Quantity::Ratio, Unit::of_ratio()),
            (true, false) => (Quantity::Difference, Unit::of_difference()),
        };
        let unit = self.unit(units)?;
        let one = |variant: &String, value: Option<f64>| {
            let against = is_ratio.then(|| against.clone());
            let call = Call { quantity, metric: metric.clone(), variant: variant.clone(), against };
            check_call(&call, known)?;
            let what = What::Number { formula: Formula::Call(call), range: self.range(value, &unit)? };
            Ok(Published { variant: Some(variant.clone()), what, unit: unit.clone() })
        };
        match (&self.variant, self.values.is_empty()) {
            (Some(variant), true) => Ok(vec![one(variant, self.value)?]),
            (None, false) if self.value.is_none() => {
                self.values.iter().map(|(variant, value)| one(variant, Some(*value))).collect()
            }
            _ => {
                let help = "name a variant with its `value`, or several in `values`";
                Err(Fault::new("variant", "the target does not say whose number it is", "either", help))
            }
        }
    }

    fn law(&self, known: &Known) -> Result<Published, Fault> {
        let law = self.law.as_deref().unwrap_or_default();
        one_of("law", "law", law, LAWS)?;
        let mut unit = Unit::plain("");
        let what = match law {
            "monotone" => {
                let (metric, order) = (self.metric(known)?, self.order(known)?);
                let scale = Unit::plain("1");
                let slack = self.tolerance.as_deref().map_or(Ok(0.0), |text| {
                    tolerance(text, 1.0, &scale).map_err(|why| bad_tolerance(why, &scale))
                })?;
                What::Monotone { metric, order, slack }
            }
            "on-front" => {
                let variant = self.variant.as_deref().unwrap_or_default();
                let variants: Vec<&str> = known.variants.iter().map(String::as_str).collect();
                one_of("variant", "variant", variant, &variants)?;
                self.rivals.iter().try_for_each(|rival| one_of("rivals", "variant", rival, &variants))?;
                if self.rivals.iter().any(|rival| rival == variant) {
                    let why = format!("`{variant}` is held against itself");
                    return Err(Fault::new("rivals", why, "other variants", "remove it from `rivals`"));
                }
                let what = What::OnFront { rivals: self.rivals.clone() };
                return Ok(Published { variant: self.variant.clone(), what, unit });
            }
            _ => {
                let metric = self.metric.clone().unwrap_or_else(|| "energy-per-token".to_owned());
                one_of(
                    "metric",
                    "metric of a law of depth",
                    &metric,
                    &["energy-per-token", "energy-per-task"],
                )?;
                match law {
                    "slope" => {
                        unit = self.unit(vec![Unit::plain("J/block")])?;
                        What::Slope { metric, range: self.range(self.value, &unit)? }
                    }
                    _ => What::Linear { metric, r_squared: self.r_squared.unwrap_or(R_SQUARED) },
                }
            }
        };
        Ok(Published { variant: None, what, unit })
    }

    /// The metric; of names in the board or among the scorers.
    fn metric(&self, known: &Known) -> Result<String, Fault> {
        let metric = self.metric.as_deref().unwrap_or_default();
        check_metric("metric", metric, known)?;
        Ok(metric.to_owned())
    }

    fn order(&self, known: &Known) -> Result<Vec<String>, Fault> {
        if self.order.len() < 2 {
            let why = "`order` names fewer than two variants";
            return Err(Fault::new("order", why, "variants from the least to the most", "name at least two"));
        }
        let variants: Vec<&str> = known.variants.iter().map(String::as_str).collect();
        self.order.iter().try_for_each(|variant| one_of("order", "variant", variant, &variants))?;
        if let Some(pair) = self.order.windows(2).find(|pair| pair[0] == pair[1]) {
            let why = format!("`{}` stands beside itself", pair[0]);
            return Err(Fault::new("order", why, "every variant once", "remove one of them"));
        }
        Ok(self.order.clone())
    }

    fn unit(&self, mut units: Vec<Unit>) -> Result<Unit, Fault> {
        let names: Vec<String> = units.iter().map(|unit| unit.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let place = match &self.unit {
            Some(given) => {
                one_of("unit", "unit", given, &names)?;
                names.iter().position(|name| name == given).unwrap_or_default()
            }
            None => 0,
        };
        Ok(units.swap_remove(place))
    }

    fn range(&self, value: Option<f64>, unit: &Unit) -> Result<Range, Fault> {
        let off = |published: f64| {
            let text = self.tolerance.as_deref();
            text.map(|text| tolerance(text, published, unit).map_err(|why| bad_tolerance(why, unit)))
                .transpose()
        };
        match (value, self.lo, self.hi) {
            (Some(value), None, None) => {
                let off = off(value)?.ok_or_else(|| {
                    let why = "a published number without `tolerance` would never be met exactly";
                    Fault::new(
                        "tolerance",
                        why,
                        "how far off still agrees",
                        "write for example `tolerance = \"5%\"`",
                    )
                })?;
                let (lo, hi) = (unit.own(value - off), unit.own(value + off));
                Ok(Range { value: Some(unit.own(value)), lo, hi })
            }
            (None, lo, hi) if lo.is_some() || hi.is_some() => {
                if lo.zip(hi).is_some_and(|(lo, hi)| lo > hi) {
                    let why = "`lo` lies above `hi`";
                    return Err(Fault::new("lo", why, "a range", "swap them"));
                }
                let end = |bound: Option<f64>, sign: f64| -> Result<f64, Fault> {
                    let Some(bound) = bound else { return Ok(sign * f64::INFINITY) };
                    Ok(unit.own(bound + sign * off(bound)?.unwrap_or_default()))
                };
                Ok(Range { value: None, lo: end(lo, -1.0)?, hi: end(hi, 1.0)? })
            }
            _ => {
                let help = "write `value` with `tolerance`, or `lo` and `hi`";
                Err(Fault::new("value", "the target publishes no number, or two", "one of them", help))
            }
        }
    }
}

fn bad_tolerance(why: String, unit: &Unit) -> Fault {
    let expected = format!("`5%`, or a number in the unit `{}`", unit.name);
    Fault::new("tolerance", why, expected, "change the tolerance")
}

/// Whether it is an amount of the board, not a score.
pub fn is_amount(metric: &str) -> bool {
    metric == PER_CORRECT || METRICS.iter().any(|known| known.name == metric)
}

fn check_call(call: &Call, known: &Known) -> Result<(), Fault> {
    let variants: Vec<&str> = known.variants.iter().map(String::as_str).collect();
    for variant in [Some(&call.variant), call.against.as_ref()].into_iter().flatten() {
        one_of("variant", "variant", variant, &variants)?;
    }
    let amount = is_amount(&call.metric);
    match call.quantity {
        Quantity::Depth => Ok(()),
        Quantity::Ratio if !amount => {
            let metrics: Vec<&str> = METRICS.iter().map(|metric| metric.name).chain([PER_CORRECT]).collect();
            one_of("metric", "metric of a ratio", &call.metric, &metrics)
        }
        Quantity::Difference if amount => {
            let why = format!("`{}` is an amount: amounts have ratios", call.metric);
            Err(Fault::new("formula", why, "a score", "write `ratio(…)`, or name a score"))
        }
        _ => check_metric("metric", &call.metric, known),
    }
}

fn check_metric(key: &'static str, metric: &str, known: &Known) -> Result<(), Fault> {
    let amounts = METRICS.iter().map(|metric| metric.name).chain([PER_CORRECT, QUALITY]);
    let all: Vec<&str> = amounts.chain(known.scorers.iter().map(String::as_str)).collect();
    one_of(key, "metric", metric, &all)
}

fn one_of(key: &'static str, what: &str, given: &str, known: &[&str]) -> Result<(), Fault> {
    if known.contains(&given) {
        return Ok(());
    }
    let expected = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let help = match nearest(given, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "choose one of them".to_owned(),
    };
    let why = if given.is_empty() {
        format!("the target names no {what}")
    } else {
        format!("unknown {what} `{given}`")
    };
    Err(Fault::new(key, why, format!("one of {expected}"), help))
}
