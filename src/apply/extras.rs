//! What the account allows beyond sessions: which policies, and whether webhooks.
//!
//! Invariant: what the API says of the whole account is asked and told once a run, not once an instance.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;

use crate::wawp::{CallError, Kind, Policy};

/// What a run has learnt of it.
#[derive(Debug, Default)]
pub(super) struct Extras {
    policies: OnceCell<Option<String>>,
    no_webhooks: AtomicBool,
}

impl Extras {
    /// After a policy was refused: which ones are to be had, in words. Nothing when that cannot be learnt.
    pub(super) async fn policies(
        &self,
        read: impl Future<Output = Result<Policy, CallError>>,
    ) -> Option<&str> {
        let asked = self.policies.get_or_init(|| async {
            let policy = read.await.ok()?;
            (!policy.available.is_empty()).then(|| format!("available: {}", policy.available.join(", ")))
        });
        asked.await.as_deref()
    }

    /// Takes note of how a webhook's call failed.
    pub(super) fn heard(&self, error: &CallError) {
        if error.kind == Kind::Rejected && error.code.as_deref() == Some("subscription_required") {
            self.no_webhooks.store(true, Ordering::Relaxed);
        }
    }

    /// Why no webhook is set, if that is known already.
    pub(super) fn no_webhooks(&self) -> Option<String> {
        let barred = self.no_webhooks.load(Ordering::Relaxed);
        barred.then(|| "webhooks need a paid account (subscription_required)".to_owned())
    }
}
