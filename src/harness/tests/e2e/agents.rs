//! `harness train` on the training file of an agent: an agent beside its manifest, or a sentence.

use std::fs;
use std::path::Path;

use crate::programs::{engine_is_there, root};
use crate::trial::{Said, harness};

/// A training file of a few documents of the public task set, for the embedded model.
fn write(folder: &Path, changes: &[(&str, &str)]) -> String {
    let text = format!(
        r#"schema = 1
name = "tiny"
seed = 3
out = "agents"
work = "work"

[agent]
model = "{model}"
dtype = "f32"
learner = "linear"
exits = [8]
thresholds = [0.5]
device = "cpu"
threads = 1

[corpus]
from = "{documents}"
seed = 1
share = 1.0
documents = 4
held-out = 2
draws = 1
context = [0.1, 0.2]
new-tokens = 3
"#,
        model = root().join("models/mini-code").display(),
        documents = root().join("datasets/java_mini.jsonl").display(),
    );
    let path = folder.join("tiny.toml");
    let text = changes.iter().fold(text, |text, (from, to)| text.replace(from, to));
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn an_agent_is_trained_and_its_agreement_printed() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Said { code, out, err } = harness(&["train", &write(folder.path(), &[])]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("tokens of 2 held-out documents") && out.contains("| 0.5 | "), "{out}");
    for file in ["tiny.json", "tiny.safetensors"] {
        assert!(folder.path().join("agents").join(file).is_file(), "{file}");
    }
}

#[test]
fn what_cannot_be_trained_ends_with_the_next_action() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (change, code, words) in [
        (("exits = [8]", "exits = [16]"), 2, "expected 1 to 15 of a model with 16 blocks"),
        (("held-out = 2", "held-out = 99999"), 2, "make `corpus.share` larger or `corpus.held-out` smaller"),
        (("java_mini.jsonl", "absent"), 2, "name a task set"),
        (("models/mini-code", "models/absent"), 3, "absent"),
        (("context = [0.1, 0.2]", "context = [0.1, 1.2]"), 3, "help: mend the training file"),
    ] {
        let said = harness(&["train", &write(folder.path(), &[change])]);
        assert!(said.err.contains(words) && said.err.contains("help: "), "{change:?}: {}", said.err);
        assert_eq!(said.code, code, "{change:?}: {}", said.err);
    }
    let said = harness(&["train", &write(folder.path(), &[]), "--evaluate-only"]);
    assert!(said.code == 2 && said.err.contains("are for models"), "{}", said.err);
}
