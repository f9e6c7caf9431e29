//! Notes the revision that harness was built from, for manifests.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=../../.git/HEAD");
    println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
    let output = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    if let Some(output) = output.ok().filter(|output| output.status.success()) {
        println!("cargo::rustc-env=HARNESS_GIT={}", String::from_utf8_lossy(&output.stdout).trim());
    }
}
