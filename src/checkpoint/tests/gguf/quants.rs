//! Every format against values that the Python package `gguf` computed.

use harness_checkpoint::gguf::{Format, dequantize};

fn bytes(hex: &serde_json::Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

#[test]
fn every_format_gives_the_reference_values_bit_for_bit() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("golden/quants.json")).unwrap();
    for format in Format::ALL {
        let golden = &golden[format.name()];
        let (stored, expected) = (bytes(&golden["bytes"]), bytes(&golden["values"]));
        let mut values = vec![0.0; expected.len() / 4];
        dequantize::row(format, &stored, &mut values).unwrap();
        let found: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert!(values.len() >= 32, "{} has something to compare", format.name());
        assert_eq!(found, expected, "{}", format.name());
    }
}

#[test]
fn a_row_of_another_length_is_refused_and_left_alone() {
    for format in Format::ALL {
        let stored = vec![1; format.block_bytes() * 2];
        for wrong in [0, format.block_len() * 2 - 1, format.block_len() * 2 + 1, format.block_len() * 3] {
            let mut values = vec![7.0; wrong];
            let error = dequantize::row(format, &stored, &mut values).unwrap_err();
            assert!(error.to_string().contains(format.name()), "{error}");
            assert!(values.iter().all(|value| *value == 7.0));
        }
    }
}
