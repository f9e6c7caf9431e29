//! Puts together what a row says of early exit.

use super::agreement::agreement;
use super::decision::decision_energy;
use super::gather::Gathered;
use super::law::{break_even, law_of};
use super::{Agreement, Answers, DecisionEnergy, DepthLaw, SummaryInput, Told};

/// Everything that a row needs to be read with.
pub(super) struct Around<'a> {
    pub(super) input: &'a SummaryInput,
    pub(super) gathered: &'a Gathered<'a>,
    pub(super) laws: &'a [DepthLaw],
    pub(super) level: f64,
}

impl Around<'_> {
    /// What a row says of early exit.
    pub(super) fn answers(&self, task: &str, variant: &str, mean_exit_layer: Option<f64>) -> Answers {
        let settings = &self.input.settings;
        let own = settings.variants.get(variant);
        let measured = self.gathered.of(task, variant);
        let decision: Told<DecisionEnergy> =
            decision_energy(self.input, task, variant, self.gathered, self.level).into();
        let law = law_of(self.input, self.laws, task, variant);
        let first = measured.and_then(|measured| measured.cells.first());
        Answers {
            cache: own.and_then(|setting| setting.cache.clone()),
            head: own.and_then(|setting| setting.head.clone()),
            dtype: first.map(|cell| cell.dtype.clone()),
            context_fraction: settings
                .tasks
                .get(task)
                .map(|setting| setting.context_fraction.clone())
                .unwrap_or_default(),
            exit_histogram: measured.map(|measured| measured.exit_histogram()).unwrap_or_default(),
            agreement: self.agreement(task, variant).into(),
            break_even: break_even(law, &decision, mean_exit_layer, self.level).into(),
            decision_energy: decision,
        }
    }

    fn agreement(&self, task: &str, variant: &str) -> Result<Agreement, String> {
        let settings = &self.input.settings;
        let asked = settings.tasks.get(task).ok_or("the run does not keep how its variants answer")?;
        if asked.decode != "greedy" {
            return Err(format!("the task's tokens are not chosen greedily but by `{}`", asked.decode));
        }
        let full = settings
            .full_depth(variant, &self.input.variants)
            .ok_or("no variant of the same model, dtype and compression runs every block")?;
        if full == variant {
            return Err("it is the variant that runs every block".to_owned());
        }
        let of = |name: &str| self.gathered.of(task, name).ok_or("it was not measured");
        let found = agreement(of(variant)?, of(full)?, full);
        found.ok_or_else(|| format!("it answered no item that `{full}` answered in the same block"))
    }
}

#[cfg(test)]
mod tests {
    use crate::report::exits_example::{exits_example, exits_input, exits_summary, summary_with};
    use crate::summary::{ExitCount, Summary, SummaryRow};

    fn row<'s>(summary: &'s Summary, name: &str) -> &'s SummaryRow {
        summary.rows.iter().find(|row| row.variant == name).unwrap()
    }

    #[test]
    fn a_row_names_what_its_energy_depends_on_and_where_tokens_left() {
        let summary = exits_summary(&exits_example());
        let found = &row(&summary, "exit-4").answers;
        assert_eq!((found.cache.as_deref(), found.head.as_deref()), (Some("propagate"), Some("last")));
        assert_eq!((found.dtype.as_deref(), &found.context_fraction[..]), (Some("f32"), &[0.2][..]));
        assert_eq!(row(&summary, "full").answers.cache.as_deref(), Some("key-value"));
        // 4 items, 2 passes, 6 blocks; the first of ten tokens comes out of the prompt.
        let expected = [ExitCount { blocks: 4, tokens: 432 }, ExitCount { blocks: 12, tokens: 48 }];
        assert_eq!(found.exit_histogram, expected);
        let tokens: u64 = found.exit_histogram.iter().map(|count| count.tokens).sum();
        let blocks: u64 = found.exit_histogram.iter().map(|c| u64::from(c.blocks) * c.tokens).sum();
        let mean = row(&summary, "exit-4").speed.mean_exit_layer.unwrap();
        assert!((blocks as f64 / tokens as f64 - mean).abs() < 1e-9);
    }

    #[test]
    fn outputs_are_compared_with_those_of_full_depth() {
        let summary = exits_summary(&exits_example());
        let found = row(&summary, "exit-4").answers.agreement.value().unwrap();
        assert_eq!((found.with.as_str(), found.items), ("full", 4));
        assert_eq!((found.same_token_share, found.equal_output_share), (Some(0.925), 0.25));
        let never = row(&summary, "never").answers.agreement.value().unwrap();
        assert_eq!((never.same_token_share, never.equal_output_share), (Some(1.0), 1.0));
        assert!(row(&summary, "full").answers.agreement.why().unwrap().contains("it is the variant"));
    }

    #[test]
    fn sampled_answers_are_not_compared() {
        let mut input = exits_input();
        input.settings.tasks.values_mut().for_each(|task| task.decode = "sample".to_owned());
        let summary = summary_with(&input, &exits_example());
        let why = row(&summary, "exit-4").answers.agreement.why().unwrap();
        assert_eq!(why, "the task's tokens are not chosen greedily but by `sample`");
    }
}
