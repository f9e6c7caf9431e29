//! Robust code generation: ReCode's perturbed versions of HumanEval or MBPP beside their baselines.

use std::collections::HashSet;
use std::path::Path;

use super::code_generation::human_eval;
use super::collect::Collected;
use super::options::ReadOptions;
use super::recode_files::{FAMILIES, find};
use super::row::{Row, list};
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::question::{Question, QuestionSet, Version};
use crate::word::nearest;

const FORM: Form = Form {
    kind: "robust-code-generation",
    fields: &[
        "task_id",
        "prompt",
        "entry_point",
        "canonical_solution",
        "test",
        "language",
        "family",
        "recipe",
        "seed",
    ],
    options: &["families", "recipes", "seeds"],
};

const BASELINES: [&str; 2] = ["nominal", "partial"];

/// A row and which version it is.
struct VersionRow {
    row: Row,
    family: String,
    recipe: String,
    seed: u32,
}

/// Reads a folder of ReCode's files, or one file whose rows name their `family`, `recipe` and `seed`.
///
/// Baselines are read where a wanted family is compared with them. Refused: a wanted family whose baseline
/// is missing, or lacks one of its problems.
pub(crate) fn robust_code_generation(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    check_words("family", &options.families, FAMILIES.iter().map(|family| family.name))?;
    let recipes = FAMILIES.iter().flat_map(|family| family.recipes.iter().copied());
    check_words("recipe", &options.recipes, recipes)?;
    let (asked, unknown) =
        if path.is_dir() { read_folder(path, options)? } else { read_file(path, options)? };
    let perturbed = asked.iter().filter(|asked| !BASELINES.contains(&asked.family.as_str()));
    let families: HashSet<&str> = perturbed.map(|asked| asked.family.as_str()).collect();
    if families.is_empty() {
        return Err(TaskError::refused(
            format!("`{}` has no perturbed version that the task's options leave", path.display()),
            "check `families`, `recipes` and `seeds`; unperturbed problems are read as `code-generation`",
        ));
    }
    let problems = |baseline: &str| -> HashSet<Option<String>> {
        let rows = asked.iter().filter(|asked| asked.family == baseline);
        rows.map(|asked| asked.row.maybe_name("task_id").ok().flatten()).collect()
    };
    let known = BASELINES.map(|baseline| (baseline, problems(baseline)));
    let mut collected = Collected::default();
    for asked in &asked {
        if let Some(baseline) = baseline_of(&asked.family) {
            let known = known.iter().find(|entry| entry.0 == baseline).map(|entry| &entry.1);
            check_baseline(path, asked, baseline, known)?;
        } else if !families.iter().any(|family| baseline_of(family) == Some(&asked.family)) {
            continue;
        }
        collected.add(&asked.row, question(asked, options)?)?;
    }
    let mut set = collected.finish(path, Vec::new())?;
    set.left_out.extend(unknown.iter().map(|name| format!("the file `{name}`, which is of no known recipe")));
    Ok(set)
}

fn read_folder(path: &Path, options: &ReadOptions) -> Result<(Vec<VersionRow>, Vec<String>), TaskError> {
    let found = find(path)?;
    let mut asked = Vec::new();
    for file in found.files {
        if !wanted(options, file.family, file.recipe, file.seed) {
            continue;
        }
        for row in read_rows(&file.path, &FORM, options)? {
            let (family, recipe) = (file.family.to_owned(), file.recipe.to_owned());
            asked.push(VersionRow { row, family, recipe, seed: file.seed });
        }
    }
    Ok((asked, found.unknown))
}

fn read_file(path: &Path, options: &ReadOptions) -> Result<(Vec<VersionRow>, Vec<String>), TaskError> {
    let mut asked = Vec::new();
    for row in read_rows(path, &FORM, options)? {
        if !row.has("family") {
            return Err(row.fault(
                "has no `family`, and a single file of ReCode has no baseline beside it",
                "give the folder that holds the perturbed files and their nominal ones",
            ));
        }
        let family = row.text("family")?.to_owned();
        if baseline_of(&family).is_none() && !BASELINES.contains(&family.as_str()) {
            let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).chain(BASELINES).collect();
            return Err(row.fault(format!("`{family}` is no family"), &format!("expected {}", list(&names))));
        }
        let recipe = row.maybe_text("recipe")?.unwrap_or_default().to_owned();
        let seed = match row.sound("seed")? {
            None => 0,
            Some(value) => value
                .as_u64()
                .and_then(|seed| u32::try_from(seed).ok())
                .ok_or_else(|| row.wrong("seed", "a whole number from 0 on", value))?,
        };
        if wanted(options, &family, &recipe, seed) {
            asked.push(VersionRow { row, family, recipe, seed });
        }
    }
    Ok((asked, Vec::new()))
}

