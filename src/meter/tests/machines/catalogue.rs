//! What each fake machine shows, and the domains that a meter must find on it.

/// Range of a counter of 2^-14 J as the kernel prints it.
const RANGE_61: Option<u64> = Some(262_143_328_850);
/// Range of a counter of 2^-16 J as the kernel prints it.
const RANGE_15: Option<u64> = Some(65_532_610_987);

/// A machine.
pub struct MachineSpec {
    pub name: &'static str,
    pub vendor: Vendor,
    /// A guest of a hypervisor.
    pub guest: bool,
    /// (package, die) of each CPU from 0. At most two CPUs, so that real counters open on small machines.
    pub cpus: &'static [(u32, u32)],
    /// Whether `/sys/class/powercap` exists at all.
    pub powercap: bool,
    pub zones: &'static [Zone],
    /// PMU folders: name, cpumask, events.
    pub pmus: &'static [(&'static str, &'static str, &'static [&'static str])],
    pub hwmon: &'static [Hwmon],
    /// What `rapl` must find: name, place.
    pub rapl: &'static [(&'static str, &'static str)],
    /// What `hwmon` must find: name, place.
    pub sensors: &'static [(&'static str, &'static str)],
}

#[derive(Clone, Copy, PartialEq)]
pub enum Vendor {
    Intel,
    Amd,
    Arm,
}

/// A powercap zone: folder, `name`, range.
pub struct Zone(pub &'static str, pub &'static str, pub Option<u64>);

/// A hwmon device.
pub struct Hwmon {
    /// Where the device is, below `devices/`.
    pub device: &'static str,
    pub name: &'static str,
    /// Files in the hwmon folder itself.
    pub files: &'static [(&'static str, &'static str)],
    /// Files in the folder that `device` points to, as older ACPI drivers have them.
    pub device_files: &'static [(&'static str, &'static str)],
}

const BARE: MachineSpec = MachineSpec {
    name: "bare",
    vendor: Vendor::Intel,
    guest: false,
    cpus: &[(0, 0), (0, 0)],
    powercap: false,
    zones: &[],
    pmus: &[],
    hwmon: &[],
    rapl: &[],
    sensors: &[],
};

const CLIENT_ZONES: &[Zone] = &[
    Zone("intel-rapl:0", "package-0", RANGE_61),
    Zone("intel-rapl:0:0", "core", RANGE_61),
    Zone("intel-rapl:0:1", "uncore", RANGE_61),
    Zone("intel-rapl:1", "psys", RANGE_61),
];

const CLIENT_PMU: &[(&str, &str, &[&str])] = &[("power", "0", &["cores", "gpu", "pkg", "psys"])];

const CLIENT: &[(&str, &str)] =
    &[("package:0", "Package(0)"), ("cores:0", "Cores(0)"), ("uncore:0", "Uncore(0)"), ("psys", "Psys")];

/// An ACPI power meter of a Grace module, as drivers up to 6.14 show it.
const fn grace(device: &'static str, files: &'static [(&'static str, &'static str)]) -> Hwmon {
    Hwmon { device, name: "power_meter", files: &[], device_files: files }
}

pub const CATALOGUE: &[MachineSpec] = &[
    BARE,
    MachineSpec {
        name: "intel client",
        powercap: true,
        zones: CLIENT_ZONES,
        pmus: CLIENT_PMU,
        rapl: CLIENT,
        ..BARE
    },
    MachineSpec {
        name: "intel client with mmio duplicates",
        powercap: true,
        zones: &[
            // Listed first by name order in some file systems; must lose against the other all the same.
            Zone("intel-rapl-mmio:0", "package-0", RANGE_61),
            Zone("intel-rapl:0", "package-0", RANGE_61),
            Zone("intel-rapl:0:0", "core", RANGE_61),
            Zone("intel-rapl:0:1", "uncore", RANGE_61),
            Zone("intel-rapl:1", "psys", RANGE_61),
        ],
        pmus: CLIENT_PMU,
        rapl: CLIENT,
        ..BARE
    },
    MachineSpec {
        name: "intel server, two sockets with nested dram",
        cpus: &[(0, 0), (1, 0)],
        powercap: true,
        zones: &[
            // Zones need not be numbered as sockets are.
            Zone("intel-rapl:0", "package-1", RANGE_61),
            Zone("intel-rapl:0:0", "dram", RANGE_15),
            Zone("intel-rapl:1", "package-0", RANGE_61),
            Zone("intel-rapl:1:0", "dram", RANGE_15),
        ],
        pmus: &[("power", "0-1", &["pkg", "ram"])],
        rapl: &[
            ("package:0", "Package(0)"),
            ("package:1", "Package(1)"),
            ("dram:0", "Dram(0)"),
            ("dram:1", "Dram(1)"),
        ],
        ..BARE
    },
    MachineSpec {
        name: "intel server, two dies in a socket",
        cpus: &[(0, 0), (0, 1)],
        powercap: true,
        zones: &[
            Zone("intel-rapl:0", "package-0-die-0", RANGE_61),
            Zone("intel-rapl:0:0", "dram", RANGE_15),
            Zone("intel-rapl:1", "package-0-die-1", RANGE_61),
            Zone("intel-rapl:1:0", "dram", RANGE_15),
        ],
        pmus: &[("power", "0,1", &["pkg", "ram"])],
        rapl: &[
            ("package:0-die:0", "Package(0)"),
            ("package:0-die:1", "Package(0)"),
            ("dram:0-die:0", "Dram(0)"),
            ("dram:0-die:1", "Dram(0)"),
        ],
        ..BARE
    },
    MachineSpec {
        name: "intel server, psys on both sockets",
        cpus: &[(0, 0), (1, 0)],
        powercap: true,
        zones: &[
            Zone("intel-rapl:0", "package-0", RANGE_61),
            Zone("intel-rapl:1", "package-1", RANGE_61),
            Zone("intel-rapl:2", "psys", Some(4_294_967_295_000_000)),
            Zone("intel-rapl:3", "psys-1", Some(4_294_967_295_000_000)),
        ],
        pmus: &[("power", "0-1", &["pkg", "psys"])],
        // Whether each covers its own socket or all of them is not documented.
        rapl: &[("package:0", "Package(0)"), ("package:1", "Package(1)")],
        ..BARE
    },
    MachineSpec {
        name: "amd, one socket",
        vendor: Vendor::Amd,
        // Dies of a topology that the counter does not follow.
        cpus: &[(0, 0), (0, 1)],
        powercap: true,
        // AMD's `core` zone is the energy of one core.
        zones: &[Zone("intel-rapl:0", "package-0", RANGE_15), Zone("intel-rapl:0:0", "core", RANGE_15)],
        pmus: &[("power", "0", &["pkg"]), ("power_core", "0-1", &["core"])],
        rapl: &[("package:0", "Package(0)")],
        ..BARE
    },
    MachineSpec {
        name: "amd, two sockets, kernel that shows events the processor lacks",
        vendor: Vendor::Amd,
        cpus: &[(0, 0), (1, 1)],
        powercap: true,
        zones: &[Zone("intel-rapl:0", "package-0", RANGE_15), Zone("intel-rapl:1", "package-1", RANGE_15)],
        pmus: &[("power", "0,1", &["cores", "gpu", "pkg", "psys", "ram"])],
        rapl: &[("package:0", "Package(0)"), ("package:1", "Package(1)")],
        ..BARE
    },
    MachineSpec {
        name: "zone without a range",
        powercap: true,
        zones: &[Zone("intel-rapl:0", "package-0", None)],
        pmus: &[("power", "0", &["pkg"])],
        rapl: &[("package:0", "Package(0)")],
        ..BARE
    },
    MachineSpec { name: "guest with an empty powercap folder", guest: true, powercap: true, ..BARE },
    MachineSpec {
        name: "grace hopper",
        vendor: Vendor::Arm,
        hwmon: &[
            grace(
                "LNXSYSTM:00/NVDA0001:00",
                &[
                    ("power1_oem_info", "Module Power Socket 0"),
                    ("power1_average", "410000000"),
                    ("power1_average_interval", "50"),
                    ("power1_is_battery", "0"),
                ],
            ),
            grace(
                "LNXSYSTM:00/NVDA0001:01",
                &[
                    ("power1_oem_info", "Grace Power Socket 0"),
                    ("power1_average", "130000000"),
                    ("power1_average_interval", "50"),
                ],
            ),
            grace(
                "LNXSYSTM:00/NVDA0001:02",
                &[
                    ("power1_oem_info", "CPU Power Socket 0"),
                    ("power1_average", "80000000"),
                    ("power1_average_interval", "50"),
                ],
            ),
            grace(
                "LNXSYSTM:00/NVDA0001:03",
                &[
                    ("power1_oem_info", "SysIO Power Socket 0"),
                    ("power1_average", "20000000"),
                    ("power1_average_interval", "50"),
                ],
            ),
            // A rail that no released part has: its place is not known.
            grace(
                "LNXSYSTM:00/NVDA0001:04",
                &[("power1_oem_info", "HBM Power Socket 0"), ("power1_average", "9000000")],
            ),
        ],
        sensors: &[
            ("module:0", "Module(0)"),
            ("package:0", "Package(0)"),
            ("cores:0", "Cores(0)"),
            ("uncore:0", "Uncore(0)"),
        ],
        ..BARE
    },
    MachineSpec {
        name: "two amd gpus and an integrated one",
        vendor: Vendor::Amd,
        hwmon: &[
            // hwmon numbers are given in the order of loading, GPUs are numbered by PCI address.
            Hwmon {
                device: "pci0000:00/0000:41:00.0",
                name: "amdgpu",
                files: &[("power1_input", "95000000"), ("power1_label", "PPT")],
                device_files: &[],
            },
            Hwmon {
                device: "pci0000:00/0000:03:00.0",
                name: "amdgpu",
                files: &[("power1_average", "45000000"), ("power1_label", "PPT"), ("temp1_input", "41000")],
                device_files: &[],
            },
            Hwmon {
                device: "pci0000:00/0000:c4:00.0",
                name: "amdgpu",
                files: &[("power1_average", "12000000"), ("in1_label", "vddnb"), ("in1_input", "700")],
                device_files: &[],
            },
            Hwmon {
                device: "platform/coretemp.0",
                name: "coretemp",
                files: &[("temp1_input", "40000")],
                device_files: &[],
            },
        ],
        sensors: &[("gpu:0", "Gpu(0)"), ("gpu:1", "Gpu(1)")],
        ..BARE
    },
    MachineSpec {
        name: "amd gpu that counts energy",
        vendor: Vendor::Amd,
        hwmon: &[Hwmon {
            device: "pci0000:00/0000:03:00.0",
            name: "amdgpu",
            files: &[("energy1_input", "123456789"), ("power1_average", "45000000")],
            device_files: &[],
        }],
        sensors: &[("gpu:0", "Gpu(0)"), ("gpu:0@power", "Gpu(0)")],
        ..BARE
    },
    MachineSpec {
        name: "intel gpus by i915 and xe",
        hwmon: &[
            Hwmon {
                device: "pci0000:00/0000:03:00.0",
                name: "i915",
                files: &[("energy1_input", "5000000")],
                device_files: &[],
            },
            // The same card again, one tile only.
            Hwmon {
                device: "pci0000:00/0000:03:00.0/tile",
                name: "i915_gt0",
                files: &[("energy1_input", "4000000")],
                device_files: &[],
            },
            Hwmon {
                device: "pci0000:00/0000:04:00.0",
                name: "xe",
                files: &[
                    ("energy1_input", "7000000"),
                    ("energy1_label", "card"),
                    ("energy2_input", "6000000"),
                    ("energy2_label", "pkg"),
                ],
                device_files: &[],
            },
        ],
        sensors: &[("gpu:0", "Gpu(0)"), ("gpu:1", "Gpu(1)")],
        ..BARE
    },
    MachineSpec {
        name: "server whose board has a power meter",
        hwmon: &[Hwmon {
            device: "LNXSYSTM:00/ACPI000D:00",
            name: "power_meter",
            files: &[("power1_average", "210000000"), ("power1_average_interval", "1000")],
            device_files: &[],
        }],
        sensors: &[("node", "Node")],
        ..BARE
    },
];

/// The machine of that name.
pub fn spec(name: &str) -> &'static MachineSpec {
    CATALOGUE.iter().find(|spec| spec.name == name).unwrap_or_else(|| panic!("no machine `{name}`"))
}
