//! Cuts documents into items: a context to complete and what really follows.
//!
//! After the protocol of GREEN-CODE (arXiv 2501.11006, `src/eval/evaluator.py`): the context is a
//! share of the document's tokens from its start, the reference the next `new_tokens`.

use harness_text::tokenizer::Tokenizer;
use serde::Serialize;

use crate::document::{Document, shuffle};
use crate::error::TaskError;
use crate::item::{Item, Order};
use crate::room::Room;
use crate::statement::{Reference, statement};
use crate::tally::Tally;

/// In which tokens the context's share is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&str")]
pub enum Cut {
    /// The model's own, as the paper does.
    ModelTokens,
    /// Those between blanks, so that models with other tokenizers are asked the same.
    WhitespaceTokens,
}

/// Every way of counting by the name that suites use.
pub const CUTS: &[(&str, Cut)] =
    &[("model-tokens", Cut::ModelTokens), ("whitespace-tokens", Cut::WhitespaceTokens)];

impl From<Cut> for &'static str {
    fn from(cut: Cut) -> Self {
        CUTS.iter().find(|entry| entry.1 == cut).map_or("", |entry| entry.0)
    }
}

/// How much of what follows the context is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuation {
    /// A fixed number of tokens, as in the paper.
    Tokens,
    /// The rest of the statement, up to a stop text.
    Statement,
}

/// How documents are cut.
#[derive(Debug, Clone, PartialEq)]
pub struct CutSpec {
    /// Shares of a document that become the context, each above 0 and below 1: one item per share.
    pub context: Vec<f64>,
    /// What the shares count.
    pub by: Cut,
    /// What is to be written.
    pub continuation: Continuation,
    /// Model tokens to complete, at least 1; of a statement the most.
    pub new_tokens: u32,
    /// Texts that end a statement, at least one where statements are asked for.
    pub stop: Vec<String>,
    /// Model tokens that prompt and answer may have together.
    pub max_context: u32,
    /// Model tokens that the model holds, at least `max_context`.
    pub model_context: u32,
    /// Take only so many documents, the first in `order`.
    pub limit: Option<usize>,
    /// Order of the documents.
    pub order: Order,
    /// Draws the shuffled order.
    pub seed: u64,
    /// Count as the paper's loop does: one document more than `limit`, in file order, references shorter than
    /// `new_tokens` are kept, and a prompt alone may fill `max_context`. A `limit` of 1000 gives its 1,001 Java
    /// examples.
    pub paper_count: bool,
}

/// What came out of cutting.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemSet {
    /// The items: by document, then by share.
    pub items: Vec<Item>,
    /// Cuts that gave no item, and prompts that were shortened.
    pub tally: Tally,
}

/// Cuts documents into items. Refused: shares outside (0, 1), lengths that do not fit into the
/// model, statements without a stop text, and documents that yield no item at all.
pub fn cut(documents: &[Document], tokenizer: &Tokenizer, spec: &CutSpec) -> Result<ItemSet, TaskError> {
    spec.check()?;
    let prefix = tokenizer.prefix().len();
    let room = Room::new(spec.max_context, spec.new_tokens, prefix)?;
    let mut documents = documents.to_vec();
    if spec.order == Order::Shuffled {
        shuffle(&mut documents, spec.seed);
    }
    let mut set = ItemSet { items: Vec::new(), tally: Tally::default() };
    let limit = spec.limit.map_or(usize::MAX, |limit| limit.saturating_add(usize::from(spec.paper_count)));
    for (number, document) in documents.iter().take(limit).enumerate() {
        let text = document.text();
        let whole = tokenizer.encode_document(&text)?;
        for (place, &share) in spec.context.iter().enumerate() {
            let (ids, wanted) = match spec.by {
                Cut::ModelTokens => (whole.clone(), share_of(whole.len(), share)),
                Cut::WhitespaceTokens => split_at_blank(&text, share, tokenizer)?,
            };
            let size = if spec.paper_count {
                room.keep_as_in_the_paper(wanted, spec.model_context)
            } else {
                room.keep(wanted)
            };
            if size <= prefix {
                set.tally.add("cut", "with an empty context");
                continue;
            }
            let Some(reference) = spec.reference(&ids[size..], tokenizer, &mut set.tally)? else { continue };
            if size < wanted {
                set.tally.add("prompt", room.says_shortened("end"));
            }
            let prompt = tokenizer.decode(&ids[prefix..size])?;
            set.items.push(Item {
                id: (number * spec.context.len() + place) as u32,
                name: format!("{}@{share}", document.name),
                cluster: document.name.clone(),
                // The tokenizer's own leading blank is no part of the document.
                prompt: prompt.strip_prefix(' ').unwrap_or(&prompt).to_owned(),
                prompt_ids: ids[..size].to_vec(),
                reference: Some(reference.text),
                reference_ids: reference.ids,
                problem: number as u32,
                ..Item::default()
            });
        }
    }
    if set.items.is_empty() {
        return Err(TaskError::refused(
            set.tally.nothing_left(),
            "use longer documents, another `context`, or another number of `new-tokens`",
        ));
    }
    Ok(set)
}