fn wanted(options: &ReadOptions, family: &str, recipe: &str, seed: u32) -> bool {
    let among = |list: &[String], word: &str| list.is_empty() || list.iter().any(|wanted| wanted == word);
    BASELINES.contains(&family)
        || (among(&options.families, family)
            && among(&options.recipes, recipe)
            && (options.seeds.is_empty() || options.seeds.contains(&seed)))
}

fn baseline_of(family: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|entry| entry.name == family).map(|entry| entry.baseline)
}

fn check_baseline(
    path: &Path,
    asked: &VersionRow,
    baseline: &str,
    known: Option<&HashSet<Option<String>>>,
) -> Result<(), TaskError> {
    let known = known.filter(|known| !known.is_empty()).ok_or_else(|| {
        TaskError::refused(
            format!("`{}` has no {baseline} file, the baseline of `{}`", path.display(), asked.family),
            "put it beside the perturbed ones, or leave this family out of `families`",
        )
    })?;
    let problem = asked.row.maybe_name("task_id")?;
    if problem.is_none() || known.contains(&problem) {
        return Ok(());
    }
    let problem = format!("`{}` is not in the {baseline} file", problem.unwrap_or_default());
    Err(asked.row.fault(problem, "take perturbed files and baselines of one release"))
}

fn question(asked: &VersionRow, options: &ReadOptions) -> Result<Question, TaskError> {
    let mut question = human_eval(&asked.row, options)?;
    if asked.recipe == "tab_indent" {
        question.reference = question.reference.map(|text| indented_by_tabs(&text));
    }
    let version = match asked.recipe.as_str() {
        "" => asked.family.clone(),
        recipe => format!("{recipe}.s{}", asked.seed),
    };
    Ok(Question {
        name: format!("{}@{version}", question.name),
        version: Some(Version {
            problem: question.name.clone(),
            family: asked.family.clone(),
            recipe: asked.recipe.clone(),
            seed: asked.seed,
        }),
        ..question
    })
}

/// Four leading blanks become a tab: the published solutions of `tab_indent` are indented by blanks, their
/// prompts by tabs, which Python does not take together.
fn indented_by_tabs(text: &str) -> String {
    let of_line = |line: &str| {
        let tabs = line.bytes().take_while(|byte| *byte == b' ').count() / 4;
        "\t".repeat(tabs) + &line[4 * tabs..]
    };
    text.split_inclusive('\n').map(of_line).collect()
}

