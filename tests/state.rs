//! The state: the contract of its stores, kept by the local one and the HTTP one, and what is each
//! one's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken promise ends the test"
)]

pub mod contract;

#[path = "state/carry.rs"]
mod carry;
#[path = "state/document.rs"]
mod document;
#[path = "state/http.rs"]
mod http;
#[path = "state/journal.rs"]
mod journal;
#[path = "state/laws.rs"]
mod laws;
#[path = "state/ledger.rs"]
mod ledger;
#[path = "state/local.rs"]
mod local;
#[path = "state/meddled.rs"]
mod meddled;
#[path = "state/refusals.rs"]
mod refusals;
