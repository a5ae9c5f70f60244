//! Binding existing instances to names, verified by info: what `import` does.
//!
//! Invariant: all of a batch is recorded or none; a call can only look.

use jiff::Timestamp;

use super::claim::{Claim, Claimed, Claims};
use super::settings::Clock;
use crate::instance::{InstanceId, Name, Spec};
use crate::manifest::Desired;
use crate::plan::{Attributes, Marks};
use crate::state::{AccountMark, Document, LedgerError, Record, Recorded, Recorder};
use crate::wawp::{CallError, Observed, Viewer};

/// Why an instance cannot be bound to a name.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The state or the manifest stands against it.
    #[error(transparent)]
    Claimed(#[from] Claimed),
    /// Info did not confirm that it exists.
    #[error("info does not confirm the instance {id}")]
    NotConfirmed {
        /// The instance.
        id: InstanceId,
        /// What info said.
        source: CallError,
    },
    /// It could not be recorded.
    #[error("it cannot be recorded")]
    Ledger(#[from] LedgerError),
}

/// An instance that info has confirmed, and the name that it gets.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The name.
    pub name: Name,
    /// The instance.
    pub id: InstanceId,
    /// What is desired of it; labels and protection are recorded.
    pub spec: Spec,
    /// What info said.
    pub observed: Observed,
}

/// Binds an instance to a name and settles whatever was pending for it. Returns what info said, or `None`
/// when the name already had just that instance and nothing had to be done. `account` is recorded with it.
///
/// # Errors
/// When the name or the id is taken, info does not confirm the id, or it cannot be recorded.
pub async fn import(
    (name, id, spec): (&Name, &InstanceId, &Spec),
    (desired, document): (&Desired, &Document),
    account: Option<AccountMark>,
    (viewer, recorder, clock): (&Viewer, &Recorder, &Clock),
) -> Result<Option<Observed>, ImportError> {
    if Claims::new(desired, document).check(name, id)? == Claim::Already {
        return Ok(None);
    }
    let observed =
        viewer.info(id).await.map_err(|source| ImportError::NotConfirmed { id: id.clone(), source })?;
    let (name, id, spec) = (name.clone(), id.clone(), spec.clone());
    let binding = Binding { name, id, spec, observed: observed.clone() };
    recorder.record_all(bound(vec![binding], document, account, clock())).await?;
    Ok(Some(observed))
}

/// The records that bind all of these, to be made durable together. `account` is recorded with them.
#[must_use]
pub fn bound(
    bindings: Vec<Binding>,
    document: &Document,
    account: Option<AccountMark>,
    now: Timestamp,
) -> Vec<Record> {
    let account = account.map(|account| Record::Account { account });
    let bind = |Binding { name, id, spec, observed }: Binding| {
        let known = document.instances.get(&name);
        // Bound again to settle a delete, it is no younger, and has what was set on it.
        let at = known.map_or(now, |known| known.created_at);
        let mut recorded = found(&id, &observed, Attributes::desired(&spec, &Marks::new(), None), at);
        if let Some(known) = known {
            let Recorded { rate_limit, webhooks, doubtful, .. } = known.clone();
            recorded = Recorded { rate_limit, webhooks, doubtful, ..recorded };
        }
        Record::Bound { name, recorded }
    };
    account.into_iter().chain(bindings.into_iter().map(bind)).collect()
}

/// What is recorded of an instance that existed before: its run state is the observed one.
pub(super) fn found(id: &InstanceId, observed: &Observed, wanted: Attributes, at: Timestamp) -> Recorded {
    let Attributes { labels, protect, running: _, rate_limit: _, webhooks: _, doubtful: _ } = wanted;
    let Observed { status, session_name, server_name, paired: _ } = observed;
    Recorded {
        session_name: session_name.clone(),
        server_name: server_name.clone(),
        protect,
        labels,
        running: status.is_running(),
        // Whatever policy and webhooks it has, this tool did not set them yet.
        ..Recorded::new(id.clone(), at)
    }
}
