//! Clusters of items that are left out together, in turn.

use std::collections::HashMap;

use super::scored::Items;

/// Most groups: more cost time and tell nothing more of the error (Kott 2001, Journal of Official Statistics 17).
pub(super) const MOST: usize = 400;

/// Items that are left out together.
pub(super) struct Groups {
    /// Their numbers: the items of a cluster, or of several where there are many clusters.
    pub(super) items: Vec<Vec<u32>>,
    /// How many clusters there are.
    pub(super) clusters: usize,
}

/// The groups of these items, clusters in the order of their names.
pub(super) fn groups(answers: &Items, items: &[u32]) -> Groups {
    let mut clusters: HashMap<&str, Vec<u32>> = HashMap::new();
    for item in items {
        if let Some(answer) = answers.get(*item) {
            clusters.entry(&answer.cluster).or_default().push(*item);
        }
    }
    let mut clusters: Vec<(&str, Vec<u32>)> = clusters.into_iter().collect();
    clusters.sort_unstable_by_key(|(name, _)| *name);
    let count = clusters.len().min(MOST);
    let mut groups = Groups { items: vec![Vec::new(); count], clusters: clusters.len() };
    for (index, (_, cluster)) in clusters.into_iter().enumerate() {
        groups.items[index % count].extend(cluster);
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use harness_task::Stats;

    use super::*;
    use crate::summary::scored::ScoredItem;

    #[test]
    fn items_of_a_cluster_stay_together_and_groups_are_few() {
        let answer = |item: u32| {
            let cluster = Arc::from(format!("file {:04}", item / 2));
            ScoredItem { item, cluster, stats: Stats(vec![1.0]) }
        };
        // An item that is missing shifts the places of those behind it.
        let answers = Items::all((0..2001).filter(|item| *item != 7).map(answer).collect());
        let few = groups(&answers, &[0, 1, 2, 7, 9]);
        assert_eq!(few.items, [vec![0, 1], vec![2], vec![9]]);
        assert_eq!(few.clusters, 3);
        let many = groups(&answers, &(8..2000).collect::<Vec<_>>());
        assert_eq!((many.items.len(), many.clusters), (MOST, 996));
        assert!(many.items.iter().all(|group| group.chunks(2).all(|pair| pair[0] / 2 == pair[1] / 2)));
    }
}
