//! Two machines racing: two processes of the program, in folders of their own, apply to one fleet with one state.
//!
//! `WAWPFORM_RACES=200 cargo test --features all-stores --test race -- --nocapture` makes 200 rounds and prints what came
//! of them. A store plugs in with a [`Field`] and a test `race(few, field)`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "the names are sentences")]
#![allow(clippy::print_stdout, reason = "how much was tried is worth knowing")]

#[cfg(feature = "object-storage")]
mod bucket;
#[path = "../contract/mod.rs"]
mod contract;
mod field;
#[cfg(feature = "postgres")]
#[path = "../servers/postgres.rs"]
mod postgres_server;
mod round;
#[cfg(feature = "postgres")]
mod rows;
#[path = "../servers/mod.rs"]
mod servers;

/// Rounds without a wish for more.
const FEW: u64 = 12;

#[test]
fn two_processes_and_a_state_in_a_file() {
    round::race(FEW, field::local);
}

#[test]
fn two_machines_and_a_state_on_an_http_server() {
    round::race(FEW, field::http);
}

#[cfg(feature = "object-storage")]
#[test]
fn two_machines_and_a_state_in_object_storage() {
    if servers::seaweed().is_some() {
        round::race(FEW, bucket::s3);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn two_machines_and_a_state_in_postgresql() {
    if rows::is_there() {
        round::race(FEW, rows::postgres);
    }
}
