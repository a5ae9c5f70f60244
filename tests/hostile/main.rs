//! Manifests, file names, folders and states made by somebody who means harm: each ends, with little memory, with
//! a clear word, and with nothing in the output that acts on whoever shows it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

mod github;
mod large;
mod names;
mod place;
mod places;
mod state;
mod texts;
