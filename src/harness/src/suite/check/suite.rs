//! Checks a suite as a whole: each part, then what must fit together.

use toml::de::DeTable;

use super::analysis::{account, analysis, check_blocks, check_cells};
use super::certify::certify;
use super::cursor::Cursor;
use super::engine::{engine, one_device};
use super::gate::gate;
use super::meter::meter;
use super::run::{meters, run};
use super::target::target;
use super::task::task;
use super::variant::variant;
use super::words;
use crate::suite::canonical;
use crate::suite::checked::{Suite, known};
use crate::suite::error::SuiteError;
use crate::suite::file::SuiteFile;
use crate::suite::source::Sources;

/// Checks everything that can be checked without looking at the machine.
pub(crate) fn check(
    file: SuiteFile,
    root: &DeTable<'_>,
    sources: &Sources<'_>,
    profile: Option<&str>,
) -> Result<Suite, SuiteError> {
    let at = |key: &str| Cursor::root(sources, root, key);
    let analysis = analysis(&file.analysis, &at("analysis"))?;

    let task_at = |index: usize| at("task").named(index, &file.task[index].name);
    let tasks = file.task.iter().enumerate().map(|(index, file)| task(file, &task_at(index)));
    let tasks = tasks.collect::<Result<Vec<_>, _>>()?;
    let names = file.task.iter().map(|task| task.name.as_str());
    words::all_differ(names, "tasks", |index| task_at(index).key("name"))?;
    if tasks.is_empty() {
        let error = at("task").error("the suite has no task").expected("at least one `[[task]]`");
        return Err(error.help("add `[[task]]` with `name`, `kind` and `path`"));
    }

    // The suite's own first: what is wrong there is wrong in every variant.
    engine(&file.engine, &at("engine"))?;
    let variant_at = |index: usize| at("variant").named(index, &file.variant[index].name);
    let variants = file.variant.iter().enumerate().map(|(index, file)| variant(file, &variant_at(index)));
    let variants = variants.collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = file.variant.iter().map(|variant| variant.name.as_str()).collect();
    words::all_differ(names.iter().copied(), "variants", |index| variant_at(index).key("name"))?;
    if variants.is_empty() {
        let error = at("variant").error("the suite has no variant").expected("at least one `[[variant]]`");
        return Err(error.help("add `[[variant]]` with `name = \"full\"`"));
    }
    one_device(&variants, variant_at)?;
    if !names.contains(&file.baseline.as_str()) {
        return Err(words::unknown(&file.baseline, &names, "variant", &at("baseline")));
    }

    let gate_at = |index: usize| at("gate").named(index, &file.gate[index].metric);
    let gates =
        file.gate.iter().enumerate().map(|(index, file)| gate(file, &tasks, &variants, &gate_at(index)));
    let gates = gates.collect::<Result<Vec<_>, _>>()?;
    let certify_at = |index: usize| at("certify").named(index, &file.certify[index].metric);
    let certifications = file.certify.iter().enumerate();
    let certifications =
        certifications.map(|(index, file)| certify(file, &tasks, &variants, &certify_at(index)));
    let certifications = certifications.collect::<Result<Vec<_>, _>>()?;
    let target_at = |index: usize| at("target").named(index, &file.target[index].name);
    let known = known(&tasks, &variants, &file.baseline);
    let targets = file.target.iter().enumerate();
    let targets = targets.map(|(index, file)| target(file, &known, &target_at(index)));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    let names = file.target.iter().map(|target| target.name.as_str());
    words::all_differ(names, "targets", |index| target_at(index).key("name"))?;
    let seed = u64::try_from(file.seed).map_err(|_| {
        at("seed").error(format!("`seed` is {}", file.seed)).expected("0 or more").help("change the number")
    })?;
    let run = run(&file.run, &at("run"))?;
    check_blocks(run.blocks, (variants.len() - 1) * tasks.len(), analysis.alpha, &at("run").key("blocks"))?;
    check_cells(run.blocks, variants.len(), tasks.len(), &at("run").key("blocks"))?;

    let mut suite = Suite {
        name: words::name(&file.name, &at("name"))?,
        seed,
        meters: meters(&file.meters, &at("meters"))?,
        account: file.account.as_ref().map(|file| account(file, &at("account"))).transpose()?,
        meter: meter(file.meter, &at("meter"))?,
        baseline: file.baseline,
        run,
        tasks,
        variants,
        analysis,
        gates,
        certifications,
        targets,
        text: sources.text.to_owned(),
        resolved: serde_json::Value::Null,
        file: sources.file.to_owned(),
        profile: profile.map(str::to_owned),
        sets: sources.sets.to_vec(),
    };
    suite.resolved = canonical::resolved(&suite, &sources.folder).map_err(|error| {
        let message = format!("the suite cannot be stored: {error}");
        SuiteError::invalid(message).help("rename files and folders whose names are not UTF-8")
    })?;
    Ok(suite)
}
