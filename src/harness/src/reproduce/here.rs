//! What of a suite's targets can be judged on this machine.

use std::collections::BTreeMap;

use harness_meter::Class;

use crate::published::{Known, Published, Quantity, Target, What};
use crate::suite::Suite;
use crate::target::{holds, is_energy, least_class, suffices};

/// What the machine has.
pub(super) struct Machine {
    /// Processor and GPUs.
    pub(super) hardware: Vec<String>,
    /// The class of joules that `auto` takes for the suite's device; None where it takes none.
    pub(super) class: Option<Class>,
}

/// How many claims can be judged here, and why the others cannot, each reason with its number.
pub(super) fn judgeable(suite: &Suite, machine: &Machine) -> (usize, BTreeMap<String, usize>) {
    let known = suite.known();
    let (mut can, mut whys) = (0, BTreeMap::new());
    for target in &suite.targets {
        for claim in target.claims(&known).unwrap_or_default() {
            match judged(target, &claim, suite, &known, machine) {
                Ok(()) => can += 1,
                Err(why) => *whys.entry(why).or_insert(0) += 1,
            }
        }
    }
    (can, whys)
}

/// # Errors
/// The condition that does not hold.
fn judged(
    target: &Target,
    claim: &Published,
    suite: &Suite,
    known: &Known,
    machine: &Machine,
) -> Result<(), String> {
    let hardware: Vec<&str> = machine.hardware.iter().map(String::as_str).collect();
    if let Some(wanted) = target.hardware.as_ref().filter(|wanted| !holds(wanted, &hardware)) {
        return Err(format!("other hardware: `{wanted}` is needed"));
    }
    let variant = claim.variant.as_ref().unwrap_or(&known.baseline);
    let model = suite.variants.iter().find(|own| own.name == *variant).map(|own| &own.model);
    let texts =
        model.map(|model| [&model.path, &model.hub].into_iter().flatten().map(String::as_str).collect());
    let texts: Vec<&str> = texts.unwrap_or_default();
    if let Some(wanted) = target.model.as_ref().filter(|wanted| !holds(wanted, &texts)) {
        return Err(format!("other model: `{wanted}` is needed, see `--set model.path=…`"));
    }
    let Some(absolute) = joules(claim) else { return Ok(()) };
    let class = machine.class.ok_or("no meter sees the device")?;
    suffices(class, least_class(target.class.as_deref(), absolute), absolute)
}

/// Whether a claim is about joules themselves; None where it is not about joules.
fn joules(claim: &Published) -> Option<bool> {
    match &claim.what {
        What::Number { formula, .. } => {
            let calls = formula.calls();
            let energy: Vec<_> = calls.iter().filter(|call| is_energy(&call.metric)).collect();
            (!energy.is_empty()).then(|| energy.iter().any(|call| call.quantity == Quantity::Value))
        }
        What::Ordering { metric, .. } | What::Monotone { metric, .. } => is_energy(metric).then_some(false),
        What::Slope { .. } => Some(true),
        What::Linear { .. } | What::OnFront { .. } => Some(false),
    }
}
