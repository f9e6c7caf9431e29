//! What is known of a GPU beside its energy.

use harness_meter::{Conditions, Meter};

use crate::Machine;

fn conditions(scenario: &str, attached: Option<u32>) -> Vec<(u16, Conditions)> {
    let mut meter = Machine::new(scenario).open();
    meter.attach(attached);
    let mut out = Vec::new();
    meter.conditions(&mut out);
    out
}

#[test]
fn heat_clocks_limits_and_slowdowns_are_told_for_each_view_of_the_gpu() {
    let scenario = "
        [[gpu]]
        temperature = 71
        throttle = 0x44
        sm-clock-mhz = 1410
        power-limit-w = 350.5";
    let expected = Conditions {
        temperature_c: Some(71.0),
        throttle: Some(vec!["hardware-thermal-slowdown".to_owned()]),
        clock_mhz: Some(1410.0),
        power_limit_w: Some(350.5),
        foreign_processes: Some(0),
    };
    assert_eq!(conditions(scenario, None), [(0, expected.clone()), (1, expected)]);
}

#[test]
fn what_the_driver_does_not_tell_is_none() {
    let missing = "
        missing = ['nvmlDeviceGetTemperature', 'nvmlDeviceGetCurrentClocksThrottleReasons',
            'nvmlDeviceGetClockInfo', 'nvmlDeviceGetEnforcedPowerLimit',
            'nvmlDeviceGetComputeRunningProcesses_v3']
        [[gpu]]";
    assert_eq!(conditions(missing, None)[0].1, Conditions::default());
}

#[test]
fn processes_outside_the_measured_tree_are_foreign() {
    let own = std::process::id();
    let parent = std::os::unix::process::parent_id();
    // Above the kernel's largest possible process id (2^22).
    let unseen = 1 << 23;
    let cases = [
        (vec![own], vec![], Some(own), Some(0)),
        (vec![own], vec![], None, Some(1)),
        (vec![own], vec![own], None, Some(1)),
        // The test is a child of its parent, not the other way round.
        (vec![own], vec![], Some(parent), Some(0)),
        (vec![parent], vec![own], Some(own), Some(1)),
        (vec![own, unseen], vec![], Some(own), None),
    ];
    for (compute, graphics, attached, expected) in cases {
        let scenario = format!("[[gpu]]\ncompute = {compute:?}\ngraphics = {graphics:?}");
        assert_eq!(
            conditions(&scenario, attached)[0].1.foreign_processes,
            expected,
            "{scenario} {attached:?}"
        );
    }
}
