//! Metadata and tensors, of a file that the Python package `gguf` wrote and of files that break a rule.

use crate::common::{Writer, text};
use harness_checkpoint::gguf::{Format, Gguf, GgufError, Value, dequantize};

const TINY: &[u8] = include_bytes!("golden/tiny.gguf");

fn refusal(file: &[u8]) -> String {
    Gguf::parse(file).unwrap_err().to_string()
}

#[test]
fn every_value_of_a_complete_file_is_read() {
    let file = Gguf::parse(TINY).unwrap();
    assert_eq!((file.version(), file.keys().len(), file.tensors().len()), (3, 27, 6));
    let whole = |name: &str| file.u64(&format!("test.{name}")).unwrap();
    assert_eq!(
        ["uint8", "uint16", "uint32", "uint64"].map(whole),
        [Some(200), Some(60_000), Some(4_000_000_000), Some(1 << 63)]
    );
    let signed = |name: &str| file.metadata(&format!("test.{name}")).cloned();
    assert_eq!(signed("int8"), Some(Value::Signed(-100)));
    assert_eq!(signed("int16"), Some(Value::Signed(-30_000)));
    assert_eq!(signed("int32"), Some(Value::Signed(-2_000_000_000)));
    assert_eq!(signed("int64"), Some(Value::Signed(-(1 << 62))));
    assert_eq!(file.f64("test.float32").unwrap(), Some(f64::from(0.1_f32)));
    assert_eq!(file.f64("test.float64").unwrap(), Some(0.1));
    assert_eq!(file.f64("llama.block_count").unwrap(), Some(2.0));
    assert_eq!(file.bool("test.bool").unwrap(), Some(true));
    assert_eq!(file.str("test.string").unwrap(), Some("größe"));
    assert_eq!(file.strings("tokenizer.ggml.tokens").unwrap().unwrap()[0], "<|endoftext|>");
    let scalars = |name: &str| {
        let scalars = file.scalars(&format!("test.{name}")).unwrap().unwrap();
        assert_eq!((scalars.len(), scalars.is_empty()), (scalars.iter().count(), false));
        scalars.iter().collect::<Vec<_>>()
    };
    assert_eq!(scalars("numbers"), [1, -2, 3].map(Value::Signed));
    assert_eq!(scalars("floats"), [0.5, -1.5].map(Value::Float));
    assert_eq!(scalars("flags"), [true, false, true].map(Value::Bool));
    assert_eq!((file.u64("test.absent").unwrap(), file.metadata("test.absent")), (None, None));
}

#[test]
fn a_value_of_another_kind_is_named() {
    let file = Gguf::parse(TINY).unwrap();
    let error = file.u64("test.string").unwrap_err().to_string();
    assert_eq!(error, "metadata key `test.string` is a text; expected a whole number from 0 on");
    assert!(file.u64("test.int8").is_err(), "it is negative");
    assert!(file.f64("test.uint64").is_err(), "a float does not hold every number of that size");
    assert!(file.bool("test.uint8").is_err());
    assert!(file.strings("test.numbers").is_err());
    assert!(file.scalars("tokenizer.ggml.tokens").is_err());
}

