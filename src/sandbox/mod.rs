//! The built-in emulator of the Wawp session API: `--sandbox` runs it in-process, `wawpform sandbox` serves it.
//!
//! It knows `instance` and `wawp::wire` only, and writes its answers by hand after the vendor's documents.
//! [`world`] and [`faults`] decide; [`Sandbox::start`] serves what they decide.

mod answers;
mod bodies;
mod calls;
mod control;
mod credentials;
mod disk;
pub mod faults;
mod fields;
mod line;
mod log;
mod operation;
mod options;
mod rate;
mod router;
mod server;
mod shared;
pub mod world;

pub use credentials::Place;
pub use disk::DiskError;
pub use faults::{Faults, FaultsError};
pub use log::Logged;
pub use options::{Clock, Gate, Moment, Options, Point, StartError};
pub use server::{Running, Sandbox};
pub use shared::ChangeError;
pub use world::{IdShape, Instance, Phase, Phone, Plan, Refusal, Retries, Terms, Webhook};
