//! Looking at the live instances: what the API says of each one that is recorded.
//!
//! Invariant: it looks through a [`Viewer`](crate::wawp::Viewer), which can do nothing else; what is not clearly
//! gone is never called gone. [`sighting`] and [`standing`] are pure, [`run`] asks.

pub mod run;
pub mod sighting;
pub mod standing;

pub use run::{Listener, Settings, Target, observe};
pub use sighting::{Halt, Look, Observation, Read, Sighting, suspicious};
pub use standing::{Row, Standing, rows};
