//! What a call is about to do, as the records around it tell it.
//!
//! Invariant: whatever is announced has a record that takes it back.

use jiff::Timestamp;

use crate::instance::Name;
use crate::plan::{Action, Plan, Reason};
use crate::state::{Call, Part, Record};

/// What a call is about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aim {
    /// Something to the session as a whole.
    Call(Call),
    /// To set or remove a part of it.
    Part(Part),
}

impl Aim {
    /// What the changes of a plan do again because nobody knows whether it was done.
    pub(super) fn in_doubt(plan: &Plan) -> impl Iterator<Item = (Name, Self)> {
        plan.changes.iter().flat_map(|change| {
            let aims = match &change.action {
                Action::Delete { .. } if change.reason == Reason::DeleteCutOff => {
                    vec![Self::Call(Call::Delete)]
                }
                Action::Update { before, .. } => {
                    before.attributes.doubtful.iter().flat_map(Self::of_part).collect()
                }
                _ => Vec::new(),
            };
            aims.into_iter().map(|aim| (change.name.clone(), aim))
        })
    }

    /// The calls that set a part.
    fn of_part(part: &Part) -> Vec<Self> {
        match part {
            Part::Running => vec![Self::Call(Call::Start), Self::Call(Call::Stop)],
            Part::RateLimit | Part::Webhook(_) => vec![Self::Part(part.clone())],
        }
    }

    /// The record that must be durable before the call leaves.
    pub(super) fn intent(&self, name: &Name, at: Timestamp) -> Record {
        let name = name.clone();
        match self {
            Self::Call(call) => Record::Intent { name, call: *call, at },
            Self::Part(part) => Record::Setting { name, part: part.clone() },
        }
    }

    /// The record that says that the call surely changed nothing.
    pub(super) fn void(&self, name: &Name) -> Record {
        let name = name.clone();
        match self {
            Self::Call(call) => Record::Rejected { name, call: *call },
            Self::Part(part) => Record::NotSet { name, part: part.clone() },
        }
    }

    /// The record that says that nobody knows; a part simply stays in doubt.
    pub(super) fn unknown(&self, name: &Name, reason: String) -> Option<Record> {
        match self {
            Self::Call(call) => Some(Record::Unknown { name: name.clone(), call: *call, reason }),
            Self::Part(_) => None,
        }
    }

    /// The word of the change that the call belongs to, when it is the first of it.
    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::Call(Call::Create) => "create",
            Self::Call(Call::Delete) => "delete",
            Self::Call(Call::Start | Call::Stop) | Self::Part(_) => "update",
        }
    }
}
