//! Which items a block runs: slices of a task's items, drawn from the seed.

use std::collections::BTreeMap;

use harness_task::Item;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// Deals `items` out into one slice a block: sizes differ by at most one, long and short prompts are dealt
/// evenly, and every item is in one slice. Versions of one problem are compared with one another, so they
/// stay together.
pub fn slices(items: &[Item], blocks: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let mut slices = vec![Vec::new(); blocks];
    for round in by_length(items).chunks(blocks) {
        let mut order: Vec<usize> = (0..blocks).collect();
        order.shuffle(&mut random);
        // The last round may be short: it goes to blocks drawn at random like every other.
        for (items, block) in round.iter().zip(order) {
            slices[block].extend(items.iter().map(|item| item.id));
        }
    }
    slices.iter_mut().for_each(|slice| slice.sort_unstable());
    slices
}

/// Draws `count` different items for each block, or as many whole problems as come nearest to that. Items that ran
/// in the fewest blocks are drawn first, so all run equally often, give or take one; of those, one is drawn from
/// each of as many classes of prompt length as are needed.
pub fn samples(items: &[Item], blocks: usize, count: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let problems = by_length(items);
    let needed = (count * problems.len() + items.len() / 2).checked_div(items.len()).unwrap_or(0);
    let needed = needed.clamp(1.min(problems.len()), problems.len());
    let mut uses = vec![0_usize; problems.len()];
    let mut drawn = Vec::new();
    for _ in 0..blocks {
        let fewest = uses.iter().copied().min().unwrap_or(0);
        let (fresh, used): (Vec<usize>, Vec<usize>) =
            (0..problems.len()).partition(|problem| uses[*problem] == fewest);
        let mut chosen = spread(&fresh, needed.min(fresh.len()), &mut random);
        chosen.extend(spread(&used, needed - chosen.len(), &mut random));
        chosen.iter().for_each(|problem| uses[*problem] += 1);
        let ids = chosen.iter().flat_map(|problem| problems[*problem].iter().map(|item| item.id));
        let mut ids: Vec<u32> = ids.collect();
        ids.sort_unstable();
        drawn.push(ids);
    }
    drawn
}

/// `count` of `sorted`, one at random from each of `count` neighbourhoods that are as large as one another.
fn spread(sorted: &[usize], count: usize, random: &mut ChaCha12Rng) -> Vec<usize> {
    let edge = |place: usize| place * sorted.len() / count;
    (0..count).map(|place| sorted[random.random_range(edge(place)..edge(place + 1))]).collect()
}

/// What must stay together, each problem's versions or a single item, by length of the prompts.
fn by_length(items: &[Item]) -> Vec<Vec<&Item>> {
    let mut together: BTreeMap<(u32, u32), Vec<&Item>> = BTreeMap::new();
    for item in items {
        let alone = if item.version.is_some() { 0 } else { item.id };
        let problem = if item.version.is_some() { item.problem } else { 0 };
        together.entry((problem, alone)).or_default().push(item);
    }
    let mut by_length: Vec<Vec<&Item>> = together.into_values().collect();
    by_length.sort_by_key(|items| items.iter().map(|item| item.prompt_ids.len()).sum::<usize>());
    by_length
}

#[cfg(test)]
mod tests {
    use harness_task::Version;

    use super::*;

    fn items(count: u32) -> Vec<Item> {
        let item = |id| Item { id, prompt_ids: vec![0; (id as usize * 7) % 40], ..Item::default() };
        (0..count).map(item).collect()
    }

    #[test]
    fn every_item_is_in_one_slice_and_slices_are_alike() {
        let items = items(180);
        let slices = slices(&items, 8, 3);
        let mut all: Vec<u32> = slices.concat();
        all.sort_unstable();
        assert_eq!(all, (0..180).collect::<Vec<_>>());
        let length = |slice: &Vec<u32>| {
            slice.iter().map(|at| items[*at as usize].prompt_ids.len()).sum::<usize>() as f64
        };
        let mean = slices.iter().map(length).sum::<f64>() / 8.0;
        for slice in &slices {
            assert!((22..=23).contains(&slice.len()));
            assert!((length(slice) / mean - 1.0).abs() < 0.1, "{} of {mean}", length(slice));
        }
    }

