//! `harness list`: what suites can name, from every board.

use harness_checkpoint::ARCHITECTURES;
use harness_meter::METERS;
use harness_protocol::{COMPRESSIONS, DTYPES, EXITS, Entry, MODELS, PACKED};
use harness_task::fetch::MODELS as FETCHABLE;
use harness_task::{DATASETS, LANGUAGES, POSTS, SCORERS, TASKS};
use serde_json::{Value as Json, json};

use super::print;
use crate::compare::form::FORMS as COMPARISON_FORMS;
use crate::gate::form::FORMS;
use crate::metric::METRICS;
use crate::progress;
use crate::report::FIGURES;
use crate::reproduce::PAPERS;
use crate::suite::parameter_bounds;
use crate::target::form::FORMS as TARGET_FORMS;

/// Arguments of `harness list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// One board only, such as `meters` or `scorers`; without it all of them, each below its name
    pub board: Option<String>,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// A board as it is printed.
struct Board {
    name: &'static str,
    /// Where its names stand in a suite.
    place: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    summary: String,
    parameters: Vec<ParameterRow>,
}

struct ParameterRow {
    name: &'static str,
    values: String,
    default: Option<&'static str>,
    summary: &'static str,
}

/// Prints one board or all; exit code 2 for a board that does not exist.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: &ListArgs) -> anyhow::Result<u8> {
    let mut boards = boards();
    if let Some(wanted) = &args.board {
        let names: Vec<&str> = boards.iter().map(|board| board.name).collect();
        if !names.contains(&wanted.as_str()) {
            let error = crate::suite::unknown_name("board", wanted, &names);
            progress::say_line(&format!("error: {error}"));
            return Ok(error.exit_code());
        }
        boards.retain(|board| board.name == wanted);
    }
    print(&if args.json { as_json(&boards) } else { as_text(&boards) })?;
    Ok(0)
}

fn boards() -> Vec<Board> {
    let plain = |name: &str, summary: &str| Row {
        name: name.to_owned(),
        summary: summary.to_owned(),
        parameters: Vec::new(),
    };
    let meters = METERS.iter().map(|meter| plain(meter.name, meter.summary));
    let dtypes = DTYPES.iter().map(|dtype| match *dtype {
        PACKED => plain(dtype, "weights in the blocks of their .gguf file, on the CPU"),
        dtype => plain(dtype, "number format of weights and activations"),
    });
    vec![
        Board { name: "meters", place: "meters = [\"NAME\"]", rows: meters.collect() },
        Board { name: "models", place: "[model] KEY = …", rows: entries(MODELS) },
        Board {
            name: "architectures",
            place: "`model_type` of config.json",
            rows: ARCHITECTURES.iter().map(|entry| plain(entry.model_type, entry.summary)).collect(),
        },
        Board {
            name: "fetchable",
            place: "harness fetch model NAME",
            rows: FETCHABLE
                .iter()
                .map(|entry| {
                    plain(
                        entry.name,
                        &format!("{}; {} MB, {}", entry.summary, entry.megabytes, entry.licence),
                    )
                })
                .collect(),
        },
        Board { name: "dtypes", place: "[model] dtype = \"NAME\"", rows: dtypes.collect() },
        Board {
            name: "compressions",
            place: "compress = [{ KEY = \"NAME\", … }]",
            rows: entries(COMPRESSIONS),
        },
        Board { name: "exits", place: "exit = { policy = \"NAME\", … }", rows: entries(EXITS) },
        Board {
            name: "tasks",
            place: "[[task]] kind = \"NAME\"",
            rows: TASKS.iter().map(|kind| plain(kind.name, kind.summary)).collect(),
        },
        Board {
            name: "scorers",
            place: "[[task]] scorers = [\"NAME\"]",
            rows: SCORERS.iter().map(|scorer| plain(scorer.name, scorer.summary)).collect(),
        },
        Board {
            name: "post-processes",
            place: "[[task]] post-process = \"NAME\"",
            rows: POSTS.iter().map(|post| plain(post.name, post.summary)).collect(),
        },
        Board {
            name: "languages",
            place: "[[task]] language = \"NAME\"",
            rows: LANGUAGES.iter().map(|(name, language)| plain(name, language.summary())).collect(),
        },
        Board {
            name: "datasets",
            place: "harness fetch dataset NAME",
            rows: DATASETS.iter().map(|set| plain(set.name, set.summary)).collect(),
        },
        Board {
            name: "metrics",
            place: "[analysis] metric = \"NAME\"",
            rows: METRICS.iter().map(|metric| plain(metric.name, metric.summary)).collect(),
        },
        Board {
            name: "forms",
            place: "harness gate RUN --write NAME=FILE",
            rows: FORMS.iter().map(|form| plain(form.name, form.summary)).collect(),
        },
        Board {
            name: "comparison-forms",
            place: "harness compare RUN … --write NAME=FILE",
            rows: COMPARISON_FORMS.iter().map(|form| plain(form.name, form.summary)).collect(),
        },
        Board {
            name: "target-forms",
            place: "harness targets RUN --write NAME=FILE",
            rows: TARGET_FORMS.iter().map(|form| plain(form.name, form.summary)).collect(),
        },
        Board {
            name: "papers",
            place: "harness reproduce NAME",
            rows: PAPERS.iter().map(|paper| plain(paper.name, paper.title)).collect(),
        },
        Board {
            name: "figures",
            place: "drawn into the run folder's report/",
            rows: FIGURES.iter().map(|figure| plain(figure.name, figure.summary)).collect(),
        },
    ]
}

