//! A run in one file: what its verification says, and what a changed byte does to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::programs::{present, program, root};
use crate::trial::{Said, Trial};

fn harness(folder: &Path, arguments: &[&str]) -> Said {
    Said::from(&program().args(arguments).current_dir(folder).output().unwrap())
}

/// A bundled run, made once for all tests; None without Python.
fn bundled() -> Option<&'static (Trial, PathBuf)> {
    static BUNDLED: OnceLock<Option<(Trial, PathBuf)>> = OnceLock::new();
    BUNDLED
        .get_or_init(|| {
            present("python3").then(|| {
                let trial = Trial::with_echo_engine(&[], "");
                assert_eq!(trial.run(&[]).code, 0);
                let run = trial.run_folder().path;
                let said = harness(&trial.path(""), &["bundle", run.to_str().unwrap(), "--out", "a.bundle"]);
                assert_eq!((said.code, said.out.as_str()), (0, "a.bundle\n"), "{}", said.err);
                let bundle = trial.path("a.bundle");
                (trial, bundle)
            })
        })
        .as_ref()
}

fn verify(bundle: &Path) -> Said {
    harness(bundle.parent().unwrap(), &["verify", bundle.to_str().unwrap()])
}

#[test]
fn a_bundle_is_verified_line_by_line_far_from_its_run() {
    let Some((_, bundle)) = bundled() else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("b.bundle");
    fs::copy(bundle, &copy).unwrap();
    let said = verify(&copy);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for line in ["bundle", "files", "cells", "windows", "shares", "texts", "scores", "summary"] {
        let agrees = |text: &str| text.starts_with("agrees") && text.split_whitespace().nth(1) == Some(line);
        assert!(said.out.lines().any(agrees), "{line}: {}", said.out);
    }
    assert!(
        said.out.contains("not checked  signature")
            && said.out.ends_with("everything that was checked agrees\n")
    );
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "something was written");
}

#[test]
fn the_same_run_gives_the_same_bundle_and_its_folder_is_verified_too() {
    let Some((trial, bundle)) = bundled() else { return };
    let run = trial.run_folder().path;
    let said = harness(&trial.path(""), &["bundle", run.to_str().unwrap(), "--out", "b.bundle"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(fs::read(trial.path("b.bundle")).unwrap(), fs::read(bundle).unwrap());
    assert_eq!(verify(&run).code, 0);
}

#[test]
fn one_changed_byte_anywhere_is_found() {
    let Some((_, bundle)) = bundled() else { return };
    let whole = fs::read(bundle).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join("c.bundle");
    // Every block has a byte changed, in another place each time: headers, files, padding, end.
    let places = (0..whole.len())
        .step_by(whole.len() / 90)
        .map(|place| (place + place / 7 % 512).min(whole.len() - 1));
    for place in places.chain([0, 300, 511, whole.len() - 1, whole.len() - 700]) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&changed, &bytes).unwrap();
        let said = verify(&changed);
        assert!([1, 3].contains(&said.code), "byte {place}: {}{}", said.out, said.err);
        let named =
            if said.code == 1 { said.out.contains("was changed") } else { said.err.contains("\nhelp: ") };
        assert!(named && !said.err.contains("panicked"), "byte {place}: {}{}", said.out, said.err);
    }
    for length in [0, 1, 511, 512, 5000, whole.len() - 1025, whole.len() - 1, whole.len() - 512] {
        fs::write(&changed, &whole[..length]).unwrap();
        let said = verify(&changed);
        assert!(said.code == 3 && said.err.contains("\nhelp: "), "{length} bytes: {}", said.err);
    }
    fs::write(&changed, [whole.as_slice(), b"x"].concat()).unwrap();
    assert!(verify(&changed).err.contains("something behind"));
}

