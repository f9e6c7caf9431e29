//! Scores pairs of texts: their values, or how many pairs a second.
//!
//! `score_pairs PAIRS.jsonl values SCORER…` prints the scores of each pair and, last, of all together;
//! `score_pairs PAIRS.jsonl time THREADS SCORER…` prints pairs per CPU second and per
//! second on the clock, each the median of nine runs.
//! A line of the file is `{"candidate": "…", "reference": "…", "language": "java"}`.

#![expect(clippy::print_stdout, reason = "an example that nothing depends on")]

use std::error::Error;
use std::fs;
use std::time::Instant;

use harness_task::{Answer, Drawn, Language, Scorer, Stats, find_scorer};
use serde::Deserialize;

const RUNS: usize = 9;

#[derive(Deserialize)]
struct Pair {
    candidate: String,
    reference: String,
    language: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (path, threads, names) = match &words[..] {
        [path, "values", names @ ..] if !names.is_empty() => (path, None, names),
        [path, "time", threads, names @ ..] if !names.is_empty() => (path, Some(threads.parse()?), names),
        _ => return Err("expected `PAIRS.jsonl values SCORER…` or `PAIRS.jsonl time THREADS SCORER…`".into()),
    };
    let text = fs::read_to_string(path)?;
    let pairs: Vec<Pair> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let answers: Vec<Answer<'_>> = pairs.iter().map(answer).collect();
    let found = names.iter().map(|name| find_scorer(name).ok_or(format!("`{name}` is no scorer")));
    let scorers: Vec<Box<dyn Scorer>> = found.collect::<Result<_, _>>()?;
    match threads {
        None => print_values(&scorers, &answers),
        Some(threads) => print_speed(&scorers, &answers, threads),
    }
}

fn answer(pair: &Pair) -> Answer<'_> {
    Answer {
        raw: &pair.candidate,
        text: &pair.candidate,
        reference: Some(&pair.reference),
        language: Language::find(&pair.language),
        ..Answer::default()
    }
}

fn print_values(scorers: &[Box<dyn Scorer>], answers: &[Answer<'_>]) -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    for scorer in scorers {
        let stats: Option<Vec<Stats>> = scorer.stats_of_all(answers)?.into_iter().collect();
        all.push(stats.ok_or("a pair lacks its language, or names an unknown one")?);
    }
    for place in 0..answers.len() {
        let values: Vec<_> = scorers.iter().zip(&all).map(|(s, stats)| s.value(&stats[place])).collect();
        println!("{}", serde_json::to_string(&values)?);
    }
    let corpus = scorers.iter().zip(&all).map(|(scorer, stats)| {
        let drawn: Vec<_> = stats.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
        scorer.aggregate(&drawn)
    });
    println!("{}", serde_json::to_string(&corpus.collect::<Vec<_>>())?);
    Ok(())
}

fn print_speed(
    scorers: &[Box<dyn Scorer>],
    answers: &[Answer<'_>],
    threads: usize,
) -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    // Scorers of one family share their statistics.
    let mut families: Vec<&dyn Scorer> = Vec::new();
    for scorer in scorers {
        if families.iter().all(|known| known.family() != scorer.family()) {
            families.push(scorer.as_ref());
        }
    }
    let mut speeds = [Vec::new(), Vec::new()];
    // The first run is not counted: it loads the grammars.
    for run in 0..=RUNS {
        let (start, cpu) = (Instant::now(), cpu_seconds()?);
        for scorer in &families {
            let stats = pool.install(|| scorer.stats_of_all(answers))?;
            std::hint::black_box(&stats);
        }
        if run > 0 {
            speeds[0].push(answers.len() as f64 / (cpu_seconds()? - cpu));
            speeds[1].push(answers.len() as f64 / start.elapsed().as_secs_f64());
        }
    }
    for speeds in &mut speeds {
        speeds.sort_by(f64::total_cmp);
        print!("{:.0} ", speeds[RUNS / 2]);
    }
    println!();
    Ok(())
}

/// What all threads of this process have used so far.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let used = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF)?;
    let time = used.user_time() + used.system_time();
    Ok(time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6)
}
