//! The board of task sets that can be fetched by name.

use super::entry::{DatasetEntry, Form, Host, RemoteFile};
use super::recode::RECODE_FILES;

/// The entry of that name.
pub fn find_dataset(name: &str) -> Option<&'static DatasetEntry> {
    DATASETS.iter().find(|entry| entry.name == name)
}

const CODEXGLUE_LICENCE: &str = "C-UDA (data of CodeXGLUE)";

/// Every task set that can be fetched.
pub const DATASETS: &[DatasetEntry] = &[
    DatasetEntry {
        name: "code-to-text",
        kind: "code-summarization",
        summary: "CodeXGLUE's test functions of six languages with their docstrings; parquet, about 49 MB",
        licence: CODEXGLUE_LICENCE,
        host: Host::Hub,
        repo: "google/code_x_glue_ct_code_to_text",
        revision: Some("87eae9979d842618e595029c495f1829cace5040"),
        files: &[RemoteFile { path: "*/test-*.parquet", name: "", form: Form::Parquet, sha256: None }],
    },
    DatasetEntry {
        name: "humaneval",
        kind: "code-generation",
        summary: "164 Python functions to complete, with unit tests",
        licence: "MIT",
        host: Host::GitHub,
        repo: "openai/human-eval",
        revision: Some("6d43fb980f9fee3c892a914eda09951f772ad10d"),
        files: &[RemoteFile {
            path: "data/HumanEval.jsonl.gz",
            name: "HumanEval.jsonl",
            form: Form::JsonLines,
            sha256: Some("1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2"),
        }],
    },
    // The loading script that made the parquet files of today's main branch from this text left out
    // tokens of more than 100 characters; `javacorpus-parquet` is that form.
    DatasetEntry {
        name: "javacorpus",
        kind: "code-completion",
        summary: "the test split of the GitHub Java Corpus as tokens, one file a line; 27 MB",
        licence: CODEXGLUE_LICENCE,
        host: Host::Hub,
        repo: "google/code_x_glue_cc_code_completion_token",
        revision: Some("aa966aaf5ebad85f99df93e187f055781cde9f76"),
        files: &[RemoteFile {
            path: "data/java/java_test_pre",
            name: "test.txt",
            form: Form::Text,
            sha256: None,
        }],
    },
    DatasetEntry {
        name: "javacorpus-parquet",
        kind: "code-completion",
        summary: "the same split without tokens of more than 100 characters, as the hub serves it now; parquet, 6.5 MB",
        licence: CODEXGLUE_LICENCE,
        host: Host::Hub,
        repo: "google/code_x_glue_cc_code_completion_token",
        revision: Some("54bdbd7ee7e40c7f3c68ba5a5a20ab0b2d38d5b2"),
        files: &[RemoteFile {
            path: "java/test-00000-of-00001.parquet",
            name: "test.parquet",
            form: Form::Parquet,
            sha256: None,
        }],
    },
    DatasetEntry {
        name: "line-completion",
        kind: "line-completion",
        summary: "CodeXGLUE's lines of Java and Python to complete; published without the answers, so not to be scored",
        licence: CODEXGLUE_LICENCE,
        host: Host::GitHub,
        repo: "microsoft/CodeXGLUE",
        revision: Some("0401a76a7ae56e6467b6165d9e38859dcd47b2ab"),
        files: &[
            RemoteFile {
                path: "Code-Code/CodeCompletion-line/dataset/javaCorpus/line_completion/test.json",
                name: "java.jsonl",
                form: Form::JsonLines,
                sha256: None,
            },
            RemoteFile {
                path: "Code-Code/CodeCompletion-line/dataset/py150/line_completion/test.json",
                name: "python.jsonl",
                form: Form::JsonLines,
                sha256: None,
            },
        ],
    },
    DatasetEntry {
        name: "mbpp",
        kind: "code-generation",
        summary: "974 short Python tasks with three assertions each; 0.6 MB",
        licence: "CC-BY-4.0",
        host: Host::GitHub,
        repo: "google-research/google-research",
        revision: Some("30adf0ec5f35f9609c2f1d896005e184195d9146"),
        files: &[RemoteFile {
            path: "mbpp/mbpp.jsonl",
            name: "mbpp.jsonl",
            form: Form::JsonLines,
            sha256: Some("ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f"),
        }],
    },
    DatasetEntry {
        name: "mbpp-sanitized",
        kind: "code-generation",
        summary: "the 427 tasks of MBPP that its authors checked by hand; 0.3 MB",
        licence: "CC-BY-4.0",
        host: Host::GitHub,
        repo: "google-research/google-research",
        revision: Some("30adf0ec5f35f9609c2f1d896005e184195d9146"),
        files: &[RemoteFile {
            path: "mbpp/sanitized-mbpp.json",
            name: "sanitized-mbpp.json",
            form: Form::Json,
            sha256: None,
        }],
    },
    DatasetEntry {
        name: "py150",
        kind: "code-completion",
        summary: "the test split of PY150 as tokens, 50,000 Python files; parquet, 69 MB",
        licence: CODEXGLUE_LICENCE,
        host: Host::Hub,
        repo: "google/code_x_glue_cc_code_completion_token",
        revision: Some("54bdbd7ee7e40c7f3c68ba5a5a20ab0b2d38d5b2"),
        files: &[RemoteFile {
            path: "python/test-00000-of-00001.parquet",
            name: "test.parquet",
            form: Form::Parquet,
            sha256: None,
        }],
    },
    DatasetEntry {
        name: "recode",
        kind: "robust-code-generation",
        summary: "HumanEval and its 29 perturbations by ReCode, one random draw each; 8 MB",
        licence: "Apache-2.0 (from HumanEval, MIT)",
        host: Host::GitHub,
        repo: "amazon-science/recode",
        revision: Some("66885222dc277384b0641a621683ee5bcf4eaf5c"),
        files: RECODE_FILES,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_fetched_as_it_stands() {
        let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
        for entry in DATASETS {
            let name = entry.name;
            assert!(
                !entry.summary.is_empty() && !entry.licence.is_empty() && !entry.files.is_empty(),
                "{name}"
            );
            assert_eq!(entry.repo.split('/').count(), 2, "{name}");
            assert!(entry.revision.is_none_or(|revision| is_hex(revision, 40)), "{name}");
            assert!(entry.host == Host::Hub || entry.revision.is_some(), "{name}");
            for file in entry.files {
                assert!(file.sha256.is_none_or(|sha256| is_hex(sha256, 64)), "{name}");
                assert!(
                    !file.path.contains('*') || (entry.host == Host::Hub && file.sha256.is_none()),
                    "{name}"
                );
                assert!(file.path.contains('*') || !file.name.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn the_board_is_sorted_and_names_nothing_twice() {
        assert!(DATASETS.is_sorted_by(|a, b| a.name < b.name));
        for entry in DATASETS {
            let mut names: Vec<_> = entry.files.iter().map(|file| file.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), entry.files.len(), "{}", entry.name);
        }
        assert!(find_dataset("humaneval").is_some() && find_dataset("humanevil").is_none());
    }
}
