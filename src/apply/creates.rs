//! Whether more creates make sense: not when the account is full, and not while their answers keep getting lost.
//!
//! Invariant: it only ever keeps creates from being started; deletes and updates go on.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::wawp::{CallError, Kind};

/// So many creates without a known outcome, one after the other, and no more are started: each may hold a slot
/// and has to be settled by a person, so an API that is down must not make hundreds of them.
const MOST_UNKNOWN: u32 = 3;

/// What the creates of a run have learnt.
#[derive(Debug, Default)]
pub(super) struct Creates {
    quota_reached: AtomicBool,
    unknown_in_a_row: AtomicU32,
}

impl Creates {
    /// Takes note of an answer to a create.
    pub(super) fn heard<T>(&self, answer: &Result<T, CallError>) {
        match answer.as_ref().map_err(|error| error.kind) {
            Err(Kind::Unknown) => {
                self.unknown_in_a_row.fetch_add(1, Ordering::Relaxed);
            }
            Err(Kind::Quota) => self.quota_reached.store(true, Ordering::Relaxed),
            // A rejection says nothing about the next one, but the API is answering.
            Ok(_) | Err(_) => self.unknown_in_a_row.store(0, Ordering::Relaxed),
        }
    }

    /// Why no further create is started, if that is so.
    pub(super) fn barred(&self) -> Option<String> {
        if self.quota_reached.load(Ordering::Relaxed) {
            return Some("the account has no free slot (quota_reached)".into());
        }
        let unknown = self.unknown_in_a_row.load(Ordering::Relaxed);
        (unknown >= MOST_UNKNOWN).then(|| format!("{unknown} creates in a row had no known outcome"))
    }
}
