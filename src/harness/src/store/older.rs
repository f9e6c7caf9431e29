//! Manifests of version 1 as today's.

use serde_json::{Value as Json, json};

/// Version 1 had one engine for all variants, and one session.
pub(super) fn manifest(mut json: Json) -> Json {
    let engine = json.get("engine").cloned().filter(|engine| !engine.is_null());
    let session = json!({
        "started_utc": json["created_utc"],
        "mono_anchor": json["mono_anchor"],
        "command": json["command"],
    });
    if let Some(fields) = json.as_object_mut() {
        fields.remove("engine");
        fields.insert("schema".to_owned(), json!(2));
        fields.insert("engines".to_owned(), engine.into_iter().collect());
        fields.insert("sessions".to_owned(), json!([session]));
    }
    json
}
