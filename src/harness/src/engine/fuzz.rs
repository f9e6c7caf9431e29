//! Conversations whose lines were changed: each is refused with a reason, or means what was asked for.
//!
//! `REPLY_FUZZ_INPUTS` sets how many are tried, `REPLY_FUZZ_SEED` which ones.

use std::collections::BTreeSet;

use harness_protocol::{Completion, Decode, Finish, Loaded, Prepare, PromptItem, Reply};
use serde_json::{Value as Json, json};

use super::asked::Asked;
use super::completions::Completions;
use super::failure::CellFailure;
use super::line::read_reply;
use super::loaded;
use super::passes::{Passes, Window};

/// Tried by default: less than a second.
const INPUTS: u64 = 20_000;

/// When all was asked and answered, ns.
const SENT: i64 = 1_000_000_000;
const HEARD: i64 = 9_000_000_000;
/// Shortest window, ns.
const LEAST: i64 = 100_000_000;
const IDS: [u32; 3] = [3, 4, 70_000];
const NEW_TOKENS: u32 = 4;
const VOCABULARY: u32 = 100;
const LAYERS: u32 = 3;

/// SplitMix64: small, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

fn request() -> Prepare {
    let item = |id| PromptItem {
        id,
        prompt: "a".to_owned(),
        prompt_ids: Some(vec![1, 2]),
        forced_ids: None,
        seed: None,
    };
    Prepare {
        items: IDS.map(item).to_vec(),
        new_tokens: NEW_TOKENS,
        min_new_tokens: Some(1),
        stop: Vec::new(),
        decode: Decode::Greedy,
        batch_size: 1,
        logprobs: false,
        top_logprobs: 0,
        stream: false,
    }
}

/// Lines of an engine that does everything right.
fn good() -> Vec<Json> {
    let mut lines = vec![
        json!({ "type": "loaded", "layers": LAYERS, "parameters": 10, "weights_bytes": 40,
            "weights_sha256": "ab".repeat(32), "tokenizer_sha256": "cd".repeat(32), "context": 64,
            "kernels": { "prefill": "p", "decode": "d" }, "peak_rss_bytes": 100,
            "t_start_ns": SENT + 1, "t_end_ns": SENT + 2 }),
        json!({ "type": "prepared", "tokens_in": [2, 2, 2] }),
        json!({ "type": "warmed", "t_start_ns": SENT + 3, "t_end_ns": SENT + 4 }),
        json!({ "type": "window-start", "t_ns": SENT + 5 }),
    ];
    let mut t = SENT + 10;
    for pass in 0..2 {
        for id in IDS {
            lines.push(json!({ "type": "item", "id": id, "pass": pass, "t0_ns": t, "first_ns": t + 10,
                "t1_ns": t + 40, "out": NEW_TOKENS }));
            t += LEAST / 4;
        }
    }
    lines.push(json!({ "type": "window-end", "t_ns": t, "passes": 2, "device_synced": true }));
    for id in IDS {
        let ids = [1_u32, 2, 3, 4];
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        let hash = harness_text::hash::bytes(&bytes);
        lines.push(json!({ "type": "completion", "id": id, "text": "abcd", "ids": ids,
            "sha256_per_pass": [hash, hash], "exit_layers": [1, 2, 3, 3],
            "token_ns": [t - 40, t - 30, t - 20, t - 10], "logprobs": [-1.0, -0.5, 0.0, -3.0],
            "finish": "length" }));
    }
    lines.push(json!({ "type": "collected", "peak_rss_bytes": 200, "peak_device_bytes": null }));
    lines
}

/// What a conversation has left behind.
struct Told {
    loaded: Loaded,
    window: Window,
    completions: Vec<Completion>,
}

