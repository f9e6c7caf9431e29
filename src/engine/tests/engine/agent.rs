//! Agents trained by the engine: written, read, refused where they are damaged or belong to another model.

use std::fs;
use std::path::Path;
use std::time::Instant;

use harness_engine::agent::Agent;
use harness_engine::agent::observe::{Settings, observe};
use harness_engine::part::Products;
use harness_protocol::{AgentManifest, ModelSource};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::talk::Talk;
use crate::tiny::{self, difference};

/// Documents for the tiny model that count upwards.
fn documents(folder: &Path) -> String {
    let document = |number: u32| (0..60).map(|at| (number + at) % 200).collect::<Vec<u32>>();
    let all = json!({
        "training": (0..6).map(document).collect::<Vec<_>>(),
        "held_out": (6..9).map(document).collect::<Vec<_>>()
    });
    let path = folder.join("documents.json");
    fs::write(&path, all.to_string()).unwrap();
    path.display().to_string()
}

fn request(folder: &Path, learner: &str) -> Value {
    json!({
        "type": "train-agent",
        "model": {"kind": "tiny-random", "dtype": "f32"},
        "out": folder.join(learner),
        "spec": {
            "name": "agent",
            "device": "cpu",
            "threads": 1,
            "seed": 5,
            "documents": documents(folder),
            "work": folder.join("work"),
            "exits": [1],
            "context": [0.2, 0.5],
            "new_tokens": 8,
            "draws": 2,
            "learner": learner,
            "reward": {"name": "energy"},
            "ppo": {"steps": 600, "rollout": 256, "batch": 64, "hidden": [8, 8], "normalise": true},
            "linear": {"ridge": 0.01, "iterations": 20},
            "thresholds": [0.0, 0.5, 1.0]
        }
    })
}

#[test]
fn what_is_observed_is_what_whole_sequences_at_full_depth_say() {
    let mut model = tiny::model(4);
    let vocabulary = model.shape().vocabulary as u32;
    let documents: Vec<Vec<u32>> =
        (0..3).map(|number| (0..24).map(|at| (at * 5 + number) % vocabulary).collect()).collect();
    let settings =
        Settings { exits: &[1, 3], context: [0.5, 0.5], new_tokens: 6, draws: 1, eos: &[], seed: 1 };
    let data = observe(&mut model, &documents, &settings, &mut |_, _| {}).unwrap();
    assert_eq!((data.tokens(), data.episodes.len()), (18, 3));
    for (document, episode) in documents.iter().zip(&data.episodes) {
        assert_eq!(data.labels[episode.clone()], document[12..18]);
        let answer = episode.clone().take(5).map(|token| data.last(token));
        let ids: Vec<i64> = document[..12].iter().copied().chain(answer).map(i64::from).collect();
        let mut hidden = model.embed(&Tensor::from_slice(&ids).unsqueeze(0), 0);
        for index in 0..4 {
            hidden = model.block(index, &hidden, None, Products::F32);
            let said = model.head(&hidden, Products::F32).argmax(-1, false);
            for (place, token) in episode.clone().enumerate() {
                let at = 11 + place as i64;
                assert_eq!(said.int64_value(&[0, at]), i64::from(data.said(token, index + 1)));
                if let Some(exit) = data.exits.iter().position(|exit| *exit as usize == index + 1) {
                    let row = data.hidden.get(data.row(token, exit) as i64);
                    assert!(difference(&row, &hidden.get(0).get(at)) < 1e-4);
                }
            }
        }
    }
}

