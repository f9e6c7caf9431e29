//! A few of every simulation: each bar of the `simulate` example holds up to the chance of small numbers.

#[path = "../examples/simulate/simulators/mod.rs"]
mod simulators;

use simulators::Scale;

#[test]
fn every_promise_holds_and_every_wrong_way_is_seen_to_fail() {
    let checks = simulators::all(Scale::TEST);
    assert!(checks.len() > 40, "{}", checks.len());
    for check in checks {
        assert!(check.passes(Scale::TEST.slack()), "{check:?}");
    }
}
