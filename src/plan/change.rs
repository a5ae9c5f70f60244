//! The types of a plan: its changes, what it could not decide, and what stands in its way.
//!
//! Invariant: an action carries all that its doing needs, so a plan can be shown, compared and applied
//! without looking anything up.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attributes::{Attributes, Held};
use super::drift::Drift;
use crate::instance::{InstanceId, Name};
use crate::state::{Call, Lineage};

/// Every change between the desired and the recorded fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Whose fleet.
    pub fleet: Name,
    /// The history it was planned against; `None` when there was no state yet.
    pub lineage: Option<Lineage>,
    /// The serial it was planned against; 0 when there was no state yet.
    pub serial: u64,
    /// How many instances were recorded.
    pub recorded: usize,
    /// How many instances are desired.
    pub desired: usize,
    /// The changes, by phase, then by name.
    pub changes: Vec<Change>,
    /// Names that are left alone because a call for them has no known outcome; by name.
    pub unsettled: Vec<Unsettled>,
    /// The fleet's defaults, by field, as [`field_changes`](super::field_changes) writes them: a reader is told what
    /// a block did not say itself.
    pub defaults: BTreeMap<String, String>,
    /// Where what is live differs from what is recorded, if anybody looked; the worst first.
    pub drift: Vec<Drift>,
    /// Who was seen to work, and with which phone, if it was told.
    pub working: BTreeMap<Name, Option<String>>,
    /// What the manifest asks for and the state forbids; by name. A plan with a clash is never applied.
    pub clashes: Vec<Clash>,
    /// What counts as recorded was read from another manifest, and no state was looked at: ids are unknown, and there
    /// is nothing to name in a review or to apply. Never stored.
    #[serde(skip)]
    pub assumed: bool,
}

/// One change of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The name it has after the change (or had, when it is deleted or forgotten).
    pub name: Name,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// What is done to an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Action {
    /// The live session is removed; its pairing is lost.
    Delete {
        /// What is recorded of it.
        before: Held,
    },
    /// It is recorded under another name; nothing is called.
    Rename {
        /// The recorded name.
        from: Name,
        /// What is recorded of it.
        before: Held,
    },
    /// It is no longer managed; the live session is kept.
    Forget {
        /// What is recorded of it; `None` when only a call of unknown outcome is.
        before: Option<Held>,
    },
    /// An existing session is bound to the name.
    Adopt {
        /// Which one.
        instance_id: InstanceId,
        /// What it should be.
        after: Attributes,
    },
    /// A session is created.
    Create {
        /// What it should be.
        after: Attributes,
        /// What is recorded of the one that is gone and whose place it takes.
        replaces: Option<Held>,
    },
    /// Attributes change in place.
    Update {
        /// What is recorded.
        before: Held,
        /// What it should be.
        after: Attributes,
    },
}

/// When a change is done. Deletes come first: they free the slots that creates need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Deletes.
    Delete,
    /// Renames, forgets and adoptions.
    Bind,
    /// Creates.
    Create,
    /// Updates in place.
    Update,
}

impl Phase {
    /// All of them, in the order they are done.
    pub const ALL: [Self; 4] = [Self::Delete, Self::Bind, Self::Create, Self::Update];
}

impl Action {
    /// The phase in which it is done.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Delete { .. } => Phase::Delete,
            Self::Rename { .. } | Self::Forget { .. } | Self::Adopt { .. } => Phase::Bind,
            Self::Create { .. } => Phase::Create,
            Self::Update { .. } => Phase::Update,
        }
    }

    /// Whether it changes an existing session in place, as far as anybody can know before. With Terraform an import
    /// that changes nothing is only an import, and one that changes something is a change as well. How the session to
    /// adopt is was not seen when the plan is made, and an adoption sets its run state, policy and webhooks wherever
    /// they differ: so it is always counted as both.
    #[must_use]
    pub const fn may_change(&self) -> bool {
        matches!(self, Self::Update { .. } | Self::Adopt { .. })
    }

    /// Its word, as the design and machine-readable output have it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Delete { .. } => "delete",
            Self::Rename { .. } => "rename",
            Self::Forget { .. } => "forget",
            Self::Adopt { .. } => "adopt",
            Self::Create { .. } => "create",
            Self::Update { .. } => "update",
        }
    }
}