/// Follows a conversation as a cell does, without the process.
fn follow(mut lines: &[u8]) -> Result<Told, CellFailure> {
    let mut next = || loop {
        match read_reply(&mut lines) {
            Some(Ok(Reply::Progress { .. })) => {}
            Some(Ok(Reply::Fault { kind, message, item })) => {
                return Err(CellFailure::fault(kind, &message, item));
            }
            Some(Ok(reply)) => return Ok(reply),
            Some(Err(message)) => return Err(CellFailure::failed(format!("bad reply: {message}"))),
            None => return Err(CellFailure::failed("the engine closed its output")),
        }
    };
    let other = |what: &str| Err(CellFailure::failed(format!("not answered: {what}")));
    let Reply::Loaded(loaded) = next()? else { return other("load") };
    loaded::check(&loaded, (SENT, HEARD))?;
    let asked = Asked::of(&request(), &loaded, Some(VOCABULARY));
    let Reply::Prepared { tokens_in } = next()? else { return other("prepare") };
    if tokens_in.len() != IDS.len() {
        return other("one length an item");
    }
    let Reply::Warmed { t_start_ns, t_end_ns } = next()? else { return other("warm-up") };
    super::asked::check_stretch("the warm-up", (t_start_ns, t_end_ns), (SENT, HEARD))?;
    let Reply::WindowStart { t_ns } = next()? else { return other("window") };
    let mut passes = Passes::open(&asked, t_ns, LEAST, (SENT, HEARD))?;
    let window = loop {
        if let Some(window) = passes.take(&next()?, HEARD)? {
            break window;
        }
    };
    let mut completions = Completions::of(&asked, &window);
    loop {
        match next()? {
            Reply::Completion(completion) => completions.take(completion)?,
            Reply::Collected { .. } => break,
            _ => return other("collect"),
        }
    }
    let completions = completions.whole()?;
    Ok(Told { loaded, window, completions })
}

/// That a conversation without a failure can be put into tables: every number is one, and all of it was asked for.
fn assert_true(told: &Told) {
    let Told { loaded, window, completions } = told;
    let skew = harness_protocol::MAX_CLOCK_SKEW_NS;
    assert!(loaded.layers > 0 && loaded.context > 0 && loaded.t_end_ns >= loaded.t_start_ns);
    let length = window.end_ns - window.start_ns;
    assert!((LEAST..=HEARD - SENT + 2 * skew).contains(&length), "{length}");
    assert_eq!(window.runs.len(), IDS.len() * window.passes as usize);
    for run in &window.runs {
        assert!(IDS.contains(&run.id) && run.out <= NEW_TOKENS && run.pass < window.passes);
        assert!(window.start_ns <= run.t0_ns && run.t1_ns <= window.end_ns);
        assert!(run.seconds() > 0.0 && run.prefill() >= 0.0 && run.decode() >= 0.0, "{run:?}");
    }
    let runs: BTreeSet<(u32, u32)> = window.runs.iter().map(|run| (run.id, run.pass)).collect();
    assert_eq!(runs.len(), window.runs.len(), "an item ran twice in a pass");
    let ids: Vec<u32> = completions.iter().map(|completion| completion.id).collect();
    assert_eq!(ids, IDS);
    for completion in completions {
        let run = window.runs.iter().rfind(|run| run.id == completion.id).unwrap();
        let out = run.out as usize;
        assert!(completion.ids.is_empty() || completion.ids.len() == out);
        assert!(completion.ids.iter().all(|id| *id < VOCABULARY));
        assert_eq!(completion.sha256_per_pass.len(), window.passes as usize);
        let layers = completion.exit_layers.iter().flatten();
        assert!(layers.into_iter().all(|layer| (1..=loaded.layers).contains(&u32::from(*layer))));
        assert!(completion.exit_layers.as_ref().is_none_or(|layers| layers.len() == out));
        let logprobs = completion.logprobs.iter().flatten();
        assert!(logprobs.into_iter().all(|value| value.is_finite() && *value < 0.01));
        assert!(completion.finish != Finish::Length || run.out == NEW_TOKENS);
        assert!(completion.text.as_ref().is_none_or(|text| text.len() <= 4096 * out));
    }
}

/// A value that an engine should not send.
fn value(random: &mut Random) -> Json {
    const WHOLE: &[i64] =
        &[0, 1, 2, 3, 4, 5, 99, 100, 1 << 31, 1 << 32, 1 << 40, -1, -2, i64::MAX, i64::MIN, SENT, HEARD];
    match random.below(8) {
        0..3 => Json::from(*random.of(WHOLE)),
        3 => Json::from(*random.of(&[0.5, -0.5, 1e300, -1e300, 1e-300])),
        4 => Json::from(SENT + random.below((HEARD - SENT) as usize) as i64),
        5 => Json::Null,
        _ => random
            .of(&[
                json!(""),
                json!("x".repeat(5000)),
                json!("ab".repeat(32)),
                json!([]),
                json!({}),
                json!([1, 2, 3, 4]),
                json!([1, 2, 3]),
                json!([0, 0, 0, 0]),
                json!([[1]]),
                json!(true),
                json!(u64::MAX),
                json!("eos"),
                json!("stop"),
                json!("error"),
                json!("item"),
                json!("completion"),
                json!("\u{1b}[2J\u{202e}"),
            ])
            .clone(),
    }
}

