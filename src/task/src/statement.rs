//! Finds the rest of the statement that a document was cut in.

use harness_text::tokenizer::Tokenizer;

use crate::error::TaskError;
use crate::post::cut_at_stop;
use crate::tally::Tally;

/// What really follows a context.
pub(crate) struct Reference {
    pub(crate) ids: Vec<u32>,
    pub(crate) text: String,
}

/// The text of `rest` up to the first of `stops`, which does not belong to it, just as a completion is cut.
///
/// Its ids go on to the token in which the stop text ends: what a model must generate to come to an end. None,
/// and counted: a rest that is blank, that needs more than `new_tokens` ids, or that no stop text ends.
pub(crate) fn statement(
    rest: &[u32],
    new_tokens: usize,
    stops: &[String],
    tokenizer: &Tokenizer,
    tally: &mut Tally,
) -> Result<Option<Reference>, TaskError> {
    // A token may begin inside the statement and end behind it, so texts are searched, not ids.
    for count in 1..=new_tokens.min(rest.len()) {
        let text = tokenizer.decode(&rest[..count])?;
        let statement = cut_at_stop(&text, stops);
        if statement.trim().is_empty() && statement != text {
            tally.add("cut", "directly before a stop text");
            return Ok(None);
        }
        if statement != text {
            return Ok(Some(Reference { ids: rest[..count].to_vec(), text: statement.to_owned() }));
        }
    }
    let whole = tokenizer.decode(rest)?;
    if cut_at_stop(&whole, stops) == whole {
        tally.add("cut", "followed by no stop text");
    } else {
        tally.add("statement", format!("longer than the {new_tokens} new tokens"));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use harness_text::tokenizer::train_bpe;

    fn stops() -> Vec<String> {
        [";", "{", "}"].map(str::to_owned).to_vec()
    }

    /// The statement's text and number of ids, and what was counted.
    fn find(text: &str, new_tokens: usize, tokenizer: &Tokenizer) -> (Option<(String, usize)>, Vec<String>) {
        let (ids, mut tally) = (tokenizer.encode(text).unwrap(), Tally::default());
        let found = statement(&ids, new_tokens, &stops(), tokenizer, &mut tally).unwrap();
        (found.map(|found| (found.text, found.ids.len())), tally.sentences())
    }

    #[test]
    fn a_statement_ends_before_the_first_stop_text_and_its_ids_behind_it() {
        let bytes = Tokenizer::bytes().unwrap();
        let found = |text| find(text, 9, &bytes);
        assert_eq!(found(" a + b ; c"), (Some((" a + b ".into(), 8)), vec![]));
        assert_eq!(found("if(x){a;}"), (Some(("if(x)".into(), 6)), vec![]));
        assert_eq!(found("é}"), (Some(("é".into(), 3)), vec![]));
    }

    #[test]
    fn what_cannot_be_asked_is_counted_with_its_reason() {
        let bytes = Tokenizer::bytes().unwrap();
        let found = |text| find(text, 4, &bytes);
        assert_eq!(found("abc;"), (Some(("abc".into(), 4)), vec![]));
        assert_eq!(found("abcd;"), (None, vec!["1 statement longer than the 4 new tokens".to_owned()]));
        for directly in [";", "  }", "{abc;"] {
            assert_eq!(found(directly), (None, vec!["1 cut directly before a stop text".to_owned()]));
        }
        for endless in ["", "ab", "abcdefgh"] {
            assert_eq!(found(endless), (None, vec!["1 cut followed by no stop text".to_owned()]));
        }
    }

    #[test]
    fn a_token_that_reaches_over_the_end_gives_its_part_to_the_statement() {
        let folder = tempfile::tempdir().unwrap();
        let words = ["f(x);", "g(y);", "h(z);"].map(str::to_owned);
        let document = Document { name: "d".into(), tokens: words.into_iter().cycle().take(27).collect() };
        train_bpe([document.text()].into_iter(), 300, &folder.path().join("tokenizer.json")).unwrap();
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        let over = tokenizer.encode("f(x);").unwrap();
        assert!(over.len() < " f(x);".len() && tokenizer.decode(&over).unwrap() == " f(x);");
        assert_eq!(find("f(x); g(y);", 9, &tokenizer), (Some((" f(x)".into(), over.len())), vec![]));
    }
}