/// Numbers that were changed together with all hashes are found by computing them again.
#[test]
fn a_forged_number_does_not_follow_from_the_readings() {
    let Some((trial, _)) = bundled() else { return };
    let run = trial.run_folder();
    let forged = trial.path("forged");
    Command::new("cp").arg("-r").arg(&run.path).arg(&forged).status().unwrap();
    let mut windows = run.windows.clone();
    let window =
        windows.iter_mut().find(|window| window.cell == Some(3) && window.energy_j.is_some()).unwrap();
    window.energy_j = window.energy_j.map(|energy| energy / 2.0);
    harness::table::write(&forged.join("windows.parquet"), &windows).unwrap();
    let mut items = run.items.clone();
    items[0].score.insert("edit-similarity".to_owned(), 1.0);
    items[0].stats.insert("edit-similarity".to_owned(), vec![1.0]);
    harness::table::write(&forged.join("items.parquet"), &items).unwrap();
    let text = fs::read_to_string(forged.join("summary.json")).unwrap();
    fs::write(forged.join("summary.json"), text.replacen("\"n_blocks\": 6", "\"n_blocks\": 7", 1)).unwrap();
    let manifest = fs::read_to_string(forged.join("manifest.json")).unwrap();
    let outside = manifest.replacen("\"name\": \"engine.log\"", "\"name\": \"../../engine.log\"", 1);
    assert_ne!(outside, manifest);
    fs::write(forged.join("manifest.json"), outside).unwrap();
    let said = verify(&forged);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    for part in [
        "of cell 3",
        "`edit-similarity` of item",
        "/rows/0/n_blocks` is 7, the tables give 6",
        "has another hash",
        "which lies outside",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let said = harness(&trial.path(""), &["bundle", forged.to_str().unwrap()]);
    assert!(
        said.code == 3 && said.err.contains("which lies outside of the run folder\nhelp: "),
        "{}",
        said.err
    );
}

/// A tar archive of these entries: name, kind of entry, content.
fn archive(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in entries {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].fill(b' ');
        header[156] = *kind;
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

#[test]
fn hostile_bundles_are_refused_and_write_nothing_outside() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("h.bundle");
    let index = |files: &str| {
        format!(
            "{{\"schema\": 1, \"harness_version\": \"0\", \"run\": \"r\", \"files\": [{files}], \"sha256\": \"\"}}"
        )
    };
    let file =
        |name: &str, bytes: u64| format!("{{\"name\": {name:?}, \"bytes\": {bytes}, \"sha256\": \"0\"}}");
    let refused = |bytes: &[u8], part: &str| {
        fs::write(&bundle, bytes).unwrap();
        let said = verify(&bundle);
        assert!(said.code == 3 && said.err.contains(part), "{part}: {}{}", said.out, said.err);
        assert!(said.err.contains("\nhelp: ") && !said.err.contains("panicked"), "{}", said.err);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was written");
    };
    for name in ["../evil", "/tmp/evil", "a/../../evil", "", "a\\b", "./a", "a//b"] {
        let text = index(&file(name, 1));
        refused(
            &archive(&[("bundle.json", b'0', text.as_bytes()), ("evil", b'0', b"x")]),
            "which would lie outside",
        );
    }
    let twice = index(&format!("{}, {}", file("a", 1), file("a", 1)));
    refused(&archive(&[("bundle.json", b'0', twice.as_bytes())]), "twice");
    let bomb = index(&file("a", 1 << 50));
    refused(&archive(&[("bundle.json", b'0', bomb.as_bytes())]), "more than");
    let huge = index(&format!("{}, {}", file("a", u64::MAX), file("b", u64::MAX)));
    refused(&archive(&[("bundle.json", b'0', huge.as_bytes())]), "more than");
    let link = index(&file("a", 0));
    refused(&archive(&[("bundle.json", b'0', link.as_bytes()), ("a", b'2', b"")]), "no plain file");
    refused(&archive(&[("bundle.json", b'0', link.as_bytes()), ("b", b'0', b"")]), "stands where `a`");
    refused(&archive(&[("bundle.json", b'0', link.as_bytes())]), "ends before `a`");
    refused(&archive(&[("bundle.json", b'0', b"{}")]), "is damaged in `bundle.json`");
    refused(&archive(&[("other", b'0', b"{}")]), "is no bundle");
    let newer = link.replace("\"schema\": 1", "\"schema\": 2");
    refused(&archive(&[("bundle.json", b'0', newer.as_bytes())]), "of schema 2");
    refused(b"", "is no bundle");
    refused(&[7; 4096], "is no bundle");
    assert_eq!(verify(&folder.path().join("none")).code, 3);
}

#[test]
fn an_ssh_key_signs_a_bundle_and_a_changed_index_breaks_the_signature() {
    let Some((trial, bundle)) = bundled() else { return };
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        eprintln!("skipped: `ssh-keygen` absent");
        return;
    }
    let key = trial.path("key");
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    let run = trial.run_folder().path;
    let signed = trial.path("signed.bundle");
    let arguments =
        ["bundle", run.to_str().unwrap(), "--out", signed.to_str().unwrap(), "--sign", key.to_str().unwrap()];
    let said = harness(&trial.path(""), &arguments);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = verify(&signed);
    assert!(said.code == 0 && said.out.contains("agrees       signature   Good"), "{}{}", said.out, said.err);
    let public = fs::read_to_string(trial.path("key.pub")).unwrap();
    for (name, code) in [("me@lab", 0), ("you@lab", 1)] {
        trial.write("signers", format!("me@lab {public}").as_bytes());
        let arguments =
            ["verify", signed.to_str().unwrap(), "--allowed-signers", "signers", "--signer", name];
        assert_eq!(harness(&trial.path(""), &arguments).code, code, "{name}");
    }
    // The signature of one bundle does not hold for another.
    let (mine, theirs) = (fs::read(&signed).unwrap(), fs::read(bundle).unwrap());
    let entries = |bytes: &[u8]| bytes.chunks(512).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let index_blocks = |blocks: &[Vec<u8>]| {
        blocks
            .iter()
            .skip(1)
            .position(|block| {
                block.starts_with(b"bundle.json.sig\0") || block.starts_with(b"manifest.json\0")
            })
            .unwrap()
            + 1
    };
    let (mine, mut theirs) = (entries(&mine), entries(&theirs));
    let from = index_blocks(&mine);
    let to = from + mine[from..].iter().position(|block| block.starts_with(b"manifest.json\0")).unwrap();
    let place = index_blocks(&theirs);
    theirs.splice(place..place, mine[from..to].iter().cloned());
    let text = theirs.concat();
    let changed = String::from_utf8_lossy(&text[512..]).find("\"run\": \"").unwrap() + 512 + 8;
    let mut bytes = text.clone();
    bytes[changed] ^= 1;
    let forged = trial.path("forged.bundle");
    fs::write(&forged, bytes).unwrap();
    let said = verify(&forged);
    assert!(said.code == 1 && said.out.contains("DIFFERS      signature"), "{}{}", said.out, said.err);
}

#[test]
fn a_kept_run_of_version_1_is_verified_as_far_as_it_was_kept() {
    let said = harness(root(), &["verify", "reports/h100"]);
    for line in ["agrees       windows", "agrees       shares", "agrees       scores"] {
        assert!(said.out.contains(line), "{line}: {}{}", said.out, said.err);
    }
    // Its log and its plots were not kept.
    assert!(said.code == 1 && said.out.contains("`engine.log` cannot be read"), "{}", said.out);
}