/// Changes a line's fields, or which lines there are.
fn change(lines: &mut Vec<Json>, random: &mut Random) {
    if lines.is_empty() {
        return;
    }
    let (at, to) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(12) {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[at].clone();
            lines.insert(to, line);
        }
        2 => lines.swap(at, to),
        3 => {
            let kind = random.of(&["out-of-memory", "internal", "none"]);
            let message = "m".repeat(*random.of(&[1, 100, 10_000]));
            lines.insert(at, json!({ "type": "fault", "kind": kind, "message": message }));
        }
        4 => lines.insert(at, json!({ "type": "progress", "message": "p" })),
        _ => {
            let keys: Vec<String> =
                lines[at].as_object().map(|keys| keys.keys().cloned().collect()).unwrap_or_default();
            if keys.is_empty() {
                return;
            }
            let key = random.of(&keys).clone();
            change_field(&mut lines[at], &key, random);
        }
    }
}

/// Changes one field of a line.
fn change_field(line: &mut Json, key: &str, random: &mut Random) {
    let length = line[key].as_array().map_or(0, Vec::len);
    if length > 0 && random.below(2) == 0 {
        let index = random.below(length);
        let Some(list) = line[key].as_array_mut() else { return };
        match random.below(3) {
            0 => drop(list.remove(index)),
            1 => list.insert(index, value(random)),
            _ => list[index] = value(random),
        }
    } else if random.below(8) == 0 {
        line.as_object_mut().map(|keys| keys.remove(key));
    } else if let Some(number) = line[key].as_i64().filter(|_| random.below(3) == 0) {
        line[key] = Json::from(number.wrapping_add(random.below(5) as i64 - 2));
    } else {
        line[key] = value(random);
    }
}

/// Changes bytes.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.below(8),
        2 => drop(bytes.remove(at)),
        3 => bytes.insert(at, *random.of(b"\n\0\"{}[]0-\xff")),
        4 => {
            let words: [&[u8]; 6] = [b"1e999", b"-1", b"18446744073709551616", b"NaN", b"null", b"\\ud800"];
            let end = (at + random.below(6)).min(bytes.len());
            bytes.splice(at..end, random.of(&words).iter().copied());
        }
        _ => {
            let deep = *random.of(&[64, 200, 50_000]);
            bytes.splice(at..at, std::iter::repeat_n(b'[', deep));
        }
    }
}

fn text(lines: &[Json]) -> Vec<u8> {
    lines.iter().flat_map(|line| (line.to_string() + "\n").into_bytes()).collect()
}

fn reason(change: impl FnOnce(&mut Vec<Json>)) -> String {
    let mut lines = good();
    change(&mut lines);
    follow(&text(&lines)).err().map(|failure| failure.reason).unwrap_or_default()
}

#[test]
fn conversations_that_were_changed_are_refused_or_true() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let inputs = number("REPLY_FUZZ_INPUTS").unwrap_or(INPUTS);
    let mut random = Random(number("REPLY_FUZZ_SEED").unwrap_or(1));
    assert_true(&follow(&text(&good())).map_err(|failure| failure.reason).unwrap());
    let mut accepted = 0;
    for input in 0..inputs {
        let mut lines = good();
        for _ in 0..=random.below(3) {
            change(&mut lines, &mut random);
        }
        let mut bytes = text(&lines);
        if random.below(4) == 0 && !bytes.is_empty() {
            damage(&mut bytes, &mut random);
        }
        match follow(&bytes) {
            Ok(told) => {
                assert_true(&told);
                accepted += 1;
            }
            Err(CellFailure { reason, .. }) => {
                assert!(reason.len() > 10 && reason.len() < 20_000, "input {input}: {} bytes", reason.len());
            }
        }
    }
    eprintln!("{inputs} conversations, {accepted} true");
    assert!(inputs < 1000 || (accepted > inputs / 100 && accepted < inputs), "{accepted} of {inputs}");
}

