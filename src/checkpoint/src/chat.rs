//! The chat template of a model folder, and the texts of the tokens that it may write.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use harness_text::regular;
use serde_json::Value as Json;

use crate::error::{CheckpointError, Result};
use crate::folder;

const CONFIG: &str = "tokenizer_config.json";
const FILE: &str = "chat_template.jinja";

/// What decides how a conversation is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatParts {
    /// The template's Jinja.
    pub template: String,
    /// The file that it stands in.
    pub path: PathBuf,
    /// Text of the token that begins a document; empty: none.
    pub bos: String,
    /// Text of the token that ends one; empty: none.
    pub eos: String,
}

/// Reads `chat_template.jinja` of a model folder, else the `chat_template` of `tokenizer_config.json` (of several the
/// one named `default`), and `bos_token` and `eos_token` there. None: the folder has no template.
pub fn in_folder(model_folder: &Path) -> Result<Option<ChatParts>> {
    let config_path = model_folder.join(CONFIG);
    let config = folder::json(&config_path)?.unwrap_or_default();
    let path = model_folder.join(FILE);
    let (path, template) = match regular::read_text(&path, regular::WRITTEN) {
        Ok(template) => (path, Some(template)),
        Err(error) if error.kind() == ErrorKind::NotFound => (config_path, in_config(&config)),
        Err(error) => return Err(CheckpointError::unreadable(&path, error)),
    };
    let token = |key: &str| {
        let value = config.get(key).unwrap_or(&Json::Null);
        value.as_str().or(value["content"].as_str()).unwrap_or_default().to_owned()
    };
    Ok(template.map(|template| ChatParts {
        template,
        path,
        bos: token("bos_token"),
        eos: token("eos_token"),
    }))
}

fn in_config(config: &Json) -> Option<String> {
    match config.get("chat_template")? {
        Json::Array(named) => {
            let default = named.iter().find(|entry| entry["name"] == "default")?;
            default["template"].as_str().map(str::to_owned)
        }
        other => other.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn opened(files: &[(&str, &str)]) -> Result<Option<ChatParts>> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        in_folder(folder.path())
    }

    #[test]
    fn a_folder_gives_its_own_template_and_tokens() {
        let tokens = r#""bos_token": {"content": "<s>"}, "eos_token": "</s>""#;
        let own = format!(r#"{{"chat_template": "of the config", {tokens}}}"#);
        let found = opened(&[(CONFIG, &own)]).unwrap().unwrap();
        assert_eq!(
            (found.template.as_str(), found.bos.as_str(), found.eos.as_str()),
            ("of the config", "<s>", "</s>")
        );
        let both = opened(&[(CONFIG, &own), (FILE, "of the file")]).unwrap().unwrap();
        assert_eq!((both.template.as_str(), both.bos.as_str()), ("of the file", "<s>"));
        let named =
            r#"{"chat_template": [{"name": "rag", "template": "r"}, {"name": "default", "template": "d"}]}"#;
        assert_eq!(opened(&[(CONFIG, named)]).unwrap().unwrap().template, "d");
    }

    #[test]
    fn a_folder_without_a_template_gives_none_and_a_broken_file_is_named() {
        for files in [vec![], vec![(CONFIG, "{}")], vec![(CONFIG, "[1]")]] {
            assert_eq!(opened(&files).unwrap(), None);
        }
        assert!(opened(&[(CONFIG, "{")]).unwrap_err().message.contains("is no JSON"));
    }
}
