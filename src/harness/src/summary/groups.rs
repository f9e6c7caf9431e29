//! Clusters of items that are left out together, in turn.

use std::collections::BTreeMap;

use super::scored::ScoredItem;

/// Most groups: more cost time and tell nothing more of the error (Kott 2001, Journal of Official Statistics 17).
pub(super) const MOST: usize = 400;

/// The items of each cluster, by number; where there are many clusters, several of them together.
pub(super) fn groups(answers: &BTreeMap<u32, ScoredItem>, items: &[u32]) -> Vec<Vec<u32>> {
    let mut clusters: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for item in items {
        if let Some(answer) = answers.get(item) {
            clusters.entry(&answer.cluster).or_default().push(*item);
        }
    }
    let count = clusters.len().min(MOST);
    let mut groups = vec![Vec::new(); count];
    for (index, cluster) in clusters.into_values().enumerate() {
        groups[index % count].extend(cluster);
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use harness_task::Stats;

    use super::*;

    #[test]
    fn items_of_a_cluster_stay_together_and_groups_are_few() {
        let answer = |item: u32| {
            let cluster = Rc::from(format!("file {:04}", item / 2));
            (item, ScoredItem { item, cluster, stats: Stats(vec![1.0]) })
        };
        let answers: BTreeMap<u32, ScoredItem> = (0..2000).map(answer).collect();
        let few = groups(&answers, &[0, 1, 2, 5]);
        assert_eq!(few, [vec![0, 1], vec![2], vec![5]]);
        let many = groups(&answers, &(0..2000).collect::<Vec<_>>());
        assert_eq!(many.len(), MOST);
        assert!(many.iter().all(|group| group.chunks(2).all(|pair| pair[0] / 2 == pair[1] / 2)));
    }
}