#[test]
fn an_agent_is_trained_written_read_and_says_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    for learner in ["ppo", "linear"] {
        let mut talk = Talk::start();
        let replies = talk.ask(&request(folder.path(), learner), "agent-trained");
        let told = |kind: &str| replies.iter().filter(|reply| reply["type"] == kind).count();
        // What the first learner observed, the second finds.
        assert_eq!(told("agent-observed") > 0, learner == "ppo");
        assert_eq!(told("agent-step"), if learner == "ppo" { 3 } else { 0 });

        let path = folder.path().join(learner).join("agent.json");
        let manifest = AgentManifest::read(&path).unwrap();
        assert_eq!(serde_json::to_value(&manifest).unwrap(), replies[replies.len() - 1]["manifest"]);
        assert_eq!((manifest.documents, manifest.held_out.documents, manifest.layers), (6, 3, 2));
        let depths: Vec<f64> = manifest.held_out.thresholds.iter().map(|at| at.mean_depth).collect();
        assert!(depths[0] == 1.0 && depths[1] <= depths[2] && depths[2] == 2.0, "{depths:?}");
        let curve = path.with_extension("csv");
        let lines = fs::read_to_string(curve).map_or(0, |text| text.lines().count());
        assert_eq!(lines, if learner == "ppo" { 4 } else { 0 });

        let agent = Agent::load(&path, Device::Cpu).unwrap();
        let state = Tensor::randn([1, 1, i64::from(manifest.width)], (Kind::Float, Device::Cpu));
        let chance = agent.exit_probability(&state, 0);
        assert!(chance > 0.0 && chance < 1.0, "{chance}");

        // The same again gives the same bits.
        let weights = fs::read(manifest.weights_path(&path)).unwrap();
        let again = Talk::start().ask(&request(folder.path(), learner), "agent-trained").pop().unwrap();
        assert_eq!(again["manifest"], serde_json::to_value(&manifest).unwrap());
        assert!(weights == fs::read(manifest.weights_path(&path)).unwrap());
    }
}

#[test]
fn a_damaged_agent_is_refused_with_the_next_action() {
    let folder = tempfile::tempdir().unwrap();
    Talk::start().ask(&request(folder.path(), "ppo"), "agent-trained");
    let path = folder.path().join("ppo/agent.json");
    let good: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let weights = path.with_extension("safetensors");
    let bytes = fs::read(&weights).unwrap();
    let refused = |words: &str| {
        let message = Agent::load(&path, Device::Cpu).unwrap_err().message;
        assert!(message.contains(words) && message.contains("\nhelp: "), "expected {words}: {message}");
    };
    for (key, value, words) in [
        ("schema", json!(2), "its schema is 2"),
        ("kind", json!("dqn"), "its kind `dqn` is not known"),
        ("observation", json!("logits"), "its observation is `logits`"),
        ("exits", json!([2]), "its exits [2] do not rise"),
        ("exits", json!([]), "its exits [] do not rise"),
        ("weights", json!("../agent.safetensors"), "no file of its own folder"),
        ("weights", json!("absent.safetensors"), "cannot read the agent's weights"),
        ("weights_sha256", json!("0"), "is not the file that the agent's manifest names"),
        ("width", json!(7), "expected [8, 7]"),
        ("hidden", json!([8]), "`actor.1.weight` is [8, 8]"),
    ] {
        let mut changed = good.clone();
        changed[key] = value;
        fs::write(&path, changed.to_string()).unwrap();
        refused(words);
    }
    // Files that are what the manifest names, and still of no use.
    let with_weights = |bytes: &[u8], words: &str| {
        fs::write(&weights, bytes).unwrap();
        let mut changed = good.clone();
        changed["weights_sha256"] = json!(harness_text::hash::bytes(bytes));
        fs::write(&path, changed.to_string()).unwrap();
        refused(words);
    };
    with_weights(&bytes[..bytes.len() / 2], "is damaged");
    with_weights(b"", "is damaged");
    let mut broken = bytes.clone();
    let end = broken.len();
    // Behind the weights of the actor lie the means and deviations, by name; all of the file is made NaN.
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize + 8;
    broken[header..end].fill(0xff);
    with_weights(&broken, "are not finite");
    fs::write(&path, "{").unwrap();
    refused("no manifest of an agent");
    fs::remove_file(&path).unwrap();
    refused("cannot read the agent");
}

#[test]
fn an_agent_of_another_model_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    Talk::start().ask(&request(folder.path(), "linear"), "agent-trained");
    let manifest = AgentManifest::read(&folder.path().join("linear/agent.json")).unwrap();
    let (hash, width, layers) = (manifest.model_sha256.as_str(), manifest.width, manifest.layers);
    assert_eq!(manifest.fits(hash, width, layers), Ok(()));
    for (hash, width, layers, words) in [
        ("0123456789abcdef", width, layers, "trained for other weights"),
        (hash, width + 1, layers, "this one has 2 of"),
        (hash, width, layers + 1, "this one has 3 of"),
    ] {
        let misfit = manifest.fits(hash, width, layers).unwrap_err().to_string();
        assert!(misfit.contains(words) && misfit.contains("\nhelp: "), "{misfit}");
    }
}

