//! The two kinds that ask about tickets: what caused the fault, and what to answer the operator.

use std::fmt::Write;
use std::path::Path;

use super::reader::{FIELDS, read_tickets};
use super::record::Ticket;
use crate::error::TaskError;
use crate::question::{Question, QuestionSet};
use crate::reader::{Form, ReadOptions};

/// Questions of kind `root-cause-analysis`: a ticket without what was found out later; asked are its class and
/// its cause in a sentence.
///
/// The reference is the cause, the label the class, and the classes are those of the file, sorted. Tickets
/// without a cause are left out, those without a class too, unless no ticket has one: then only the cause is
/// asked. Refused: what [`read_tickets`] refuses, and a file that leaves no question.
pub fn read_root_cause_analysis(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    Form { kind: "root-cause-analysis", fields: FIELDS, options: &[] }.check(options)?;
    let tickets = read_tickets(path, &options.columns)?;
    let mut classes: Vec<String> = tickets.iter().filter_map(|ticket| ticket.class.clone()).collect();
    classes.sort();
    classes.dedup();
    let task = if classes.is_empty() {
        "What is the root cause? Answer with `cause:` and the root cause in one sentence.\n".to_owned()
    } else {
        format!(
            "Which of these classes is the root cause?\n- {}\n\nAnswer with `class:` and one of these classes \
             on the first line, then with `cause:` and the root cause in one sentence on the second line.\n",
            classes.join("\n- ")
        )
    };
    let ask = |ticket: &Ticket| {
        if ticket.class.is_none() && !classes.is_empty() {
            return Err("`class`");
        }
        let reference = ticket.cause.clone().ok_or("`cause`")?;
        let prompt = format!("{}\n{task}", symptoms(ticket).ok_or(SYMPTOMS)?);
        let answer = ticket.class.as_ref().map(|class| format!("class: {class}\ncause: {reference}"));
        Ok(Question { label: ticket.class.clone(), answer, ..question(ticket, prompt, reference) })
    };
    questions(path, &tickets, classes.clone(), ask)
}

/// Questions of kind `response-feedback`: a ticket with its cause; asked is the response to the operator.
///
/// The reference is the resolution, a blank, and the feedback where the ticket has one. Tickets without a
/// resolution are left out; a cause or class that is absent is absent from the prompt. Refused: what
/// [`read_tickets`] refuses, and a file that leaves no question.
pub fn read_response_feedback(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    Form { kind: "response-feedback", fields: FIELDS, options: &[] }.check(options)?;
    let tickets = read_tickets(path, &options.columns)?;
    let ask = |ticket: &Ticket| {
        let mut reference = ticket.resolution.clone().ok_or("`resolution`")?;
        if let Some(feedback) = &ticket.feedback {
            reference = format!("{reference} {feedback}");
        }
        let mut prompt = symptoms(ticket).ok_or(SYMPTOMS)?;
        for (name, value) in [("Class", &ticket.class), ("Root cause", &ticket.cause)] {
            add_line(&mut prompt, name, value.as_deref());
        }
        prompt += "\nWrite the response to the operator in two or three sentences: what was done to resolve \
                   the fault, and what the operator should know or do next time.\n";
        Ok(question(ticket, prompt, reference))
    };
    questions(path, &tickets, Vec::new(), ask)
}

/// What a ticket needs to be asked about at all.
const SYMPTOMS: &str = "`title`, `alarms` or `description`";

fn questions(
    path: &Path,
    tickets: &[Ticket],
    classes: Vec<String>,
    ask: impl Fn(&Ticket) -> Result<Question, &'static str>,
) -> Result<QuestionSet, TaskError> {
    let mut set = QuestionSet { classes, ..QuestionSet::default() };
    let mut lacking: Vec<(&str, usize)> = Vec::new();
    for ticket in tickets {
        match ask(ticket) {
            Ok(question) => set.questions.push(question),
            Err(field) => match lacking.iter_mut().find(|(name, _)| *name == field) {
                Some((_, count)) => *count += 1,
                None => lacking.push((field, 1)),
            },
        }
    }
    let noun = |count| if count == 1 { "ticket" } else { "tickets" };
    set.left_out =
        lacking.iter().map(|(field, count)| format!("{count} {} without {field}", noun(*count))).collect();
    if set.questions.is_empty() {
        return Err(TaskError::refused(
            format!("`{}` gives no question: {}", path.display(), set.left_out.join(", ")),
            "map the data's names of these fields with `columns`",
        ));
    }
    Ok(set)
}

fn question(ticket: &Ticket, prompt: String, reference: String) -> Question {
    Question {
        name: ticket.id.clone(),
        cluster: ticket.id.clone(),
        prompt,
        reference: Some(reference),
        ..Question::default()
    }
}

/// The ticket as it was when it was opened; None where it tells no symptom.
fn symptoms(ticket: &Ticket) -> Option<String> {
    if ticket.title.is_none() && ticket.description.is_none() && ticket.alarms.is_empty() {
        return None;
    }
    let mut text = format!("Ticket: {}\n", ticket.id);
    add_line(&mut text, "Title", ticket.title.as_deref());
    add_line(&mut text, "Severity", ticket.severity.as_deref());
    add_line(&mut text, "Device", ticket.device.as_deref());
    if !ticket.alarms.is_empty() {
        text += "Alarms:\n";
    }
    for alarm in &ticket.alarms {
        let parts = [alarm.time.as_deref(), alarm.device.as_deref(), Some(alarm.name.as_str())];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        let severity = alarm.severity.as_ref().map_or_else(String::new, |severity| format!(" ({severity})"));
        // Writing to a text cannot fail.
        let _ = writeln!(text, "- {}{severity}", parts.join(" "));
    }
    add_line(&mut text, "Description", ticket.description.as_deref());
    Some(text)
}

