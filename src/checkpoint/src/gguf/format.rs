//! The formats that tensors are stored in: how many values a block has and how many bytes it takes.

/// How the values of a tensor are stored. A row is whole blocks, each decoded by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// 32-bit floats.
    F32,
    /// 16-bit floats of IEEE 754.
    F16,
    /// 16-bit floats that are the upper half of a 32-bit float.
    Bf16,
    /// 8 bits a value, one scale for 32 values.
    Q8_0,
    /// 4 bits a value, one scale for 32 values.
    Q4_0,
    /// 4 bits a value, one scale and one minimum for 32 values.
    Q4_1,
    /// 5 bits a value, one scale for 32 values.
    Q5_0,
    /// 5 bits a value, one scale and one minimum for 32 values.
    Q5_1,
    /// 2 bits a value, a 4-bit scale and minimum for each 16 of 256 values.
    Q2K,
    /// 3 bits a value, a 6-bit scale for each 16 of 256 values.
    Q3K,
    /// 4 bits a value, a 6-bit scale and minimum for each 32 of 256 values.
    Q4K,
    /// 5 bits a value, a 6-bit scale and minimum for each 32 of 256 values.
    Q5K,
    /// 6 bits a value, an 8-bit scale for each 16 of 256 values.
    Q6K,
    /// 4 bits a value that choose from 16 uneven steps, one scale for 32 values.
    Iq4Nl,
}

/// What is known about a format.
struct Facts {
    id: u32,
    name: &'static str,
    block_len: usize,
    block_bytes: usize,
}

/// Formats of ggml that are not read: their ids and ggml's names, for messages.
const UNSUPPORTED: &[(u32, &str)] = &[
    (4, "Q4_2"),
    (5, "Q4_3"),
    (9, "Q8_1"),
    (15, "Q8_K"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (24, "I8"),
    (25, "I16"),
    (26, "I32"),
    (27, "I64"),
    (28, "F64"),
    (29, "IQ1_M"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (36, "IQ4_NL_4_4"),
    (37, "IQ4_NL_4_8"),
    (38, "IQ4_NL_8_8"),
    (39, "MXFP4"),
];

impl Format {
    /// Every format that is read.
    pub const ALL: [Self; 14] = [
        Self::F32,
        Self::F16,
        Self::Bf16,
        Self::Q8_0,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q2K,
        Self::Q3K,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
        Self::Iq4Nl,
    ];

    const fn facts(self) -> Facts {
        let (id, name, block_len, block_bytes) = match self {
            Self::F32 => (0, "F32", 1, 4),
            Self::F16 => (1, "F16", 1, 2),
            Self::Q4_0 => (2, "Q4_0", 32, 18),
            Self::Q4_1 => (3, "Q4_1", 32, 20),
            Self::Q5_0 => (6, "Q5_0", 32, 22),
            Self::Q5_1 => (7, "Q5_1", 32, 24),
            Self::Q8_0 => (8, "Q8_0", 32, 34),
            Self::Q2K => (10, "Q2_K", 256, 84),
            Self::Q3K => (11, "Q3_K", 256, 110),
            Self::Q4K => (12, "Q4_K", 256, 144),
            Self::Q5K => (13, "Q5_K", 256, 176),
            Self::Q6K => (14, "Q6_K", 256, 210),
            Self::Iq4Nl => (20, "IQ4_NL", 32, 18),
            Self::Bf16 => (30, "BF16", 1, 2),
        };
        Facts { id, name, block_len, block_bytes }
    }

    /// The format with ggml's type id `id`, where it is read.
    pub fn from_id(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// ggml's name of a type id that [`Format::from_id`] does not know, where ggml has one.
    pub fn unsupported_name(id: u32) -> Option<&'static str> {
        UNSUPPORTED.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
    }

    /// ggml's type id.
    pub const fn id(self) -> u32 {
        self.facts().id
    }

    /// ggml's name, such as `Q4_K`.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// How many values one block has: 1, 32 or 256.
    pub const fn block_len(self) -> usize {
        self.facts().block_len
    }

    /// How many bytes one block takes.
    pub const fn block_bytes(self) -> usize {
        self.facts().block_bytes
    }

    /// How many bytes `values` values take; `None` where they are no whole blocks or too many to count.
    pub fn bytes_of(self, values: u64) -> Option<u64> {
        let block = self.block_len() as u64;
        if !values.is_multiple_of(block) {
            return None;
        }
        (values / block).checked_mul(self.block_bytes() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_id_has_one_meaning() {
        for format in Format::ALL {
            assert_eq!(Format::from_id(format.id()), Some(format));
            assert_eq!(Format::unsupported_name(format.id()), None, "{}", format.name());
        }
        let mut ids: Vec<u32> = Format::ALL.map(Format::id).to_vec();
        ids.extend(UNSUPPORTED.iter().map(|(id, _)| id));
        ids.sort_unstable();
        assert_eq!(ids, (0..40).collect::<Vec<_>>());
        assert_eq!((Format::from_id(39), Format::unsupported_name(39)), (None, Some("MXFP4")));
        assert_eq!((Format::from_id(4000), Format::unsupported_name(4000)), (None, None));
    }

    #[test]
    fn only_whole_blocks_have_a_size() {
        assert_eq!(Format::Q6K.bytes_of(512), Some(420));
        assert_eq!(Format::Q6K.bytes_of(511), None);
        assert_eq!(Format::F32.bytes_of(u64::MAX), None);
    }
}
