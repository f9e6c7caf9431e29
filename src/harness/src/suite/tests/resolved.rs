//! What good suites mean.

use std::time::Duration;

use harness_task::ScorerSpec;
use serde_json::json;

use super::trial::{GOOD, Trial, again};
use crate::limit::{Change, Limit};
use crate::suite::{ItemsPerBlock, Suite, check_resources, suite_sha256};

fn names(suite: &Suite) -> Vec<&str> {
    suite.variants.iter().map(|variant| variant.name.as_str()).collect()
}

#[test]
fn what_is_not_written_takes_its_default() {
    let trial = Trial::good();
    let suite = trial.load(None, &[]).unwrap();
    assert_eq!(suite.name, "trial");
    assert_eq!(suite.text, GOOD);
    assert_eq!((suite.run.blocks, suite.run.items_per_block), (8, ItemsPerBlock::Auto));
    assert_eq!((suite.run.min_window, suite.run.idle), (Duration::from_millis(60), Duration::from_secs(10)));
    assert_eq!((suite.device(), suite.threads()), ("cpu", 2));
    assert_eq!((suite.analysis.alpha, suite.analysis.practical), (0.05, 0.03));
    assert_eq!(suite.tasks[0].path, trial.folder.path().join("data.jsonl"));
    let scorers: Vec<&str> = suite.tasks[0].scorers.iter().map(ScorerSpec::name).collect();
    assert_eq!(scorers, ["edit-similarity", "exact-match"]);
    assert_eq!(suite.tasks[0].primary_score, "edit-similarity");
    assert_eq!((suite.tasks[0].limit, suite.tasks[0].new_tokens), (None, 15));
    assert_eq!(suite.tasks[0].max_context, None);
    assert_eq!(suite.variants[0].model.kind, "tiny-random");
    assert_eq!(suite.variants[0].batch_size, 1);
    assert!(suite.account.is_none() && suite.gates.is_empty() && suite.certifications.is_empty());
}

#[test]
fn a_sweep_gives_one_variant_a_value_with_the_values_type() {
    let suite = Trial::good().load(None, &[]).unwrap();
    assert_eq!(names(&suite), ["full", "int8", "exit-0.6", "exit-0.80"]);
    let exit = suite.variants[3].exit.as_ref().unwrap();
    assert_eq!(exit.policy, "max-probability");
    assert_eq!(
        json!(exit.parameters),
        json!({ "threshold": 0.8, "exits": [], "cache": "propagate", "head": "last" })
    );
}

#[test]
fn several_sweep_keys_give_their_product_in_the_order_written() {
    let trial = Trial::with(
        r#"name = "exit-{threshold}""#,
        "name = \"b{batch}-{threshold}\"\nbatch-size = \"{batch}\"\nmodel = { dtype = \"f32\" }",
    );
    let sweep = "variant.b{batch}-{threshold}.sweep={ threshold = [0.6, 0.8], batch = [1, 4] }";
    let other = "engine.command=[\"other\"]";
    let suite = trial.load(None, &[sweep, other, "run.blocks=9"]).unwrap();
    assert_eq!(names(&suite)[2..], ["b1-0.6", "b4-0.6", "b1-0.8", "b4-0.8"]);
    assert_eq!(suite.variants[3].batch_size, 4);
}

#[test]
fn a_profile_merges_tables_by_key_and_tasks_by_name() {
    let suite = Trial::good().load(Some("paper"), &[]).unwrap();
    assert_eq!(suite.profile.as_deref(), Some("paper"));
    assert_eq!(suite.meters, ["estimate"]);
    assert_eq!((suite.run.blocks, suite.run.idle), (8, Duration::from_secs(60)));
    assert_eq!(suite.tasks.len(), 1);
    assert_eq!((suite.tasks[0].limit, suite.tasks[0].context.as_slice()), (Some(3), &[0.3][..]));
}

