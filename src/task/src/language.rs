//! The programming languages that tasks and scorers know.

use serde::Serialize;

/// A programming language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "&str")]
pub enum Language {
    /// C.
    C,
    /// C++.
    Cpp,
    /// C#.
    CSharp,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript.
    JavaScript,
    /// PHP.
    Php,
    /// Python 3.
    Python,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
}

/// Every language by the name that suites use.
pub const LANGUAGES: &[(&str, Language)] = &[
    ("c", Language::C),
    ("c-sharp", Language::CSharp),
    ("cpp", Language::Cpp),
    ("go", Language::Go),
    ("java", Language::Java),
    ("javascript", Language::JavaScript),
    ("php", Language::Php),
    ("python", Language::Python),
    ("ruby", Language::Ruby),
    ("rust", Language::Rust),
];

impl Language {
    /// The language of that name.
    pub fn find(name: &str) -> Option<Self> {
        LANGUAGES.iter().find(|entry| entry.0 == name).map(|entry| entry.1)
    }

    /// Uses of code in this language, as a phrase for `harness list`.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Java | Self::JavaScript | Self::Python => "parsed by CodeBLEU; programs run in the sandbox",
            _ => "parsed by CodeBLEU",
        }
    }

    /// The name that suites use.
    pub fn name(self) -> &'static str {
        LANGUAGES.iter().find(|entry| entry.1 == self).map_or("", |entry| entry.0)
    }
}

impl From<Language> for &'static str {
    fn from(language: Language) -> Self {
        language.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_name() {
        for &(name, language) in LANGUAGES {
            assert_eq!(Language::find(name), Some(language));
            assert_eq!(language.name(), name);
        }
        assert_eq!(Language::find("cobol"), None);
    }
}
