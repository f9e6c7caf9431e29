//! Suites that cannot run: `plan` and `run` refuse each with the same message, before the first cell.

use std::fs;

use serde_json::{Value as Json, json};

use crate::model_files::{config, safetensors, tensors, with_model};
use crate::programs::{engine_is_there, root};
use crate::refused::assert_refused;
use crate::trial::{Trial, harness};

const TWIN: &str = "name = \"twin\"";
const TINY: &str = "builtin = \"tiny-random\"";
const TASK: &str = "kind = \"code-completion\"\npath = \"DATA\"\nlimit = 3\ncontext = [0.3]\nnew-tokens = 5\nscorers = [\"edit-similarity\"]";
/// The lines of [`TWIN`], of the one behind it and of [`TINY`] in the suite.
const LINES: [&str; 3] = ["s.toml:38:", "s.toml:39:", "s.toml:20:"];

/// That `plan` and `run` end with this code and the same words, and that nothing was begun.
fn assert_both(trial: &Trial, code: i32, words: &[&str], what: &str) {
    let plan = trial.plan();
    assert_refused(trial, &plan, code, words, what);
    let run = trial.run(&[]);
    assert_refused(trial, &run, code, words, what);
    assert_eq!(plan.err, run.err, "{what}");
}

/// Cases that change the good suite: what becomes what, the exit code, what is said.
type Case<'c> = (&'c str, &'c str, i32, &'c [&'c str]);

#[test]
fn values_that_no_model_could_run_are_refused_at_their_line() {
    let [_, twin, tiny] = LINES;
    let cases: &[Case<'_>] = &[
        (TWIN, "name = \"twin\"\nbatch-size = 4", 2, &["batch size 4 is not supported", twin]),
        (TINY, "builtin = \"tiny-random\"\ndtype = \"f16\"", 2, &["`f16` runs on a GPU only", "s.toml:21:9"]),
        (TINY, "builtin = \"tiny-random\"\ndtype = \"f64\"", 2, &["unknown dtype `f64`", "s.toml:21:9"]),
        (TINY, "builtin = \"tiny-random\"\ndtype = \"packed\"", 2, &["this model is none", "s.toml:21:9"]),
        (TINY, "builtin = \"tiny-radnom\"", 2, &["unknown built-in model", tiny]),
        (
            TWIN,
            "name = \"twin\"\ncompress = [{ quantize = \"int8-weight\" }, { prune = \"ffn-neurons\", ratio = 0.5 }]",
            2,
            &[
                "`ffn-neurons` needs weights that are not already quantized",
                "s.toml:39:43",
                "put `prune` before",
            ],
        ),
        (
            TWIN,
            "name = \"twin\"\ncompress = [{ quantize = \"int8-weight\" }, { quantize = \"int8-weight\" }]",
            2,
            &["already quantized by `int8-weight`", twin, "quantize once"],
        ),
        (
            TWIN,
            "name = \"twin\"\nmodel.path = \"m.gguf\"\ncompress = [{ quantize = \"int8-weight\" }]",
            2,
            &["cannot be compressed again", "s.toml:40:", "model.dtype = \"f32\""],
        ),
        ("threads = 1", "device = \"cuda:97\"", 3, &["device `cuda:97`", "engine.device=cpu"]),
    ];
    assert_all(cases);
}

#[test]
fn values_that_do_not_fit_the_model_are_refused_at_their_line() {
    let exit = |table: &str| format!("name = \"twin\"\nexit = {{ {table} }}");
    let agent = |name: &str, policy: &str| {
        let path = root().join("models/mini-code/agents").join(name);
        exit(&format!("policy = \"{policy}\", agent = {:?}, threshold = 0.9", path.to_str().unwrap()))
    };
    let [_, line, _] = LINES;
    for (table, words) in [
        (
            "policy = \"fixed\", layer = 3",
            &["`layer = 3` is no block of a model with 2 blocks", "from 1 to 2"][..],
        ),
        ("policy = \"max-probability\", threshold = 0.5, exits = [1, 5]", &["exit 5 lies beyond"]),
        ("policy = \"entropy\", threshold = 0.5, exits = [2]", &["no exit to ask at", "set `exits`"]),
        ("policy = \"random\", depth = 9", &["no draw of blocks 1 to 2 has a mean of 9"]),
        ("policy = \"skip-decode\", most = 2, least = 1, first-blocks = 2", &["must not fall"]),
        ("policy = \"self-speculation\", layer = 2", &["is the last block"]),
        ("policy = \"full\", head = \"all\"", &["needs `cache = \"off\"`"]),
    ] {
        assert_all(&[(TWIN, &exit(table), 2, &[words, &[line]].concat())]);
    }
    for (variant, words) in [
        (agent("ppo-careful.json", "agent"), "this one has 2 of 32"),
        (agent("linear.json", "agent"), "takes an agent of kind `ppo`"),
        (agent("ppo-careful.json", "linear-classifier"), "takes an agent of kind `linear`"),
        (agent("absent.json", "agent"), "no such file"),
    ] {
        assert_all(&[(TWIN, &variant, 3, &[words])]);
    }
    let trial = Trial::with(&[(TWIN, &exit("policy = \"agent\", agent = \"a.json\", threshold = 0.9"))]);
    trial.write("a.json", b"{");
    assert_both(&trial, 3, &["is no manifest of an agent", line], "a damaged manifest");

    let prune = "name = \"twin\"\ncompress = [{ prune = \"ffn-neurons\", ratio = 0.001 }]";
    assert_all(&[
        (TWIN, prune, 2, &["`ratio = 0.001` removes none of 64 neurons", "s.toml:39:46"]),
        (
            "new-tokens = 5",
            "new-tokens = 4000",
            2,
            &["4000 new tokens do not fit into a context of 2048", "s.toml:"],
        ),
        (
            "new-tokens = 5",
            "new-tokens = 5\nmax-context = 2049",
            2,
            &["`tiny-random` holds 2048 tokens", "s.toml:"],
        ),
    ]);
}

#[test]
fn tasks_whose_rows_have_other_fields_are_refused_with_their_line() {
    let task = |kind: &str, more: &str| format!("kind = \"{kind}\"\npath = \"rows.jsonl\"\n{more}");
    let own = task("jsonl", "scorers = [\"exact-match\"]");
    let good = "{\"prompt\": \"a\", \"reference\": \"b\"}\n";
    for (task, rows, words) in [
        (
            own.clone(),
            "{\"question\": \"a\", \"answer\": \"b\"}\n",
            &["rows.jsonl`, line 1: has no `reference`"][..],
        ),
        (
            own.clone(),
            "{\"prompt\": 1, \"reference\": \"b\"}\n",
            &["line 1: `prompt` is a number: expected text"],
        ),
        (own.clone(), "", &["rows.jsonl` is empty"]),
        (own.clone() + "\nchat-template = \"model\"", good, &["has no chat template", "s.toml:30:"]),
        (own + "\nfew-shot = 1\nfew-shot-path = \"rows.jsonl\"", good, &["is also a few-shot example"]),
        (
            task("code-completion", "context = [0.3]"),
            good,
            &["line 1: expected an object with `id` and `code`"],
        ),
        (task("code-generation", ""), good, &["rows.jsonl`, line 1: has no "]),
        (task("multiple-choice", ""), good, &["rows.jsonl`, line 1: "]),
    ] {
        let trial = Trial::with(&[(TASK, &task)]);
        trial.write("rows.jsonl", rows.as_bytes());
        assert_both(&trial, 2, words, &task);
    }
}

#[test]
fn models_that_do_not_run_here_are_refused_with_their_file() {
    let weights = safetensors(&tensors());
    let changed = |key: &str, value: Json| {
        let mut config = config();
        config[key] = value;
        config
    };
    for (key, value, words) in [
        ("model_type", json!("lamma"), "model type `lamma` is not known"),
        ("model_type", json!("mixtral"), "mixture of experts"),
        ("rope_scaling", json!({"rope_type": "spiral", "factor": 2.0}), "rope scaling `spiral` is not known"),
        ("attention_bias", json!(true), "no tensor `model.layers.0.self_attn.k_proj.bias`"),
        ("tie_word_embeddings", json!(false), "no tensor `lm_head.weight`"),
        ("intermediate_size", json!(48), "the config asks for [16, 48]"),
        ("vocab_size", json!(4000), "`model.embed_tokens.weight`"),
        ("num_hidden_layers", json!(2), "no tensor `model.layers.1."),
        ("hidden_act", json!("sine"), "activation `sine` is not known"),
        ("quantization_config", json!({"quant_method": "gptq"}), "packed by `gptq`"),
        ("quantization_config", json!("gptq"), "packed by `gptq`"),
        ("rms_norm_eps", json!(-1), "`rms_norm_eps` is -1"),
        ("rope_theta", json!(0), "`rope_theta` is 0"),
        ("max_position_embeddings", json!(1_u64 << 40), "`max_position_embeddings` is 1099511627776"),
        ("hidden_size", json!("wide"), "`hidden_size`: invalid type"),
        ("eos_token_id", json!(1_000_000_000), "`eos_token_id` is 1000000000"),
    ] {
        let trial = with_model(&[], &changed(key, value.clone()), &weights);
        assert_both(&trial, 3, &[words], &format!("{key} = {value}"));
    }
    let trial = with_model(&[], &config(), &weights);
    fs::remove_file(trial.path("model/tokenizer.json")).unwrap();
    assert_both(&trial, 3, &["`tokenizer.json` absent from it"], "no tokenizer");
}

#[test]
fn a_file_that_is_no_config_is_refused_whatever_engine_reads_it() {
    let weights = safetensors(&tensors());
    let whole = config().to_string();
    let other = ("[engine]", "[engine]\ncommand = [\"sh\", \"-c\", \"exit 1\"]");
    for (text, words) in [
        ("", &["config.json` is no model config: ", "EOF while parsing a value at line 1 column 0"][..]),
        (&whole[..100], &["config.json` is no model config: ", "at line 1 column 100"]),
        ("[1, 2]", &["config.json` is no model config: it is a list, expected an object"]),
    ] {
        for changes in [&[][..], &[other]] {
            let trial = with_model(changes, &config(), &weights);
            trial.write("model/config.json", text.as_bytes());
            assert_both(&trial, 3, words, text);
        }
    }
    for value in [json!(0), json!(1_u64 << 40), json!("many")] {
        let mut config = config();
        config["max_position_embeddings"] = value.clone();
        let trial = with_model(&[other], &config, &weights);
        assert_both(&trial, 3, &[&format!("`max_position_embeddings` is {value}, expected")], "a context");
    }
}

#[test]
fn a_prompt_with_a_token_that_the_model_lacks_is_refused() {
    // The tokenizer knows a mark for which the embedding has no row, and a text has it.
    let trial =
        with_model(&[(TASK, &TASK.replace("DATA", "rows.jsonl"))], &config(), &safetensors(&tensors()));
    let mut tokenizer: Json =
        serde_json::from_slice(&fs::read(trial.path("model/tokenizer.json")).unwrap()).unwrap();
    tokenizer["added_tokens"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": 4096, "content": "<mark>", "single_word": false,
        "lstrip": false, "rstrip": false, "normalized": false, "special": true }));
    trial.write("model/tokenizer.json", tokenizer.to_string().as_bytes());
    let row = |word: &str| {
        let code = [vec!["<s>"], vec![word; 20], vec!["</s>"]].concat();
        json!({ "id": "a", "code": code }).to_string() + "\n"
    };
    trial.write("rows.jsonl", row("<mark>").as_bytes());
    assert_both(&trial, 3, &["has token 4096", "a vocabulary of 4096"], "a mark");
    trial.write("rows.jsonl", row("x").as_bytes());
    assert_eq!(trial.plan().code, 0, "{}", trial.plan().err);
}

