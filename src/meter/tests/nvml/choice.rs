//! Which GPU is read: CUDA's numbers, UUIDs and MIG parts.

use harness_meter::{Class, Device, Meter, Settings, choose};

use crate::{Machine, names};

#[test]
fn only_the_gpu_that_computes_is_opened() {
    let scenario = "
        [[gpu]]
        uuid = 'GPU-aa11'
        [[gpu]]
        uuid = 'GPU-bb22'
        fault = [{ call = 'nvmlDeviceGetHandleByIndex_v2', return = 4 }]
        [[gpu]]
        uuid = 'GPU-cc33'
        [[gpu]]
        uuid = 'GPU-dd44'";
    let machine = Machine::new(scenario);
    let cases = [
        (0, None, Ok("gpu:0")),
        // A GPU that may not be used has no number of CUDA's.
        (1, None, Ok("gpu:2")),
        (0, Some("2"), Ok("gpu:3")),
        (1, Some("2,0"), Ok("gpu:0")),
        (0, Some("GPU-cc"), Ok("gpu:2")),
        (0, Some("GPU-bb22"), Err("`GPU-bb22` names no GPU")),
        (3, None, Err("there is no GPU 3 among 3")),
        (0, Some(""), Err("`CUDA_VISIBLE_DEVICES` is ``")),
    ];
    for (index, visible, expected) in cases {
        match (machine.open_cuda(index, visible), expected) {
            (Ok(meter), Ok(name)) => assert_eq!(names(&meter)[0], name, "{index} {visible:?}"),
            (Err(error), Err(part)) => {
                assert!(error.starts_with("no GPU is `cuda:"), "{error}");
                assert!(error.contains(part) && error.contains("\nhelp: "), "{index} {visible:?}: {error}");
            }
            (meter, _) => panic!("{index} {visible:?}: {:?}", meter.map(|meter| meter.domains().to_vec())),
        }
    }
    assert_eq!(names(&machine.open()).len(), 2 * 3);
}

#[test]
fn a_mig_part_is_measured_as_its_whole_gpu_and_says_so() {
    let scenario = "
        [[gpu]]
        [[gpu]]
        uuid = 'GPU-bb22'
        mig = ['MIG-7a', 'MIG-7b']";
    let machine = Machine::new(scenario);
    let cases = [
        (0, Some("MIG-7b"), "; whole GPU: MIG-7b is one MIG part of it"),
        (0, Some("MIG-GPU-bb22/1/0"), "; whole GPU: MIG-GPU-bb22/1/0 is one MIG part of it"),
        (1, None, "; whole GPU: it is divided into MIG parts"),
    ];
    for (index, visible, label) in cases {
        let meter = machine.open_cuda(index, visible).unwrap();
        assert_eq!(names(&meter), ["gpu:1", "gpu:1@power"]);
        for domain in meter.domains() {
            assert!(domain.source.ends_with(&format!("(GPU-bb22){label}")), "{}", domain.source);
        }
    }
    let plain = machine.open_cuda(0, None).unwrap();
    assert!(!plain.domains()[0].source.contains("MIG"));
}

#[test]
fn auto_takes_the_counter_of_the_gpu_that_computes() {
    let machine = Machine::new("[[gpu]]\n[[gpu]]");
    let settings = Settings { device: Some(Device::Cuda(1)), ..machine.settings.clone() };
    let choice = choose(&["auto".to_owned()], &settings, None).unwrap();
    let domains: Vec<_> = choice.meters.iter().flat_map(|meter| meter.domains()).collect();
    let counted: Vec<_> = choice.counted.iter().map(|&index| domains[usize::from(index)]).collect();
    assert!(counted.iter().any(|domain| domain.name == "gpu:1"), "{}", choice.sentence);
    assert!(counted.iter().all(|domain| domain.class == Class::Counter && domain.name != "gpu:0"));
    assert!(choice.sentence.contains("NVML (2 GPUs (NVIDIA H100 80GB HBM3), driver 570.86.15)"));
}
