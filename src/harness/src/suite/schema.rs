//! The JSON Schema of suites, for editors: from the mirror's types and the boards. What else must know the keys of
//! suites reads them here.

use std::sync::LazyLock;

use schemars::schema_for;
use serde_json::{Map, Value as Json, json};

use super::file::SuiteFile;

/// What no profile can change and `--set` cannot set: profiles are chosen by `--profile`, and the format is what it is.
pub(super) const FIXED: &[&str] = &["schema", "profile"];

/// Arrays whose elements are known by a name, and the key that holds it.
const NAMED: &[(&str, &str)] =
    &[("task", "name"), ("variant", "name"), ("gate", "metric"), ("certify", "metric"), ("target", "name")];

static SCHEMA: LazyLock<Json> = LazyLock::new(json_schema);

/// The JSON Schema of a suite, draft 2020-12.
pub fn json_schema() -> Json {
    let mut schema = schema_for!(SuiteFile).to_value();
    let mut profile = Map::new();
    if let Some(Json::Object(properties)) = schema.get("properties") {
        profile = properties.clone();
        profile.retain(|key, _| !FIXED.contains(&key.as_str()));
    }
    // An overlay says only what differs, so its tasks and variants need little but their name.
    for (named, _) in NAMED {
        profile.insert((*named).to_owned(), json!({ "type": "array", "items": { "type": "object" } }));
    }
    if let Some(Json::Object(definitions)) = schema.get_mut("$defs") {
        definitions.insert(
            "Profile".to_owned(),
            json!({ "type": "object", "additionalProperties": false, "properties": profile }),
        );
    }
    schema
}

/// The key that names the elements of this top-level array.
pub(super) fn name_key(array: &str) -> Option<&'static str> {
    NAMED.iter().find(|named| named.0 == array).map(|named| named.1)
}

/// Keys that a profile may have.
pub(super) fn profile_keys() -> Vec<&'static str> {
    let keys = properties(&SCHEMA).into_iter().flat_map(Map::keys).map(String::as_str);
    keys.filter(|key| !FIXED.contains(key)).collect()
}

/// The schema of the whole suite, made once.
pub(super) fn whole() -> &'static Json {
    &SCHEMA
}

/// What stands behind a reference, or first among several possibilities.
pub(super) fn resolve<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    let options = schema.get("anyOf").or(schema.get("allOf")).and_then(Json::as_array);
    let schema = options.and_then(|options| options.first()).unwrap_or(schema);
    let reference = schema.get("$ref").and_then(Json::as_str);
    reference.and_then(|reference| root.pointer(reference.trim_start_matches('#'))).unwrap_or(schema)
}

/// The keys of a table and their schemas; None: it is no table, or one with any keys.
pub(super) fn properties(schema: &Json) -> Option<&Map<String, Json>> {
    schema.get("properties")?.as_object()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Heading → key → default (as JSON; None: required, or nothing said).
    type Tables = BTreeMap<String, BTreeMap<String, Option<Json>>>;

    fn collect(
        root: &Json,
        schema: &Json,
        path: &str,
        array: bool,
        seen: &mut BTreeSet<String>,
        out: &mut Tables,
    ) {
        if path == "sweep" || path == "profile" || !seen.insert(schema.to_string()) {
            return;
        }
        let heading = match (path, array) {
            ("", _) => "Top level".to_owned(),
            (_, true) => format!("`[[{path}]]`"),
            _ => format!("`[{path}]`"),
        };
        let required = |schema: &Json, key: &str| {
            schema["required"].as_array().is_some_and(|keys| keys.contains(&Json::from(key)))
        };
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let inner = resolve(root, property);
            let default = property.get("default").or(inner.get("default"));
            let default =
                if required(schema, key) { None } else { Some(default.cloned().unwrap_or(Json::Null)) };
            out.entry(heading.clone()).or_default().insert(key.clone(), default);
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let items = inner.get("items").map(|items| resolve(root, items));
            let entries = inner.get("oneOf").or(items.and_then(|items| items.get("oneOf")));
            for entry in entries.and_then(Json::as_array).into_iter().flatten() {
                for (key, property) in entry["properties"].as_object().unwrap() {
                    let default = if required(entry, key) { None } else { Some(property["default"].clone()) };
                    out.entry(format!("`{below}`")).or_default().insert(key.clone(), default);
                }
            }
            match items {
                Some(items) if items.get("properties").is_some() => {
                    collect(root, items, &below, true, seen, out)
                }
                _ if inner.get("properties").is_some() => collect(root, inner, &below, false, seen, out),
                _ => {}
            }
        }
    }

    fn of_readme(text: &str) -> Tables {
        let mut tables = Tables::new();
        let mut heading = String::new();
        // Training files have a schema of their own.
        for line in text.lines().take_while(|line| *line != "## Training files") {
            if let Some(title) = line.strip_prefix("## ") {
                heading = title.to_owned();
            }
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, key, _, default, _, _] = cells[..] else { continue };
            let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) else { continue };
            let default = match default {
                "required" => None,
                "" | "none" => Some(Json::Null),
                value => Some(serde_json::from_str(value.trim_matches('`')).unwrap()),
            };
            tables.entry(heading.clone()).or_default().insert(key.to_owned(), default);
        }
        tables
    }

    #[test]
    fn the_readme_has_every_key_and_default_of_the_schema_and_no_other() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/README.md");
        let readme = of_readme(&std::fs::read_to_string(path).unwrap());
        let schema = json_schema();
        let mut expected = Tables::new();
        collect(&schema, &schema, "", false, &mut BTreeSet::new(), &mut expected);
        // What a table or an array of tables holds is said under its own heading.
        for default in expected.values_mut().flat_map(BTreeMap::values_mut).flatten() {
            if default.is_object() || default.as_array().is_some_and(Vec::is_empty) {
                *default = Json::Null;
            }
        }
        let headings = |tables: &Tables| tables.keys().cloned().collect::<Vec<_>>();
        assert_eq!(headings(&readme), headings(&expected));
        for (heading, keys) in &expected {
            assert_eq!(&readme[heading], keys, "under {heading}");
        }
    }

    #[test]
    fn a_profile_has_the_suites_keys_without_the_fixed_ones() {
        let schema = json_schema();
        let profile = schema["$defs"]["Profile"]["properties"].as_object().unwrap();
        assert!(profile.contains_key("run") && profile.contains_key("task"));
        assert!(!profile.contains_key("schema") && !profile.contains_key("profile"));
        assert_eq!(schema["properties"]["profile"]["additionalProperties"]["$ref"], "#/$defs/Profile");
    }
}
