//! Learning curves of the agents that a suite's exit policies use, kept for the report.

use std::path::{Path, PathBuf};

use super::settings::is_path;
use crate::progress;
use crate::redact::private;
use crate::suite::{Suite, Variant};
use crate::summary::{LearningCurve, LearningPoint};

/// The curves beside the agents' manifests; an agent without one has none, an unreadable one is told.
pub(super) fn learning_curves(suite: &Suite) -> Vec<LearningCurve> {
    let mut curves: Vec<LearningCurve> = Vec::new();
    for variant in &suite.variants {
        for agent in agents(variant) {
            let name = private(&agent);
            if let Some(known) = curves.iter_mut().find(|curve| curve.agent == name) {
                known.variants.push(variant.name.clone());
            } else if let Some(path) = beside(&agent) {
                match read(&path) {
                    Ok(points) if !points.is_empty() => curves.push(LearningCurve {
                        agent: name,
                        variants: vec![variant.name.clone()],
                        points,
                    }),
                    Ok(_) => progress::say(&format!("`{}` holds no step: no learning curve", private(&path))),
                    Err(error) => {
                        progress::say(&format!("`{}` gives no learning curve: {error}", private(&path)));
                    }
                }
            }
        }
    }
    curves
}

/// The files that a variant's exit policy names.
fn agents(variant: &Variant) -> Vec<PathBuf> {
    let Some(exit) = &variant.exit else { return Vec::new() };
    let files = exit.parameters.iter().filter(|(name, _)| is_path(&exit.policy, name));
    files.filter_map(|(_, value)| Some(PathBuf::from(value.as_str()?))).collect()
}

/// `NAME.csv` beside `NAME.json`, as training writes it.
fn beside(manifest: &Path) -> Option<PathBuf> {
    Some(manifest.with_extension("csv")).filter(|path| path.is_file())
}

/// Columns are found by their names; others may stand beside them. A moment without a finished episode has no means.
fn read(path: &Path) -> Result<Vec<LearningPoint>, csv::Error> {
    let points: Vec<LearningPoint> = csv::Reader::from_path(path)?.deserialize().collect::<Result<_, _>>()?;
    let told =
        |point: &LearningPoint| [point.reward, point.depth, point.agreement].iter().all(|v| v.is_finite());
    Ok(points.into_iter().filter(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_found_beside_the_manifest_and_read_by_the_names_of_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("agent.json");
        assert_eq!(beside(&manifest), None);
        let path = folder.path().join("agent.csv");
        std::fs::write(
            &path,
            "step,episodes,loss,reward,depth,agreement\n4096,12,0.5,0.25,9.5,0.9\n8192,12,0.5,NaN,9,1\n",
        )
        .unwrap();
        assert_eq!(beside(&manifest), Some(path.clone()));
        let points = read(&path).unwrap();
        let expected = LearningPoint { step: 4096, episodes: 12, reward: 0.25, depth: 9.5, agreement: 0.9 };
        assert_eq!(points, [expected]);
        std::fs::write(&path, "step,reward\nx,1\n").unwrap();
        assert!(read(&path).is_err());
    }
}
