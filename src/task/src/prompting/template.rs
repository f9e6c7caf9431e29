//! Chat templates: a model folder's own, in the Jinja that published models are written for.

use std::path::Path;

use minijinja::{Environment, Error, ErrorKind as JinjaErrorKind, context};
use serde::Serialize;

use super::python;
use crate::error::TaskError;

/// A form of conversation: a template and the tokens that it may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTemplate {
    source: String,
    bos_token: String,
    eos_token: String,
}

/// One turn of a conversation.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Message<'a> {
    /// Who speaks: `system`, `user`, `assistant`, or what else the template knows.
    pub role: &'a str,
    /// What is said.
    pub content: &'a str,
}

const HELP: &str = "take a model that was trained on conversations, or ask without a template";

/// Steps after which a template is stopped; one turn takes about a hundred.
const MOST_STEPS: u64 = 50_000_000;

impl ChatTemplate {
    /// A template from its source. Refused: what is no Jinja.
    pub fn parse(source: &str, bos_token: &str, eos_token: &str) -> Result<Self, TaskError> {
        let template = Self {
            source: python::readable(source),
            bos_token: bos_token.to_owned(),
            eos_token: eos_token.to_owned(),
        };
        template.check().map_err(|error| TaskError::refused(not_read(&error), HELP))?;
        Ok(template)
    }

    /// A template out of a file. Refused: what is no Jinja, with the file's name.
    pub fn in_file(path: &Path, source: &str, bos_token: &str, eos_token: &str) -> Result<Self, TaskError> {
        Self::parse(source, bos_token, eos_token).map_err(|error| match error {
            TaskError::Refused { problem, .. } => TaskError::damaged(path, problem, HELP),
            other => other,
        })
    }

    /// The conversation as text, up to where the assistant is to speak.
    ///
    /// # Errors
    /// The template refuses these turns, or runs for too long.
    pub fn render(&self, messages: &[Message<'_>]) -> Result<String, TaskError> {
        let values = context! {
            messages,
            add_generation_prompt => true,
            bos_token => self.bos_token,
            eos_token => self.eos_token,
            // Templates ask whether these are none, which undefined names are not.
            tools => (),
            documents => (),
        };
        let rendered = self.environment().and_then(|jinja| jinja.get_template(NAME)?.render(values));
        rendered.map_err(|error| {
            TaskError::refused(format!("the chat template failed: {}", reason(&error)), TURNS_HELP)
        })
    }

    /// Everything that decides what is rendered.
    pub(super) fn parts(&self) -> [(&'static str, &str); 3] {
        [("template", &self.source), ("bos", &self.bos_token), ("eos", &self.eos_token)]
    }

    fn check(&self) -> Result<(), Error> {
        self.environment().map(drop)
    }

    /// As `apply_chat_template` of the Python library `transformers` sets Jinja up.
    fn environment(&self) -> Result<Environment<'_>, Error> {
        let mut jinja = Environment::new();
        jinja.set_trim_blocks(true);
        jinja.set_lstrip_blocks(true);
        jinja.set_fuel(Some(MOST_STEPS));
        jinja.set_unknown_method_callback(python::method);
        jinja.set_formatter(python::write);
        jinja.add_function("raise_exception", |message: String| -> Result<String, Error> {
            Err(Error::new(JinjaErrorKind::InvalidOperation, message))
        });
        jinja.add_function("strftime_now", |format: String| python::strftime(&format));
        // The library's own filter writes <, > and & as HTML needs them.
        jinja.add_filter("tojson", python::to_json);
        jinja.add_template(NAME, &self.source)?;
        Ok(jinja)
    }
}

const NAME: &str = "chat";
const TURNS_HELP: &str = "leave out the system text or the examples if the model does not take them";

fn not_read(error: &Error) -> String {
    format!("holds a chat template that cannot be read: {}", reason(error))
}

/// The innermost reason with its line.
fn reason(error: &Error) -> String {
    let text = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    error.line().map_or(text.clone(), |line| format!("{text} (line {line})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(template: &ChatTemplate) -> Result<String, TaskError> {
        let system = Message { role: "system", content: " Be brief. " };
        template.render(&[system, Message { role: "user", content: "a <b> & {{ c }}" }])
    }

    #[test]
    fn templates_render_as_python_renders_them() {
        let messages = [
            ("system", " Be brief. "),
            ("user", "a <b> & \"c\"\n"),
            ("assistant", "<think>x</think> ä"),
            ("user", "{{ d }} 'e'?"),
        ];
        let messages = messages.map(|(role, content)| Message { role, content });
        for (source, expected) in [
            (include_str!("golden/brackets.jinja"), include_str!("golden/brackets.txt")),
            (include_str!("golden/headers.jinja"), include_str!("golden/headers.txt")),
            (include_str!("golden/questions.jinja"), include_str!("golden/questions.txt")),
            (include_str!("golden/turns.jinja"), include_str!("golden/turns.txt")),
        ] {
            let template = ChatTemplate::parse(source, "<s>", "</s>").unwrap();
            assert_eq!(template.render(&messages).unwrap(), expected);
        }
    }

    #[test]
    fn a_template_that_fails_says_why() {
        for (source, expected) in [
            ("a\n{{ raise_exception('no system role') }}", "no system role (line 2)"),
            ("{{ strftime_now('%Q') }}", "does not know `%Q`"),
            ("{{ messages.nothing() }}", "no method"),
            ("{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}", "fuel"),
            ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ] {
            let error = turns(&ChatTemplate::parse(source, "", "").unwrap()).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
        assert!(ChatTemplate::parse("{% if %}", "", "").unwrap_err().to_string().contains("cannot be read"));
    }
}
