//! Puts joules into the usage of another server's bodies.

use serde_json::{Map, Value, json};

use super::super::energy::Energy;

/// Tokens that a body says it took: of the prompt, and generated.
pub fn tokens(body: &Value) -> (u64, u64) {
    let count = |key: &str| body["usage"][key].as_u64().unwrap_or(0);
    (count("prompt_tokens"), count("completion_tokens"))
}

/// Adds `usage.energy`; what the server itself says there becomes `usage.upstream_energy`. Whether there was an object
/// to add it to.
pub fn add(body: &mut Value, energy: &Energy) -> bool {
    let Value::Object(body) = body else { return false };
    let usage = body.entry("usage").or_insert(Value::Null);
    if usage.is_null() {
        *usage = Value::Object(Map::new());
    }
    let Value::Object(usage) = usage else { return false };
    if let Some(theirs) = usage.insert("energy".to_owned(), json!(energy)) {
        usage.insert("upstream_energy".to_owned(), theirs);
    }
    true
}

/// A last chunk that holds nothing but energy, for servers that tell no usage in streams.
pub fn chunk(like: Option<&Value>, energy: &Energy) -> Value {
    let copied = |key: &str| like.map_or(Value::Null, |like| like[key].clone());
    json!({
        "id": copied("id"), "object": copied("object"), "created": copied("created"), "model": copied("model"),
        "choices": [], "usage": { "energy": energy },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_is_added_to_what_is_there() {
        let energy = Energy { joules: Some(1.5), ..Energy::default() };
        let mut body = json!({ "usage": { "prompt_tokens": 3, "completion_tokens": 4 } });
        assert!(add(&mut body, &energy));
        assert_eq!((tokens(&body), &body["usage"]["energy"]["joules"]), ((3, 4), &json!(1.5)));
        let mut twice = body.clone();
        assert!(add(&mut twice, &Energy::none("why")));
        assert_eq!(twice["usage"]["upstream_energy"]["joules"], 1.5);
        assert_eq!(twice["usage"]["energy"]["reason"], "why");
        let mut none = json!({ "usage": null });
        assert!(add(&mut none, &energy) && none["usage"]["energy"]["joules"] == 1.5);
        assert!(!add(&mut json!([1]), &energy) && !add(&mut json!({ "usage": 3 }), &energy));
        assert_eq!(chunk(Some(&json!({ "id": "x" })), &energy)["id"], "x");
    }
}