#[test]
fn a_profile_takes_out_what_it_omits() {
    let with = |line: &str| {
        let more = format!(
            "[[variant]]\nname = \"gone\"\n[[profile.paper.variant]]\nname = \"gone\"\n{line}\n[profile.paper]\n"
        );
        Trial::with("[profile.paper]\n", &more).load(Some("paper"), &["run.blocks=9"])
    };
    let names = |suite: Suite| suite.variants.iter().map(|variant| variant.name.clone()).collect::<Vec<_>>();
    let all = names(with("batch-size = 1").unwrap());
    let fewer = names(with("omit = true").unwrap());
    assert!(all.contains(&"gone".to_owned()), "{all:?}");
    assert_eq!(fewer, all.iter().filter(|name| *name != "gone").cloned().collect::<Vec<_>>());
    let message = with("omit = false").unwrap_err().to_string();
    assert!(message.contains("unknown key `omit`"), "{message}");
}

#[test]
fn a_profile_appends_what_the_suite_does_not_have() {
    let more = "[[profile.paper.variant]]\nname = \"half\"\nmodel.dtype = \"bf16\"\n[[profile.paper.gate]]\nmetric = \"energy-per-task\"\nmax-increase = \"2.5%\"\n[profile.paper]\n";
    let suite = Trial::with("[profile.paper]\n", more).load(Some("paper"), &["run.blocks=9"]).unwrap();
    assert_eq!(names(&suite), ["full", "int8", "exit-0.6", "exit-0.80", "half"]);
    assert_eq!(suite.variants[4].model.dtype, "bf16");
    assert_eq!(suite.gates[0].limits, [Limit::MaxIncrease(Change::Relative(0.025))]);
}

#[test]
fn a_profile_merges_claims_by_what_they_save() {
    let claim = "[[certify]]\nmetric = \"energy-per-task\"\nsaves = \"10%\"\nquality = \"2 points\"\n";
    let with = |over: &str| {
        let over =
            format!("[[profile.paper.certify]]\nmetric = \"energy-per-task\"\n{over}\n[profile.paper]\n");
        Trial::with("[profile.paper]\n", &format!("{claim}{over}")).load(Some("paper"), &[]).unwrap()
    };
    let [certification] = &with("saves = \"5%\"").certifications[..] else { panic!("one claim") };
    assert_eq!((certification.claim.lower, certification.claim.worse), (0.05, Change::Points(0.02)));
    assert!(with("omit = true").certifications.is_empty());
}

#[test]
fn set_comes_after_the_profile_and_starts_paths_from_the_current_folder() {
    let trial = Trial::good();
    let sets = [
        "run.idle=3s",
        "task.path=here.jsonl",
        "variant.int8.model.dtype=bf16",
        "analysis.practical=5%",
        "run.items-per-block=12",
    ];
    let suite = trial.load(Some("paper"), &sets).unwrap();
    assert_eq!(suite.run.idle, Duration::from_secs(3));
    assert_eq!(suite.run.items_per_block, ItemsPerBlock::Count(12));
    assert_eq!(suite.tasks[0].path, std::env::current_dir().unwrap().join("here.jsonl"));
    assert_eq!(suite.variants[1].model.dtype, "bf16");
    assert_eq!(suite.variants[0].model.dtype, "f32");
    assert_eq!(suite.analysis.practical, 0.05);
    assert_eq!(
        trial.load(None, &["task.java.path=\"/x/y.jsonl\""]).unwrap().tasks[0].path.to_str(),
        Some("/x/y.jsonl")
    );
}

