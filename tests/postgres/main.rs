//! A state in PostgreSQL, on a real server: the contract, directly and through a pooling proxy, and what is this
//! store's own. Only with the feature `postgres`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken promise ends the test"
)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]

#[path = "../contract/mod.rs"]
pub mod contract;
#[path = "../servers/postgres.rs"]
mod servers;

mod command;
mod cut;
mod lease;
mod line;
mod place;
mod size;
mod tables;
mod tls;

mod direct {
    use crate::contract::promises;
    use crate::place::Fleets;

    promises!(match Fleets::direct() {
        Some(fleets) => || fleets.fresh(),
        None => return,
    });
}

mod through_a_proxy {
    use crate::contract::promises;
    use crate::place::Fleets;

    promises!(match Fleets::through_a_proxy() {
        Some(fleets) => || fleets.fresh(),
        None => return,
    });
}
