//! Classes of joules as conditions: the least class with which a claim can be judged.

use harness_meter::Class;

/// From the best.
pub const CLASSES: &[Class] = &[Class::Counter, Class::Integrated, Class::Estimated, Class::Simulated];

/// The least class that a target asks for: joules themselves must have been metered, comparisons may be estimates.
pub fn least_class(asked: Option<&str>, absolute: bool) -> Class {
    let usual = if absolute { Class::Integrated } else { Class::Estimated };
    let known = |word: &str| CLASSES.iter().copied().find(|class| class.as_str() == word);
    asked.and_then(known).unwrap_or(usual)
}

/// Whether joules of one class are as good as the least that is asked for.
///
/// # Errors
/// Why they are not.
pub fn suffices(found: Class, least: Class, absolute: bool) -> Result<(), String> {
    let rank = |class: Class| CLASSES.iter().position(|known| *known == class);
    if rank(found) <= rank(least) {
        return Ok(());
    }
    Err(match found {
        Class::Simulated => "the joules are simulated".to_owned(),
        found if absolute => {
            format!("the class is {found}, and joules themselves are compared: `{least}` is needed")
        }
        found => format!("the class is {found}: `{least}` is needed"),
    })
}
