//! The Wawp session API: requests and answers as values, typed errors, and the client that speaks them.
//!
//! [`wire`], [`way`], [`answer`], [`error`], [`retry`] and the throttle are pure; only the line behind
//! [`Viewer`], which looks, and [`Client`], which acts, sends.

pub mod address;
pub mod answer;
pub mod client;
pub mod error;
mod line;
pub mod notice;
mod pause;
pub mod retry;
mod slots;
mod throttle;
mod transport;
mod viewer;
pub mod way;
pub mod wire;

pub use address::ApiAddress;
pub use answer::{Created, Expiry, Link, Observed, Policy, Qr, SeenHook};
pub use client::{Client, NewHook};
pub use error::{CallError, Kind};
pub use line::ClientError;
pub use notice::{Listener, Notice};
pub use slots::{Concurrency, Slot, Slots, at_the_calls};
pub use transport::Timeouts;
pub use viewer::Viewer;
