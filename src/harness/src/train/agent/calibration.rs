//! Joules for the reward `energy`, as a run measured them on this machine.

use std::path::Path;

use anyhow::Result;
use harness_text::printable::Shown;

use crate::progress::say;
use crate::stop::Stop;
use crate::store::RunFolder;
use crate::summary::DepthLaw;

/// What one token costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Joules {
    /// J of one block: the slope of the depth law.
    pub(super) per_block: f64,
    /// J of the final norm and the head: what asking by confidence costs at one exit.
    pub(super) per_head: f64,
    /// J of asking an agent once.
    pub(super) per_check: f64,
}

/// Reads the joules out of a run folder, for a model that is asked at so many exits, and says of what class they are.
///
/// The run has a depth law, and on the same task the decision energies of `max-probability` and `agent`: each needs a
/// variant that asks and never leaves beside full depth.
///
/// # Errors
/// There is no such run, it is not complete or damaged, or it did not measure one of the three.
pub(super) fn read(run: &Path, model: &Path, exits: usize) -> Result<Joules> {
    let name = run.shown();
    let lacks = |what: &str| {
        Stop::missing(format!(
            "run `{name}` {what}\nhelp: calibrate with a run of full depth, fixed exits, and `max-probability` and `agent` with threshold 1, such as `harness run suites/green_code.toml --profile full`"
        ))
    };
    let (folder, manifest) = RunFolder::open(run)?;
    let summary = folder.stored_summary(&manifest)?;
    let slope = |law: &DepthLaw| law.per_token_j.value().map(|fit| fit.b.value).filter(|slope| *slope > 0.0);
    let named = |law: &DepthLaw| Path::new(&law.group.model).file_name() == model.file_name();
    let law = summary.depth_laws.iter().find(|law| named(law) && slope(law).is_some());
    let law = law.ok_or_else(|| lacks(&format!("has no law of energy by depth of `{}`", model.shown())))?;
    let asking = |policy: &str| {
        let variants = &manifest.summary_input.settings.variants;
        let of_policy = |name: &String| {
            let exit = variants.get(name).and_then(|setting| setting.exit.as_ref());
            exit.is_some_and(|exit| exit.policy == policy)
        };
        let rows = summary.rows.iter().filter(|row| row.task == law.task && of_policy(&row.variant));
        let energy = rows.filter_map(|row| row.answers.decision_energy.value()).next();
        let each = energy.map(|energy| energy.per_token_j.value / exits as f64)?;
        if each < 0.0 {
            // Asking gives no energy back.
            say(&format!(
                "asking by `{policy}` cost less than the blocks' scatter tells ({each:.2e} J): taken as 0"
            ));
        }
        Some(each.max(0.0))
    };
    let class = law.class.map_or("unknown".to_owned(), |class| class.to_string());
    say(&format!("joules of task `{}` in `{name}`, class {class}", law.task));
    Ok(Joules {
        per_block: slope(law).unwrap_or_default(),
        per_head: asking("max-probability")
            .ok_or_else(|| lacks("did not measure what asking by `max-probability` costs"))?,
        per_check: asking("agent").ok_or_else(|| lacks("did not measure what asking an `agent` costs"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_not_there_or_measured_no_depths_is_refused() {
        let absent = read(Path::new("absent"), Path::new("m"), 7).unwrap_err().to_string();
        assert!(absent.contains("absent"), "{absent}");
        let h100 = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/h100"));
        let error = read(h100, Path::new("m"), 7).unwrap_err().to_string();
        assert!(error.contains("was stopped after 16 of 21 cells\nhelp: "), "{error}");
    }
}
