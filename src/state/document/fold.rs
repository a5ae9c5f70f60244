//! What each record means for a document.
//!
//! Invariant: a record either fits and is applied as a whole, one serial up, or it is refused and nothing has
//! changed. What follows from a document that holds together holds together.

use super::{Call, Document, Part, Pending, Recorded};
use crate::instance::{InstanceId, Name};
use crate::state::journal::Record;

/// Why a record does not fit the document it was made for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// A create was to be made for a name that has an instance.
    #[error("a create of `{name}`, which is recorded already")]
    AlreadyRecorded {
        /// The name.
        name: Name,
    },
    /// A create was to be made while the outcome of one is open: it may have taken a slot.
    #[error("a create of `{name}`, while the outcome of another one is not known")]
    AlreadyPending {
        /// The name.
        name: Name,
    },
    /// Something is told of an instance that is not recorded.
    #[error("{what} of `{name}`, which is not recorded")]
    NotRecorded {
        /// What is told.
        what: &'static str,
        /// The name.
        name: Name,
    },
    /// An outcome is told of a call that was never announced.
    #[error("the unknown outcome of a {call} of `{name}`, which was not announced")]
    NotPending {
        /// The call.
        call: Call,
        /// The name.
        name: Name,
    },
    /// The instance is bound to another name.
    #[error("`{name}` bound to the instance {id}, which belongs to `{holder}`")]
    SharedId {
        /// The name it was to be bound to.
        name: Name,
        /// The instance.
        id: InstanceId,
        /// The name it is bound to.
        holder: Name,
    },
    /// The name to move to is in use.
    #[error("`{from}` renamed to `{to}`, which is in use")]
    NameTaken {
        /// The recorded name.
        from: Name,
        /// The name in use.
        to: Name,
    },
    /// The serial cannot rise any more.
    #[error("the serial cannot rise above {}", u64::MAX)]
    LastSerial,
}

impl Document {
    /// Applies one record. O(log n), but for [`Record::Bound`], which looks for its id among all: who folds
    /// many records uses a [`Book`](super::Book).
    ///
    /// # Errors
    /// When the record does not fit; then nothing has changed.
    pub fn fold(&mut self, record: &Record) -> Result<(), FoldError> {
        let holder = match record {
            Record::Bound { name: _, recorded } => self
                .instances
                .iter()
                .find(|(_, other)| other.instance_id == recorded.instance_id)
                .map(|(name, _)| name.clone()),
            _ => None,
        };
        self.apply(record, holder.as_ref())
    }

    /// Applies one record, given the name that the id of a `Bound` is bound to so far.
    pub(super) fn apply(&mut self, record: &Record, holder: Option<&Name>) -> Result<(), FoldError> {
        let serial = self.serial.checked_add(1).ok_or(FoldError::LastSerial)?;
        match record {
            Record::Account { account } => self.account = Some(account.clone()),
            Record::Intent { name, call, at } => {
                self.may_begin(name, *call)?;
                if call.is_kept() {
                    self.pending.insert(name.clone(), Pending { call: *call, since: *at, reason: None });
                } else if let Some(recorded) = self.instances.get_mut(name) {
                    recorded.doubtful.insert(Part::Running);
                }
            }
            Record::Rejected { name, call } => {
                if self.pending.get(name).is_some_and(|pending| pending.call == *call) {
                    self.pending.remove(name);
                }
                if let (false, Some(recorded)) = (call.is_kept(), self.instances.get_mut(name)) {
                    recorded.doubtful.remove(&Part::Running);
                }
            }
            Record::Unknown { name, call, reason } => match self.pending.get_mut(name) {
                Some(pending) if pending.call == *call => pending.reason = Some(reason.clone()),
                _ if call.is_kept() => {
                    return Err(FoldError::NotPending { call: *call, name: name.clone() });
                }
                _ => {}
            },
            Record::Bound { name, recorded } => {
                if let Some(holder) = holder.filter(|holder| *holder != name) {
                    return Err(FoldError::SharedId {
                        name: name.clone(),
                        id: recorded.instance_id.clone(),
                        holder: holder.clone(),
                    });
                }
                self.instances.insert(name.clone(), recorded.clone());
                self.pending.remove(name);
            }
            Record::Deleted { name } => {
                self.instances.remove(name).ok_or_else(|| not_recorded("the end", name))?;
                self.pending.remove(name);
            }
            Record::Running { name, running } => {
                let recorded = self.recorded("the run state", name)?;
                recorded.running = *running;
                recorded.doubtful.remove(&Part::Running);
            }
            Record::Setting { name, part } => {
                self.recorded("a setting", name)?.doubtful.insert(part.clone());
            }
            Record::NotSet { name, part } => {
                self.recorded("a setting", name)?.doubtful.remove(part);
            }
            Record::RateLimit { name, rate_limit } => {
                let recorded = self.recorded("the policy", name)?;
                recorded.rate_limit.clone_from(rate_limit);
                recorded.doubtful.remove(&Part::RateLimit);
            }
            Record::Webhook { name, url, hook } => {
                let recorded = self.recorded("a webhook", name)?;
                match hook {
                    Some(hook) => recorded.webhooks.insert(url.clone(), hook.clone()),
                    None => recorded.webhooks.remove(url),
                };
                recorded.doubtful.remove(&Part::Webhook(url.clone()));
            }
            Record::Described { name, labels, protect } => {
                let recorded = self.recorded("the description", name)?;
                recorded.labels.clone_from(labels);
                recorded.protect = *protect;
            }
            Record::Renamed { from, to } => {
                if self.instances.contains_key(to) || self.pending.contains_key(to) {
                    return Err(FoldError::NameTaken { from: from.clone(), to: to.clone() });
                }
                let recorded = self.instances.remove(from).ok_or_else(|| not_recorded("the rename", from))?;
                self.instances.insert(to.clone(), recorded);
                if let Some(pending) = self.pending.remove(from) {
                    self.pending.insert(to.clone(), pending);
                }
            }
            Record::Forgotten { name } => {
                let recorded = self.instances.remove(name).is_some();
                let pending = self.pending.remove(name).is_some();
                if !recorded && !pending {
                    return Err(not_recorded("the release", name));
                }
            }
        }
        self.serial = serial;
        Ok(())
    }

    fn recorded(&mut self, what: &'static str, name: &Name) -> Result<&mut Recorded, FoldError> {
        self.instances.get_mut(name).ok_or_else(|| not_recorded(what, name))
    }

    /// Whether a call may be announced: a create for a free name, anything else for a recorded one.
    fn may_begin(&self, name: &Name, call: Call) -> Result<(), FoldError> {
        let recorded = self.instances.contains_key(name);
        match call {
            Call::Create if recorded => Err(FoldError::AlreadyRecorded { name: name.clone() }),
            Call::Create if self.pending.contains_key(name) => {
                Err(FoldError::AlreadyPending { name: name.clone() })
            }
            Call::Create => Ok(()),
            Call::Delete | Call::Start | Call::Stop if recorded => Ok(()),
            Call::Delete => Err(not_recorded("a delete", name)),
            Call::Start => Err(not_recorded("a start", name)),
            Call::Stop => Err(not_recorded("a stop", name)),
        }
    }
}

fn not_recorded(what: &'static str, name: &Name) -> FoldError {
    FoldError::NotRecorded { what, name: name.clone() }
}