#[test]
fn naming_a_source_of_weights_takes_the_place_of_the_other() {
    let trial = Trial::good();
    let suite = trial.load(None, &["variant.int8.model.path=/models/a"]).unwrap();
    assert_eq!(suite.variants[0].model.kind, "tiny-random");
    assert_eq!(suite.variants[1].model.kind, "hugging-face-folder");
    assert_eq!(suite.variants[1].model.path.as_deref(), Some("/models/a"));
    let hub = ["model.hub=a/b", "model.revision=v1", "variant.exit-{threshold}.model.path=/models/a.gguf"];
    let suite = trial.load(None, &hub).unwrap();
    let model = &suite.variants[0].model;
    assert_eq!(
        (model.kind.as_str(), model.hub.as_deref(), model.revision.as_deref()),
        ("hub", Some("a/b"), Some("v1"))
    );
    let file = &suite.variants[2].model;
    assert_eq!((file.kind.as_str(), file.dtype.as_str()), ("gguf-file", "packed"));
    let unpacked = ["variant.int8.model.path=/m/a.gguf", "variant.int8.model.dtype=f32"];
    let packed = trial.load(None, &unpacked[..1]).unwrap_err().to_string();
    assert!(
        packed.contains("cannot be compressed again") && packed.contains("model.dtype = \"f32\""),
        "{packed}"
    );
    assert_eq!(trial.load(None, &unpacked).unwrap().variants[1].model.dtype, "f32");
    assert!(
        trial.load(None, &["model.dtype=packed"]).unwrap_err().to_string().contains("this model is none")
    );
    let suite = trial.load(None, &hub[..2]).unwrap();
    assert_eq!(again(&suite, trial.folder.path()), suite);
    let suite = trial.load(None, &["model.path=/models/a"]).unwrap();
    assert!(suite.variants.iter().all(|variant| variant.model.path.as_deref() == Some("/models/a")));
}

#[test]
fn a_variants_engine_is_the_suites_with_what_differs() {
    let engines = "[engine]\ncommand = [\"other\", \"{x}\"]\nthreads = 3\n\n[model]";
    let trial = Trial::with("[model]", engines);
    let own = "variant.exit-{threshold}.engine.command=[\"own\", \"--at={threshold}\"]";
    let suite = trial.load(None, &["variant.int8.engine.threads=4", own]).unwrap();
    let said = |index: usize| {
        let engine = &suite.variants[index].engine;
        (engine.command.as_ref().unwrap().join(" "), engine.threads)
    };
    assert_eq!(said(0), ("other {x}".to_owned(), 3));
    assert_eq!(said(1), ("other {x}".to_owned(), 4));
    assert_eq!(said(2), ("own --at=0.6".to_owned(), 3));
    assert_eq!((suite.device(), suite.threads()), ("cpu", 4));
    assert_eq!(suite.resolved["variant"][1]["engine"]["threads"], 4);
    assert!(suite.resolved.get("engine").is_none());
    assert_eq!(again(&suite, trial.folder.path()), suite);
    assert!(Trial::good().load(None, &[]).unwrap().variants.iter().all(|variant| variant.engine.is_own()));
}

