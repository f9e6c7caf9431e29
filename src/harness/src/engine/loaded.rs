//! Whether what an engine says of a loaded model can be true.

use harness_protocol::{Loaded, MAX_NAME};

use super::asked::check_stretch;
use super::failure::CellFailure;

/// Checks a reply to a request that was sent and answered at these times, ns.
///
/// # Errors
/// The reply contradicts itself, or the clock.
pub(super) fn check(loaded: &Loaded, asked_ns: (i64, i64)) -> Result<(), CellFailure> {
    check_stretch("loading", (loaded.t_start_ns, loaded.t_end_ns), asked_ns)?;
    let wrong = |what: String| Err(CellFailure::failed(format!("`loaded` cannot be true: {what}")));
    if loaded.layers == 0 || loaded.context == 0 {
        let (layers, context) = (loaded.layers, loaded.context);
        return wrong(format!("a model of {layers} blocks with a context of {context} tokens"));
    }
    let hashes = [Some(&loaded.weights_sha256), loaded.tokenizer_sha256.as_ref()];
    if let Some(other) = hashes.into_iter().flatten().find(|hash| !is_sha256(hash)) {
        return wrong(format!("`{other:.80}` is no SHA-256 in hexadecimal"));
    }
    let kernels = [&loaded.kernels.prefill, &loaded.kernels.decode];
    if let Some(long) = kernels.into_iter().find(|name| name.chars().count() > MAX_NAME) {
        let count = long.chars().count();
        return wrong(format!("a kernel's name of {count} characters, at most {MAX_NAME} are expected"));
    }
    Ok(())
}

/// Whether a text is a SHA-256 in hexadecimal.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Loaded {
        Loaded {
            layers: 2,
            parameters: 1,
            weights_bytes: 4,
            weights_sha256: "0".repeat(64),
            tokenizer_sha256: None,
            context: 10,
            kernels: harness_protocol::Kernels::default(),
            peak_rss_bytes: 1,
            t_start_ns: 10,
            t_end_ns: 20,
        }
    }

    #[test]
    fn what_cannot_be_true_is_a_failure_with_its_reason() {
        assert!(check(&good(), (10, 20)).is_ok());
        let kernels = harness_protocol::Kernels { prefill: "k".repeat(1001), decode: String::new() };
        for (loaded, words) in [
            (Loaded { t_start_ns: 20, t_end_ns: 10, ..good() }, "times of loading"),
            (Loaded { t_start_ns: i64::MIN, t_end_ns: i64::MAX, ..good() }, "times of loading"),
            (Loaded { layers: 0, ..good() }, "0 blocks"),
            (Loaded { context: 0, ..good() }, "context of 0"),
            (Loaded { weights_sha256: "weights".to_owned(), ..good() }, "`weights` is no SHA-256"),
            (Loaded { tokenizer_sha256: Some("x".repeat(9_000_000)), ..good() }, "is no SHA-256"),
            (Loaded { kernels, ..good() }, "1001 characters"),
        ] {
            let reason = check(&loaded, (10, 20)).unwrap_err().reason;
            assert!(reason.contains(words) && reason.len() < 500, "{reason:.600}");
        }
    }
}
