//! What is read from a GPU, by what it has.

use harness_meter::{Class, Joules, Meter, Place, SampleKind, Watts, Wrap, now_ns};

use crate::{Machine, domain, names, read};

#[test]
fn the_energy_counter_is_the_gpu_and_its_power_the_witness() {
    let machine = Machine::new("clock = 'file'\n[[gpu]]\nwatts = 300\nuuid = 'GPU-1'");
    let mut meter = machine.open();
    assert_eq!(names(&meter), ["gpu:0", "gpu:0@power"]);
    let energy = domain(&meter, "gpu:0");
    assert_eq!(
        (energy.class, energy.kind, energy.place),
        (Class::Counter, SampleKind::Counter, Place::Gpu(0))
    );
    assert_eq!((energy.scale, energy.resolution, energy.wrap), (1e-3, Joules(1e-3), Wrap::Never));
    assert_eq!((energy.update_period, energy.stale, energy.u_scale), (None, true, 0.05));
    assert_eq!((energy.witness_of.as_deref(), energy.plausible), (None, Watts(3000.0)));
    assert_eq!(energy.source, "nvmlDeviceGetTotalEnergyConsumption of NVIDIA H100 80GB HBM3 (GPU-1)");
    let power = domain(&meter, "gpu:0@power");
    assert_eq!((power.class, power.kind, power.place), (Class::Integrated, SampleKind::Power, Place::Gpu(0)));
    assert_eq!((power.witness_of.as_deref(), power.scale), (Some("gpu:0"), 1e-3));
    assert_eq!(power.source, "NVML_FI_DEV_POWER_INSTANT of NVIDIA H100 80GB HBM3 (GPU-1)");

    let before = now_ns();
    let [start, watts] = read(&mut meter)[..] else { panic!("not two samples") };
    assert_eq!((start.domain, start.raw, start.fault, start.driver_t_us), (0, 1_000_000, None, None));
    assert_eq!((watts.domain, watts.raw, watts.fault), (1, 300_000, None));
    // The driver's clock is that of the calendar: later than 2020.
    assert!(watts.driver_t_us.unwrap() > 1_577_836_800_000_000);
    assert!(before <= start.t_ns && start.t_ns <= watts.t_ns && watts.t_ns <= now_ns());
    for (seconds, millijoules) in [(0.05, 1_000_000), (0.1, 1_030_000), (0.19, 1_030_000), (2.0, 1_600_000)] {
        machine.set_time(seconds);
        assert_eq!(read(&mut meter)[0].raw, millijoules, "{seconds}");
    }
}

#[test]
fn without_a_counter_the_best_power_reading_is_the_gpu() {
    let cases = [
        ("", "NVML_FI_DEV_POWER_INSTANT of"),
        ("instant = false", "NVML_FI_DEV_POWER_AVERAGE (over 1 s) of"),
        ("instant = false\naverage = false", "nvmlDeviceGetPowerUsage (average of 1 s) of"),
        (
            "instant = false\naverage = false\narchitecture = 7\npci-device = 0x20b2",
            "nvmlDeviceGetPowerUsage (present power) of",
        ),
        (
            "instant = false\naverage = false\narchitecture = 7\npci-device = 0x2204",
            "nvmlDeviceGetPowerUsage (average of 1 s) of",
        ),
        ("instant = false\naverage = false\narchitecture = 6", "nvmlDeviceGetPowerUsage (present power) of"),
        (
            "instant = false\naverage = false\narchitecture = 99",
            "nvmlDeviceGetPowerUsage (average of 1 s) of",
        ),
    ];
    for (lines, source) in cases {
        let mut meter = Machine::new(&format!("[[gpu]]\nenergy = false\nwatts = 61.5\n{lines}")).open();
        assert_eq!(names(&meter), ["gpu:0"], "{lines}");
        let power = domain(&meter, "gpu:0");
        assert!(power.source.starts_with(source), "{lines}: {}", power.source);
        assert_eq!((power.class, power.kind), (Class::Integrated, SampleKind::Power));
        assert_eq!((power.witness_of.as_deref(), power.place), (None, Place::Gpu(0)));
        assert_eq!(read(&mut meter)[0].raw, 61_500, "{lines}");
    }
}