#[test]
fn the_weights_count_where_they_are_read_and_elsewhere_where_they_are() {
    let trial = Trial::with(r#"builtin = "tiny-random""#, r#"path = "m""#);
    let write = |name: &str, text: &str| std::fs::write(trial.folder.path().join(name), text).unwrap();
    std::fs::create_dir(trial.folder.path().join("m")).unwrap();
    write("data.jsonl", "x");
    write("m/config.json", "{}");
    write("m/tokenizer.json", "{}");
    let hash = |set: &str| suite_sha256(&trial.load(None, &[set]).unwrap());
    let (own, other) = ("seed=7", "engine.command=[\"other\"]");
    assert!(hash(own).is_err());
    let without = hash(other).unwrap();
    write("m/model.safetensors", "weights");
    assert!(hash(own).unwrap() != hash(other).unwrap() && hash(other).unwrap() != without);
    std::fs::remove_file(trial.folder.path().join("m/tokenizer.json")).unwrap();
    assert!(hash(other).is_err());
}

#[test]
fn the_resolved_suite_says_everything_but_where_the_checkout_lies() {
    let trial = Trial::with(r#"builtin = "tiny-random""#, r#"path = "../models/m""#);
    let resolved = trial.load(None, &[]).unwrap().resolved;
    assert_eq!(resolved["variant"][0]["model"], json!({ "path": "../models/m", "dtype": "f32" }));
    assert_eq!(resolved["variant"][1]["compress"], json!([{ "quantize": "int8-weight", "head": false }]));
    let exit = json!({ "policy": "max-probability", "threshold": 0.6, "exits": [], "cache": "propagate", "head": "last" });
    assert_eq!(resolved["variant"][2]["exit"], exit);
    assert_eq!(
        (&resolved["run"]["max-steal"], &resolved["analysis"]["practical"]),
        (&json!("5%"), &json!("3%"))
    );
    assert_eq!(resolved["task"][0]["path"], "data.jsonl");
    let here = trial.load(None, &[&format!("task.path={}", trial.folder.path().display())]).unwrap();
    assert_eq!(here.resolved["task"][0]["path"], ".");
    assert_eq!(resolved["run"]["cell-timeout"], "5m");
    assert_eq!(resolved["meter"]["sim"]["watts"], 10.0);
    assert!(!resolved.to_string().contains(trial.folder.path().to_str().unwrap()));
}

#[test]
fn the_kind_says_which_texts_end_a_completion_unless_the_suite_does() {
    let stop = |kind: &str, sets: &[&str]| {
        Trial::with("code-completion", kind).load(None, sets).unwrap().tasks[0].stop.clone()
    };
    assert_eq!(stop("statement-completion", &[]), [";", "{", "}"]);
    assert_eq!(stop("statement-completion", &["task.stop=[\"<EOL>\"]"]), ["<EOL>"]);
    assert!(stop("code-completion", &[]).is_empty() && stop("code-completion", &["task.stop=[]"]).is_empty());
}

#[test]
fn the_hash_follows_what_is_measured_and_not_names_comments_or_places() {
    let hash = |trial: &Trial, data: &str, sets: &[&str]| {
        std::fs::write(trial.folder.path().join("data.jsonl"), data).unwrap();
        suite_sha256(&trial.load(None, sets).unwrap()).unwrap()
    };
    let one = hash(&Trial::good(), "x", &[]);
    assert_eq!(one.len(), 64);
    assert_eq!(one, hash(&Trial::good(), "x", &[]));
    assert_eq!(one, hash(&Trial::with("seed = 7", "seed = 7 # lucky"), "x", &[]));
    assert_eq!(one, hash(&Trial::good(), "x", &["name=other", "run.idle=10000ms"]));
    assert_ne!(one, hash(&Trial::good(), "y", &[]));
    assert_ne!(one, hash(&Trial::good(), "x", &["seed=8"]));
    let narrow = hash(&Trial::good(), "x", &["task.max-context=17"]);
    assert!(narrow != one && narrow != hash(&Trial::good(), "x", &["task.max-context=18"]));
    assert!(suite_sha256(&Trial::good().load(None, &[]).unwrap()).is_err());
}

#[test]
fn a_recording_lies_beside_the_suite_and_counts_by_its_content() {
    let hash = |name: &str, readings: &str| {
        let replay = format!("[meter.replay]\npath = \"{name}\"\n\n[model]");
        let trial = Trial::with("[model]", &replay);
        std::fs::write(trial.folder.path().join("data.jsonl"), "x").unwrap();
        let suite = trial.load(None, &[]).unwrap();
        assert_eq!(suite.meter.replay.path, Some(trial.folder.path().join(name)));
        assert_eq!(suite.resolved["meter"]["replay"]["path"], name);
        let missing = trial.shown(&check_resources(&suite).unwrap_err());
        assert!(missing.contains(&format!("  - recording `{name}`: no such file")), "{missing}");
        std::fs::write(trial.folder.path().join(name), readings).unwrap();
        assert_eq!(check_resources(&suite), Ok(()));
        suite_sha256(&suite).unwrap()
    };
    let one = hash("a.csv", "1");
    assert_eq!(one, hash("b.csv", "1"));
    assert_ne!(one, hash("a.csv", "2"));
}
