//! The Wawp session API: requests and answers as values, typed errors, and the client that speaks them.
//!
//! [`wire`], [`answer`], [`error`] and [`retry`] are pure; only [`client`] sends.

pub mod address;
pub mod answer;
pub mod client;
pub mod error;
mod pause;
pub mod retry;
mod transport;
pub mod wire;

pub use address::ApiAddress;
pub use answer::{Created, Observed};
pub use client::{Client, Listener, Notice};
pub use error::{CallError, Kind};
pub use transport::Timeouts;
