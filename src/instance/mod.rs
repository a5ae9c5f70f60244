//! The words every other room uses: names, ids, what an instance should be, what it reports, and secrets.
//!
//! Pure values only. Nothing here knows a manifest, a state, a plan or the network.

mod drift;
mod id;
mod known;
mod name;
mod phone;
mod secret;
mod spec;
mod status;
mod visible;

pub use drift::{DriftClass, NoDriftClass};
pub use id::{InstanceId, InstanceIdError};
pub use known::{EVENTS, FREE_POLICIES};
pub use name::{Name, NameError};
pub use phone::{PHONE_DIGITS, phone_number};
pub use secret::Secret;
pub use spec::{Labels, Retries, Spec, Webhook};
pub use status::Status;
pub use visible::{begins_command, is_unseen, visible};
