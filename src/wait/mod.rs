//! Waiting until instances run, or work; a session that is stuck or broken is restarted, once.
//!
//! Invariant: it records nothing. [`decide`] is pure and gets its time as an argument; [`run`] looks, and restarts
//! only when its caller says that nobody else is acting.

pub mod decide;
pub mod run;

pub use decide::{Goal, Step, Watch};
pub use run::{Missing, Pace, Restart, Round, Settings, Waiting, Wish};
