//! Whether weights of a source can be held in a number format on a device.

use crate::{Device, Misfit, ModelSource, PACKED};

/// The only source that packs weights.
const GGUF: &str = "gguf-file";

/// Why `harness-engine` does not hold a model in its dtype on a device; None: it does, or does not know the dtype.
pub fn dtype_misfit(source: &ModelSource, device: Device) -> Option<Misfit> {
    let on_cpu = device == Device::Cpu;
    let refuse = |message: &str, help: &str| Some(Misfit::new("dtype", message, help));
    match source.dtype.as_str() {
        PACKED if source.kind != GGUF => refuse(
            "`packed` weights come out of a .gguf file only",
            "write `dtype = \"f32\"` or `\"bf16\"`, or name a .gguf file",
        ),
        PACKED if !on_cpu => refuse(
            "`packed` weights run on the CPU only",
            "write `dtype = \"f16\"` or `\"bf16\"`, or compute on `cpu`",
        ),
        "f16" if on_cpu => refuse(
            "`f16` runs on a GPU only",
            "write `dtype = \"bf16\"` or `\"f32\"`, or compute on a GPU such as `cuda:0`",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_refused_where_nothing_computes_in_them() {
        for (kind, dtype, device, words) in [
            ("tiny-random", "f32", Device::Cpu, ""),
            ("tiny-random", "f16", Device::Cpu, "on a GPU only"),
            ("tiny-random", "f16", Device::Cuda(0), ""),
            ("tiny-random", PACKED, Device::Cpu, "out of a .gguf file only"),
            (GGUF, PACKED, Device::Cpu, ""),
            (GGUF, PACKED, Device::Cuda(1), "on the CPU only"),
            (GGUF, "bf16", Device::Cuda(1), ""),
        ] {
            let (kind, dtype) = (kind.to_owned(), dtype.to_owned());
            let source = ModelSource { kind, dtype, ..ModelSource::default() };
            let found = dtype_misfit(&source, device).map(|misfit| misfit.message).unwrap_or_default();
            assert!(found.contains(words), "{source:?}: {found}");
            assert_eq!(found.is_empty(), words.is_empty(), "{source:?}: {found}");
        }
    }
}
