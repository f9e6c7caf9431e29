//! What a model folder needs beside config and weights, carried over into another folder.

use std::fs;
use std::path::Path;

use harness_text::regular;

use crate::checkpoint::{Checkpoint, Files};
use crate::error::{CheckpointError, CheckpointFault, Result};
use crate::folder;

/// Files of a folder that say how a model is used, none of them needed but the tokenizer.
pub const COMPANIONS: &[&str] = &[
    folder::TOKENIZER,
    folder::GENERATION,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
];

impl Checkpoint {
    /// Writes tokenizer, generation config and chat template into a folder that is there.
    ///
    /// # Errors
    /// The checkpoint has no tokenizer, or a damaged one; a file cannot be read or written.
    pub fn carry_companions(&self, out: &Path) -> Result<()> {
        self.needed_tokenizer()?;
        let write = |name: &str, bytes: &[u8]| {
            let to = out.join(name);
            fs::write(&to, bytes).map_err(|error| unwritten(&to, &error))
        };
        match self.files() {
            Files::Folder(path) => {
                for name in COMPANIONS.iter().filter(|name| path.join(name).is_file()) {
                    let from = path.join(name);
                    let bytes = regular::read(&from, regular::DATA)
                        .map_err(|error| CheckpointError::unreadable(&from, error))?;
                    write(name, &bytes)?;
                }
            }
            Files::Made | Files::Gguf(_) => {
                write(folder::TOKENIZER, self.needed_tokenizer()?.json().as_bytes())?;
                if let Some(chat) = self.chat()? {
                    write("chat_template.jinja", chat.template.as_bytes())?;
                    let tokens = serde_json::json!({ "bos_token": chat.bos, "eos_token": chat.eos });
                    write("tokenizer_config.json", tokens.to_string().as_bytes())?;
                }
            }
        }
        Ok(())
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> CheckpointError {
    CheckpointError {
        kind: CheckpointFault::Missing,
        message: format!("cannot write `{}`: {error}", path.display()),
        help: "make the folder writable, and make room on its disk".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use harness_protocol::ModelSource;

    use super::*;

    #[test]
    fn a_folder_carries_what_it_has_and_a_made_model_its_tokenizer() {
        let [from, to] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let source = ModelSource { kind: "tiny-random".to_owned(), ..ModelSource::default() };
        let made = Checkpoint::open(&source).unwrap();
        made.carry_companions(from.path()).unwrap();
        fs::write(from.path().join(folder::CONFIG), made.config().json.to_string()).unwrap();
        fs::write(from.path().join("chat_template.jinja"), "{{ messages }}").unwrap();
        fs::write(from.path().join("notes.txt"), "not asked for").unwrap();

        let folder = Checkpoint::folder(from.path()).unwrap();
        folder.carry_companions(to.path()).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(to.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["chat_template.jinja", "tokenizer.json"]);
        let sha256 = |checkpoint: &Checkpoint| checkpoint.needed_tokenizer().unwrap().sha256().to_owned();
        assert_eq!(sha256(&folder), sha256(&made));
    }
}
