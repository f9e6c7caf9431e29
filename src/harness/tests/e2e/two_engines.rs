//! Variants with engines of their own: each cell runs its variant's, and the manifest names them all.

use std::fs;
use std::path::Path;

use harness::record::Status;

use crate::programs::{engine_is_there, present, root};
use crate::trial::Trial;

/// The good suite with this engine for the variant `twin`.
fn trial(twin: &str) -> Trial {
    Trial::with(&[("name = \"twin\"", &format!("name = \"twin\"\n\n[variant.engine]\n{twin}"))])
}

fn echo() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/engines/echo.py");
    format!("command = {:?}", ["python3", script.to_str().unwrap(), "."])
}

#[test]
fn every_variant_runs_on_its_own_engine_and_the_manifest_names_both() {
    if !present("python3") || !engine_is_there() {
        return;
    }
    let trial = trial(&format!("{}\nthreads = 2", echo()));
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    assert!(run.cells.iter().all(|cell| cell.status == Status::Ok));
    for cell in &run.cells {
        let echoed = cell.kernel_decode.as_deref() == Some("echo");
        assert_eq!(echoed, cell.variant == "twin", "{cell:?}");
    }
    let engines = run.manifest["engines"].as_array().unwrap();
    assert_eq!(engines.len(), 2);
    let of = |name: &str| engines.iter().find(|engine| engine["name"] == name).unwrap();
    let (own, other) = (of("harness-engine"), of("echo"));
    assert_eq!((&own["variants"], &other["variants"]), (&["full"][..].into(), &["twin"][..].into()));
    assert!(own["command"].is_null() && other["command"][0] == "python3");
    for engine in [own, other] {
        assert_eq!(engine["protocol"], 1);
        assert_eq!(engine["sha256"].as_str().map(str::len), Some(64));
    }
    assert_ne!(own["sha256"], other["sha256"]);
    let resolved = &run.manifest["suite_resolved"]["variant"];
    assert_eq!(
        (&resolved[0]["engine"]["threads"], &resolved[1]["engine"]["threads"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn only_the_own_engine_needs_weights() {
    if !present("python3") {
        return;
    }
    let model = ("builtin = \"tiny-random\"", "path = \"model\"");
    let fill = |trial: &Trial| {
        for file in ["config.json", "tokenizer.json"] {
            trial.write(
                &format!("model/{file}"),
                &fs::read(root().join("models/mini-code").join(file)).unwrap(),
            );
        }
    };
    let echoes = Trial::with_echo_engine(&[model], "");
    fill(&echoes);
    let said = echoes.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(echoes.run_folder().cells.iter().all(|cell| cell.status == Status::Ok));

    let twin = format!("name = \"twin\"\n\n[variant.engine]\n{}", echo());
    let mixed = Trial::with(&[model, ("name = \"twin\"", &twin)]);
    fill(&mixed);
    let said = mixed.run(&[]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    assert!(said.err.contains("`model.safetensors` absent from it"), "{}", said.err);
    mixed.assert_nothing_written();
}
