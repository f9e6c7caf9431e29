//! From a suite to measured records, and from records to a judgement.

pub mod record;
pub mod report;
pub mod stats;
pub mod summary;
pub mod table;
