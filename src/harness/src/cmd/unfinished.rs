//! The sentence below numbers of a run that is not complete.

/// A line that says how far the run came; empty of a complete one.
pub(super) fn sentence(unfinished: Option<&str>) -> String {
    unfinished.map_or(String::new(), |how_far| format!("not complete: {how_far}\n"))
}
