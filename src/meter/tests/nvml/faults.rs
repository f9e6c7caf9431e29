//! What goes wrong while a GPU is read: a failed sample each, never a number.

use harness_meter::{FaultKind, Meter};

use crate::{Machine, names, read};

#[test]
fn each_error_of_the_driver_is_a_failed_sample_of_its_own_kind() {
    let cases = [
        (15, FaultKind::Gone),
        (16, FaultKind::Gone),
        (4, FaultKind::PermissionDenied),
        (3, FaultKind::NotSupported),
        (13, FaultKind::MissingSymbol),
        (21, FaultKind::Empty),
        (999, FaultKind::Unreadable),
        (77, FaultKind::Unreadable),
    ];
    for (code, kind) in cases {
        let fault = |call| format!("{{ call = '{call}', at-seconds = 1, reads = 1, return = {code} }}");
        let (energy, field) = (fault("nvmlDeviceGetTotalEnergyConsumption"), fault("field:186"));
        let machine = Machine::new(&format!("clock = 'file'\n[[gpu]]\nfault = [{energy}, {field}]"));
        let mut meter = machine.open();
        machine.set_time(1.0);
        let failed: Vec<_> = read(&mut meter).iter().map(|sample| (sample.fault, sample.raw)).collect();
        assert_eq!(failed, [(Some(kind), 0); 2], "{code}");
        let next = read(&mut meter)[0];
        assert!(next.fault.is_none() && next.raw >= 1_000_000, "{code}: {next:?}");
    }
}

#[test]
fn a_lost_gpu_leaves_the_other_one_alone() {
    let lost = "fault = [{ call = 'all', at-seconds = 1, return = 15 }]";
    let machine = Machine::new(&format!("clock = 'file'\n[[gpu]]\n{lost}\n[[gpu]]\n"));
    let mut meter = machine.open();
    assert!(read(&mut meter).iter().all(|sample| sample.fault.is_none()));
    machine.set_time(1.0);
    for _ in 0..3 {
        for sample in read(&mut meter) {
            let of_lost_gpu = usize::from(sample.domain) < 2;
            assert_eq!(sample.fault, of_lost_gpu.then_some(FaultKind::Gone), "{sample:?}");
        }
    }
    let mut conditions = Vec::new();
    meter.conditions(&mut conditions);
    assert_eq!(conditions[0].1, harness_meter::Conditions::default());
    assert_eq!(conditions[2].1.temperature_c, Some(45.0));
}

#[test]
fn counters_that_are_reset_or_stuck_are_passed_on_as_they_are() {
    let machine = Machine::new(
        "clock = 'file'\n[[gpu]]\nwatts = 100\nreset-at = 1.0\n[[gpu]]\nwatts = 100\nstuck-at = 1.0",
    );
    let mut meter = machine.open();
    let raw: Vec<Vec<u64>> = [0.9, 1.0, 2.0]
        .into_iter()
        .map(|seconds| {
            machine.set_time(seconds);
            let samples = read(&mut meter);
            assert!(samples.iter().all(|sample| sample.fault.is_none()));
            samples.iter().filter(|sample| sample.domain % 2 == 0).map(|sample| sample.raw).collect()
        })
        .collect();
    assert_eq!(raw, [[1_090_000, 1_090_000], [0, 1_100_000], [100_000, 1_100_000]]);
}

#[test]
fn a_gpu_that_fails_when_asked_first_cannot_be_chosen_and_is_left_out_of_all() {
    let calls = ["nvmlDeviceGetTotalEnergyConsumption", "field:186", "nvmlDeviceGetHandleByIndex_v2"];
    for call in calls {
        let fault = format!("fault = [{{ call = '{call}', return = 15 }}]");
        let machine = Machine::new(&format!("[[gpu]]\n[[gpu]]\n{fault}"));
        assert_eq!(names(&machine.open()), ["gpu:0", "gpu:0@power"], "{call}");
        let error = machine.open_cuda(1, None).err().unwrap();
        assert!(error.contains("`gpu:1`") && error.contains("\nhelp: "), "{call}: {error}");
    }
}

#[test]
fn a_driver_that_ignores_a_field_does_not_read_as_zero_watts() {
    // Unknown to the fake as to old drivers: nothing but an error comes back.
    let machine =
        Machine::new("[[gpu]]\nenergy = false\npower-usage = false\ninstant = false\naverage = false");
    let error = harness_meter::nvml::Gpus::open(&machine.settings).err().unwrap();
    assert_eq!(error.kind, FaultKind::NotSupported);
    assert_eq!(error.message, "`gpu:0` (NVIDIA H100 80GB HBM3) tells neither its energy nor its power");
}
