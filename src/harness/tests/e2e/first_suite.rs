//! The first suite that suites/README.md shows has five lines and can be planned.

use std::fs;

use crate::programs::{engine_is_there, root};
use crate::trial::harness;

#[test]
fn the_first_suite_of_the_page_has_five_lines_and_can_be_planned() {
    if !engine_is_there() {
        return;
    }
    let page = fs::read_to_string(root().join("suites/README.md")).unwrap();
    let (_, behind) = page.split_once("```toml\n").unwrap();
    let (suite, _) = behind.split_once("```").unwrap();
    assert_eq!(suite.lines().count(), 5, "{suite}");
    // The page's paths start from the folder of suites.
    let above = format!("\"{}/", root().display());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("first.toml");
    fs::write(&path, suite.replace("\"../", &above)).unwrap();
    let said = harness(&["plan", path.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("order of the 16 cells"), "{}", said.out);
}