impl CutSpec {
    fn check(&self) -> Result<(), TaskError> {
        let inside = |share: &f64| *share > 0.0 && *share < 1.0;
        if self.context.is_empty() || !self.context.iter().all(inside) {
            return Err(TaskError::refused(
                format!("`context` is {:?}: expected shares above 0 and below 1", self.context),
                "for example `context = [0.2, 0.35, 0.5]`",
            ));
        }
        if self.limit == Some(0) {
            return Err(TaskError::refused("`limit` is 0: expected at least 1", "raise it, or leave it out"));
        }
        if self.paper_count && self.order == Order::Shuffled {
            return Err(TaskError::refused(
                "the paper's count takes documents in the order of the file, not shuffled",
                "write `order = \"file\"`",
            ));
        }
        if self.continuation == Continuation::Statement && self.stop.iter().all(String::is_empty) {
            return Err(TaskError::refused(
                "statements have no end: expected at least one `stop` text",
                "for example `stop = [\";\", \"{\", \"}\"]`",
            ));
        }
        Ok(())
    }

    /// What is to be written of the `rest` behind a context; None, and counted, where that cannot be asked.
    fn reference(
        &self,
        rest: &[u32],
        tokenizer: &Tokenizer,
        tally: &mut Tally,
    ) -> Result<Option<Reference>, TaskError> {
        let wanted = self.new_tokens as usize;
        if self.continuation == Continuation::Statement {
            return statement(rest, wanted, &self.stop, tokenizer, tally);
        }
        if rest.is_empty() || rest.len() < wanted && !self.paper_count {
            tally.add("cut", format!("followed by fewer than {wanted} tokens"));
            return Ok(None);
        }
        let ids = rest[..wanted.min(rest.len())].to_vec();
        Ok(Some(Reference { text: tokenizer.decode(&ids)?, ids }))
    }
}

/// The whole number of tokens in a share, rounded down.
fn share_of(length: usize, share: f64) -> usize {
    (length as f64 * share) as usize
}