/// Why a change is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The manifest has it, the state has not.
    NotRecorded,
    /// The state has it, the manifest has not.
    NotInManifest,
    /// Everything is to be destroyed.
    DestroyAsked,
    /// An earlier delete was cut off; it is done again.
    DeleteCutOff,
    /// The manifest says `previously`.
    Previously,
    /// The manifest lists it under `released`.
    Released,
    /// The manifest says `adopt`.
    AdoptAsked,
    /// It is recorded, and the API does not know it any more.
    Gone,
    /// Recorded and desired attributes differ.
    Differs,
    /// They do not, but a call that was to set one of them has no recorded result: it is made again.
    Doubtful,
}

/// A name that is left alone because nobody knows what became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsettled {
    /// Which.
    pub name: Name,
    /// Which call.
    pub call: Call,
    /// Since when.
    pub since: Timestamp,
    /// What was seen, if anything was.
    pub reason: Option<String>,
    /// Its instance_id, when one is recorded (an interrupted delete).
    pub instance_id: Option<InstanceId>,
}

/// A wish of the manifest that the state forbids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Clash {
    /// `name` says `previously: from`, and both are recorded (or the name has a call of unknown outcome).
    RenameOntoTaken {
        /// The name that should take over.
        name: Name,
        /// The name it should take over from.
        from: Name,
    },
    /// `name` says `adopt`, and is recorded with another instance.
    AdoptOntoTaken {
        /// The name.
        name: Name,
        /// What it should adopt.
        adopt: InstanceId,
        /// What it holds.
        holds: InstanceId,
    },
    /// `name` says `adopt`, and another name holds that instance.
    AdoptHeldByOther {
        /// The name.
        name: Name,
        /// What it should adopt.
        adopt: InstanceId,
        /// Who holds it.
        holder: Name,
    },
}

impl Clash {
    /// The name whose block has to change.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Self::RenameOntoTaken { name, .. }
            | Self::AdoptOntoTaken { name, .. }
            | Self::AdoptHeldByOther { name, .. } => name,
        }
    }
}

/// How many changes of a plan are of which kind, as Terraform counts them: whoever shows numbers shows these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Existing sessions that are bound.
    pub import: usize,
    /// Sessions that are created.
    pub add: usize,
    /// Live sessions that are, or may be, changed in place; an adoption is among them, see [`Action::may_change`].
    pub change: usize,
    /// Sessions that are deleted.
    pub destroy: usize,
    /// Instances that are no longer managed.
    pub forget: usize,
    /// Instances that get another name.
    pub rename: usize,
}

impl Plan {
    /// The counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |word: &str| self.count(|action| action.word() == word);
        Counts {
            import: of("adopt"),
            add: of("create"),
            change: self.count(Action::may_change),
            destroy: of("delete"),
            forget: of("forget"),
            rename: of("rename"),
        }
    }

    /// Whether there is nothing to do, nothing to settle and nothing in the way.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.changes.is_empty() && self.unsettled.is_empty() && self.clashes.is_empty()
    }

    /// How many changes have an action that is wanted.
    #[must_use]
    pub fn count(&self, wanted: impl Fn(&Action) -> bool) -> usize {
        self.changes.iter().filter(|change| wanted(&change.action)).count()
    }

    /// How many instances are deleted.
    #[must_use]
    pub fn deletes(&self) -> usize {
        self.count(|action| matches!(action, Action::Delete { .. }))
    }

    /// How many instances are created.
    #[must_use]
    pub fn creates(&self) -> usize {
        self.count(|action| matches!(action, Action::Create { .. }))
    }
}