fn entries(board: &'static [Entry]) -> Vec<Row> {
    let row = |entry: &'static Entry| Row {
        name: entry.name.to_owned(),
        summary: format!("{} (key `{}`)", entry.summary, entry.key),
        parameters: entry
            .parameters
            .iter()
            .map(|parameter| ParameterRow {
                name: parameter.name,
                values: parameter_bounds(parameter.value),
                default: parameter.default,
                summary: parameter.summary,
            })
            .collect(),
    };
    board.iter().map(row).collect()
}

fn as_text(boards: &[Board]) -> String {
    let mut text = String::new();
    for board in boards {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}: {}\n", board.name, board.place));
        let width = board.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in &board.rows {
            text.push_str(&format!("  {:width$}  {}\n", row.name, row.summary));
            for ParameterRow { name, values, default, summary } in &row.parameters {
                let default = default.map_or("required".to_owned(), |default| format!("default `{default}`"));
                text.push_str(&format!("  {:width$}    {name}: {summary}; {values}; {default}\n", ""));
            }
        }
    }
    text
}

fn as_json(boards: &[Board]) -> String {
    let parameter = |row: &ParameterRow| json!({ "name": row.name, "values": row.values, "default": row.default, "summary": row.summary });
    let row = |row: &Row| {
        let parameters: Vec<Json> = row.parameters.iter().map(parameter).collect();
        json!({ "name": row.name, "summary": row.summary, "parameters": parameters })
    };
    let boards: serde_json::Map<String, Json> =
        boards.iter().map(|board| (board.name.to_owned(), board.rows.iter().map(row).collect())).collect();
    format!("{:#}\n", Json::Object(boards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_every_board_is_listed_with_its_parameters() {
        let text = as_text(&boards());
        for name in
            ["estimate", "sim", "tiny-random", "bf16", "int8-weight", "ffn-neurons", "fixed", "pareto"]
        {
            assert!(text.contains(&format!("\n  {name} ")), "{name} is absent from\n{text}");
        }
        assert!(text.contains(
            "    ratio: share of each layer's neurons that goes; a number from 0 to 0.95; required"
        ));
    }

    #[test]
    fn no_board_is_empty_and_each_entry_says_what_it_is() {
        for board in boards() {
            assert!(!board.rows.is_empty(), "{}", board.name);
            for row in board.rows {
                assert!(!row.name.is_empty() && !row.summary.is_empty(), "{}: {}", board.name, row.name);
            }
        }
    }

    #[test]
    fn json_holds_the_same_boards() {
        let json: Json = serde_json::from_str(&as_json(&boards())).unwrap();
        assert_eq!(json["exits"][1]["parameters"][0]["name"], "layer");
        assert_eq!(json.as_object().unwrap().len(), boards().len());
    }
}
