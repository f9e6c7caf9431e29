//! JSON held against a JSON Schema, as far as the project's own schemas go.

use serde_json::Value as Json;

/// That a value is as a JSON Schema says: references, types, words, and keys that are all known.
pub(crate) fn fits(value: &Json, schema: &Json, root: &Json, place: &str) {
    assert!(is_as(value, schema, root), "{place}: {value}\nis not as\n{schema}");
    let schema = resolved(schema, root);
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for (key, value) in object {
            let known = properties.get(key).unwrap_or_else(|| panic!("{place} has the unknown key {key}"));
            let known = resolved(known, root);
            match known["anyOf"].as_array() {
                Some(any) => {
                    let fitting = any.iter().find(|one| is_as(value, one, root));
                    fits(value, fitting.unwrap_or(known), root, &format!("{place}.{key}"));
                }
                None => fits(value, known, root, &format!("{place}.{key}")),
            }
        }
        for key in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(key.as_str().unwrap()), "{place} lacks {key}");
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(item, &schema["items"], root, &format!("{place}[]"));
    }
}

fn resolved<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    match schema["$ref"].as_str().and_then(|name| root.pointer(name.trim_start_matches('#'))) {
        Some(schema) => schema,
        None => schema,
    }
}

fn is_as(value: &Json, schema: &Json, root: &Json) -> bool {
    let schema = resolved(schema, root);
    for any in ["anyOf", "oneOf"] {
        if let Some(any) = schema[any].as_array() {
            return any.iter().any(|one| is_as(value, one, root));
        }
    }
    if let Some(word) = schema.get("const") {
        return word == value;
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.contains(value);
    }
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    match &schema["type"] {
        Json::String(name) => is(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).any(is),
        _ => true,
    }
}