fn check_words<'a>(
    what: &str,
    given: &[String],
    known: impl Iterator<Item = &'a str>,
) -> Result<(), TaskError> {
    let known: Vec<&str> = known.collect();
    let Some(wrong) = given.iter().find(|word| !known.contains(&word.as_str())) else { return Ok(()) };
    let help = match nearest(wrong, &known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!(
            "expected {}",
            known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    Err(TaskError::refused(format!("ReCode has no {what} `{wrong}`"), &help))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A row of the problem with this number.
    fn row(number: u32, more: &str) -> String {
        format!(
            r#"{{"task_id": "HumanEval/{number}", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "    if a:\n      return 1\n", "test": "def check(f): pass"{more}}}"#
        ) + "\n"
    }

    fn read(files: &[(&str, &str)], options: &ReadOptions) -> Result<QuestionSet, TaskError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        robust_code_generation(folder.path(), options)
    }

    fn names(files: &[(&str, &str)], options: &ReadOptions) -> Vec<String> {
        read(files, options).unwrap().questions.into_iter().map(|question| question.name).collect()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_folder_gives_baselines_and_versions_and_filters_choose_among_them() {
        let content = row(0, "");
        let files = [
            "nominal_HumanEval.jsonl",
            "nominal_humaneval_partial.jsonl",
            "humaneval/humaneval_new_lines_s1.jsonl",
            "humaneval/humaneval_new_lines_s0.jsonl",
            "humaneval/humaneval_tab_indent_s0.jsonl",
            "humaneval/humaneval_DeadCodeInserterLast_s0.jsonl",
            "humaneval/humaneval_ChangeCharCase_s0.jsonl",
            "humaneval/humaneval_Mystery_s0.jsonl",
            "LICENSE",
        ]
        .map(|name| (name, content.as_str()));
        let problem = |version: &str| format!("HumanEval/0@{version}");
        let all = [
            "nominal",
            "partial",
            "ChangeCharCase.s0",
            "DeadCodeInserterLast.s0",
            "new_lines.s0",
            "new_lines.s1",
            "tab_indent.s0",
        ];
        let set = read(&files, &ReadOptions::default()).unwrap();
        assert_eq!(set.questions.iter().map(|q| q.name.clone()).collect::<Vec<_>>(), all.map(problem));
        assert_eq!(set.left_out, ["the file `humaneval_Mystery_s0.jsonl`, which is of no known recipe"]);
        let expected = Version {
            problem: "HumanEval/0".into(),
            family: "format".into(),
            recipe: "new_lines".into(),
            seed: 1,
        };
        assert_eq!(
            (set.questions[5].cluster.as_str(), &set.questions[5].version),
            ("HumanEval/0", &Some(expected))
        );
        assert_eq!(set.questions[6].reference.as_deref(), Some("\tif a:\n\t  return 1\n"));

        let options = |families: &[&str], recipes: &[&str], seeds: &[u32]| ReadOptions {
            families: words(families),
            recipes: words(recipes),
            seeds: seeds.to_vec(),
            ..ReadOptions::default()
        };
        for (options, expected) in [
            (options(&["nlaugmenter"], &[], &[]), vec!["nominal", "ChangeCharCase.s0"]),
            (options(&["format"], &["new_lines"], &[]), vec!["partial", "new_lines.s0", "new_lines.s1"]),
            (options(&[], &[], &[1]), vec!["partial", "new_lines.s1"]),
        ] {
            assert_eq!(names(&files, &options), expected.into_iter().map(problem).collect::<Vec<_>>());
        }
        let error = read(&files, &options(&[], &[], &[7])).unwrap_err().to_string();
        assert!(error.contains("has no perturbed version that the task's options leave"), "{error}");
    }

    #[test]
    fn a_missing_baseline_and_other_sets_are_refused() {
        let (zero, one) = (row(0, ""), row(1, ""));
        let nominal = ("nominal_HumanEval.jsonl", zero.as_str());
        for (files, expected) in [
            (
                vec![nominal, ("humaneval_tab_indent_s0.jsonl", &zero)],
                "has no partial file, the baseline of `format`",
            ),
            (
                vec![("humaneval_ChangeCharCase_s0.jsonl", &zero)],
                "has no nominal file, the baseline of `nlaugmenter`",
            ),
            (
                vec![nominal, ("humaneval_ChangeCharCase_s0.jsonl", &one)],
                "line 1: `HumanEval/1` is not in the nominal file",
            ),
            (
                vec![
                    nominal,
                    ("humaneval_ChangeCharCase_s0.jsonl", &zero),
                    ("mbpp_ChangeCharCase_s0.jsonl", &zero),
                ],
                "several sets: `humaneval`, `mbpp`",
            ),
            (vec![nominal, ("nominal_mbpp.jsonl", &zero)], "hold the same versions"),
            (vec![nominal], "has no perturbed version"),
            (vec![], "has no perturbed version"),
            (vec![nominal, ("humaneval_ChangeCharCase_s0.jsonl", "")], "is empty: expected rows"),
        ] {
            let error = read(&files, &ReadOptions::default()).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
    }

    #[test]
    fn unknown_families_and_recipes_are_refused_with_what_was_meant() {
        for (options, expected) in [
            (
                ReadOptions { families: words(&["formt"]), ..ReadOptions::default() },
                "no family `formt`\nhelp: did you mean `format`?",
            ),
            (
                ReadOptions { recipes: words(&["ForWhile"]), ..ReadOptions::default() },
                "did you mean `ForWhileTransformer`?",
            ),
            (
                ReadOptions { families: words(&["zzz"]), ..ReadOptions::default() },
                "expected `nlaugmenter`, `func_name`",
            ),
        ] {
            let error = read(&[], &options).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn one_file_names_its_versions_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.jsonl");
        let of = |content: &str| {
            fs::write(&path, content).unwrap();
            robust_code_generation(&path, &ReadOptions::default())
        };
        let nominal = row(0, r#", "family": "nominal""#);
        let version = row(0, r#", "family": "func_name", "recipe": "FuncRenameMine", "seed": 3"#);
        let set = of(&(nominal.clone() + &version)).unwrap();
        assert_eq!(set.questions[1].name, "HumanEval/0@FuncRenameMine.s3");
        for (content, expected) in [
            (row(0, ""), "has no `family`, and a single file of ReCode has no baseline"),
            (version.clone(), "has no nominal file, the baseline of `func_name`"),
            (nominal.clone() + &row(0, r#", "family": "func_nam""#), "line 2: `func_nam` is no family"),
            (nominal.clone() + &version.replace("3}", "-3}"), "line 2: `seed` is a number"),
            (
                nominal + &version + &version,
                "line 3: `HumanEval/0@FuncRenameMine.s3` was used before, by line-2",
            ),
        ] {
            let error = of(&content).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
    }
}
