//! What suites mean, and what is said about bad ones.

mod every_key;
mod files;
mod places;
mod refused_meaning;
mod refused_sets;
mod refused_shape;
mod refused_task;
mod resolved;
mod shipped;
mod trial;
