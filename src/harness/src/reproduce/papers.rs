//! The board of papers: adding one is one entry.

use crate::stop::Stop;
use crate::suite::unknown_name;

/// A suite that reproduces a part of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// File of the suite, from the project's folder.
    pub suite: &'static str,
    /// The name in it, which runs carry.
    pub name: &'static str,
    /// The profile; None: the suite as it is.
    pub profile: Option<&'static str>,
    /// What of the paper it is, in a few words.
    pub part: &'static str,
}

/// A paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// The name on the command line, and of its page.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Where it is published.
    pub published: &'static str,
    /// Models that it measured.
    pub models: &'static str,
    /// Data that it measured on.
    pub data: &'static str,
    /// The machine that it measured on, and by which meter.
    pub hardware: &'static str,
    /// Suites that reproduce it, the quickest first; empty: none does.
    pub works: &'static [Work],
    /// What cannot be judged whatever is run, and why.
    pub unjudged: &'static [&'static str],
}

/// Every paper.
pub const PAPERS: &[Paper] = &[
    Paper {
        name: "green-code",
        title: "GREEN-CODE: Learning to Optimize Energy Efficiency in LLM-based Code Generation",
        published: "CCGrid 2025, arXiv 2501.11006",
        models: "Llama-3.2-3B and OPT-2.7B, tuned with exits on Java and on Python (zenodo.org/records/14543583)",
        data: "JavaCorpus and PY150 of CodeXGLUE, 1,001 and 992 documents",
        hardware: "NVIDIA RTX 8000, energy counter of the GPU (Zeus)",
        works: &[
            Work {
                suite: "suites/green_code.toml",
                name: "green-code",
                profile: None,
                part: "laws and orders, on a small model of this project",
            },
            Work {
                suite: "suites/green_code.toml",
                name: "green-code",
                profile: Some("paper"),
                part: "every published number of the tables, on the paper's models and data",
            },
            Work {
                suite: "suites/green_code.toml",
                name: "green-code",
                profile: Some("paper-depth"),
                part: "joules and scores of fixed exits with a cache, on the paper's models and data",
            },
        ],
        unjudged: &[
            "reward curves of the agent's training: which of the published rewards made them is not said",
            "next-token accuracy and alignment of exits: no scorer of completions tells them",
            "the agent's share of the joules in the overhead runs: its windows were shorter than the counter's update",
        ],
    },
    Paper {
        name: "greener-yet-powerful",
        title: "Towards Greener Yet Powerful Code Generation via Quantization: An Empirical Study",
        published: "ESEC/FSE 2023, arXiv 2303.05378",
        models: "CodeGen, InCoder, PLBART and CodeT5, quantized to 8 bits",
        data: "HumanEval, MBPP, CodeXGLUE summarisation; ReCode for robustness",
        hardware: "not told in what could be read",
        works: &[
            Work {
                suite: "suites/humaneval.toml",
                name: "humaneval",
                profile: None,
                part: "pass@1 of quantized models on HumanEval",
            },
            Work {
                suite: "suites/mbpp.toml",
                name: "mbpp",
                profile: None,
                part: "pass@1 of quantized models on MBPP",
            },
            Work {
                suite: "suites/recode.toml",
                name: "recode",
                profile: None,
                part: "robustness of quantized models",
            },
        ],
        unjudged: &[
            "single numbers: the tables could not be read, so only orders that the abstract states are judged",
        ],
    },
    Paper {
        name: "energy-aware-llms",
        title: "Energy-Aware LLMs: A step towards sustainable AI for downstream applications",
        published: "arXiv 2503.17783",
        models: "not told in what could be read; 32 to 4 bits, pruned with and without structure",
        data: "two sets of fault tickets that are not published; this project generates such tickets",
        hardware: "a chassis of an Ericsson data centre, CodeCarbon",
        works: &[Work {
            suite: "suites/fault_tickets.toml",
            name: "fault-tickets",
            profile: None,
            part: "root causes and answers, by number format",
        }],
        unjudged: &["single numbers: tickets, models and tables are not published"],
    },
    Paper {
        name: "towards-green-ai",
        title: "Towards Green AI: Current status and future research",
        published: "Electronics Goes Green 2024+, arXiv 2407.10237",
        models: "none: a review",
        data: "none",
        hardware: "none",
        works: &[],
        unjudged: &[
            "the footprints of computing hardware: the table could not be read, and no suite measures them",
        ],
    },
    Paper {
        name: "sustainability-survey",
        title: "A Survey of Sustainability in Large Language Models: Applications, Economics, and Challenges",
        published: "arXiv 2412.04782",
        models: "none: a survey",
        data: "none",
        hardware: "none",
        works: &[],
        unjudged: &["formulas and tables of the survey could not be read, and no suite measures them"],
    },
];

/// The paper of this name.
///
/// # Errors
/// A [`Stop`] with the nearest name.
pub fn find(name: &str) -> Result<&'static Paper, Stop> {
    let names: Vec<&str> = PAPERS.iter().map(|paper| paper.name).collect();
    let found = PAPERS.iter().find(|paper| paper.name == name);
    found.ok_or_else(|| Stop::usage(unknown_name("paper", name, &names).to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::suite::load;

    #[test]
    fn papers_have_names_of_their_own_and_suites_that_are_there() {
        let names: BTreeSet<&str> = PAPERS.iter().map(|paper| paper.name).collect();
        assert_eq!(names.len(), PAPERS.len());
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for work in PAPERS.iter().flat_map(|paper| paper.works) {
            let suite = load(&root.join(work.suite), work.profile, &[]).unwrap();
            assert_eq!(suite.name, work.name);
            assert!(!suite.targets.is_empty(), "{} has no target", work.suite);
        }
        assert_eq!(find("green-code").unwrap().name, "green-code");
        let error = find("greencode").unwrap_err().to_string();
        assert!(error.contains("did you mean `green-code`?"), "{error}");
    }
}
