//! End-to-end tests of the built programs: what a user types, and what is then there.

#[cfg(test)]
mod aa;
#[cfg(test)]
mod agents;
#[cfg(test)]
mod baselines;
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod contexts;
#[cfg(test)]
mod damaged_runs;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod engine_faults;
#[cfg(test)]
mod engine_log;
#[cfg(test)]
mod example_engine;
#[cfg(test)]
mod first_suite;
#[cfg(test)]
mod fuzz_runs;
#[cfg(test)]
mod fuzz_suites;
#[cfg(test)]
mod gates;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod h100;
#[cfg(test)]
mod home;
#[cfg(test)]
mod hostile_files;
#[cfg(test)]
mod hostile_text;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod json_schema;
#[cfg(test)]
mod links;
#[cfg(test)]
mod live;
#[cfg(test)]
#[path = "../../../meter/tests/machines/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the meters' own tests")]
mod machines;
#[cfg(test)]
mod meters;
#[cfg(test)]
mod model_files;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod protocol_page;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod rooms;
#[cfg(test)]
mod run_folder;
#[cfg(test)]
mod same_failure;
#[cfg(test)]
mod scoring;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod smoke;
#[cfg(test)]
mod stricter;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod training;
#[cfg(test)]
mod trial;
#[cfg(test)]
mod two_engines;
#[cfg(test)]
mod until;
