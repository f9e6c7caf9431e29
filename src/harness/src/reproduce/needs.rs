//! What it takes to reproduce a paper: suite, models, data, device, hours and joules.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use harness_meter::Settings;
use harness_text::printable::Shown;

use super::here::{Machine, judgeable};
use super::papers::{Paper, Work};
use crate::doctor::{Options, gather};
use crate::machine::look;
use crate::plan::Plan;
use crate::price::{Ask, Offer, offers};
use crate::progress::minutes;
use crate::report::format::{significant, with_interval};
use crate::stop::Stop;
use crate::store::RunFolder;
use crate::suite::{Suite, check_resources, load};
use crate::summary::Summary;

/// Answers that joules are told for.
const ANSWERS: f64 = 1000.0;

/// A page on a paper: what it is, then for each suite what it needs and what can be judged here. `like` is a run whose
/// price model tells joules; `machine` says where the machine's files are.
///
/// # Errors
/// A suite or the run cannot be read, or the meters not be looked at.
pub fn needs(paper: &Paper, root: &Path, like: Option<&Path>, machine: Settings) -> Result<String> {
    let mut page = format!("{}\n{}\n\n", paper.title, paper.published);
    page += &format!(
        "  models    {}\n  data      {}\n  machine   {}\n",
        paper.models, paper.data, paper.hardware
    );
    for why in paper.unjudged {
        page += &format!("  unjudged  {why}\n");
    }
    let priced = like.map(opened).transpose()?;
    if paper.works.is_empty() {
        return Ok(page + "\nNo suite reproduces it: nothing of it can be judged by a run.\n");
    }
    let report = gather(&Options { settings: machine, calibrate: None })?;
    for work in paper.works {
        let file = root.join(work.suite);
        if !file.is_file() {
            return Err(Stop::missing(format!(
                "`{}` is not there\nhelp: call it in the project's folder, or name that with `--root FOLDER`",
                file.shown()
            ))
            .into());
        }
        let suite = load(&file, work.profile, &[])?;
        let class = report.auto.iter().find(|auto| auto.device == suite.device()).and_then(|auto| auto.class);
        page += &of_work(work, &suite, class, priced.as_ref());
    }
    Ok(page)
}

fn opened(run: &Path) -> Result<Summary> {
    let (folder, manifest) = RunFolder::open(run)?;
    folder.stored_summary(&manifest)
}

fn of_work(
    work: &Work,
    suite: &Suite,
    class: Option<harness_meter::Class>,
    priced: Option<&Summary>,
) -> String {
    let profile = work.profile.map_or(String::new(), |profile| format!(" --profile {profile}"));
    let mut page = format!("\n{}: `scripts/harness run {}{profile}`\n", work.part, work.suite);
    let hardware = look(suite.threads(), &suite.meter);
    let names: Vec<String> = std::iter::once(hardware.cpu).chain(hardware.gpus).collect();
    let mut line = |what: &str, text: String| page += &format!("  {what:<8}  {text}\n");
    line("device", format!("`{}`; here: {}", suite.device(), names.join(", ")));
    let seconds = Plan::new(suite).seconds(suite);
    let length = minutes(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    line("time", format!("at least {length}, more where one pass takes longer than `min-window`"));
    let missing = missing(suite);
    match missing.is_empty() {
        true => line("needs", "everything is here".to_owned()),
        false => missing.iter().for_each(|thing| line("needs", thing.clone())),
    }
    if let Some(summary) = priced {
        joules(suite, summary).into_iter().for_each(|text| line("joules", text));
    }
    let meters = class.map_or("no joules".to_owned(), |class| format!("joules of class {class}"));
    let (can, whys) = judgeable(suite, &Machine { hardware: names, class });
    let once = if missing.is_empty() { "" } else { " once what is missing is here" };
    let all = can + whys.values().sum::<usize>();
    line("verdicts", format!("{can} of {all} claims can be judged on this machine{once} ({meters})"));
    whys.iter().for_each(|(why, count)| line("", format!("{count} cannot: {why}")));
    page
}

/// What the suite needs that is not here, each thing once.
fn missing(suite: &Suite) -> Vec<String> {
    let Err(error) = check_resources(suite) else { return Vec::new() };
    let text = error.to_string();
    let mut things: Vec<String> = Vec::new();
    if !text.contains("\n  - ") {
        return text.lines().next().map(str::to_owned).into_iter().collect();
    }
    for thing in text.lines().filter_map(|line| line.strip_prefix("  - ")) {
        // Several tasks or variants may need one file: they are told behind it.
        let file = |thing: &str| thing.split('`').find(|part| part.contains('/')).map(str::to_owned);
        if !things.iter().any(|other| file(other).is_some() && file(other) == file(thing)) {
            things.push(thing.to_owned());
        }
    }
    things
}

/// What answers would cost by the price models of a run, for each of its groups.
fn joules(suite: &Suite, summary: &Summary) -> Vec<String> {
    let tokens = suite.tasks.iter().map(|task| task.new_tokens).max().unwrap_or(1).max(1);
    let fits = summary.price_models.iter().filter_map(|model| model.fit.value());
    let prompts = fits.flat_map(|fit| fit.points.iter().map(|point| point.prompt_tokens));
    let Some(prompt) = prompts.reduce(f64::max).map(|prompt| prompt.clamp(1.0, 1e6) as u32) else {
        return vec!["not told: the run has no price model".to_owned()];
    };
    let ask = Ask { prompt, tokens, depth: None, model: None };
    let offers = match offers(summary, &ask) {
        Ok(offers) => offers,
        Err(why) => return vec![format!("not told: {}", why.to_string().lines().next().unwrap_or_default())],
    };
    let told = |offer: &Offer| match (offer.price.value(), offer.price.why()) {
        (Some(price), _) => {
            let joules = |one: f64| significant(ANSWERS * one, 3);
            let joules = with_interval(joules(price.energy_j), price.lo.map(joules), price.hi.map(joules));
            let group = &offer.group;
            let model = group
                .cache
                .as_ref()
                .map_or(group.model.clone(), |cache| format!("{}, cache `{cache}`", group.model));
            format!(
                "{joules} J for 1,000 answers of {tokens} tokens to prompts of {prompt}, by the price model of {model}"
            )
        }
        (None, why) => format!("not told: {}", why.unwrap_or("the run has no price model")),
    };
    let own = |offer: &&Offer| {
        let last = offer.group.model.rsplit('/').next().unwrap_or_default();
        let mut paths = suite
            .variants
            .iter()
            .filter_map(|variant| variant.model.path.as_ref().or(variant.model.hub.as_ref()));
        paths.any(|path| path.rsplit('/').next() == Some(last))
    };
    match offers.iter().any(|offer| own(&offer)) {
        true => offers.iter().filter(own).map(told).collect(),
        false => vec!["not told: the run is of other models".to_owned()],
    }
}