#[test]
fn a_request_that_makes_no_sense_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let good = request(folder.path(), "ppo");
    let odd = folder.path().join("odd.json");
    fs::write(&odd, r#"{"training": [[1, 2, 3, 999999]], "held_out": [[1, 2, 3]]}"#).unwrap();
    let short = folder.path().join("short.json");
    fs::write(&short, r#"{"training": [[1]], "held_out": [[1, 2, 3]]}"#).unwrap();
    let mut talk = Talk::start();
    for (pointer, value, words) in [
        ("/spec/learner", json!("dqn"), "learner `dqn` is not known"),
        ("/spec/reward/name", json!("fame"), "reward `fame` is not known"),
        ("/spec/reward", json!({"scope": "all"}), "`reward.scope`"),
        ("/spec/reward", json!({"gamma": 0.0}), "`reward.gamma`"),
        ("/spec/reward", json!({"alpha": -1.0}), "at least 0"),
        ("/spec/name", json!("../agent"), "`name`"),
        ("/spec/exits", json!([]), "`exits`"),
        ("/spec/exits", json!([1, 1]), "must rise"),
        ("/spec/exits", json!([2]), "not before the last of 2 blocks"),
        ("/spec/context", json!([0.5, 0.2]), "`context`"),
        ("/spec/context", json!([0.0, 0.2]), "`context`"),
        ("/spec/thresholds", json!([1.5]), "`thresholds`"),
        ("/spec/threads", json!(0), "`threads`"),
        ("/spec/new_tokens", json!(0), "`new_tokens`"),
        ("/spec/new_tokens", json!(5000), "no room for 5000 new tokens"),
        ("/spec/ppo/hidden", json!([]), "`ppo.hidden`"),
        ("/spec/ppo/batch", json!(0), "`ppo.steps`"),
        ("/spec/linear/ridge", json!(0.0), "`linear.ridge`"),
        ("/spec/documents", json!("no/such/file"), "no/such/file"),
        ("/spec/documents", json!(odd), "token 999999 is beyond a vocabulary"),
        ("/spec/documents", json!(short), "no document is long enough"),
    ] {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let (kind, message) = talk.fault(&changed);
        assert!(kind == "bad-request" && message.contains(words), "{pointer} = {value}: {kind}: {message}");
    }
    let mut diverging = good.clone();
    diverging["spec"]["ppo"]["learning_rate"] = json!(1e30);
    talk.send(&diverging);
    let last = loop {
        let reply = talk.reply();
        if reply["type"] == "fault" || reply["type"] == "agent-trained" {
            break reply;
        }
    };
    assert!(last["message"].as_str().is_some_and(|message| message.contains("not finite")), "{last}");
    assert!(!folder.path().join("ppo").exists());
}

#[test]
fn the_agents_of_the_embedded_model_fit_it_and_cost_less_than_half_a_head() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/mini-code");
    let path = Some(folder.display().to_string());
    let kind = "hugging-face-folder".to_owned();
    let source = ModelSource { kind, path, dtype: "f32".to_owned(), ..ModelSource::default() };
    let loaded = harness_engine::model::load(&source, 1, Device::Cpu).unwrap();
    let state = Tensor::randn([1, 1, loaded.model.shape().width], (Kind::Float, Device::Cpu));
    // The quickest of many: what else runs on the machine only adds.
    let seconds = |ask: &dyn Fn()| {
        let once = || {
            let begun = Instant::now();
            ask();
            begun.elapsed().as_secs_f64()
        };
        (0..200).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    let head = seconds(&|| drop(loaded.model.head(&state, Products::F32)));
    let mut agents = 0;
    for entry in fs::read_dir(folder.join("agents")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let agent = Agent::load(&path, Device::Cpu).unwrap();
            agent.check(&loaded.model, &loaded.weights_sha256).unwrap();
            let question = seconds(&|| assert!(agent.exit_probability(&state, 0) <= 1.0));
            println!("{}: {:.1} µs a question, head {:.1} µs", path.display(), question * 1e6, head * 1e6);
            // By multiplications it is a fiftieth: half leaves room for a busy machine.
            assert!(question < 0.5 * head, "{question} s and {head} s");
            agents += 1;
        }
    }
    assert!(agents >= 2, "{agents} agents");
}
