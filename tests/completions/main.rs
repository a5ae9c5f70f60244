//! What shells are offered: by the program's own answers, and in real shells at a terminal that `script` makes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

mod names;
mod quiet;
mod scene;
mod shells;
mod terminal;
#[path = "../tools/mod.rs"]
mod tools;
mod words;
