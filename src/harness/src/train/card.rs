//! The model card: what a model was trained on, how long, and how well it predicts.

use std::fmt::Write;

use harness_protocol::TrainSpec;
use harness_protocol::reply::Accuracy;
use harness_task::Prepared;

use super::file::TrainFile;
use super::streams::Baseline;

/// What a card tells.
pub(crate) struct Card<'a> {
    pub(crate) file: &'a TrainFile,
    pub(crate) spec: &'a TrainSpec,
    pub(crate) prepared: &'a Prepared,
    pub(crate) trained: &'a Trained,
    pub(crate) baseline: &'a [Baseline],
}

/// What the engine said at the end.
pub(crate) struct Trained {
    pub(crate) steps: u64,
    pub(crate) tokens: u64,
    pub(crate) parameters: u64,
    pub(crate) accuracy: Vec<Accuracy>,
    pub(crate) last_loss: Option<f64>,
    pub(crate) hours: f64,
}

/// The card as Markdown.
pub(crate) fn card(card: &Card) -> String {
    let Card { file, spec, prepared, trained, baseline } = card;
    let model = &spec.model;
    let mut text = format!(
        "# {}\n\nA multi-exit Llama for {} code, trained by `harness train`. For trying and testing the harness, \
         not for writing code.\n\n",
        file.name, file.corpus.form
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
        format!(
            "{} {} files in token form ({} held out)",
            prepared.documents, file.corpus.form, prepared.held_out_documents
        ),
    );
    row("tokens in the stream", prepared.tokens.to_string());
    row(
        "tokens seen",
        format!("{} in {} steps of {}", trained.tokens, trained.steps, trained.tokens / trained.steps.max(1)),
    );
    let loss = trained.last_loss.map_or("not noted".to_owned(), |loss| format!("{loss:.3} nats a token"));
    row("loss of the last step", loss);
    let place = format!("`{}`, {} threads, products in {}", spec.device, spec.threads, spec.matmul);
    row("time", format!("{:.2} h on {place}", trained.hours));
    row("weights", "bf16; embedding and head are one matrix".to_owned());
    text += "\n## Next-token accuracy\n\nOn documents that were not trained on, in tokens of the model's own \
             tokenizer; the 5-gram model (interpolated, Witten-Bell) was fitted on the same stream.\n\n";
    text + &accuracy_table(&trained.accuracy, baseline)
}

/// Accuracy of each exit and of the 5-gram model on each stream, as Markdown.
pub(crate) fn accuracy_table(accuracy: &[Accuracy], baseline: &[Baseline]) -> String {
    let exits = accuracy.first().map_or(&[][..], |first| &first.per_exit);
    let heads: String = exits.iter().map(|(exit, _)| format!(" exit {exit} |")).collect();
    let mut text = format!("| stream | tokens |{heads} 5-gram |\n|{}\n", " --- |".repeat(exits.len() + 3));
    for Accuracy { name, tokens, per_exit } in accuracy {
        let shares: String = per_exit.iter().map(|(_, share)| format!(" {share:.4} |")).collect();
        let ngram = baseline.iter().find(|baseline| baseline.stream == *name);
        let ngram = ngram.map_or("not measured".to_owned(), |baseline| format!("{:.4}", baseline.accuracy));
        let _ = writeln!(text, "| {name} | {tokens} |{shares} {ngram} |");
    }
    text
}
