//! What may be stored of paths and command lines: nothing that names the user.

use std::path::{Component, Path, PathBuf};

/// A path as it may be stored: short, and without the user's name.
pub fn private(path: &Path) -> String {
    without_home(&short(path).display().to_string())
}

/// A URL without user and password.
pub fn without_credentials(text: &str) -> String {
    match (text.find("://"), text.find('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &text[..scheme], &text[at..]),
        _ => text.to_owned(),
    }
}

/// Without `x/..`, and from the current folder where the path lies below it.
fn short(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    let here = std::env::current_dir().ok();
    here.and_then(|here| plain.strip_prefix(here).map(Path::to_path_buf).ok()).unwrap_or(plain)
}

/// The user's folder, wherever it is named in a text, becomes `~`.
pub fn without_home(text: &str) -> String {
    match std::env::var("HOME") {
        Ok(home) if home.len() > 1 => text.replace(&format!("{}/", home.trim_end_matches('/')), "~/"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_credentials_stay_out() {
        assert_eq!(without_credentials("https://me:secret@host/x"), "https://…@host/x");
        assert_eq!(without_credentials("--out=a@b"), "--out=a@b");
        assert_eq!(private(Path::new("suites/../models/a")), "models/a");
        assert_eq!(private(&std::env::current_dir().unwrap().join("suites/a.toml")), "suites/a.toml");
        if let Ok(home) = std::env::var("HOME") {
            assert_eq!(private(Path::new(&format!("{home}/models"))), "~/models");
        }
    }
}
