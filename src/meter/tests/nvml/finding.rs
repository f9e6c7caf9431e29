//! What a look at the machine says, and what would mend it.

use std::fs;

use harness_meter::{Finding, METERS, Settings, State};

use crate::Machine;

fn look(settings: &Settings) -> Vec<Finding> {
    let entry = METERS.iter().find(|entry| entry.name == "nvml").unwrap();
    (entry.look)(settings)
}

#[test]
fn gpus_that_can_be_read_are_found_and_the_others_named() {
    let scenario = "
        [[gpu]]
        [[gpu]]
        name = 'NVIDIA L4'
        [[gpu]]
        fault = [{ call = 'nvmlDeviceGetTotalEnergyConsumption', return = 15 }]
        [[gpu]]
        fault = [{ call = 'nvmlDeviceGetHandleByIndex_v2', return = 4 }]
        [[gpu]]
        name = 'Old'
        energy = false
        instant = false
        average = false
        power-usage = false";
    let findings = look(&Machine::new(scenario).settings);
    let seen: Vec<(State, &str)> =
        findings.iter().map(|found| (found.state, found.detail.as_str())).collect();
    let expected = [
        (State::Found, "2 GPUs (NVIDIA H100 80GB HBM3, NVIDIA L4), driver 570.86.15"),
        (State::Broken, "`gpu:2`: its energy counter: "),
        (State::Denied, "`gpu:3`: the GPU: "),
        (State::Absent, "`gpu:4` (Old) tells neither its energy nor its power"),
    ];
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for ((state, detail), (expected, start)) in seen.into_iter().zip(expected) {
        assert!(state == expected && detail.starts_with(start), "{state:?} {detail}");
    }
    assert!(findings.iter().all(|found| (found.meter, found.what) == ("nvml", "NVML")));
    let mended = |found: &Finding| !found.mend.is_empty();
    assert_eq!(findings.iter().map(mended).collect::<Vec<_>>(), [false, true, true, false]);
}

#[test]
fn a_driver_that_does_not_start_says_why_and_what_to_do() {
    let cases = [
        ("init = 9", State::Broken, "but the NVIDIA driver is not loaded", "--gpus all"),
        ("init = 4", State::Denied, "may not be asked by this user", "--gpus all"),
        ("init = 17", State::Denied, "keeps the NVIDIA driver from this process", "--gpus all"),
        ("init = 18", State::Broken, "are of different versions", "restart the machine"),
        ("init = 999", State::Broken, "does not start: an internal driver error", "nvidia-smi"),
        ("missing = ['nvmlInit_v2']", State::Broken, "is not NVML", "ldconfig"),
        ("missing = ['nvmlDeviceGetCount_v2']\n[[gpu]]", State::Broken, "does not count", "nvidia-smi"),
    ];
    for (scenario, state, detail, mend) in cases {
        let machine = Machine::new(scenario);
        let [found] = &look(&machine.settings)[..] else { panic!("not one finding for {scenario}") };
        assert_eq!(found.state, state, "{scenario}");
        assert!(found.detail.contains(detail), "{scenario}: {}", found.detail);
        assert!(found.mend[0].contains(mend), "{scenario}: {:?}", found.mend);
        let fault = harness_meter::nvml::Gpus::open(&machine.settings).err().unwrap();
        assert_eq!((fault.message, fault.help), (found.detail.clone(), found.mend[0].clone()));
    }
}

#[test]
fn a_machine_without_a_gpu_has_nothing_to_mend() {
    let machine = Machine::new("");
    let [found] = &look(&machine.settings)[..] else { panic!("not one finding") };
    assert_eq!((found.state, found.detail.as_str()), (State::Absent, "no GPU, driver 570.86.15"));
    assert!(found.mend.is_empty());
    let bare = Settings { nvml_library: "libno-such-nvml.so.1".to_owned(), ..machine.settings };
    let [found] = &look(&bare)[..] else { panic!("not one finding") };
    assert_eq!(found.detail, "no NVIDIA GPU on the PCI bus, no `libno-such-nvml.so.1`");
    assert_eq!((found.state, found.mend.is_empty()), (State::Absent, true));
}

#[test]
fn a_gpu_without_its_library_is_broken_and_can_be_mended() {
    let machine = Machine::new("");
    let settings = Settings { nvml_library: "libno-such-nvml.so.1".to_owned(), ..machine.settings.clone() };
    let devices = machine.path().join("sys/bus/pci/devices");
    for (slot, vendor, class) in
        [("0000:00:02.0", "0x8086", "0x030000"), ("0000:01:00.1", "0x10de", "0x040300")]
    {
        fs::create_dir_all(devices.join(slot)).unwrap();
        fs::write(devices.join(slot).join("vendor"), vendor).unwrap();
        fs::write(devices.join(slot).join("class"), class).unwrap();
    }
    assert_eq!(look(&settings)[0].state, State::Absent, "neither Intel's graphics nor NVIDIA's sound count");
    fs::write(devices.join("0000:01:00.1/class"), "0x030200\n").unwrap();
    let [found] = &look(&settings)[..] else { panic!("not one finding") };
    assert_eq!(found.state, State::Broken);
    assert_eq!(found.detail, "an NVIDIA GPU is on the PCI bus, but `libno-such-nvml.so.1` is not found");
    assert!(found.mend[0].contains("NVIDIA_DRIVER_CAPABILITIES=compute,utility"), "{:?}", found.mend);
}

#[test]
fn files_that_are_no_library_are_told_apart_from_none() {
    let machine = Machine::new("");
    let other = machine.path().join("text.so");
    fs::write(&other, "no library").unwrap();
    let settings = Settings { nvml_library: other.to_str().unwrap().to_owned(), ..Settings::default() };
    let [found] = &look(&settings)[..] else { panic!("not one finding") };
    assert_eq!(found.state, State::Broken);
    assert!(found.detail.contains("cannot be loaded"), "{}", found.detail);
    // A real library that is something else.
    let settings = Settings { nvml_library: "libc.so.6".to_owned(), ..Settings::default() };
    let [found] = &look(&settings)[..] else { panic!("not one finding") };
    assert_eq!(found.detail, "`libc.so.6` is not NVML: it has no `nvmlInit_v2`");
}
