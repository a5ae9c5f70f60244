//! What became of a run: for people at a terminal, for programs, and as a page for a step's summary.
//!
//! Invariant: the two that are kept tell every change of the plan, whatever the run came to.

mod human;
mod json;
mod markdown;
mod run;

pub use human::{entry, next_steps, outcome};
pub use json::{FORMAT, json};
pub use markdown::markdown;
pub use run::{Ended, Run};
pub(in crate::render) use run::{halted, settling};
