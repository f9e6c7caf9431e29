//! The weights of an exit agent: there, and those that its manifest names.

use std::path::{Path, PathBuf};

use harness_protocol::{AgentManifest, Misfit};
use harness_text::hash;

/// The weights that lie beside the manifest in `path`.
///
/// # Errors
/// The file cannot be read, or is another one than the manifest names.
pub fn agent_weights(manifest: &AgentManifest, path: &Path) -> Result<PathBuf, Misfit> {
    const HELP: &str = "take the manifest and the weights of one training, or train the agent again";
    let weights = manifest.weights_path(path);
    let name = weights.display();
    let wrong = |message: String| Misfit::new("agent", message, HELP);
    let found = hash::file(&weights)
        .map_err(|error| wrong(format!("cannot read the agent's weights `{name}`: {error}")))?;
    if found != manifest.weights_sha256 {
        return Err(wrong(format!(
            "`{name}` is not the file that the agent's manifest names: its SHA-256 is {found:.12}…"
        )));
    }
    Ok(weights)
}
