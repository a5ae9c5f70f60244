//! A run of `apply` with a real ledger on a local store and the sandbox behind real HTTP.
//!
//! Each test has a folder and a sandbox of its own; plans are made by `plan::diff` from hand-built wishes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "the contract is shared with other tests")]

#[path = "../contract/faulty.rs"]
mod faulty;
#[path = "../contract/given.rs"]
mod given;

mod bad_records;
mod concurrency;
mod durable;
mod happy;
mod import;
mod kept;
mod partial;
mod parts;
mod refresh;
mod scene;
mod stop;
mod unknown;
mod unwritable;
