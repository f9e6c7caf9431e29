//! No input makes a function panic or run for ever.

use harness_stats::{
    BlockTotal, Estimate, Estimated, PerSuccess, Point, ScoreUnits, Sequence, bca, blocks_needed,
    blocks_needed_one_sided, change_point, clopper_pearson, clustered_difference, detectable,
    detectable_one_sided, difference, effective_count, fences, front, generator, hodges_lehmann, holm,
    lag_one, mann_whitney, mcnemar, median, noncentral_t, normal, not_above, not_below, on_front, paired,
    power, power_one_sided, prediction, prediction_of_ratio, prediction_p, rank_trend, ratio_of_totals,
    regress, slope, spread, student, total, total_signed, variation, wilson, within,
};

/// Values that break formulas.
const ODD: [f64; 14] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    0.05,
    1e-300,
    -1e300,
    1e300,
    f64::MIN_POSITIVE,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

const COUNTS: [usize; 3] = [0, 2, 100_001];

/// Lists of up to four of them, and longer ones of a single value.
fn lists() -> Vec<Vec<f64>> {
    let mut lists = vec![Vec::new()];
    for a in ODD {
        lists.extend([vec![a], vec![a; 3], vec![a; 35]]);
        for b in ODD {
            lists.extend([vec![a, b], vec![a, b, 1.0], vec![1.0, a, 2.0, b]]);
        }
    }
    lists
}

#[test]
fn functions_of_one_list_answer_to_everything() {
    for list in lists() {
        for level in [0.95, 0.0, 1.0, 3.0, -3.0, f64::NAN] {
            let _ = difference(&list, level);
            let _ = prediction(&list, level);
            let _ = prediction_of_ratio(&list, level);
            let _ = spread(1.0, list.clone(), level);
            let _ = bca(1.0, list.clone(), &list, level);
            let _ = clustered_difference(1.0, &list, level);
            let _ = Sequence { alpha: 1.0 - level, g: 1.0 }.interval(&list);
            let _ = Sequence { alpha: 0.05, g: level }.p(&list);
            let _ = regress(&[vec![1.0; list.len()], list.clone()], &list, level);
            let blocks: Vec<BlockTotal> =
                list.iter().map(|value| BlockTotal { energy: *value, work: 1.0 }).collect();
            let works: Vec<BlockTotal> =
                list.iter().map(|value| BlockTotal { energy: 1.0, work: *value }).collect();
            let _ = (total(&works, level), total_signed(&works, level), paired(&blocks, &works, level));
            let _ = ratio_of_totals(&blocks, &works, level);
            let clusters: Vec<(f64, f64)> = list.iter().map(|value| (*value, 1.0)).collect();
            if let Some(found) = PerSuccess::measured(&blocks, &clusters) {
                let _ = (found.interval(level), found.paired_ratio(&found, level));
                let _ = found.unpaired_ratio(&found, level);
            }
        }
        let _ = (Estimate::of_mean(&list), Sequence::new(0.05).evidence(&list), holm(&list));
        let _ = (variation(&list), slope(&list), lag_one(&list), rank_trend(&list), change_point(&list));
        let _ = (fences(&list), median(list.clone()));
        let clusters: Vec<(f64, f64)> = list.iter().map(|value| (*value, 2.0)).collect();
        let _ = effective_count(&clusters);
    }
}

#[test]
fn functions_of_two_lists_answer_to_everything() {
    let some = [vec![], vec![1.0], vec![1.0, 2.0, 2.0], vec![f64::NAN, 1.0], vec![f64::MAX, f64::MIN]];
    for one in lists() {
        for other in &some {
            let _ = mann_whitney(&one, other);
            for level in [0.95, 0.0, 1.0, f64::NAN] {
                let _ = hodges_lehmann(&one, other, level);
            }
        }
        let point = |value: &f64| Estimated {
            log_energy: *value,
            score: 1.0,
            energy_pulls: one.clone(),
            score_pulls: one.clone(),
            model_error: 0.0,
        };
        // Those that are refused; the sound ones are drawn in the unit tests.
        if one.iter().any(|value| !value.is_finite()) {
            let points: Vec<Estimated> = one.iter().map(point).collect();
            let _ = on_front(&points, ScoreUnits::Blocks, &mut generator(1, 0));
        }
        let _ =
            front(&one.iter().map(|value| Some(Point { energy: *value, score: *value })).collect::<Vec<_>>());
    }
}

#[test]
fn functions_of_numbers_answer_to_everything() {
    for a in ODD {
        let _ = (normal::reach(a), normal::quantile(a), normal::upper_tail(a));
        let _ = (prediction_p(&[1.0, 2.0], a), clopper_pearson(1, 3, a), PerSuccess::published(a, 1, 2));
        for b in ODD {
            let _ = (student::reach_at(a, b), student::upper_tail(a, b), student::two_sided_p_at(a, b));
            let _ = wilson(a, b, 0.95);
            for c in ODD {
                let _ = (noncentral_t(a, b, c), not_above(a, b, c, 0.1), not_below(0.1, a, b, c));
                let _ = within(a, b, 5.0, c, 1.0);
                for blocks in COUNTS {
                    let _ = (power(a, b, blocks, c), power_one_sided(a, b, blocks, c));
                }
                let _ = (detectable(a, 3, b, c), detectable_one_sided(a, 3, b, c));
                let _ = (blocks_needed(a, b, 0.05, c), blocks_needed_one_sided(a, b, 0.05, c));
            }
        }
    }
    for a in [0, 1, 7, u64::MAX] {
        for b in [0, 1, 7, u64::MAX] {
            let _ = (mcnemar(a, b), clopper_pearson(a, b, 0.95), PerSuccess::published(1.0, a, b));
        }
    }
}