    /// Items that are six versions each of a problem.
    fn versions(count: u32) -> Vec<Item> {
        let mut items = items(count);
        for item in &mut items {
            item.problem = item.id / 6;
            item.version = Some(Version {
                problem: item.problem.to_string(),
                family: "nominal".into(),
                recipe: String::new(),
                seed: 0,
            });
        }
        items
    }

    #[test]
    fn versions_of_a_problem_stay_in_one_slice() {
        let slices = slices(&versions(60), 5, 3);
        assert_eq!(slices.concat().len(), 60);
        for slice in slices {
            assert_eq!(slice.len(), 12);
            assert!(
                slice.chunks(6).all(|problem| problem.iter().all(|id| id / 6 == problem[0] / 6)),
                "{slice:?}"
            );
        }
    }

    #[test]
    fn the_same_seed_cuts_the_same_slices() {
        assert_eq!(slices(&items(50), 6, 3), slices(&items(50), 6, 3));
        assert_ne!(slices(&items(50), 6, 3), slices(&items(50), 6, 4));
    }

    /// In how many blocks each item is.
    fn uses(samples: &[Vec<u32>]) -> BTreeMap<u32, usize> {
        let mut uses = BTreeMap::new();
        samples.iter().flatten().for_each(|id| *uses.entry(*id).or_default() += 1);
        uses
    }

    #[test]
    fn every_sample_has_the_count_of_different_items_and_all_run_equally_often() {
        for (of, blocks, count) in [
            (180, 9, 20),
            (180, 7, 20),
            (180, 7, 40),
            (180, 9, 60),
            (30, 7, 20),
            (3, 6, 2),
            (5, 8, 1),
            (4, 6, 4),
        ] {
            let samples = samples(&items(of), blocks, count, 3);
            assert_eq!(samples.len(), blocks);
            for sample in &samples {
                let different: std::collections::BTreeSet<_> = sample.iter().collect();
                assert_eq!((sample.len(), different.len()), (count, count), "{of} {blocks} {count}");
            }
            let uses = uses(&samples);
            let (least, most) = (blocks * count / of as usize, (blocks * count).div_ceil(of as usize));
            assert!(uses.values().all(|uses| (least..=most).contains(uses)), "{of} {blocks} {count}");
            assert!(least == 0 || uses.len() == of as usize, "{of} {blocks} {count}");
        }
    }

    #[test]
    fn long_and_short_prompts_are_in_every_sample() {
        let items = items(180);
        for count in [10, 20, 40] {
            for sample in samples(&items, 9, count, 3) {
                let lengths = sample.iter().map(|id| items[*id as usize].prompt_ids.len());
                let mean = lengths.sum::<usize>() as f64 / count as f64;
                assert!((mean / 19.5 - 1.0).abs() < 0.1, "{count}: {mean}");
            }
        }
    }

    #[test]
    fn a_sample_holds_as_many_whole_problems_as_come_nearest_to_the_count() {
        let items = versions(60);
        for (count, expected) in [(1, 6), (6, 6), (8, 6), (10, 12), (20, 18), (60, 60)] {
            for sample in samples(&items, 7, count, 3) {
                assert_eq!(sample.len(), expected, "{count}");
                let problems: std::collections::BTreeSet<u32> = sample.iter().map(|id| id / 6).collect();
                assert_eq!(problems.len() * 6, expected, "{count}");
            }
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_samples() {
        assert_eq!(samples(&items(50), 6, 20, 3), samples(&items(50), 6, 20, 3));
        assert_ne!(samples(&items(50), 6, 20, 3), samples(&items(50), 6, 20, 4));
        assert_eq!(samples(&[], 2, 5, 3), [vec![], Vec::<u32>::new()]);
    }
}
