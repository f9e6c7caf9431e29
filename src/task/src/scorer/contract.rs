//! What every scorer of the board must keep to.

use super::*;
use crate::language::Language;
use crate::question::Version;
use crate::sandbox::Verdict;

const TEXT: &str = "int total = sum ( values , 3 ) ;\nreturn total / 2 ; // cat";

/// The name with a k, for those that have one.
fn with_k(name: &str, k: u32) -> String {
    name.replace("@k", &format!("@{k}"))
}

fn score(scorer: &dyn Scorer, answers: &[Answer<'_>], times: &[f64]) -> Option<f64> {
    let stats: Option<Vec<Stats>> = scorer.stats_of_all(answers).unwrap().into_iter().collect();
    let stats = stats?;
    let drawn: Vec<Drawn<'_>> =
        stats.iter().zip(times).map(|(stats, times)| Drawn { stats, times: *times }).collect();
    scorer.aggregate(&drawn)
}

/// Calls `check` with answers to several problems, nominal and perturbed, right or wrong as `right` says
/// by problem.
fn with_answers(right: &[bool], check: impl Fn(&[Answer<'_>])) {
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let version = |family: &str| Version {
        problem: String::new(),
        family: family.to_owned(),
        recipe: String::new(),
        seed: 0,
    };
    let versions = [version("nominal"), version("func_name")];
    let answers: Vec<Answer<'_>> = right
        .iter()
        .zip(0..)
        .flat_map(|(right, problem)| versions.iter().map(move |version| (*right, problem, version)))
        .map(|(right, problem, version)| Answer {
            raw: if right { TEXT } else { "int x" },
            text: if right { TEXT } else { "int x" },
            reference: Some(TEXT),
            language: Some(Language::Java),
            label: Some("cat"),
            classes: &classes,
            verdict: Some(if right { Verdict::Pass } else { Verdict::Fail }),
            logprobs: Some(if right { &[0.0, 0.0] } else { &[-1.0, -2.0, -4.0] }),
            problem,
            version: Some(version),
        })
        .collect();
    check(&answers);
}

#[test]
fn every_scorer_keeps_the_contract() {
    for ScorerEntry { name, summary, .. } in SCORERS {
        assert!(!summary.is_empty());
        let scorer = find_scorer(&with_k(name, 2)).unwrap();
        assert_eq!(scorer.name(), with_k(name, 2));
        assert_eq!(scorer.aggregate(&[]), None, "{name}");
        let broken = Stats(vec![]);
        assert_eq!(scorer.aggregate(&[Drawn { stats: &broken, times: 1.0 }]), None, "{name}");
        assert_eq!(scorer.stats(&Answer::default()), None, "{name}");
        let (low, high) = scorer.range();
        assert!(low < high);
    }
    let names: Vec<_> = SCORERS.iter().map(|entry| entry.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    for wrong in ["edit-similarty", "edit-similarity@1", "pass@", "pass@0", "pass@k", "pass@01", "@1", "pass"]
    {
        assert!(find_scorer(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn right_answers_score_best_and_wrong_ones_worse() {
    for entry in SCORERS {
        let scorer = find_scorer(&with_k(entry.name, 1)).unwrap();
        let (low, high) = scorer.range();
        let best = if scorer.direction() == Direction::Higher { high } else { low.max(0.0) };
        with_answers(&[true, true, true], |answers| {
            let right = score(&*scorer, answers, &[1.0; 6]).unwrap();
            assert!((right - best).abs() < 1e-12, "{}: {right}", entry.name);
        });
        with_answers(&[true, false, false], |answers| {
            let mixed = score(&*scorer, answers, &[1.0; 6]).unwrap();
            assert!((low..=high).contains(&mixed), "{}: {mixed}", entry.name);
            // Robustness is blind to what fails in every version.
            let blind = ["robust-drop@k", "robust-relative@k"].contains(&entry.name);
            assert_eq!((mixed - best).abs() < 1e-12, blind, "{}: {mixed}", entry.name);
        });
    }
}

#[test]
fn drawing_an_item_twice_is_having_it_twice() {
    for entry in SCORERS {
        let scorer = find_scorer(&with_k(entry.name, 1)).unwrap();
        // For scorers of problems the copy is another problem.
        with_answers(&[true, false, true], |answers| {
            let twice = score(&*scorer, &answers[..4], &[2.0, 2.0, 1.0, 1.0]);
            assert_eq!(twice, score(&*scorer, answers, &[1.0; 6]), "{}", entry.name);
            let never = score(&*scorer, answers, &[0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
            assert_eq!(never, score(&*scorer, &answers[..2], &[1.0; 2]), "{}", entry.name);
            assert_eq!(score(&*scorer, answers, &[0.0; 6]), None, "{}", entry.name);
        });
    }
}

#[test]
fn items_drawn_together_may_be_their_mean_where_a_score_adds_up() {
    for entry in SCORERS {
        let scorer = find_scorer(&with_k(entry.name, 1)).unwrap();
        with_answers(&[true, false, true], |answers| {
            let stats: Vec<Stats> = scorer.stats_of_all(answers).unwrap().into_iter().flatten().collect();
            let (together, rest) = stats.split_at(4);
            let mut mean = Stats(vec![0.0; together[0].0.len()]);
            for item in together {
                mean.0.iter_mut().zip(&item.0).for_each(|(mean, value)| *mean += value / 4.0);
            }
            let drawn = |stats, times| Drawn { stats, times };
            let apart: Vec<Drawn<'_>> = stats
                .iter()
                .zip([3.0, 3.0, 3.0, 3.0, 1.0, 1.0])
                .map(|(item, times)| drawn(item, times))
                .collect();
            let joined = [drawn(&mean, 12.0), drawn(&rest[0], 1.0), drawn(&rest[1], 1.0)];
            let (apart, joined) =
                (scorer.aggregate(&apart).unwrap(), scorer.aggregate(&joined).unwrap_or(f64::NAN));
            assert!(!scorer.adds_up() || (apart - joined).abs() < 1e-9, "{}: {apart} {joined}", entry.name);
        });
    }
}

#[test]
fn proportions_are_means_of_zeros_and_ones() {
    for entry in SCORERS {
        let scorer = find_scorer(&with_k(entry.name, 1)).unwrap();
        with_answers(&[true, false, true], |answers| {
            let stats = scorer.stats_of_all(answers).unwrap();
            let values: Vec<_> = stats.iter().filter_map(|stats| scorer.value(stats.as_ref()?)).collect();
            if scorer.is_proportion() {
                assert!(values.iter().all(|value| [0.0, 1.0].contains(value)), "{}", entry.name);
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                assert_eq!(score(&*scorer, answers, &[1.0; 6]), Some(mean), "{}", entry.name);
            }
        });
    }
}

#[test]
fn odd_texts_are_judged_without_panic() {
    let odd = [
        "",
        " ",
        "\n",
        "-\n",
        "&",
        "&amp;lt;",
        ".",
        ",,.",
        "1-",
        "\u{0}",
        "\u{1c}",
        "e\u{301}",
        "日本語",
        "\u{1f469}\u{200d}\u{1f469}",
        "\u{10ffff}",
        "İ",
        "ſ",
        "_",
        "<s>",
        "<skipped>",
    ];
    for entry in SCORERS {
        let scorer = find_scorer(&with_k(entry.name, 1)).unwrap();
        let (low, high) = scorer.range();
        with_answers(&[true], |answers| {
            for text in odd {
                for reference in odd {
                    let answer = Answer { raw: text, text, reference: Some(reference), ..answers[1] };
                    if let Some(value) = scorer.stats(&answer).and_then(|stats| scorer.value(&stats)) {
                        assert!((low..=high).contains(&value), "{} {text:?} {reference:?}", entry.name);
                    }
                }
            }
        });
    }
}
