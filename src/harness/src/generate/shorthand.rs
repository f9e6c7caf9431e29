//! What an exit policy's word may leave out: the name of its only number, and the agent that lies beside the model.

use std::path::Path;

use anyhow::Result;
use harness_protocol::Exit;
use harness_text::printable::Shown;
use harness_text::regular;
use serde_json::Value as Json;

use super::variant::exit;
use crate::stop::Stop;

/// Where a model folder keeps its agents.
const AGENTS: &str = "agents";

/// Policies that look at an agent, with the kind of manifest that they need.
const KINDS: [(&str, &str); 2] = [("agent", "ppo"), ("linear-classifier", "linear")];

/// A policy of the model in this folder: `agent:0.9` is `agent:agent=FILE,threshold=0.9` where one agent lies beside
/// the model, and `agent=NAME` is the one of this name there.
///
/// # Errors
/// As [`exit`]; several agents lie there and none is named.
pub fn exit_of(text: &str, folder: &Path) -> Result<Exit> {
    let (name, given) = text.split_once(':').unwrap_or((text, ""));
    let mut words: Vec<String> =
        given.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if let Some(first) = words.first_mut().filter(|word| word.parse::<f64>().is_ok()) {
        *first = format!("threshold={first}");
    }
    if let Some((_, kind)) = KINDS.iter().find(|(policy, _)| *policy == name) {
        add_agent(&mut words, name, kind, &folder.join(AGENTS))?;
    }
    exit(&if words.is_empty() { name.to_owned() } else { format!("{name}:{}", words.join(",")) })
}

fn add_agent(words: &mut Vec<String>, policy: &str, kind: &str, agents: &Path) -> Result<()> {
    let file = |name: &str| agents.join(format!("{name}.json"));
    if let Some(word) = words.iter_mut().find(|word| word.starts_with("agent=")) {
        let named = word["agent=".len()..].to_owned();
        if !Path::new(&named).is_file() && file(&named).is_file() {
            *word = format!("agent={}", file(&named).display());
        }
        return Ok(());
    }
    match names(agents, kind).as_slice() {
        [] => {}
        [only] => words.push(format!("agent={}", file(only).display())),
        several => {
            let (rest, first) = (words.join(","), &several[0]);
            let rest = if rest.is_empty() { "threshold=0.9".to_owned() } else { rest };
            return Err(Stop::usage(format!(
                "several agents lie in `{}`: {}\nhelp: name one: `--exit {policy}:agent={first},{rest}`",
                agents.shown(),
                several.join(", ")
            ))
            .into());
        }
    }
    Ok(())
}

/// Manifests of this kind, by name and sorted.
fn names(agents: &Path, kind: &str) -> Vec<String> {
    let files =
        std::fs::read_dir(agents).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let fits = |path: &Path| {
        let text = regular::read_text(path, regular::WRITTEN).ok()?;
        let manifest: Json = serde_json::from_str(&text).ok()?;
        (manifest["kind"] == kind).then(|| path.file_stem()?.to_str().map(str::to_owned)).flatten()
    };
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .filter_map(|path| fits(&path))
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_the_threshold_and_the_only_agent_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let agents = folder.path().join(AGENTS);
        std::fs::create_dir(&agents).unwrap();
        let write = |name: &str, kind: &str| {
            let path = agents.join(format!("{name}.json"));
            std::fs::write(&path, format!("{{\"kind\": \"{kind}\"}}")).unwrap();
            path.display().to_string()
        };
        assert_eq!(exit_of("max-probability:0.5", folder.path()).unwrap().parameters["threshold"], 0.5);
        assert!(
            exit_of("agent:0.9", folder.path())
                .unwrap_err()
                .to_string()
                .contains("`agent` of `agent` is missing")
        );
        let (only, _) = (write("careful", "ppo"), write("line", "linear"));
        let found = exit_of("agent:0.9", folder.path()).unwrap();
        assert_eq!(
            (&found.parameters["agent"], &found.parameters["threshold"]),
            (&Json::from(only), &Json::from(0.9))
        );
        let second = write("energy", "ppo");
        let error = exit_of("agent:0.9", folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("careful, energy\nhelp: ") && error.contains("agent:agent=careful,threshold=0.9")
        );
        let found = exit_of("agent:agent=energy,threshold=0.6", folder.path()).unwrap();
        assert_eq!(found.parameters["agent"], Json::from(second));
        assert_eq!(exit_of("fixed:layer=3", folder.path()).unwrap().parameters["layer"], 3);
    }
}
