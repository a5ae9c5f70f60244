//! The plan: a value that says every change between what is desired and what is recorded, and nothing else.
//!
//! Invariant: pure, sorted, the same for the same inputs; it leaves nothing to choose to whoever applies it.

mod assumed;
mod attributes;
mod change;
mod diff;
mod drift;
mod effort;
mod fields;
mod file;
mod fingerprint;
mod guard;
mod subset;
mod suggest;

pub use assumed::compare;
pub use attributes::{Attributes, Held, HookSpec, Marks};
pub use change::{Action, Change, Clash, Counts, Phase, Plan, Reason, Unsettled};
pub use diff::{Scope, diff};
pub use drift::{Accepted, Drift, Refreshed, accepted_on, records, refresh};
pub use effort::effort;
pub use fields::{FieldChange, field_changes};
pub use file::{Asked, FORMAT, PlanFileError, Saved};
pub use fingerprint::{Fingerprint, NoFingerprint, Reviewed};
pub use guard::{Guard, Lifted, Refusal, check};
pub use subset::{Difference, Why, subset};
pub use suggest::{Suggestion, suggest_renames};
