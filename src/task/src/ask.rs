//! Asks questions of one model: prompts and references as its tokenizer reads them.

use std::collections::{HashMap, HashSet};

use harness_text::tokenizer::Tokenizer;

use crate::document::shuffle_key;
use crate::error::TaskError;
use crate::item::{Item, Order};
use crate::prompting::Prompting;
use crate::question::Question;
use crate::room::Room;
use crate::tally::Tally;

/// How questions become items.
#[derive(Debug, Clone, PartialEq)]
pub struct AskSpec {
    /// Most tokens of an answer, at least 1.
    pub new_tokens: u32,
    /// Model tokens that prompt and answer may have together.
    pub max_context: u32,
    /// Take only so many problems, the first in `order`, each with all its versions.
    pub limit: Option<usize>,
    /// Order of the problems.
    pub order: Order,
    /// Draws the shuffled order.
    pub seed: u64,
    /// The reference is forced, not generated: it is cut to `new_tokens`, as ids and as text.
    pub forced: bool,
    /// Items of each question, at least 1.
    pub samples: u32,
}

/// What came out of asking.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The items: by problem, then as in the file.
    pub items: Vec<Item>,
    /// Questions without tokens, which gave no item, and prompts that were too long and kept only their end.
    pub tally: Tally,
}

/// Makes items of questions.
///
/// A rendered prompt that leaves no room for its answer keeps its last tokens, and before them what the
/// tokenizer puts before a text. Refused: lengths that do not fit into the model, a question that is also a
/// few-shot example, and questions that yield no item.
pub fn ask(
    questions: &[Question],
    tokenizer: &Tokenizer,
    spec: &AskSpec,
    prompting: &Prompting,
) -> Result<Asked, TaskError> {
    if spec.limit == Some(0) {
        return Err(TaskError::refused("`limit` is 0: expected at least 1", "raise it, or leave it out"));
    }
    let room = Room::new(spec.max_context, spec.new_tokens, tokenizer.prefix().len())?;
    let examples: HashSet<&str> = prompting.few_shot.iter().map(|example| example.prompt.as_str()).collect();
    let mut asked = Asked { items: Vec::new(), tally: Tally::default() };
    for (problem, places) in spec.problems(questions) {
        for place in places {
            let question = &questions[place];
            if examples.contains(question.prompt.as_str()) {
                return Err(TaskError::refused(
                    format!("`{}` is asked and is also a few-shot example", question.name),
                    "take the examples from another file, such as the training split",
                ));
            }
            let mut prompt = prompting.render(&question.prompt)?;
            let mut prompt_ids = prompting.encode(&prompt, tokenizer)?;
            let mut reference = question.reference.clone();
            let mut reference_ids =
                reference.as_deref().map_or(Ok(Vec::new()), |text| tokenizer.encode(text))?;
            if prompt_ids.is_empty() || spec.forced && reference_ids.is_empty() {
                asked.tally.add("question", "without a token to ask or to force");
                continue;
            }
            let size = room.keep(prompt_ids.len());
            if size < prompt_ids.len() {
                let head = if prompt_ids.starts_with(tokenizer.prefix()) { tokenizer.prefix() } else { &[] };
                let kept = prompt_ids[prompt_ids.len() + head.len() - size..].to_vec();
                prompt = tokenizer.decode(&kept)?;
                prompt_ids = [head, &kept].concat();
                asked.tally.add("prompt", room.says_shortened("start"));
            }
            if spec.forced && reference_ids.len() > spec.new_tokens as usize {
                reference_ids.truncate(spec.new_tokens as usize);
                reference = Some(tokenizer.decode(&reference_ids)?);
            }
            let item = Item {
                id: first_id(place, spec.samples)?,
                draw: 0,
                name: question.name.clone(),
                cluster: question.cluster.clone(),
                prompt,
                prompt_ids,
                reference,
                reference_ids,
                problem,
                label: question.label.clone(),
                program: question.program.clone(),
                version: question.version.clone(),
            };
            asked.items.extend((0..spec.samples).map(|draw| Item {
                id: item.id + draw,
                draw,
                ..item.clone()
            }));
        }
    }
    if asked.items.is_empty() {
        return Err(TaskError::refused(
            asked.tally.nothing_left(),
            "check the task set's prompts and references",
        ));
    }
    Ok(asked)
}