#[test]
fn an_engine_that_is_not_there_is_refused() {
    let absent = "[engine]\ncommand = [\"/no/such/engine\"]";
    assert_all(&[(
        "[engine]",
        absent,
        3,
        &["cannot start `/no/such/engine`: no such program", "s.toml:17:"],
    )]);
}

/// Every case in a folder of its own.
fn assert_all(cases: &[Case<'_>]) {
    for (from, to, code, words) in cases {
        let trial = Trial::with(&[(from, to)]);
        assert_both(&trial, *code, words, to);
    }
}

#[test]
fn suites_that_come_with_the_project_are_refused_only_for_what_is_not_here() {
    if !engine_is_there() {
        return;
    }
    const CODE: &str = "suites/green_code.toml";
    // Those whose data, models and engines are in the repository need nothing.
    for (suite, profile, whole) in [
        ("suites/smoke.toml", None, true),
        ("suites/fault_tickets.toml", None, true),
        (CODE, None, true),
        (CODE, Some("full"), true),
        (CODE, Some("depth"), true),
        (CODE, Some("python"), true),
        (CODE, Some("paper"), false),
        (CODE, Some("paper-depth"), false),
        ("suites/java_completion.toml", None, false),
        ("suites/humaneval.toml", None, false),
        ("suites/mbpp.toml", None, false),
        ("suites/recode.toml", None, false),
        ("suites/recode.toml", Some("quick"), false),
        ("examples/ci/variant.toml", None, true),
        ("examples/ci/engine.toml", None, false),
    ] {
        let mut arguments = vec!["plan", suite];
        arguments.extend(profile.map(|name| ["--profile", name]).into_iter().flatten());
        let said = harness(&arguments);
        if said.code == 0 {
            continue;
        }
        assert!(!whole && said.code == 3, "{arguments:?} ends with {}: {}", said.code, said.err);
        for thing in said.err.lines().filter(|line| line.starts_with("  - ")) {
            let absent = thing.contains(": no such f") || thing.contains("no NVIDIA driver");
            assert!(absent, "{arguments:?}: {thing}");
        }
    }
}
