//! Builds the program's file system: what it may read, a small folder that it may fill, nothing else.

use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};

use super::raw::restrict_mount;
use super::tell::text;

/// The program's folder, inside.
pub(in crate::sandbox) const WORK: &str = "/tmp";

/// Devices that are harmless and expected.
pub(super) const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Links of the host's root that programs name: `/lib64` holds the loader.
const LINKS: &[&str] = &["bin", "lib", "lib32", "lib64"];

/// Where the new root is built. It hides the host's folder of that name in this namespace only.
const STAGE: &str = "/tmp";

/// Builds the root and enters it; nothing of the host's is left in reach but `visible`.
///
/// On an error the namespace is as before.
pub(super) fn build(visible: &[PathBuf], disk: u64, own_processes: bool) -> Result<(), String> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
        .map_err(|error| format!("mount: {error}"))?;
    // Opened first: the stage may hide them.
    let visible: Vec<Source> = visible.iter().filter_map(|path| Source::open(path).ok()).collect();
    let mut devices = Vec::new();
    for path in DEVICES {
        match Source::open(Path::new(path)) {
            Ok(device) => devices.push(device),
            // The runners need it.
            Err(error) if *path == "/dev/null" => return Err(format!("`{path}` of the host: {error}")),
            Err(_) => {}
        }
    }
    mount(
        Some("tmpfs"),
        STAGE,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some("size=4m,mode=755"),
    )
    .map_err(|error| format!("mount tmpfs: {error}"))?;
    let built = fill(&visible, &devices, disk, own_processes).and_then(|()| {
        chdir(STAGE).map_err(text)?;
        // The old root comes to lie over the new one, and is taken away.
        pivot_root(".", ".").map_err(|error| format!("pivot_root: {error}"))
    });
    if let Err(error) = built {
        let _ = umount2(STAGE, MntFlags::MNT_DETACH);
        return Err(error);
    }
    umount2(".", MntFlags::MNT_DETACH).map_err(|error| format!("umount: {error}"))?;
    chdir("/").map_err(text)?;
    restrict_mount(Path::new("/"), libc::MOUNT_ATTR_RDONLY, false)
}

fn fill(visible: &[Source], devices: &[Source], disk: u64, own_processes: bool) -> Result<(), String> {
    let stage = Path::new(STAGE);
    for name in LINKS {
        if let Ok(target) = fs::read_link(Path::new("/").join(name)) {
            // Relative, so that nothing made through it while building lands on the host.
            let target = target.strip_prefix("/").unwrap_or(&target).to_owned();
            symlink(target, stage.join(name)).map_err(text)?;
        }
    }
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let work = stage.join(WORK.trim_start_matches('/'));
    fs::create_dir(&work).map_err(text)?;
    let options = format!("size={disk},nr_inodes=4096,mode=1777");
    // Before what is visible: an interpreter may lie below the host's folder of this name.
    mount(Some("tmpfs"), &work, Some("tmpfs"), closed, Some(options.as_str()))
        .map_err(|error| format!("mount tmpfs: {error}"))?;
    let common = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID;
    for source in visible {
        source.bind(stage, common | libc::MOUNT_ATTR_NODEV)?;
    }
    for device in devices {
        device.bind(stage, common | libc::MOUNT_ATTR_NOEXEC)?;
    }
    symlink(WORK, stage.join("dev/shm")).map_err(text)?;
    for (name, target) in [("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"), ("fd", "fd")] {
        symlink(Path::new("/proc/self").join(target), stage.join("dev").join(name)).map_err(text)?;
    }
    if own_processes {
        let proc = stage.join("proc");
        fs::create_dir(&proc).map_err(text)?;
        // Only the folders of processes, where the kernel can; without it programs do well too.
        let _ = mount(Some("proc"), &proc, Some("proc"), closed | MsFlags::MS_RDONLY, Some("subset=pid"));
    }
    Ok(())
}

/// A host path, held open.
struct Source {
    path: PathBuf,
    file: File,
    is_folder: bool,
}

impl Source {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path)?;
        let is_folder = file.metadata()?.is_dir();
        let linked = LINKS.iter().any(|name| {
            path.starts_with(Path::new("/").join(name)) && Path::new("/").join(name).is_symlink()
        });
        let path = if linked { fs::canonicalize(path)? } else { path.to_owned() };
        Ok(Self { path, file, is_folder })
    }

    fn bind(&self, stage: &Path, attributes: u64) -> Result<(), String> {
        let problem =
            |error: &dyn std::fmt::Display| format!("cannot show `{}`: {error}", self.path.display());
        let target = stage.join(self.path.strip_prefix("/").map_err(|error| problem(&error))?);
        if self.is_folder {
            fs::create_dir_all(&target).map_err(|error| problem(&error))?;
        } else {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder).map_err(|error| problem(&error))?;
            }
            File::create(&target).map_err(|error| problem(&error))?;
        }
        let opened = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let none = None::<&str>;
        mount(Some(opened.as_str()), &target, none, MsFlags::MS_BIND | MsFlags::MS_REC, none)
            .map_err(|error| problem(&error))?;
        restrict_mount(&target, attributes, true)
    }
}
