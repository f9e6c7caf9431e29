//! What one round of the sampler costs: 8 fake GPUs by NVML and 4 RAPL domains by powercap.
//!
//! Ten of them a second are the reading part of the sampler's own cost; waking up comes on top, and costs
//! more (`scripts/compare_overhead` measures both). Power fields are in few of these rounds: they are not
//! read again within 50 ms.

use std::fs;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use harness_meter::{METERS, Meter, Sample, Settings};

/// As on a server with two sockets, memory inside each package's folder.
const ZONES: [(&str, &str); 4] = [
    ("intel-rapl:0", "package-0"),
    ("intel-rapl:0/intel-rapl:0:0", "dram"),
    ("intel-rapl:1", "package-1"),
    ("intel-rapl:1/intel-rapl:1:0", "dram"),
];

fn powercap(sysfs: &Path) -> std::io::Result<()> {
    fs::create_dir_all(sysfs.join("class/powercap"))?;
    for (zone, name) in ZONES {
        let device = format!("devices/virtual/powercap/intel-rapl/{zone}");
        let folder = sysfs.join(&device);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("name"), format!("{name}\n"))?;
        fs::write(folder.join("max_energy_range_uj"), "262143328850\n")?;
        fs::write(folder.join("energy_uj"), "100000000000\n")?;
        let link = Path::new(zone).file_name().unwrap_or_default();
        std::os::unix::fs::symlink(format!("../../{device}"), sysfs.join("class/powercap").join(link))?;
    }
    Ok(())
}

fn open(name: &str, settings: &Settings) -> Box<dyn Meter> {
    let entry = METERS.iter().find(|entry| entry.name == name).expect("the meter is on the board");
    (entry.open)(settings).expect("the fakes can be read")
}

fn round(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    powercap(folder.path()).expect("the temporary folder can be written");
    let library = fake_nvml::install(folder.path(), &"[[gpu]]\n".repeat(8));
    let settings = Settings {
        sysfs_root: folder.path().to_owned(),
        nvml_library: library.display().to_string(),
        ..Settings::default()
    };
    let mut meters = [open("nvml", &settings), open("rapl", &settings)];
    let mut read = |out: &mut Vec<Sample>| {
        meters.iter_mut().for_each(|meter| meter.read(out).expect("the fakes can be read"));
    };
    let mut first = Vec::new();
    read(&mut first);
    assert!(first.len() >= 8 + ZONES.len() && first.iter().all(|sample| sample.fault.is_none()));
    criterion.bench_function("round of 8 GPUs and 4 RAPL domains", |bencher| {
        bencher.iter_batched_ref(|| Vec::with_capacity(32), &mut read, BatchSize::SmallInput);
    });
}

criterion_group!(benches, round);
criterion_main!(benches);