#[test]
fn functions_that_the_driver_lacks_leave_their_domains_out() {
    let cases: [(&str, &[&str]); 4] = [
        ("missing = ['nvmlDeviceGetTotalEnergyConsumption']", &["gpu:0"]),
        ("missing = ['nvmlDeviceGetFieldValues', 'nvmlDeviceGetPowerUsage']", &["gpu:0"]),
        ("missing = ['nvmlDeviceGetFieldValues']", &["gpu:0", "gpu:0@power"]),
        ("missing = ['nvmlDeviceGetMigMode', 'nvmlDeviceGetArchitecture']", &["gpu:0", "gpu:0@power"]),
    ];
    for (line, expected) in cases {
        let mut meter = Machine::new(&format!("{line}\n[[gpu]]")).open();
        assert_eq!(names(&meter), expected, "{line}");
        assert!(read(&mut meter).iter().all(|sample| sample.fault.is_none()), "{line}");
    }
}

#[test]
fn power_is_left_out_of_readings_that_come_too_soon() {
    let mut meter = Machine::new("[[gpu]]").open();
    let start = now_ns();
    assert_eq!(read(&mut meter).len(), 2);
    let soon = read(&mut meter);
    // On a machine that stood still meanwhile, the second reading was not too soon.
    assert!(soon.len() == 1 && soon[0].domain == 0 || now_ns() - start >= 50_000_000);
    while read(&mut meter).len() == 1 {
        assert!(now_ns() - start < 10_000_000_000, "power was never due again");
    }
    assert!(now_ns() - start >= 50_000_000);
}

#[test]
fn eight_gpus_have_their_own_domains_and_readings() {
    let gpus: String = (0..8).map(|n| format!("[[gpu]]\nstart-mj = {n}\nwatts = {n}\n")).collect();
    let mut meter = Machine::new(&format!("clock = 'file'\n{gpus}")).open();
    let expected: Vec<String> = (0..8).flat_map(|n| [format!("gpu:{n}"), format!("gpu:{n}@power")]).collect();
    assert_eq!(names(&meter), expected);
    let samples = read(&mut meter);
    assert!(samples.is_sorted_by_key(|sample| sample.t_ns));
    let seen: Vec<(u16, u64)> = samples.iter().map(|sample| (sample.domain, sample.raw)).collect();
    let expected: Vec<(u16, u64)> =
        (0..8).flat_map(|n| [(2 * n, u64::from(n)), (2 * n + 1, 1000 * u64::from(n))]).collect();
    assert_eq!(seen, expected);
}

#[test]
fn the_module_is_read_only_where_the_driver_tells_it_apart() {
    let module = "module = 'separate'\nmodule-watts = 150\nwatts = 400\n";
    let hopper = format!("[[gpu]]\nname = 'NVIDIA GH200 480GB'\n{module}");
    let other = format!("[[gpu]]\nname = 'NVIDIA GB200'\n{module}");
    let with: &[&str] = &["gpu:0", "gpu:0@power", "gpu-module:0"];
    let without = &with[..2];
    let cases = [
        (hopper.clone(), with.to_vec()),
        (hopper.replace("150", "0"), without.to_vec()),
        (hopper.replace("separate", "same"), without.to_vec()),
        (hopper.replace("separate", "none"), without.to_vec()),
        (format!("{hopper}instant = false"), with.to_vec()),
        (other.clone(), with.to_vec()),
        (other.repeat(2), vec!["gpu:0", "gpu:0@power", "gpu:1", "gpu:1@power"]),
        (
            hopper.repeat(2),
            vec!["gpu:0", "gpu:0@power", "gpu-module:0", "gpu:1", "gpu:1@power", "gpu-module:1"],
        ),
    ];
    for (scenario, expected) in cases {
        let mut meter = Machine::new(&scenario).open();
        assert_eq!(names(&meter), expected, "{scenario}");
        let samples = read(&mut meter);
        for (domain, sample) in meter.domains().iter().zip(&samples) {
            if domain.name.starts_with("gpu-module:") {
                assert!(matches!(domain.place, Place::Module(_)) && domain.class == Class::Integrated);
                assert!(domain.source.contains("of the module"), "{}", domain.source);
                assert_eq!((sample.raw, domain.witness_of.as_deref()), (550_000, None));
            }
        }
    }
}