/// Ids of the document, tokenized apart before and behind the cut, and where the cut is.
fn split_at_blank(text: &str, share: f64, tokenizer: &Tokenizer) -> Result<(Vec<u32>, usize), TaskError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (before, behind) = words.split_at(share_of(words.len(), share));
    if before.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let mut ids = tokenizer.encode_document(&before.join(" "))?;
    let size = ids.len();
    ids.extend(tokenizer.encode(&format!(" {}", behind.join(" ")))?);
    Ok((ids, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> CutSpec {
        CutSpec {
            context: vec![0.5],
            by: Cut::ModelTokens,
            continuation: Continuation::Tokens,
            new_tokens: 2,
            stop: vec![],
            max_context: 100,
            model_context: 100,
            limit: None,
            order: Order::File,
            seed: 1,
            paper_count: false,
        }
    }

    fn documents(texts: &[&str]) -> Vec<Document> {
        let document = |(n, text): (usize, &&str)| Document {
            name: format!("d{n}"),
            tokens: text.split(' ').map(str::to_owned).collect(),
        };
        texts.iter().enumerate().map(document).collect()
    }

    fn cut_bytes(texts: &[&str], spec: &CutSpec) -> Result<ItemSet, TaskError> {
        cut(&documents(texts), &Tokenizer::bytes().unwrap(), spec)
    }

    /// How many items, and what was counted.
    fn told(set: &ItemSet) -> (usize, Vec<String>) {
        (set.items.len(), set.tally.sentences())
    }

    #[test]
    fn the_reference_is_what_follows_the_context() {
        let set = cut_bytes(&["abcdefghi"], &CutSpec { context: vec![0.5, 0.2], ..spec() }).unwrap();
        let seen: Vec<_> = set
            .items
            .iter()
            .map(|item| {
                (item.id, item.name.as_str(), item.prompt.as_str(), item.reference.as_deref().unwrap())
            })
            .collect();
        assert_eq!(seen, [(0, "d0@0.5", "abcd", "ef"), (1, "d0@0.2", "a", "bc")]);
        assert_eq!(set.items[0].cluster, "d0");
        assert_eq!(
            (&set.items[0].prompt_ids[..], &set.items[0].reference_ids[..]),
            (&[97, 98, 99, 100][..], &[101, 102][..])
        );
    }

    #[test]
    fn what_cannot_be_cut_is_counted() {
        let texts = ["a", "abc", "abcdef"];
        let set = cut_bytes(&texts, &spec()).unwrap();
        assert_eq!(told(&set), (2, vec!["1 cut with an empty context".to_owned()]));
        let set = cut_bytes(&texts, &CutSpec { new_tokens: 3, ..spec() }).unwrap();
        let short = "1 cut followed by fewer than 3 tokens".to_owned();
        assert_eq!(told(&set), (1, vec![short, "1 cut with an empty context".to_owned()]));
        let error = cut_bytes(&texts, &CutSpec { new_tokens: 9, ..spec() }).unwrap_err().to_string();
        let expected = "yields no item: 2 cuts followed by fewer than 9 tokens, 1 cut with an empty context";
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_prompt_that_leaves_no_room_for_the_answer_loses_its_end_and_is_counted() {
        let text = "abcdefghijklmnopqrst";
        for continuation in [Continuation::Tokens, Continuation::Statement] {
            let of = |max_context, paper_count, model_context| {
                let stop = ["h", "j", "m"].map(str::to_owned).to_vec();
                let spec = CutSpec { max_context, model_context, paper_count, continuation, stop, ..spec() };
                let set = cut_bytes(&[text], &CutSpec { new_tokens: 3, ..spec }).unwrap();
                (set.items[0].prompt.clone(), set.tally.sentences().concat())
            };
            let short = |max: u32| format!("1 prompt shortened at the end to fit {max} tokens");
            // Ten tokens of prompt and three new ones.
            for paper_count in [false, true] {
                assert_eq!(of(13, paper_count, 13), ("abcdefghij".into(), String::new()));
                assert_eq!(of(12, paper_count, 12), ("abcdefgh".into(), short(12)));
                assert_eq!(of(10, paper_count, 10), ("abcdef".into(), short(10)));
            }
            // The paper compares the prompt alone, which only a model that holds more can bear.
            assert_eq!(of(10, true, 13), ("abcdefghij".into(), String::new()));
            assert_eq!(of(10, false, 13), ("abcdef".into(), short(10)));
            assert_eq!(of(9, true, 13), ("abcde".into(), short(9)));
        }
    }

    #[test]
    fn a_statement_is_asked_for_up_to_its_end_and_what_has_none_is_left_out() {
        let stop = vec![";".to_owned()];
        let of = |texts: &[&str], spec: CutSpec| {
            let spec = CutSpec { continuation: Continuation::Statement, ..spec };
            cut_bytes(texts, &CutSpec { new_tokens: 4, ..spec })
        };
        let set =
            of(&["ab c;ef", "abc;efg", "abcdefgh", "abcdefghij;l"], CutSpec { stop, ..spec() }).unwrap();
        let item = &set.items[0];
        assert_eq!(
            (item.name.as_str(), item.cluster.as_str(), item.prompt.as_str()),
            ("d0@0.5", "d0", "ab ")
        );
        assert_eq!((item.reference.as_deref(), item.reference_ids.len()), (Some("c"), 2));
        let left_out = [
            "1 cut directly before a stop text",
            "1 cut followed by no stop text",
            "1 statement longer than the 4 new tokens",
        ];
        assert_eq!(told(&set), (1, left_out.map(str::to_owned).to_vec()));
        let error = of(&["ab c;ef"], spec()).unwrap_err().to_string();
        assert!(error.contains("at least one `stop` text") && error.contains("\nhelp: "), "{error}");
    }

    #[test]
    fn cutting_between_blanks_gives_every_tokenizer_the_same_context() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(&["int alpha = beta ; int gamma = delta ;"]);
        harness_text::tokenizer::train_bpe(
            documents.iter().map(Document::text),
            290,
            &folder.path().join("tokenizer.json"),
        )
        .unwrap();
        let trained = Tokenizer::open(folder.path()).unwrap();
        let spec = CutSpec { by: Cut::WhitespaceTokens, ..spec() };
        for tokenizer in [trained, Tokenizer::bytes().unwrap()] {
            let item = cut(&documents, &tokenizer, &spec).unwrap().items[0].clone();
            assert_eq!(item.prompt, "int alpha = beta ;");
            assert_eq!(item.prompt_ids, tokenizer.encode_document("int alpha = beta ;").unwrap());
            assert!(" int gamma = delta ;".starts_with(item.reference.as_deref().unwrap()));
            assert_eq!(item.reference_ids.len(), 2);
        }
    }

    #[test]
    fn a_mark_before_the_text_is_no_context_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(&["a b c d e f g h"]);
        harness_text::tokenizer::train_bpe(
            documents.iter().map(Document::text),
            258,
            &folder.path().join("tokenizer.json"),
        )
        .unwrap();
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        let spec = CutSpec { context: vec![0.1, 0.5], ..spec() };
        let set = cut(&documents, &tokenizer, &spec).unwrap();
        // 17 ids: `<s>`, then a blank and a letter eight times.
        assert_eq!(told(&set), (1, vec!["1 cut with an empty context".to_owned()]));
        // Half of them are `<s>`, three letters and a blank: the fourth letter follows.
        assert_eq!(
            (set.items[0].prompt.as_str(), set.items[0].reference.as_deref().unwrap()),
            ("a b c ", "d ")
        );
    }

    #[test]
    fn the_limit_counts_documents_in_the_seeded_order() {
        let texts = ["abcdef"; 20];
        let names = |order, seed, limit| {
            let set = cut_bytes(&texts, &CutSpec { order, seed, limit, ..spec() }).unwrap();
            set.items.into_iter().map(|item| item.cluster).collect::<Vec<_>>()
        };
        assert_eq!(names(Order::File, 1, Some(2)), ["d0", "d1"]);
        let shuffled = names(Order::Shuffled, 1, None);
        assert_eq!(names(Order::Shuffled, 1, Some(5)), shuffled[..5]);
        assert_ne!(names(Order::Shuffled, 2, None), shuffled);
    }

    #[test]
    fn the_papers_count_takes_one_document_more_and_keeps_short_references() {
        // The second document has no context, and yet counts.
        let texts = ["abcdef", "a", "abc", "abcdef", "abcdef"];
        let of = |paper_count| {
            let spec = CutSpec { new_tokens: 3, limit: Some(3), paper_count, ..spec() };
            let set = cut_bytes(&texts, &spec).unwrap();
            let left_out = told(&set).1.len();
            let references: Vec<String> = set.items.into_iter().filter_map(|item| item.reference).collect();
            (references, left_out)
        };
        assert_eq!(of(true), (vec!["def".into(), "bc".into(), "def".into()], 1));
        assert_eq!(of(false), (vec!["def".into()], 2));
    }

    #[test]
    fn impossible_cuts_are_refused() {
        let cases = [
            (CutSpec { context: vec![], ..spec() }, "above 0 and below 1"),
            (CutSpec { context: vec![1.0], ..spec() }, "above 0 and below 1"),
            (CutSpec { context: vec![f64::NAN], ..spec() }, "above 0 and below 1"),
            (CutSpec { new_tokens: 0, ..spec() }, "at least 1"),
            (CutSpec { limit: Some(0), ..spec() }, "at least 1"),
            (CutSpec { new_tokens: 99, ..spec() }, "do not fit"),
            (CutSpec { new_tokens: u32::MAX, ..spec() }, "do not fit"),
            (CutSpec { paper_count: true, order: Order::Shuffled, ..spec() }, "order of the file"),
        ];
        for (spec, expected) in cases {
            let error = cut_bytes(&["abcdef"], &spec).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
    }
}
