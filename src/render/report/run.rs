//! What is told of a run.
//!
//! Invariant: every change of the plan has one entry, also when nothing of it was begun.

use jiff::Timestamp;

use crate::apply::{End, Entry, Halt, Outcome};
use crate::instance::{InstanceId, Name};
use crate::plan::{Plan, Refusal, Unsettled};
use crate::state::Lineage;

/// How a run ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All is done; or there was nothing to do.
    Complete,
    /// Something failed or is unknown, the rest is done.
    Partial,
    /// A signal ended it.
    Interrupted,
    /// A guard refused the plan.
    Refused,
    /// Something went wrong: with the manifest, the state, the token, the API or the disk.
    Error,
    /// What was reviewed is not what would be done now.
    Stale,
}

impl Ended {
    /// The word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Interrupted => "interrupted",
            Self::Refused => "refused",
            Self::Error => "error",
            Self::Stale => "stale",
        }
    }
}

/// A run that ended.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Whether it was to destroy everything.
    pub destroy: bool,
    /// Whose fleet, if the manifest could be read.
    pub fleet: Option<&'a Name>,
    /// The history that was worked on.
    pub lineage: Option<&'a Lineage>,
    /// The state's serial before it.
    pub serial_before: Option<u64>,
    /// And after it; nothing when the state was not written, or nobody knows whether it was.
    pub serial_after: Option<u64>,
    /// The plan, if it came so far.
    pub plan: Option<&'a Plan>,
    /// What refused it.
    pub refusals: &'a [Refusal],
    /// What became of the plan, if it was begun.
    pub outcome: Option<&'a Outcome>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How.
    pub ended: Ended,
    /// With what the program ends.
    pub exit_code: u8,
    /// The error that ended it: what is wrong, and what to do.
    pub error: Option<(&'a str, Option<&'a str>)>,
}

impl Run<'_> {
    /// The word of the command.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        if self.destroy { "destroy" } else { "apply" }
    }

    /// What became of every change; of a plan that was not begun, that none of it was, and why.
    pub(super) fn whole(&self) -> Outcome {
        if let Some(outcome) = self.outcome {
            return outcome.clone();
        }
        let why = match self.ended {
            Ended::Refused => "a guard refused the plan",
            Ended::Stale => "the plan is not the one that was reviewed",
            Ended::Interrupted => "interrupted",
            Ended::Complete | Ended::Partial | Ended::Error => "the run ended before it",
        };
        let changes = self.plan.map(|plan| &plan.changes[..]).unwrap_or_default();
        let entries = changes.iter().map(|change| Entry {
            name: change.name.clone(),
            action: change.action.word(),
            instance_id: None,
            end: End::NotStarted { why: why.to_owned() },
            notes: Vec::new(),
        });
        Outcome { entries: entries.collect(), halt: None }
    }

    /// The calls that earlier runs left without a known outcome.
    pub(super) fn unsettled(&self) -> &[Unsettled] {
        self.plan.map(|plan| &plan.unsettled[..]).unwrap_or_default()
    }

    /// The fingerprint, if there is a plan.
    pub(super) fn fingerprint(&self) -> Option<String> {
        self.plan.map(|plan| plan.fingerprint().to_string())
    }
}

/// Why nothing more was started, with what was seen.
pub(in crate::render) fn halted(halt: &Halt) -> (&'static str, Option<&str>) {
    let said = match halt {
        Halt::Interrupted => None,
        Halt::Unauthorized(said)
        | Halt::Untrusted(said)
        | Halt::Unreachable(said)
        | Halt::StateUnwritable(said) => Some(said.as_str()),
    };
    (halt.in_words(), said)
}

/// The commands that settle a call of unknown outcome: the one if its instance is there, the other if not.
pub(in crate::render) fn settling(name: &Name, id: Option<&InstanceId>) -> [String; 2] {
    let id = id.map_or("INSTANCE_ID", InstanceId::as_str);
    [format!("wawpform import {name} {id}"), format!("wawpform forget {name}")]
}
