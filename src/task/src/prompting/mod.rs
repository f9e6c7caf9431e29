//! Prompting: what stands around a question's prompt, and in which form a model reads it.

mod example;
mod python;
mod template;

pub use example::{Example, examples};
pub use template::{ChatTemplate, Message};

use harness_text::hash::hex;
use harness_text::tokenizer::Tokenizer;
use sha2::{Digest, Sha256};

use crate::error::TaskError;

/// What stands around every prompt of a task. The default adds nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prompting {
    /// Said before everything else.
    pub system: Option<String>,
    /// Questions answered before the one that is asked, in this order.
    pub few_shot: Vec<Example>,
    /// How the parts become one text.
    pub template: Template,
}

/// How the parts of a prompt become one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Template {
    /// One behind the other, a blank line between two.
    #[default]
    None,
    /// As turns of a conversation, in a model's own form.
    Chat(ChatTemplate),
}

impl Prompting {
    /// The text that a model reads.
    ///
    /// Without a template: the system text, then every example's prompt and reference, each followed by a
    /// blank line, then the prompt. Between an example's prompt and its reference comes one blank where
    /// neither has white space there. With one: the system's turn, a user's and an assistant's turn per
    /// example, the prompt as the user's last turn, and the beginning of the assistant's answer.
    /// Refused: what the template refuses.
    pub fn render(&self, prompt: &str) -> Result<String, TaskError> {
        match &self.template {
            Template::None => {
                let system = self.system.iter().cloned();
                let parts = system.chain(self.few_shot.iter().map(Example::joined));
                Ok(parts.map(|part| part + "\n\n").collect::<String>() + prompt)
            }
            Template::Chat(template) => {
                let system = self.system.iter().map(|text| Message { role: "system", content: text });
                let turns = self.few_shot.iter().flat_map(|example| {
                    [
                        Message { role: "user", content: &example.prompt },
                        Message { role: "assistant", content: &example.reference },
                    ]
                });
                let last = Message { role: "user", content: prompt };
                template.render(&system.chain(turns).chain([last]).collect::<Vec<_>>())
            }
        }
    }

    /// The ids of a rendered text. A template writes the mark of a text's beginning itself, so the
    /// tokenizer puts none before it.
    pub fn encode(&self, rendered: &str, tokenizer: &Tokenizer) -> Result<Vec<u32>, TaskError> {
        Ok(match self.template {
            Template::None => tokenizer.encode_document(rendered),
            Template::Chat(_) => tokenizer.encode(rendered),
        }?)
    }

    /// SHA-256 over system text, examples and template, in hexadecimal.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        // Lengths keep one part's end apart from the next one's beginning.
        let mut part = |name: &str, text: &str| {
            hash.update(format!("{name} {}\n", text.len()));
            hash.update(text);
        };
        if let Some(system) = &self.system {
            part("system", system);
        }
        for example in &self.few_shot {
            part("prompt", &example.prompt);
            part("reference", &example.reference);
        }
        if let Template::Chat(template) = &self.template {
            for (name, text) in template.parts() {
                part(name, text);
            }
        }
        hex(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(prompt: &str, reference: &str) -> Example {
        Example { prompt: prompt.to_owned(), reference: reference.to_owned() }
    }

    fn chat() -> ChatTemplate {
        let source = "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}\n{% endfor %}\
            {% if add_generation_prompt %}[assistant]{% endif %}";
        ChatTemplate::parse(source, "<s>", "</s>").unwrap()
    }

    #[test]
    fn without_a_template_the_parts_follow_each_other() {
        let mut prompting = Prompting::default();
        assert_eq!(prompting.render("2 + 2 =").unwrap(), "2 + 2 =");
        prompting.few_shot = vec![example("1 + 1 =", "2"), example("def f():\n", "    pass\n")];
        prompting.system = Some("Be brief.".to_owned());
        assert_eq!(
            prompting.render("2 + 2 =").unwrap(),
            "Be brief.\n\n1 + 1 = 2\n\ndef f():\n    pass\n\n\n2 + 2 ="
        );
    }

    #[test]
    fn with_a_template_the_parts_are_turns() {
        let prompting = Prompting {
            system: Some("Be brief.".to_owned()),
            few_shot: vec![example("1 + 1 =", "2")],
            template: Template::Chat(chat()),
        };
        assert_eq!(
            prompting.render("2 + 2 =").unwrap(),
            "<s>[system]Be brief.\n[user]1 + 1 =\n[assistant]2\n[user]2 + 2 =\n[assistant]"
        );
    }

    #[test]
    fn a_rendered_text_begins_with_one_mark() {
        let folder = tempfile::tempdir().unwrap();
        let document = crate::Document { name: "a".into(), tokens: vec!["a".into(), "b".into()] };
        harness_text::tokenizer::train_bpe(
            [document.text()].into_iter(),
            258,
            &folder.path().join("tokenizer.json"),
        )
        .unwrap();
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        let start = tokenizer.id("<s>").unwrap();
        for template in [Template::None, Template::Chat(chat())] {
            let prompting = Prompting { template, ..Prompting::default() };
            let ids = prompting.encode(&prompting.render("a").unwrap(), &tokenizer).unwrap();
            assert_eq!((ids[0], ids.iter().filter(|id| **id == start).count()), (start, 1));
        }
    }

    #[test]
    fn the_hash_tells_every_part() {
        let with = |system: Option<&str>, few_shot: Vec<Example>, template| {
            Prompting { system: system.map(str::to_owned), few_shot, template }.sha256()
        };
        let hashes = [
            with(None, vec![], Template::None),
            with(Some(""), vec![], Template::None),
            with(Some("a"), vec![], Template::None),
            with(None, vec![example("a", "b")], Template::None),
            with(None, vec![example("ab", "")], Template::None),
            with(None, vec![example("", "ab")], Template::None),
            with(None, vec![], Template::Chat(chat())),
            with(None, vec![], Template::Chat(ChatTemplate::parse("x", "<s>", "</s>").unwrap())),
            with(None, vec![], Template::Chat(ChatTemplate::parse("x", "<s", "></s>").unwrap())),
        ];
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!((distinct.len(), hashes[0].len()), (hashes.len(), 64));
    }
}