fn add_line(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{name}: {value}");
    }
}

/// The sentence of a completion that answers a root-cause question: without its line `class: …` and without
/// the word `cause:`; case and marks such as `**` around both words do not matter.
pub fn cause_text(completion: &str) -> String {
    let mut rest = completion.trim();
    if after_word(rest, "class").is_some() {
        // Some put both on one line.
        let line = rest.lines().next().unwrap_or_default();
        let same = line.to_ascii_lowercase().find("cause:").filter(|place| *place > 0);
        rest = rest[same.unwrap_or(line.len())..].trim();
    }
    after_word(rest, "cause").unwrap_or(rest).trim().to_owned()
}

/// What follows `word:` at the beginning of a text.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let marks = ['*', '`', '#', '-', '_', ' ', '\t'];
    let text = text.trim_start_matches(marks);
    let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let rest = text[head.len()..].trim_start_matches(marks).strip_prefix(':')?;
    // `**cause:** text` closes its mark behind the colon.
    Some(rest.trim_start_matches(['*', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{CLASSES, generate, write_tickets};

    fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        (folder, path)
    }

    #[test]
    fn a_root_cause_question_shows_the_symptoms_and_asks_for_class_and_cause() {
        let line = r#"{"id": "t", "title": "Down", "alarms": [{"time": "1", "device": "d", "name": "n", "severity": "s"}, "m"], "class": "b", "cause": "It broke.", "resolution": "Mended."}"#;
        let other = r#"{"id": "u", "title": "x", "class": "a"}"#;
        let (_folder, path) =
            file("a.jsonl", format!("{line}\n{other}\n{{\"id\": \"v\", \"cause\": \"c\"}}").as_bytes());
        let set = read_root_cause_analysis(&path, &ReadOptions::default()).unwrap();
        assert_eq!(
            (set.classes, set.left_out),
            (
                vec!["a".into(), "b".into()],
                vec!["1 ticket without `cause`".to_owned(), "1 ticket without `class`".to_owned()]
            )
        );
        let question = &set.questions[0];
        assert_eq!(
            (question.label.as_deref(), question.reference.as_deref()),
            (Some("b"), Some("It broke."))
        );
        assert_eq!(
            question.prompt,
            "Ticket: t\nTitle: Down\nAlarms:\n- 1 d n (s)\n- m\n\nWhich of these classes is the root cause?\n\
             - a\n- b\n\nAnswer with `class:` and one of these classes on the first line, then with `cause:` \
             and the root cause in one sentence on the second line.\n"
        );
    }

    #[test]
    fn without_any_class_only_the_cause_is_asked() {
        let (_folder, path) = file("a.jsonl", br#"{"id": "t", "title": "Down", "cause": "It broke."}"#);
        let set = read_root_cause_analysis(&path, &ReadOptions::default()).unwrap();
        assert!(set.classes.is_empty() && set.questions[0].label.is_none());
        assert!(!set.questions[0].prompt.contains("class"));
        let error = read_response_feedback(&path, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("gives no question: 1 ticket without `resolution`\nhelp: "), "{error}");
    }

    #[test]
    fn a_response_question_shows_the_cause_and_not_the_response() {
        let mut bytes = Vec::new();
        let tickets = generate(4, 30);
        write_tickets(&tickets, &mut bytes).unwrap();
        let (_folder, path) = file("a.jsonl", &bytes);
        let set = read_response_feedback(&path, &ReadOptions::default()).unwrap();
        for (question, ticket) in set.questions.iter().zip(&tickets) {
            let (cause, resolution) =
                (ticket.cause.as_deref().unwrap(), ticket.resolution.as_deref().unwrap());
            assert!(question.prompt.contains(cause) && !question.prompt.contains(resolution));
            let reference = question.reference.as_deref().unwrap();
            assert!(
                reference.starts_with(resolution) && reference.ends_with(ticket.feedback.as_deref().unwrap())
            );
        }
        let set = read_root_cause_analysis(&path, &ReadOptions::default()).unwrap();
        assert!(set.classes.iter().all(|class| CLASSES.contains(&class.as_str())));
        assert!(
            set.questions
                .iter()
                .zip(&tickets)
                .all(|(question, ticket)| { !question.prompt.contains(ticket.cause.as_deref().unwrap()) })
        );
    }

    #[test]
    fn a_cause_is_found_in_what_models_write() {
        let cases = [
            ("class: a\ncause: It broke.", "It broke."),
            ("\n\nClass: a\n\nCause: It broke.\nBadly.\n", "It broke.\nBadly."),
            ("**Class:** a\n**Cause:** It broke.", "It broke."),
            ("- class: `a`\n- cause : It broke.", "It broke."),
            ("class: a cause: It broke.", "It broke."),
            ("class: a\nIt broke.", "It broke."),
            ("cause: It broke.", "It broke."),
            ("It broke because: of rust.", "It broke because: of rust."),
            ("class: a", ""),
            ("classic: a", "classic: a"),
            ("clàss: é", "clàss: é"),
            ("", ""),
        ];
        for (completion, cause) in cases {
            assert_eq!(cause_text(completion), cause, "{completion}");
        }
    }
}
