//! Binding an existing instance to a name, verified by info: what `import` does.

use jiff::Timestamp;

use super::settings::Clock;
use crate::instance::{InstanceId, Name, Spec};
use crate::plan::{Attributes, Marks};
use crate::state::{AccountMark, Document, LedgerError, Record, Recorded, Recorder};
use crate::wawp::{CallError, Client, Observed};

/// Why an instance cannot be bound to a name.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The name has an instance already.
    #[error("{name} already has the instance {holds}")]
    NameTaken {
        /// The name.
        name: Name,
        /// What it has.
        holds: InstanceId,
    },
    /// Another name has the instance.
    #[error("the instance {id} already belongs to {holder}")]
    IdTaken {
        /// The instance.
        id: InstanceId,
        /// Who has it.
        holder: Name,
    },
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

/// Binds an instance to a name and settles whatever was pending for it. Returns what info said, or `None`
/// when the name already had just that instance and nothing had to be done. `account` is recorded with it.
///
/// # Errors
/// When the name or the id is taken, info does not confirm the id, or it cannot be recorded.
pub async fn import(
    (name, id): (&Name, &InstanceId),
    spec: &Spec,
    (document, account): (&Document, Option<AccountMark>),
    (client, recorder, clock): (&Client, &Recorder, &Clock),
) -> Result<Option<Observed>, ImportError> {
    let pending = document.pending.contains_key(name);
    match document.instances.get(name) {
        Some(recorded) if recorded.instance_id != *id => {
            let (name, holds) = (name.clone(), recorded.instance_id.clone());
            return Err(ImportError::NameTaken { name, holds });
        }
        Some(_) if !pending => return Ok(None),
        _ => {}
    }
    let holder = document.instances.iter().find(|(other, held)| held.instance_id == *id && *other != name);
    if let Some((holder, _)) = holder {
        return Err(ImportError::IdTaken { id: id.clone(), holder: holder.clone() });
    }
    let observed =
        client.info(id).await.map_err(|source| ImportError::NotConfirmed { id: id.clone(), source })?;
    // Bound again to settle a delete, it is no younger.
    let at = document.instances.get(name).map_or_else(|| clock(), |known| known.created_at);
    let mut recorded = found(id, &observed, Attributes::desired(spec, &Marks::new(), None), at);
    if let Some(known) = document.instances.get(name) {
        let Recorded { rate_limit, webhooks, doubtful, .. } = known.clone();
        recorded = Recorded { rate_limit, webhooks, doubtful, ..recorded };
    }
    let account = account.map(|account| Record::Account { account });
    let bound = Record::Bound { name: name.clone(), recorded };
    recorder.record_all(account.into_iter().chain([bound]).collect()).await?;
    Ok(Some(observed))
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
