//! Whether more creates make sense: not when the account is full, and not while their answers keep getting lost.
//!
//! Invariant: it only ever keeps creates from being started; deletes and updates go on.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::instance::Name;
use crate::wawp::{CallError, Kind};

/// So many creates without a known outcome, one after the other, and no more are started: each may hold a slot
/// and has to be settled by a person, so an API that is down must not make hundreds of them.
const MOST_UNKNOWN: u32 = 3;

/// What the creates of a run have learnt.
#[derive(Debug, Default)]
pub(super) struct Creates {
    quota_reached: AtomicBool,
    unknown_in_a_row: AtomicU32,
    /// Whose creates had no known outcome, in this run and before it.
    unknown: Mutex<Vec<Name>>,
}

impl Creates {
    /// Begins with the creates that earlier runs left without a known outcome.
    pub(super) fn after(unknown: impl Iterator<Item = Name>) -> Self {
        Self { unknown: Mutex::new(unknown.collect()), ..Self::default() }
    }

    /// Takes note of an answer to a create. What it says about others is returned: an account that is full after a
    /// create without a known outcome suggests that this one did happen (wawp-api.md §5).
    pub(super) fn heard<T>(&self, name: &Name, answer: &Result<T, CallError>) -> Option<String> {
        match answer.as_ref().map_err(|error| error.kind) {
            Err(Kind::Unknown) => {
                self.unknown_in_a_row.fetch_add(1, Ordering::Relaxed);
                self.unknown.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
            }
            Err(Kind::Quota) => {
                self.quota_reached.store(true, Ordering::Relaxed);
                return self.hint();
            }
            // A rejection says nothing about the next one, but the API is answering.
            Ok(_) | Err(_) => self.unknown_in_a_row.store(0, Ordering::Relaxed),
        }
        None
    }

    fn hint(&self) -> Option<String> {
        let unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        match &unknown[..] {
            [] => None,
            [one] => Some(format!(
                "a slot may be taken by the create of {one}, whose outcome is unknown: it probably did happen, so \
                 look for its instance in the dashboard before you forget {one}"
            )),
            [first, rest @ ..] => Some(format!(
                "slots may be taken by the creates of {first} and {} more, whose outcome is unknown: they probably \
                 did happen, so look for their instances in the dashboard before you forget them",
                rest.len()
            )),
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
