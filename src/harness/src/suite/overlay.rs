//! Lays one tree over another: profiles over the file, a variant's model and engine over the suite's.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::error::SuiteError;
use super::schema::{FIXED, name_key, profile_keys};
use super::shape::{unknown_key, wrong_type};
use super::source::Sources;

/// Tables of the suite that every variant has, and may say differently.
const SPREAD: &[&str] = &["model", "engine"];

/// The key by which a profile takes an element out.
const OMIT: &str = "omit";

/// Keys of a model table of which only one can stand: writing one takes the others away.
const SOURCES: &[&str] = &["path", "hub", "builtin"];

/// Lays a profile over the suite: tables merge by key, named elements by name, new ones go to the end.
pub(crate) fn lay_profile<'a>(
    root: &mut DeTable<'a>,
    profile: &Spanned<DeValue<'a>>,
    name: &str,
    sources: &Sources<'_>,
) -> Result<(), SuiteError> {
    let DeValue::Table(over) = profile.get_ref() else {
        let found = profile.get_ref().type_str();
        let key = format!("profile.{name}");
        return Err(wrong_type(&key, found, "a table").at(sources.place(&profile.span())));
    };
    for key in FIXED {
        if let Some((key, _)) = over.get_key_value(*key) {
            let error = unknown_key(key.get_ref(), &format!("in `[profile.{name}]`"), &profile_keys());
            return Err(error.help("remove it: a profile cannot change it").at(sources.place(&key.span())));
        }
    }
    for (key, value) in over {
        let elements = (root.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value.get_ref());
        match (name_key(key.get_ref()), elements) {
            (Some(name), (Some(DeValue::Array(base)), DeValue::Array(over))) => lay_named(base, over, name),
            _ => put(root, key, value, ""),
        }
    }
    Ok(())
}

/// Lays the suite's `[model]` and `[engine]` under each variant's own.
pub(crate) fn spread(root: &mut DeTable<'_>) {
    for key in SPREAD {
        let Some((key, whole)) = root.get_key_value(*key) else { continue };
        let (key, whole) = (key.clone(), whole.clone());
        let Some(DeValue::Array(variants)) = root.get_mut("variant").map(Spanned::get_mut) else { continue };
        for variant in variants.iter_mut() {
            let DeValue::Table(variant) = variant.get_mut() else { continue };
            let own = variant.remove(key.get_ref().as_ref());
            variant.insert(key.clone(), whole.clone());
            if let Some(own) = own {
                put(variant, &key, &own, "");
            }
        }
    }
}

fn lay_named<'a>(base: &mut DeArray<'a>, over: &DeArray<'a>, name_key: &str) {
    for element in over {
        let name = name_of(element, name_key);
        if omits(element) && name.is_some() {
            let mut kept = DeArray::new();
            base.iter()
                .filter(|other| name_of(other, name_key) != name)
                .for_each(|other| kept.push(other.clone()));
            *base = kept;
            continue;
        }
        let same = base.iter_mut().find(|other| name.is_some() && name_of(other, name_key) == name);
        match (same.map(Spanned::get_mut), element.get_ref()) {
            (Some(DeValue::Table(base)), DeValue::Table(over)) => lay(base, over, ""),
            _ => base.push(element.clone()),
        }
    }
}

/// Whether a profile's element takes the suite's element of its name out: it says `omit = true` and nothing else.
fn omits(element: &Spanned<DeValue<'_>>) -> bool {
    let DeValue::Table(over) = element.get_ref() else { return false };
    over.len() == 2 && over.get(OMIT).is_some_and(|omit| matches!(omit.get_ref(), DeValue::Boolean(true)))
}

fn lay<'a>(base: &mut DeTable<'a>, over: &DeTable<'a>, base_key: &str) {
    for (key, value) in over {
        put(base, key, value, base_key);
    }
}

/// Writes `value` under `key` of the table that itself stands under `table_key`; two tables merge.
pub(crate) fn put<'a>(
    table: &mut DeTable<'a>,
    key: &Spanned<std::borrow::Cow<'a, str>>,
    value: &Spanned<DeValue<'a>>,
    table_key: &str,
) {
    let name = key.get_ref().as_ref();
    if let (Some(DeValue::Table(base)), DeValue::Table(over)) =
        (table.get_mut(name).map(Spanned::get_mut), value.get_ref())
    {
        lay(base, over, name);
        return;
    }
    if table_key == "model" && SOURCES.contains(&name) {
        for other in SOURCES.iter().chain(&["revision"]) {
            table.remove(*other);
        }
    }
    // An equal key would stay with its old span.
    table.remove(name);
    table.insert(key.clone(), value.clone());
}

/// The text under `name_key` of an element.
pub(crate) fn name_of<'e>(element: &'e Spanned<DeValue<'_>>, name_key: &str) -> Option<&'e str> {
    element.get_ref().get(name_key)?.get_ref().as_str()
}
