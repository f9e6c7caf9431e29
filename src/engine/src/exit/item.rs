//! The item whose tokens a policy is asked about.

/// One item, as policies and forward passes get to know it before its first token.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Tokens of its prompt.
    pub prompt: &'a [u32],
    /// Most tokens of its answer.
    pub limit: usize,
}

impl Item<'_> {
    /// A number that depends on the prompt only: what is drawn for an item is the same in every pass.
    pub fn seed(&self) -> u64 {
        // FNV-1a over the ids.
        self.prompt.iter().flat_map(|id| id.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}
