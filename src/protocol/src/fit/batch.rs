//! Whether so many items can be generated together.

use crate::Misfit;

/// Why `harness-engine` does not generate `size` items together; None: it does.
pub fn batch_misfit(size: u32) -> Option<Misfit> {
    (size != 1).then(|| {
        Misfit::new(
            "batch-size",
            format!("batch size {size} is not supported, 1 is"),
            "write `batch-size = 1`, or name a program that does more with `engine.command`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_at_a_time_is_generated() {
        assert_eq!(batch_misfit(1), None);
        for size in [0, 2, u32::MAX] {
            assert!(batch_misfit(size).unwrap().message.contains(&format!("batch size {size} ")));
        }
    }
}
