//! draft
use super::*;
#[test]
fn draft() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    let good = std::fs::read_to_string("/tmp/suitecheck/good.toml").unwrap();
    let cases = std::fs::read_to_string("/tmp/suitecheck/cases.txt").unwrap();
    std::fs::write(&file, &good).unwrap();
    println!("{:#?}", load(&file, None, &[]).map(|s| format!("{:#}", s.resolved)));
    for case in cases.lines() {
        let mut sets = vec![];
        let mut text = good.clone();
        let mut profile = None;
        for part in case.split(" ;; ") {
            if let Some(s) = part.strip_prefix("--set ") {
                sets.push(s.to_owned());
            } else if let Some(s) = part.strip_prefix("--profile ") {
                profile = Some(s.to_owned());
            } else {
                let (a, b) = part.split_once(" => ").unwrap();
                assert!(text.contains(a), "{a}");
                text = text.replacen(a, &b.replace("\\n", "\n"), 1);
            }
        }
        std::fs::write(&file, &text).unwrap();
        println!("=== {case}");
        match load(&file, profile.as_deref(), &sets) {
            Ok(s) => {
                println!("ok {:?}", check_resources(&s).map_err(|e| println!("{e}")));
                for v in &s.variants {
                    println!("{v:?}")
                }
                println!("{:?} {:?}", s.tasks, s.run);
            }
            Err(e) => println!("error: {}", e.to_string().replace(folder.path().to_str().unwrap(), "DIR")),
        }
    }
}
