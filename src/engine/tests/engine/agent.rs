//! Agents: PPO against PyTorch, on a toy with a known optimum, the same bits twice; a whole training in the engine.

use std::fs;
use std::path::Path;

use harness_engine::agent::Agent;
use harness_engine::agent::adam::Adam;
use harness_engine::agent::environment::Environment;
use harness_engine::agent::learner::learn;
use harness_engine::agent::network::Network;
use harness_engine::agent::observations::Observations;
use harness_engine::agent::ppo::{Batch, losses};
use harness_engine::agent::reward::Action;
use harness_engine::agent::rollout::{Players, Rollout};
use harness_engine::linear::Linear;
use harness_protocol::agent::{PpoSpec, RewardSpec};
use harness_protocol::{AgentManifest, AgentSpec, ModelSource};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::talk::Talk;

/// Largest difference allowed between ours and PyTorch's.
const ALLOWED: f64 = 1e-5;

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/agent.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

/// A network of the reference's parameters, of which it takes two a layer.
fn network(sizes: &[i64], parameters: &mut dyn Iterator<Item = &Value>) -> Network {
    let mut tensor = |size: &[i64]| {
        Tensor::from_slice(&numbers(parameters.next().unwrap())).reshape(size).set_requires_grad(true)
    };
    let layers = sizes.windows(2).map(|pair| {
        let weight = tensor(&[pair[1], pair[0]]);
        Linear { bias: Some(tensor(&[pair[1]])), ..Linear::dense(weight) }
    });
    Network { layers: layers.collect() }
}

fn assert_close(ours: &Tensor, theirs: &Value, what: &str) {
    let theirs = Tensor::from_slice(&numbers(theirs));
    let difference = (ours.detach().flatten(0, -1) - theirs).abs().max().double_value(&[]);
    assert!(difference <= ALLOWED, "{what}: {difference}");
}

#[test]
fn losses_gradients_and_steps_are_those_of_pytorch() {
    let golden = reference();
    let width = golden["width"].as_i64().unwrap();
    let sizes = |outputs| [[width].as_slice(), &[5, 4], &[outputs]].concat();
    assert_eq!(golden["hidden"], json!([5, 4]));
    let mut parameters = golden["parameters"].as_array().unwrap().iter();
    let players =
        Players { actor: network(&sizes(2), &mut parameters), critic: network(&sizes(1), &mut parameters) };
    let actions: Vec<i64> =
        golden["actions"].as_array().unwrap().iter().map(|a| a.as_i64().unwrap()).collect();
    let batch = Batch {
        states: Tensor::from_slice(&numbers(&golden["states"])).reshape([-1, width]),
        actions: Tensor::from_slice(&actions),
        logprobs: Tensor::from_slice(&numbers(&golden["logprobs"])),
        advantages: Tensor::from_slice(&numbers(&golden["advantages"])),
        returns: Tensor::from_slice(&numbers(&golden["returns"])),
    };
    let number = |key: &str| golden[key].as_f64().unwrap();
    let (clip, entropy, value) = (number("clip"), number("entropy"), number("value"));
    let spec = PpoSpec { clip, entropy, value, ..PpoSpec::default() };
    let tensors = players.tensors();
    let mut adam = Adam::new(tensors.iter().map(Tensor::shallow_clone).collect());
    for step in 0..2 {
        let ours = losses(&players, &batch, &spec);
        ours.total.backward();
        let told = [&ours.total, &ours.policy, &ours.value, &ours.entropy, &ours.clip_fraction];
        assert_close(&Tensor::stack(&told.map(Tensor::detach), 0), &golden["losses"][step], "losses");
        for (index, tensor) in tensors.iter().enumerate() {
            assert_close(&tensor.grad(), &golden["gradients"][step][index], "gradient");
        }
        adam.update(number("rate"), number("largest"));
    }
    for (tensor, theirs) in tensors.iter().zip(golden["after"].as_array().unwrap()) {
        assert_close(tensor, theirs, "parameter after two steps");
    }
}

#[test]
fn advantages_are_those_of_the_recursion_written_out() {
    let walk = &reference()["walk"];
    let rollout = Rollout {
        rewards: numbers(&walk["rewards"]),
        values: numbers(&walk["values"]),
        starts: walk["starts"].as_array().unwrap().iter().map(|start| start.as_bool().unwrap()).collect(),
        last_value: walk["last_value"].as_f64().unwrap() as f32,
        ..Rollout::default()
    };
    let number = |key: &str| walk[key].as_f64().unwrap();
    let (advantages, returns) = rollout.advantages(number("discount"), number("lambda"), false);
    assert_close(&Tensor::from_slice(&advantages), &walk["advantages"], "advantages");
    let values = Tensor::from_slice(&rollout.values);
    assert!(
        (Tensor::from_slice(&returns) - values - Tensor::from_slice(&advantages))
            .abs()
            .max()
            .double_value(&[])
            < 1e-6
    );
}