#[test]
fn tensors_have_their_shape_format_and_bytes() {
    let file = Gguf::parse(TINY).unwrap();
    let found = file.tensors().iter().map(|tensor| (&*tensor.name, tensor.shape.as_slice(), tensor.format));
    let expected: [(&str, &[u64], Format); 6] = [
        ("token_embd.weight", &[3, 64], Format::F32),
        ("half.weight", &[2, 3, 5], Format::F16),
        ("blk.0.q8_0.weight", &[2, 64], Format::Q8_0),
        ("blk.0.q4_1.weight", &[2, 64], Format::Q4_1),
        ("blk.0.bf16.weight", &[2, 64], Format::Bf16),
        ("blk.1.q4_k.weight", &[2, 256], Format::Q4K),
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(file.tensor("token_embd.weight").unwrap().bytes, 9408..9408 + 3 * 64 * 4);
    for tensor in file.tensors() {
        assert_eq!(file.tensor(&tensor.name), Some(tensor));
        assert_eq!(tensor.bytes.start % 64, 0, "the file says that it is aligned to 64");
        assert_eq!(tensor.row_bytes() as u64 * tensor.rows(), tensor.bytes.len() as u64);
        let mut values = vec![0.0; tensor.row_len() as usize];
        for row in TINY[tensor.bytes.clone()].chunks(tensor.row_bytes()) {
            dequantize::row(tensor.format, row, &mut values).unwrap();
            assert!(values.iter().any(|value| *value != 0.0) && values.iter().all(|value| value.is_finite()));
        }
    }
    assert_eq!(file.tensor("absent"), None);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let end = Gguf::parse(TINY).unwrap().tensors().last().unwrap().bytes.end;
    for length in 0..end {
        let error = Gguf::parse(&TINY[..length]).unwrap_err();
        match length {
            0..4 => assert_eq!(error, GgufError::NotGguf),
            _ => assert!(matches!(error, GgufError::Cut { .. }), "{length}: {error}"),
        }
    }
    let expected =
        format!("the file is cut: tensor `blk.1.q4_k.weight` ends at {end}, the file at {}", end - 1);
    assert_eq!(refusal(&TINY[..end - 1]), expected);
    assert!(Gguf::parse(&TINY[..end]).is_ok(), "only filling is missing");
}

#[test]
fn other_kinds_of_files_are_named() {
    assert_eq!(refusal(b"PK\x03\x04"), "the file is no GGUF file: it does not begin with `GGUF`");
    let with_version = |version: [u8; 4]| [&TINY[..4], &version, &TINY[8..]].concat();
    assert_eq!(
        refusal(&with_version([0, 0, 0, 3])),
        "the file is a big-endian GGUF file; expected a little-endian one"
    );
    assert_eq!(refusal(&with_version([1, 0, 0, 0])), "the file has GGUF version 1; expected 2 or 3");
    assert_eq!(Gguf::parse(&with_version([2, 0, 0, 0])).unwrap().version(), 2);
}

#[test]
fn counts_and_lengths_that_lie_are_refused() {
    let mut file = Writer::default().finish();
    file[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(
        refusal(&file).starts_with("the file is cut: the list of tensors ends at 1844"),
        "{}",
        refusal(&file)
    );
    let mut file = Writer::default().finish();
    file[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(refusal(&file).starts_with("the file is cut: the metadata ends at 1844"));
    for kind in [0, 4, 8, 12] {
        for count in [2, 1 << 40, u64::MAX] {
            let error = refusal(&Writer::default().array("key", kind, count, &[0; 1]).finish());
            assert!(error.starts_with("the file is cut: metadata key `key` ends at"), "{error}");
        }
    }
    let error = refusal(&Writer::default().raw("key", 8, &u64::MAX.to_le_bytes()).finish());
    assert!(error.starts_with("the file is cut: metadata key `key` ends at 1844"), "{error}");
}

#[test]
fn metadata_that_breaks_a_rule_is_named() {
    let empty = Writer::default;
    for (file, expected) in [
        (empty().u32("key", 1).u32("key", 1), "metadata key `key` stands in the file twice"),
        (empty().u32("", 1), "metadata entry 0 has a key of 0 bytes; expected 1 to 65535"),
        (empty().raw("key", 13, &[0; 8]), "metadata key `key` has the unknown type 13; expected 0 to 12"),
        (
            empty().array("key", 13, 1, &[0; 8]),
            "metadata key `key` has the unknown type 13; expected 0 to 12",
        ),
        (empty().array("key", 9, 1, &[0; 16]), "metadata key `key` is an array of arrays, which is not read"),
        (
            empty().raw("key", 7, &[2]),
            "metadata key `key` has a byte that is neither 0 nor 1 for true or false",
        ),
        (
            empty().array("key", 7, 2, &[1, 9]),
            "metadata key `key` has a byte that is neither 0 nor 1 for true or false",
        ),
        (empty().raw("key", 8, &[1, 0, 0, 0, 0, 0, 0, 0, 0xff]), "metadata key `key` is not UTF-8 text"),
        (
            empty().u32("general.alignment", 0),
            "metadata key `general.alignment` is 0; expected a power of two up to 2^31",
        ),
        (
            empty().u32("general.alignment", 48),
            "metadata key `general.alignment` is 48; expected a power of two up to 2^31",
        ),
        (
            empty().str("general.alignment", "x"),
            "metadata key `general.alignment` is a text; expected a power of two up to 2^31",
        ),
    ] {
        assert_eq!(refusal(&file.finish()), expected);
    }
    let elements = [text("a"), vec![1, 0, 0, 0, 0, 0, 0, 0, 0xff]].concat();
    let error = refusal(&empty().array("key", 8, 2, &elements).finish());
    assert_eq!(error, "element 1 of metadata key `key` is not UTF-8 text");
}

#[test]
fn tensors_that_break_a_rule_are_named() {
    let tensor = |name: &str, dimensions: &[u64], kind, offset| {
        refusal(&Writer::default().tensor(name, dimensions, kind, offset).data(&[0; 256]).finish())
    };
    assert_eq!(tensor("", &[1], 0, 0), "tensor 0 has a name of 0 bytes; expected 1 to 256");
    assert_eq!(tensor(&"x".repeat(257), &[1], 0, 0), "tensor 0 has a name of 257 bytes; expected 1 to 256");
    assert_eq!(tensor("x", &[], 0, 0), "tensor `x` has 0 dimensions; expected 1 to 4");
    assert_eq!(tensor("x", &[1; 5], 0, 0), "tensor `x` has 5 dimensions; expected 1 to 4");
    assert_eq!(tensor("x", &[1, 0], 0, 0), "tensor `x` has a dimension of length 0");
    assert_eq!(
        tensor("x", &[33], 8, 0),
        "tensor `x` has rows of 33 values; expected a multiple of 32 for Q8_0"
    );
    assert_eq!(tensor("x", &[1 << 32, 1 << 32], 0, 0), "tensor `x` has more values than can be counted");
    assert_eq!(tensor("x", &[1 << 62], 0, 0), "tensor `x` has more values than can be counted");
    assert_eq!(tensor("x", &[1], 16, 0), "tensor `x` is stored as IQ2_XXS, which is not read");
    assert_eq!(tensor("x", &[1], 77, 0), "tensor `x` has the unknown type 77");
    assert_eq!(
        tensor("x", &[1], 0, 8),
        "tensor `x` has the offset 8, which is no multiple of the alignment 32"
    );
    assert_eq!(tensor("x", &[1], 0, 256), "the file is cut: tensor `x` ends at 324, the file at 320");
    assert!(tensor("x", &[1], 0, u64::MAX - 31).starts_with("the file is cut: tensor `x` ends at 1844"));

    let two = |name: &str, offset| Writer::default().tensor("x", &[9], 0, 0).tensor(name, &[9], 0, offset);
    assert_eq!(refusal(&two("x", 64).data(&[0; 100]).finish()), "tensor `x` stands in the file twice");
    assert_eq!(refusal(&two("y", 32).data(&[0; 100]).finish()), "tensors `x` and `y` share bytes");
    assert!(Gguf::parse(&two("y", 64).data(&[0; 100]).finish()).is_ok());
}
