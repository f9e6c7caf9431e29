//! The model card: what a model was trained on, how long, and how well it predicts.

use std::fmt::Write;

use harness_protocol::TrainSpec;
use harness_task::Prepared;

use super::course::Trained;
use super::file::TrainFile;

/// What a card tells.
pub(crate) struct Card<'a> {
    pub(crate) file: &'a TrainFile,
    pub(crate) spec: &'a TrainSpec,
    pub(crate) prepared: &'a Prepared,
    pub(crate) trained: &'a Trained,
    pub(crate) baseline: &'a [(String, f64, u64)],
}

/// The card as Markdown.
pub(crate) fn card(card: &Card) -> String {
    let Card { file, spec, prepared, trained, baseline } = card;
    let model = &spec.model;
    let mut text = format!(
        "# {}\n\nA multi-exit Llama for Java code, trained by `harness train`. For trying and testing the harness, \
         not for writing code.\n\n",
        file.name
    );
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "| {name} | {value} |");
    };
    row("what", "value".to_owned());
    row("---", "---".to_owned());
    row("parameters", trained.parameters.to_string());
    row("blocks, width, feed-forward", format!("{}, {}, {}", model.layers, model.width, model.ffn));
    row("heads, key-value heads", format!("{}, {}", model.heads, model.kv_heads));
    row("vocabulary, context", format!("{}, {}", model.vocabulary, model.context));
    let exits: Vec<String> = spec
        .exits
        .iter()
        .zip(&spec.exit_weights)
        .map(|(exit, weight)| format!("{exit} ({weight:.3})"))
        .collect();
    row("exits (loss weights)", exits.join(", "));
    row(
        "corpus",
        format!("{} Java files in token form ({} held out)", prepared.documents, prepared.held_out_documents),
    );
    row("tokens in the stream", prepared.tokens.to_string());
    row(
        "tokens seen",
        format!("{} in {} steps of {}", trained.tokens, trained.steps, spec.batch * spec.sequence),
    );
    let loss = trained.last_loss.map_or("not noted".to_owned(), |loss| format!("{loss:.3} nats a token"));
    row("loss of the last step", loss);
    row("time", format!("{:.2} h on {} threads", trained.hours, spec.threads));
    row("weights", "bf16; embedding and head are one matrix".to_owned());
    text += "\n## Next-token accuracy\n\nOn documents that were not trained on, in tokens of the model's own \
             tokenizer; the 5-gram model (interpolated, Witten-Bell) was fitted on the same stream.\n\n";
    let heads: Vec<String> = spec.exits.iter().map(|exit| format!("exit {exit}")).collect();
    let _ = writeln!(text, "| stream | tokens | {} | 5-gram |", heads.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(heads.len() + 3));
    for accuracy in &trained.accuracy {
        let shares: Vec<String> = accuracy.per_exit.iter().map(|(_, share)| format!("{share:.4}")).collect();
        let ngram = baseline.iter().find(|(name, ..)| *name == accuracy.name);
        let ngram = ngram.map_or("not measured".to_owned(), |(_, share, _)| format!("{share:.4}"));
        let _ =
            writeln!(text, "| {} | {} | {} | {ngram} |", accuracy.name, accuracy.tokens, shares.join(" | "));
    }
    text
}
