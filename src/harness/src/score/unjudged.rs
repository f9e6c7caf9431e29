//! The row of a completion before it is run, scored and measured.

use harness_protocol::Finish;
use harness_task::Item;

use super::text::post_process;
use crate::record::{ItemRecord, VersionRecord, Why};
use crate::suite::TaskSpec;

/// What is known of a completion by itself; where, when and at what cost it was made is for the caller to say.
pub fn unjudged(task: &TaskSpec, item: &Item, completion: String) -> ItemRecord {
    let before = item.program.as_ref().map_or(item.prompt.as_str(), |program| &program.before);
    ItemRecord {
        task: task.name.clone(),
        item: item.id,
        name: Some(item.name.clone()),
        problem: Some(item.problem),
        version: item.version.as_ref().map(|version| VersionRecord {
            family: version.family.clone(),
            recipe: version.recipe.clone(),
            seed: version.seed,
        }),
        cluster: Some(item.cluster.clone()),
        pass_count: 1,
        context_fraction: context_fraction(task, item),
        prompt_sha256: crate::hash::text(&item.prompt),
        completion_sha256: crate::hash::text(&completion),
        completion_post: post_process(&task.post_process, &completion, before, &task.stop),
        completion,
        reference: item.reference.clone(),
        finish: Finish::Eos,
        label: item.label.clone(),
        why: Some(Why { word: "not-measured".to_owned(), detail: "nothing was measured".to_owned() }),
        ..ItemRecord::default()
    }
}

/// Cuts of one document have numbers that follow one another, in the order of the task's shares.
fn context_fraction(task: &TaskSpec, item: &Item) -> Option<f64> {
    let cuts = task.context.len();
    task.context.get((item.id as usize).checked_rem(cuts)?).copied()
}
