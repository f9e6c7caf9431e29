//! The item whose energy is asked for.

use anyhow::Result;

use crate::stop::Stop;

/// An item whose energy is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Prompt tokens, at least 1.
    pub prompt: u32,
    /// Generated tokens, at least 1.
    pub tokens: u32,
    /// Blocks that run per generated token, above 0; None: as many as the deepest cell of a group ran.
    pub depth: Option<f64>,
    /// Only groups of this model; None: all.
    pub model: Option<String>,
}

impl Ask {
    /// Checks what a person typed.
    ///
    /// # Errors
    /// A [`Stop`] that names the number that cannot be.
    pub fn check(&self) -> Result<()> {
        for (name, count) in [("--prompt", self.prompt), ("--tokens", self.tokens)] {
            if count == 0 {
                return Err(Stop::usage(format!("`{name}` is 0\nhelp: write at least 1")).into());
            }
        }
        match self.depth {
            Some(depth) if !(depth.is_finite() && depth > 0.0) => Err(Stop::usage(format!(
                "`--depth` is {depth}\nhelp: write the mean number of blocks that run per token, for example 12.5"
            ))
            .into()),
            _ => Ok(()),
        }
    }

    /// Whether a model is asked for, by its name or by the last part of it.
    pub(super) fn wants(&self, model: &str) -> bool {
        let last = model.rsplit('/').next().unwrap_or(model);
        self.model.as_deref().is_none_or(|wanted| wanted == model || wanted == last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_numbers_are_refused_by_name() {
        let ask = Ask { prompt: 10, tokens: 5, depth: None, model: None };
        assert!(ask.check().is_ok());
        for (wrong, named) in [
            (Ask { prompt: 0, ..ask.clone() }, "`--prompt` is 0"),
            (Ask { tokens: 0, ..ask.clone() }, "`--tokens` is 0"),
            (Ask { depth: Some(0.0), ..ask.clone() }, "`--depth` is 0"),
            (Ask { depth: Some(-3.0), ..ask.clone() }, "`--depth` is -3"),
            (Ask { depth: Some(f64::NAN), ..ask.clone() }, "`--depth` is NaN"),
            (Ask { depth: Some(f64::INFINITY), ..ask }, "`--depth` is inf"),
        ] {
            let error = wrong.check().unwrap_err().to_string();
            assert!(error.starts_with(named) && error.contains("\nhelp: "), "{error}");
        }
    }

    #[test]
    fn a_model_goes_by_its_name_or_the_last_part_of_it() {
        let ask = |model: &str| Ask { prompt: 1, tokens: 1, depth: None, model: Some(model.to_owned()) };
        assert!(
            ask("mini-code").wants("models/mini-code") && ask("models/mini-code").wants("models/mini-code")
        );
        assert!(!ask("mini").wants("models/mini-code"));
    }
}
