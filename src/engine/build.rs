//! Lets the engine's programs find the libtorch they were linked with, also in a checkout that was moved.

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    // torch-sys says which folder it links, wherever it was named: LIBTORCH, LIBTORCH_USE_PYTORCH or LIBTORCH_LIB.
    let Some(library) = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        println!("cargo::error=`torch-sys` did not say where libtorch is; help: run `scripts/setup`");
        return;
    };
    let torch = library.join("libtorch.so");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", torch.display());
    if !torch.exists() {
        println!(
            "cargo::error=expected libtorch 2.13.0, found no `{}`; help: run `scripts/setup`, or point `LIBTORCH` at it",
            torch.display()
        );
        return;
    }

    // Absolute first, because the target folder may lie anywhere.
    rpath(&library);
    let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let checkout = here.ancestors().nth(2);
    if checkout.is_some_and(|checkout| library == checkout.join(".libtorch/lib")) {
        // From `target/release`, then from the tests and examples one folder below it.
        rpath(Path::new("$ORIGIN/../../.libtorch/lib"));
        rpath(Path::new("$ORIGIN/../../../.libtorch/lib"));
    }

    // Nothing calls libtorch_cuda by name, it registers itself when loaded: without this the linker leaves it out.
    let cuda = library.join("libtorch_cuda.so");
    if cuda.exists() {
        println!("cargo::rustc-link-arg=-Wl,--push-state,--no-as-needed");
        println!("cargo::rustc-link-arg={}", cuda.display());
        println!("cargo::rustc-link-arg=-Wl,--pop-state");
    }
}

/// Adds a folder to those in which the linked programs look for libraries; `-Xlinker` bears commas in the path.
fn rpath(folder: &Path) {
    for argument in ["-Xlinker", "-rpath", "-Xlinker"] {
        println!("cargo::rustc-link-arg={argument}");
    }
    println!("cargo::rustc-link-arg={}", folder.display());
}
