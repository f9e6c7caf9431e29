//! Forms of keys in the JSON Schema that their types do not tell: words of boards, placeholders of sweeps.

use harness_protocol::{COMPRESSIONS, EXITS, Entry, Value};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json, json};

use super::checked::ControlRule;

pub(super) fn profiles(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/Profile" } })
}

pub(super) fn items_per_block(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "enum": ["auto", "all"] }, { "type": "integer", "minimum": 1 }] })
}

pub(super) fn control(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = ControlRule::WORDS.iter().map(|(word, _)| *word).collect();
    json_schema!({ "enum": words })
}

pub(super) fn integer_or_placeholder(_: &mut SchemaGenerator) -> Schema {
    or_placeholder(json!({ "type": "integer", "minimum": 1 }))
}

pub(super) fn word_or_placeholder(words: &[&str]) -> Schema {
    or_placeholder(json!({ "enum": words }))
}

pub(super) fn compressions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "oneOf": entries(COMPRESSIONS) } })
}

pub(super) fn scorers(_: &mut SchemaGenerator) -> Schema {
    let own = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "command"],
        "properties": {
            "name": { "type": "string" },
            "command": { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            "better": { "enum": ["higher", "lower"], "default": "higher" },
            "range": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2, "default": [0.0, 1.0] }
        }
    });
    json_schema!({ "type": "array", "items": { "anyOf": [{ "type": "string" }, own] } })
}

pub(super) fn exit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "oneOf": entries(EXITS) })
}

fn or_placeholder(schema: Json) -> Schema {
    json_schema!({ "anyOf": [schema, { "type": "string", "pattern": "^\\{[a-z0-9-]+\\}$" }] })
}

fn entries(board: &[Entry]) -> Vec<Json> {
    board.iter().map(entry).collect()
}

fn entry(entry: &Entry) -> Json {
    let mut properties = Map::new();
    let mut required = vec![entry.key];
    properties.insert(entry.key.to_owned(), json!({ "const": entry.name, "description": entry.summary }));
    for parameter in entry.parameters {
        let mut schema = or_placeholder(match parameter.value {
            Value::Number { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
            Value::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
            Value::Word(words) => json!({ "enum": words }),
            Value::Flag => json!({ "type": "boolean" }),
            Value::Path => json!({ "type": "string" }),
            Value::Rising { min, max } => {
                let number = json!({ "type": "integer", "minimum": min, "maximum": max });
                json!({ "type": "array", "uniqueItems": true, "items": number })
            }
        });
        schema.insert("description".to_owned(), Json::from(parameter.summary));
        match parameter.default {
            Some(default) => {
                schema.insert("default".to_owned(), parameter.value.written(default));
            }
            None => required.push(parameter.name),
        }
        properties.insert(parameter.name.to_owned(), schema.to_value());
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}
