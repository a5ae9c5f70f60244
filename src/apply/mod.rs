//! Doing what a plan says: the only room that holds both the pen and the telephone.
//!
//! Invariant: an intent is durable before its call leaves and a result is durable before it is told; a create
//! is made at most once, and what nobody knows is kept as unknown.

mod aim;
mod bind;
mod claim;
mod context;
mod creates;
mod event;
mod extras;
mod outcome;
mod parts;
mod reach;
mod run;
mod settings;
mod step;

pub use bind::{Binding, ImportError, bound, import};
pub use claim::{Claim, Claimed, Claims, cautions};
pub use event::{Event, Listener};
pub use outcome::{Cause, End, Entry, Halt, Outcome, Tally};
pub use run::run;
pub use settings::{Clock, GRACE, Settings, Stop};
