//! Checks a `[[variant]]`, with its model.

use harness_checkpoint::{hub, is_gguf};
use harness_protocol::{
    COMPRESSIONS, Compression, DTYPES, EXITS, Exit, MODELS, Misfit, ModelSource, PACKED, batch_misfit,
    chain_misfit, dtype_misfit,
};

use std::path::Path;

use super::cursor::Cursor;
use super::engine::engine;
use super::quantity::{MANY, integer};
use super::{parameters, words};
use crate::suite::checked::Variant;
use crate::suite::error::SuiteError;
use crate::suite::file::{ModelFile, VariantFile};

pub(super) fn variant(file: &VariantFile, at: &Cursor<'_>) -> Result<Variant, SuiteError> {
    let compress_at = at.key("compress");
    let compress = file.compress.iter().enumerate().map(|(index, step)| {
        let at = compress_at.element(index);
        let (entry, parameters) = parameters::read(step, COMPRESSIONS, "compression", &at)?;
        Ok(Compression { name: entry.name.to_owned(), parameters })
    });
    let exit = file.exit.as_ref().map(|exit| {
        let (entry, parameters) = parameters::read(exit, EXITS, "exit policy", &at.key("exit"))?;
        Ok(Exit { policy: entry.name.to_owned(), parameters })
    });
    let variant = Variant {
        name: words::variant_name(&file.name, &at.key("name"))?,
        model: model(&file.model, &at.key("model"))?,
        compress: compress.collect::<Result<_, _>>()?,
        exit: exit.transpose()?,
        engine: engine(&file.engine, &at.key("engine"))?,
        batch_size: integer(file.batch_size, 1..=MANY, &at.key("batch-size"))?,
    };
    fits(&variant, at)?;
    Ok(variant)
}

/// Refuses what `harness-engine` would refuse whatever the model holds; other engines know their own limits.
fn fits(variant: &Variant, at: &Cursor<'_>) -> Result<(), SuiteError> {
    let refuse = |misfit: Misfit, at: Cursor<'_>| Err(at.error(misfit.message).help(misfit.help));
    let packed = variant.model.dtype == PACKED;
    if let Some(found) = chain_misfit(&variant.model.dtype, &variant.compress)
        && (packed || variant.engine.is_own())
    {
        return refuse(found.misfit, at.key("compress").element(found.step));
    }
    if !variant.engine.is_own() {
        return Ok(());
    }
    if let Some(misfit) = batch_misfit(variant.batch_size) {
        return refuse(misfit, at.key("batch-size"));
    }
    match variant.engine.device.parse().ok().and_then(|device| dtype_misfit(&variant.model, device)) {
        Some(misfit) => refuse(misfit, at.key("model").key("dtype")),
        None => Ok(()),
    }
}

fn model(file: &ModelFile, at: &Cursor<'_>) -> Result<ModelSource, SuiteError> {
    let look_up = |word| words::look_up(word, DTYPES, |name| name, "dtype", &at.key("dtype"));
    let given = file.dtype.as_deref().map(look_up).transpose()?;
    let source = source(file, at)?;
    let gguf = source.kind == GGUF;
    let dtype = given.copied().unwrap_or(if gguf { PACKED } else { DTYPES[0] });
    if dtype == PACKED && !gguf {
        return Err(at
            .key("dtype")
            .error("`packed` is how .gguf files hold weights, and this model is none")
            .expected("`f32`, `bf16` or `f16`")
            .help("choose one of them, or name a .gguf file"));
    }
    Ok(ModelSource { dtype: dtype.to_owned(), ..source })
}

/// Where the weights come from; the dtype is not said yet.
fn source(file: &ModelFile, at: &Cursor<'_>) -> Result<ModelSource, SuiteError> {
    if file.revision.is_some() && file.hub.is_none() {
        return Err(at
            .key("revision")
            .error("`revision` without `hub`")
            .expected("both or neither")
            .help("remove `revision`"));
    }
    match (&file.path, &file.hub, &file.builtin) {
        (Some(path), None, None) => {
            let at = at.key("path");
            let path = at.folder().join(words::not_empty(path, &at)?);
            let path = path.to_str().ok_or_else(|| {
                at.error(format!("the path `{}` is not UTF-8", path.display())).help("rename its folders")
            })?;
            let kind = if is_gguf(Path::new(path)) { GGUF } else { kind_of("path") };
            Ok(ModelSource { kind: kind.to_owned(), path: Some(path.to_owned()), ..ModelSource::default() })
        }
        (None, Some(name), None) => {
            let wrong = |key: &str, message: String, example: &str| {
                at.key(key).error(message).help(format!("write for example `{key} = \"{example}\"`"))
            };
            hub::check_name(name).map_err(|message| wrong("hub", message, "Qwen/Qwen2.5-0.5B"))?;
            if let Some(revision) = &file.revision {
                hub::check_revision(revision).map_err(|message| wrong("revision", message, "main"))?;
            }
            Ok(ModelSource {
                kind: kind_of("hub").to_owned(),
                hub: Some(name.clone()),
                revision: file.revision.clone(),
                ..ModelSource::default()
            })
        }
        (None, None, Some(name)) => {
            let builtin: Vec<&str> =
                MODELS.iter().filter(|entry| entry.key == "builtin").map(|entry| entry.name).collect();
            let kind = words::look_up(name, &builtin, |name| name, "built-in model", &at.key("builtin"))?;
            Ok(ModelSource { kind: (*kind).to_owned(), ..ModelSource::default() })
        }
        (None, None, None) => Err(at
            .error(format!("{} says nowhere where the weights are", at.address()))
            .expected("one of `path`, `hub`, `builtin`")
            .help("add `[model]` with `path = \"FOLDER\"`, or `builtin = \"tiny-random\"` for a trial")),
        _ => Err(at
            .error(format!("{} has more than one source", at.address()))
            .expected("exactly one of `path`, `hub`, `builtin`")
            .help("remove all but one")),
    }
}

/// The kind that is told from a folder by its file's name.
const GGUF: &str = "gguf-file";

/// The kind of model that is chosen by its key alone.
fn kind_of(key: &str) -> &'static str {
    MODELS.iter().find(|entry| entry.key == key).map_or("", |entry| entry.name)
}