/// Number of a question's first item; every sample has its own.
fn first_id(place: usize, samples: u32) -> Result<u32, TaskError> {
    let last = u64::from(samples) * (place as u64 + 1);
    if u32::try_from(last).is_err() {
        return Err(TaskError::refused(
            format!("{samples} samples of each question are more items than can be numbered"),
            "lower `samples`, or set a `limit`",
        ));
    }
    Ok(samples * place as u32)
}

impl AskSpec {
    /// Numbers of the problems in the file, each with the places of its versions; the first `limit` in `order`.
    fn problems(&self, questions: &[Question]) -> Vec<(u32, Vec<usize>)> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut problems: Vec<(&str, (u32, Vec<usize>))> = Vec::new();
        for (place, question) in questions.iter().enumerate() {
            let name = question.version.as_ref().map_or(&question.name, |version| &version.problem);
            let number = *numbers.entry(name).or_insert(problems.len());
            match problems.get_mut(number) {
                Some((_, (_, places))) => places.push(place),
                None => problems.push((name, (number as u32, vec![place]))),
            }
        }
        if self.order == Order::Shuffled {
            problems.sort_by_cached_key(|(name, _)| shuffle_key(self.seed, name));
        }
        problems.into_iter().take(self.limit.unwrap_or(usize::MAX)).map(|(_, found)| found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompting::Example;
    use crate::question::Version;

    fn question(name: &str, prompt: &str, reference: &str) -> Question {
        Question {
            name: name.to_owned(),
            prompt: prompt.to_owned(),
            reference: Some(reference.to_owned()),
            ..Question::default()
        }
    }

    fn version(problem: &str, recipe: &str) -> Question {
        let version = Version {
            problem: problem.to_owned(),
            family: String::new(),
            recipe: recipe.to_owned(),
            seed: 0,
        };
        Question {
            version: Some(version),
            ..question(&format!("{problem}@{recipe}"), &format!("{problem} {recipe}"), "r")
        }
    }

    fn spec() -> AskSpec {
        AskSpec {
            new_tokens: 2,
            max_context: 100,
            limit: None,
            order: Order::File,
            seed: 1,
            forced: false,
            samples: 1,
        }
    }

    fn ask_bytes(questions: &[Question], spec: &AskSpec) -> Result<Asked, TaskError> {
        ask(questions, &Tokenizer::bytes().unwrap(), spec, &Prompting::default())
    }

    #[test]
    fn a_question_becomes_an_item_with_everything_known_of_it() {
        let asked = Question { cluster: "c".into(), label: Some("A".into()), ..question("a", "ab", "xyz") };
        let set = ask_bytes(&[asked], &spec()).unwrap();
        let expected = Item {
            name: "a".into(),
            cluster: "c".into(),
            prompt: "ab".into(),
            prompt_ids: vec![97, 98],
            reference: Some("xyz".into()),
            reference_ids: vec![120, 121, 122],
            label: Some("A".into()),
            ..Item::default()
        };
        assert_eq!(set, Asked { items: vec![expected], tally: Tally::default() });
    }

    #[test]
    fn a_long_prompt_keeps_its_end_behind_the_mark() {
        let of = |length: usize, tokenizer: &Tokenizer| {
            let prompt = "abcdefghij"[..length].to_owned();
            let spec = AskSpec { max_context: 8, ..spec() };
            let set = ask(&[question("a", &prompt, "x")], tokenizer, &spec, &Prompting::default()).unwrap();
            (set.items[0].prompt.clone(), set.items[0].prompt_ids.len(), set.tally.sentences().concat())
        };
        let short = || "1 prompt shortened at the start to fit 8 tokens".to_owned();
        let bytes = Tokenizer::bytes().unwrap();
        // With the two of the answer they fill the context of eight.
        assert_eq!(of(6, &bytes), ("abcdef".to_owned(), 6, String::new()));
        assert_eq!(of(7, &bytes), ("cdefg".to_owned(), 5, short()));
        assert_eq!(of(8, &bytes), ("defgh".to_owned(), 5, short()));
        assert_eq!(of(9, &bytes), ("efghi".to_owned(), 5, short()));

        let folder = tempfile::tempdir().unwrap();
        let document = crate::Document { name: "a".into(), tokens: vec!["q".into()] };
        harness_text::tokenizer::train_bpe(
            [document.text()].into_iter(),
            258,
            &folder.path().join("tokenizer.json"),
        )
        .unwrap();
        let marked = Tokenizer::open(folder.path()).unwrap();
        assert_eq!(of(10, &marked), ("ghij".to_owned(), 5, short()));
    }

    #[test]
    fn a_forced_reference_is_cut_as_text_too() {
        let spec = AskSpec { forced: true, ..spec() };
        let set = ask_bytes(&[question("a", "ab", " xyz"), question("b", "ab", "")], &spec).unwrap();
        let item = &set.items[0];
        assert_eq!((item.reference.as_deref(), &item.reference_ids[..]), (Some(" x"), &[32, 120][..]));
        assert_eq!(set.items.len(), 1);
        assert_eq!(set.tally.sentences(), ["1 question without a token to ask or to force"]);
    }

    #[test]
    fn versions_of_a_problem_stay_together_and_keep_their_numbers() {
        let problems = ["p0", "p1", "p2", "p3", "p4", "p5"];
        let mut questions: Vec<Question> = problems.iter().map(|problem| version(problem, "a")).collect();
        questions.extend(problems.iter().map(|problem| version(problem, "b")));
        let of = |order, seed, limit| {
            let set = ask_bytes(&questions, &AskSpec { order, seed, limit, ..spec() }).unwrap();
            set.items.into_iter().map(|item| (item.id, item.problem)).collect::<Vec<_>>()
        };
        assert_eq!(of(Order::File, 1, Some(2)), [(0, 0), (6, 0), (1, 1), (7, 1)]);
        let shuffled = of(Order::Shuffled, 1, None);
        assert_eq!(of(Order::Shuffled, 1, Some(3)), shuffled[..6]);
        assert_ne!(of(Order::Shuffled, 2, None), shuffled);
        assert!(shuffled.chunks(2).all(|pair| pair[0].1 == pair[1].1 && pair[0].0 + 6 == pair[1].0));
    }

    #[test]
    fn a_question_that_is_an_example_is_refused_where_it_is_asked() {
        let few_shot = vec![Example { prompt: "b".into(), reference: "x".into() }];
        let prompting = Prompting { few_shot, ..Prompting::default() };
        let questions = [question("a", "a", "x"), question("b", "b", "x")];
        let of = |limit| {
            let spec = AskSpec { limit: Some(limit), ..spec() };
            ask(&questions, &Tokenizer::bytes().unwrap(), &spec, &prompting)
        };
        assert_eq!(of(1).unwrap().items[0].prompt, "b x\n\na");
        assert!(of(2).unwrap_err().to_string().contains("`b` is asked and is also a few-shot example"));
    }

    #[test]
    fn impossible_wishes_are_refused() {
        let good = question("a", "ab", "x");
        let cases = [
            (AskSpec { new_tokens: 0, ..spec() }, vec![good.clone()], "at least 1"),
            (AskSpec { limit: Some(0), ..spec() }, vec![good.clone()], "at least 1"),
            (AskSpec { new_tokens: 99, ..spec() }, vec![good.clone()], "do not fit"),
            (AskSpec { new_tokens: u32::MAX, ..spec() }, vec![good], "do not fit"),
            (spec(), vec![question("a", "", "x")], "yields no item: 1 question without"),
            (spec(), vec![], "yields no item"),
        ];
        for (spec, questions, expected) in cases {
            let error = ask_bytes(&questions, &spec).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
    }
}
