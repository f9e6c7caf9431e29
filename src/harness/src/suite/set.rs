//! Applies a `--set KEY=VALUE` argument to the tree.

use std::borrow::Cow;
use std::ops::Range;

use harness_task::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{SuiteError, one_of};
use super::overlay::{name_of, put};
use super::schema::{FIXED, name_key};
use super::source::Sources;

/// Applies the `index`-th argument of `sources`. Whether the key exists is found out when the tree is
/// read, as for the file.
pub(crate) fn apply<'a>(
    root: &mut DeTable<'a>,
    index: usize,
    sources: &Sources<'a>,
) -> Result<(), SuiteError> {
    let argument: &'a str = &sources.sets[index];
    let start = sources.set_start(index);
    let Some((key, text)) = argument.split_once('=') else {
        return Err(whole(argument, sources, start, "`--set` without `=`".to_owned())
            .expected("`KEY=VALUE`")
            .help("write for example `--set run.blocks=10`"));
    };
    let value = value(text, start + key.len() + 1, argument, sources, start)?;
    let setting = Setting { argument, start, sources, value };
    if key.split('.').any(|segment| segment.trim() != segment || segment.is_empty()) {
        return Err(setting
            .error(format!("bad key `{key}`"))
            .expected("names joined by dots")
            .help("write for example `--set task.java.limit=10`"));
    }
    let first = key.split('.').next().unwrap_or(key);
    if FIXED.contains(&first) {
        return Err(setting
            .error(format!("`{first}` cannot be set"))
            .expected("another key")
            .help("edit the suite, or choose a profile with `--profile NAME`"));
    }
    setting.write(root, key, 0, "")
}

/// A TOML value; a word that is none is text.
fn value<'a>(
    text: &'a str,
    text_start: usize,
    argument: &str,
    sources: &Sources<'_>,
    start: usize,
) -> Result<Spanned<DeValue<'a>>, SuiteError> {
    match DeValue::parse(text) {
        Ok(mut value) => {
            shift(&mut value, text_start);
            Ok(value)
        }
        Err(error) if text.trim_start().starts_with(['[', '{', '"', '\'']) => {
            Err(whole(argument, sources, start, format!("bad value: {}", error.message()))
                .expected("a TOML value, or a bare word")
                .help("close every quote and bracket, and quote the whole argument for the shell"))
        }
        Err(_) => Ok(Spanned::new(text_start..text_start + text.len(), DeValue::String(Cow::Borrowed(text)))),
    }
}

fn whole(argument: &str, sources: &Sources<'_>, start: usize, message: String) -> SuiteError {
    SuiteError::invalid(message).at(sources.place(&(start..start + argument.len())))
}

/// Moves every span of the value to where it stands among all texts.
fn shift(value: &mut Spanned<DeValue<'_>>, by: usize) {
    let span = value.span();
    match value.get_mut() {
        DeValue::Array(elements) => elements.iter_mut().for_each(|element| shift(element, by)),
        DeValue::Table(table) => {
            let entries = std::mem::take(table);
            for (key, mut value) in entries {
                shift(&mut value, by);
                let span = key.span();
                table.insert(Spanned::new(span.start + by..span.end + by, key.into_inner()), value);
            }
        }
        _ => {}
    }
    *value = Spanned::new(span.start + by..span.end + by, value.get_ref().clone());
}

struct Setting<'s, 'a> {
    argument: &'a str,
    start: usize,
    sources: &'s Sources<'a>,
    value: Spanned<DeValue<'a>>,
}

impl<'a> Setting<'_, 'a> {
    /// Writes the value under `key[from..]` of the table that stands under `table_key`.
    fn write(
        &self,
        table: &mut DeTable<'a>,
        key: &'a str,
        from: usize,
        table_key: &str,
    ) -> Result<(), SuiteError> {
        let rest = &key[from..];
        let (segment, next) = match rest.split_once('.') {
            None => {
                put(table, &self.spanned(rest, from), &self.value, table_key);
                return Ok(());
            }
            Some((segment, _)) => (segment, from + segment.len() + 1),
        };
        if !table.contains_key(segment) {
            let empty = Spanned::new(self.span(segment, from), DeValue::Table(DeTable::new()));
            table.insert(self.spanned(segment, from), empty);
        }
        match table.get_mut(segment).map(Spanned::get_mut) {
            Some(DeValue::Table(inner)) => self.write(inner, key, next, segment),
            Some(DeValue::Array(elements)) if from == 0 && name_key(segment).is_some() => {
                let name_key = name_key(segment).unwrap_or_default();
                let (index, next) = self.choose(elements, segment, key, next, name_key)?;
                match elements.get_mut(index).map(Spanned::get_mut) {
                    Some(DeValue::Table(element)) => self.write(element, key, next, segment),
                    _ => Err(self.no_table(&key[..next - 1])),
                }
            }
            _ => Err(self.no_table(&key[..next - 1])),
        }
    }

    /// The element that `key[from..]` begins with, and where the key goes on.
    fn choose(
        &self,
        elements: &[Spanned<DeValue<'a>>],
        array: &str,
        key: &str,
        from: usize,
        name_key: &str,
    ) -> Result<(usize, usize), SuiteError> {
        let rest = &key[from..];
        let names: Vec<&str> = elements.iter().filter_map(|element| name_of(element, name_key)).collect();
        // The longest name wins, because names of variants may hold dots.
        let named = (0..elements.len())
            .filter_map(|index| Some((index, name_of(&elements[index], name_key)?)))
            .filter(|(_, name)| rest.strip_prefix(name).is_some_and(|after| after.starts_with('.')))
            .max_by_key(|(_, name)| name.len());
        if let Some((index, name)) = named {
            return Ok((index, from + name.len() + 1));
        }
        if names.contains(&rest) {
            return Err(self
                .error(format!("`{array}.{rest}` is a whole {array}"))
                .expected("one of its keys")
                .help(format!("write for example `--set {array}.{rest}.{name_key}=…`")));
        }
        let segment = rest.split('.').next().unwrap_or(rest);
        let near = nearest(segment, &names);
        if elements.len() == 1 && (near.is_none() || !rest.contains('.')) {
            return Ok((0, from));
        }
        Err(self
            .error(format!("`{key}` does not name a {array}"))
            .expected(format!("`{array}.NAME.KEY` with NAME {}", one_of(&names)))
            .help(match near {
                Some(name) => format!("did you mean `{array}.{name}`?"),
                None => {
                    format!("write for example `--set {array}.{}.{rest}=…`", names.first().unwrap_or(&"NAME"))
                }
            }))
    }

    fn no_table(&self, key: &str) -> SuiteError {
        self.error(format!("`{key}` has no keys of its own"))
            .expected("a table")
            .help(format!("set `{key}` as a whole"))
    }

    fn error(&self, message: String) -> SuiteError {
        whole(self.argument, self.sources, self.start, message)
    }

    fn spanned(&self, segment: &'a str, from: usize) -> Spanned<Cow<'a, str>> {
        Spanned::new(self.span(segment, from), Cow::Borrowed(segment))
    }

    fn span(&self, segment: &str, from: usize) -> Range<usize> {
        self.start + from..self.start + from + segment.len()
    }
}