#[test]
fn replies_that_contradict_the_request_are_refused_with_a_reason() {
    let (item, end, done) = (4, 10, 11);
    let set = |at: usize, key: &str, value: Json| reason(|lines| lines[at][key] = value);
    for (reason, words) in [
        (set(0, "t_end_ns", json!(i64::MIN)), "times of loading cannot be true"),
        (set(0, "t_start_ns", json!(SENT + 3)), "times of loading cannot be true"),
        (set(2, "t_end_ns", json!(HEARD * 2)), "times of the warm-up cannot be true"),
        (set(3, "t_ns", json!(0)), "times of the window's beginning cannot be true"),
        (set(item, "out", json!(u32::MAX)), "item 3 ran longer than asked: 4294967295 tokens of at most 4"),
        (set(item, "id", json!(5)), "items that nobody asked for: item 5"),
        (set(item, "pass", json!(1)), "item 3 ran in pass 1, expected pass 0"),
        (set(item, "t1_ns", json!(HEARD + 2_000_000)), "item 3 ran outside the window"),
        (set(item, "t0_ns", json!(SENT)), "item 3 ran outside the window"),
        (set(item, "first_ns", json!(HEARD)), "item 3 ran outside the window"),
        (set(end, "passes", json!(3)), "item 3 ran 2 times in 3 passes"),
        (set(end, "t_ns", json!(SENT + 20)), "item"),
        (set(end, "t_ns", json!(HEARD * 2)), "times of the window cannot be true"),
        (set(end, "device_synced", json!(false)), "still working"),
        (
            set(done, "ids", json!([1, 2, 3])),
            "item 3 has a completion that has 3 `ids`, and the last pass generated 4",
        ),
        (set(done, "ids", json!([1, 2, 3, 5])), "other `ids` than its last `sha256_per_pass`"),
        (set(done, "ids", json!([1, 2, 3, 100])), "token 100, beyond a vocabulary of 100"),
        (set(done, "exit_layers", json!([1, 2, 3])), "3 `exit_layers`"),
        (set(done, "exit_layers", json!([1, 2, 3, 4])), "says 4 of `exit_layers`, of a model with 3 blocks"),
        (set(done, "token_ns", json!([4, 3, 2, 1])), "`token_ns` out of order"),
        (set(done, "logprobs", json!([0.0, 0.0, 0.0, 1.0])), "says 1 of `logprobs`"),
        (set(done, "sha256_per_pass", json!(["ab"])), "1 `sha256_per_pass` for 2 passes"),
        (set(done, "sha256_per_pass", json!(["ab", "ab"])), "no SHA-256"),
        (set(done, "text", json!("x".repeat(20_000))), "a text of 20000 bytes for 4 tokens"),
        (set(done, "id", json!(9)), "item 9 has a completion that nobody asked for"),
        (set(done, "id", json!(4)), "item 4 has two completions"),
        (reason(|lines| drop(lines.remove(done))), "item 3 has no completion"),
        (
            reason(|lines| {
                lines[0] = json!({ "type": "fault", "kind": "internal", "message": "m".repeat(8 << 20) })
            }),
            "[8388608 characters, cut]",
        ),
        (set(0, "type", json!("y".repeat(8 << 20))), "characters, cut]"),
    ] {
        assert!(reason.contains(words), "no `{words}` in: {reason:.300}");
        assert!(reason.len() < 4000, "{} bytes", reason.len());
    }
}

#[test]
fn a_window_shorter_than_asked_and_an_answer_that_ends_too_early_are_refused() {
    const END: usize = 10;
    let short = reason(|lines| {
        // All passes lie in the first moments.
        for (number, line) in lines[4..END].iter_mut().enumerate() {
            let t = SENT + 10 + 100 * number as i64;
            line["t0_ns"] = json!(t);
            line["first_ns"] = json!(t + 10);
            line["t1_ns"] = json!(t + 40);
        }
        lines[END]["t_ns"] = json!(SENT + 10_000);
    });
    assert!(short.contains("was closed after 9995 ns, asked for were at least 100000000"), "{short}");
    let early = reason(|lines| {
        lines[4 + 3]["out"] = json!(3);
        for key in ["exit_layers", "token_ns", "logprobs"] {
            drop(lines[END + 1].as_object_mut().map(|keys| keys.remove(key)));
        }
        lines[END + 1]["ids"] = json!([]);
    });
    assert!(early.contains("ended by `length` behind 3 tokens, asked for were 4"), "{early}");
}
