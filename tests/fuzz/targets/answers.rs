//! Fuzzes the reading of the API's answers.
#![no_main]

#[path = "../../corpus/checks/mod.rs"]
#[allow(dead_code, reason = "every target makes one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::answers::check(input));