/// Tokens of a model of five blocks that is right from a block drawn for each token on; the state after a block shows
/// noisily whether it is right yet.
fn toy(tokens: usize) -> Observations {
    let mut generator = ChaCha12Rng::seed_from_u64(9);
    let (layers, exits) = (5, vec![1, 2, 3, 4]);
    let (mut hidden, mut argmax) = (Vec::new(), Vec::new());
    for _ in 0..tokens {
        let first = generator.random_range(1..=layers);
        argmax.extend((1..=layers).map(|blocks| if blocks >= first { 7 } else { 100 + blocks as u32 }));
        for exit in &exits {
            let right = if *exit as usize >= first { 1.0 } else { -1.0 };
            let noise = |generator: &mut ChaCha12Rng| generator.random::<f32>() - 0.5;
            hidden.extend([right + noise(&mut generator), noise(&mut generator), noise(&mut generator)]);
        }
    }
    let episodes = (0..tokens / 10).map(|episode| episode * 10..(episode + 1) * 10).collect();
    let hidden = Tensor::from_slice(&hidden).reshape([-1, 3]);
    Observations { layers, exits, hidden, argmax, labels: vec![7; tokens], episodes }
}

fn toy_spec(seed: u64) -> AgentSpec {
    AgentSpec {
        name: "toy".to_owned(),
        model: ModelSource::default(),
        device: "cpu".to_owned(),
        threads: 1,
        seed,
        documents: String::new(),
        work: String::new(),
        exits: vec![1, 2, 3, 4],
        context: [0.2, 0.5],
        new_tokens: 10,
        draws: 1,
        learner: "ppo".to_owned(),
        reward: RewardSpec::default(),
        ppo: PpoSpec {
            steps: 8192,
            learning_rate: 3e-3,
            rollout: 1024,
            batch: 128,
            hidden: vec![16],
            ..PpoSpec::default()
        },
        linear: harness_protocol::agent::LinearSpec::default(),
        thresholds: vec![0.5],
    }
}

/// Earned over all prompts by leaving where `leaves` says so of a row.
fn earned(data: &Observations, spec: &RewardSpec, leaves: &dyn Fn(usize) -> bool) -> f64 {
    let mut walk = Environment::new(data, spec).unwrap();
    let mut total = 0.0;
    for episode in 0..walk.episodes() {
        walk.enter(episode);
        loop {
            let action = if leaves(walk.row()) { Action::Exit } else { Action::Continue };
            let outcome = walk.step(action);
            total += outcome.reward;
            if outcome.over {
                break;
            }
        }
    }
    total
}

#[test]
fn ppo_earns_at_least_95_percent_of_the_optimum_of_a_toy_with_every_seed() {
    let data = toy(400);
    for seed in 1..=5 {
        let spec = toy_spec(seed);
        let (players, curve) = learn(&spec, &data, &data.hidden, &mut |_| {}).unwrap();
        let states = Vec::<f32>::try_from(data.hidden.flatten(0, -1)).unwrap();
        let leaves = |row: usize| {
            let logits = players.actor.row(&states[row * 3..row * 3 + 3]);
            logits[1] > logits[0]
        };
        let best = |row: usize| data.agrees(row / 4, row % 4);
        let optimum = earned(&data, &spec.reward, &best);
        let found = earned(&data, &spec.reward, &leaves);
        assert!(found >= 0.95 * optimum, "seed {seed}: {found} of {optimum}");
        // It must have been something to learn.
        let (never, always) =
            (earned(&data, &spec.reward, &|_| false), earned(&data, &spec.reward, &|_| true));
        assert!(never < 0.8 * optimum && always < 0.8 * optimum, "{never} and {always} of {optimum}");
        assert!(curve[curve.len() - 1].reward > curve[0].reward, "{curve:?}");
    }
}

#[test]
fn the_same_seed_learns_the_same_bits() {
    let data = toy(200);
    let bits = |seed| {
        let mut spec = toy_spec(seed);
        spec.ppo.steps = 3000;
        let (players, curve) = learn(&spec, &data, &data.hidden, &mut |_| {}).unwrap();
        (players.actor.tensors(), curve)
    };
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1).0, bits(2).0);
}

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
        "out": folder.join(learner),
        "spec": {
            "name": "agent",
            "model": {"kind": "tiny-random", "dtype": "f32"},
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
