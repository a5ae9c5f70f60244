//! Fuzzes the reading of manifests and all that is shown of them.
#![no_main]

#[path = "../../corpus/checks/mod.rs"]
#[allow(dead_code, reason = "every target makes one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::manifest::check(input));
