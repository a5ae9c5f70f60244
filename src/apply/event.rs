//! What happens while a plan is applied, told as it happens.

use std::sync::Arc;

use super::outcome::Entry;
use crate::instance::Name;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A change is under way; its intent is on disk.
    Begun {
        /// Which instance.
        name: Name,
        /// The change's word: create, delete, …
        action: &'static str,
    },
    /// A change came to its end; its result is on disk.
    Ended(Entry),
    /// Nothing more is started; calls in flight may still finish.
    Halting,
}

/// Who is told.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;
