//! The model card: what a model was trained on, how long, at what cost, and how well it predicts.

use std::fmt::Write;

use harness_protocol::reply::Accuracy;
use harness_protocol::{Start, TrainSpec};
use harness_task::Prepared;
use harness_text::printable;

use super::base::Base;
use super::energy::Energy;
use super::file::TrainFile;
use super::streams::Baseline;

/// What a card tells.
pub(crate) struct Card<'a> {
    pub(crate) file: &'a TrainFile,
    pub(crate) base: &'a Base,
    pub(crate) spec: &'a TrainSpec,
    pub(crate) prepared: &'a Prepared,
    pub(crate) trained: &'a Trained,
    pub(crate) energy: &'a Energy,
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
    let Card { file, base, spec, prepared, trained, energy, baseline } = card;
    let mut text = format!("# {}\n\n{}\n\n", printable::markdown(&file.name), headline(card));
    let mut row = |name: &str, value: String| {
        let value = printable::line(&value).replace('|', "\\|").replace('<', "\\<");
        let _ = writeln!(text, "| {name} | {value} |");
    };
    row("what", "value".to_owned());
    row("---", "---".to_owned());
    row("start", base.sentence());
    row("parameters", trained.parameters.to_string());
    if let Start::New(model) = &spec.start {
        row("blocks, width, feed-forward", format!("{}, {}, {}", model.layers, model.width, model.ffn));
        row("heads, key-value heads", format!("{}, {}", model.heads, model.kv_heads));
        row("vocabulary, context", format!("{}, {}", model.vocabulary, model.context));
    }
    let exits: Vec<String> = spec
        .exits
        .iter()
        .zip(&spec.exit_weights)
        .map(|(exit, weight)| format!("{exit} ({weight:.3})"))
        .collect();
    row("exits (loss weights)", exits.join(", "));
    let at_once = if (spec.exits_per_step as usize) < spec.exits.len() {
        format!("{} of them, the last block always, the others drawn at random", spec.exits_per_step)
    } else {
        "all of them".to_owned()
    };
    row("exits of one step", at_once);
    row("what is trained", trained_part(spec));
    row("corpus", corpus(file, prepared));
    row("tokens in the stream", prepared.tokens.to_string());
    row(
        "tokens seen",
        format!("{} in {} steps of {}", trained.tokens, trained.steps, trained.tokens / trained.steps.max(1)),
    );
    row("learning rate", rate(spec));
    let loss = trained.last_loss.map_or("not noted".to_owned(), |loss| format!("{loss:.3} nats a token"));
    row("loss of the last step", loss);
    let place = format!("`{}`, {} threads, products in {}", spec.device, spec.threads, spec.matmul);
    row("time", format!("{:.2} h on {place}", trained.hours));
    row("energy", energy.sentence());
    row("weights", weights(spec));
    text += "\n## Next-token accuracy\n\nOn documents that were not trained on, in tokens of the model's own \
             tokenizer; the 5-gram model (interpolated, Witten-Bell) was fitted on the same stream.\n\n";
    text += &accuracy_table(&trained.accuracy, baseline);
    text += "\n## Agreement with the last block\n\nShare of the same tokens that an exit predicts as the last block \
             does, right or wrong.\n\n";
    text + &agreement_table(&trained.accuracy)
}

fn headline(card: &Card) -> String {
    let form = card.file.corpus.form;
    match card.spec.start {
        Start::New(_) => format!(
            "A multi-exit Llama for {form} code, trained by `harness train`. For trying and testing the harness, not for \
             writing code."
        ),
        Start::Checkpoint { .. } => format!(
            "A model whose exits were trained by `harness train` on a {form} corpus, from {}.",
            printable::markdown(&card.base.sentence())
        ),
    }
}

fn trained_part(spec: &TrainSpec) -> String {
    match &spec.lora {
        Some(lora) => format!(
            "LoRA of rank {} (alpha {}) beside {}, merged into the weights",
            lora.rank,
            lora.alpha,
            lora.targets.join(", ")
        ),
        None => "all weights".to_owned(),
    }
}

fn corpus(file: &TrainFile, prepared: &Prepared) -> String {
    let (documents, held_out) = (prepared.documents, prepared.held_out_documents);
    format!("{documents} {} documents ({held_out} held out)", file.corpus.form)
}

fn rate(spec: &TrainSpec) -> String {
    let (peak, warm_up) = (spec.learning_rate, spec.warm_up_steps);
    format!("{peak} ({}, {warm_up} steps of warm-up), weight decay {}", spec.schedule, spec.weight_decay)
}

fn weights(spec: &TrainSpec) -> String {
    match spec.start {
        Start::New(_) => format!("{}; embedding and head are one matrix", spec.saved_dtype),
        Start::Checkpoint { .. } => spec.saved_dtype.clone(),
    }
}

/// Accuracy of each exit and of the 5-gram model on each stream, as Markdown.
pub(crate) fn accuracy_table(accuracy: &[Accuracy], baseline: &[Baseline]) -> String {
    let ngram = |name: &str| {
        let ngram = baseline.iter().find(|baseline| baseline.stream == name);
        ngram.map_or("not measured".to_owned(), |baseline| format!("{:.4}", baseline.accuracy))
    };
    let mut text = head(accuracy, " 5-gram |");
    for Accuracy { name, tokens, per_exit, .. } in accuracy {
        let _ = writeln!(text, "| {name} | {tokens} |{} {} |", shares(per_exit), ngram(name));
    }
    text
}

fn agreement_table(accuracy: &[Accuracy]) -> String {
    let mut text = head(accuracy, "");
    for Accuracy { name, tokens, agreement, .. } in accuracy {
        let _ = writeln!(text, "| {name} | {tokens} |{}", shares(agreement));
    }
    text
}

fn head(accuracy: &[Accuracy], last: &str) -> String {
    let exits = accuracy.first().map_or(&[][..], |first| &first.per_exit);
    let heads: String = exits.iter().map(|(exit, _)| format!(" exit {exit} |")).collect();
    let columns = exits.len() + 2 + usize::from(!last.is_empty());
    format!("| stream | tokens |{heads}{last}\n|{}\n", " --- |".repeat(columns))
}

fn shares(per_exit: &[(u32, f64)]) -> String {
    per_exit.iter().map(|(_, share)| format!(" {share:.4} |")).collect()
}
