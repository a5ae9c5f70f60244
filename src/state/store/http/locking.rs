//! The lock of an HTTP state: taken, tried, let go, broken.
//!
//! Invariant: a lock counts as taken only when the server said so, or named this very lock as the one that is
//! held; whatever else may have been taken on the way is let go.

use super::exchange::{Answer, Ask, Exchange};
use super::settings::HttpLock;
use crate::state::json;
use crate::state::store::{LockInfo, StoreError};

/// What to do about a server that does not lock.
const NO_LOCK: &str = "set TF_HTTP_LOCK_ADDRESS, TF_HTTP_LOCK_METHOD and the same for UNLOCK as the server wants them; only \
                       where nobody else ever writes this state, WAWPFORM_HTTP_LOCK=none does without";

/// Takes the lock, or says who holds it. Whether there is one to take.
pub(super) async fn take(exchange: &Exchange, info: &LockInfo) -> Result<bool, StoreError> {
    let Some(lock) = &exchange.settings.lock else { return Ok(false) };
    let body = json::compact(info);
    let ask = Ask { method: &lock.method, url: lock.address.url().clone(), body: Some(&body) };
    let mut tries = 0;
    loop {
        let unclear = match exchange.once(&ask).await {
            Ok(answer) => return taken(exchange, lock, info, &answer, tries > 0),
            Err(unclear) => unclear,
        };
        if let Err(error) = exchange.pause("lock", tries, unclear).await {
            // It may have been taken without an answer.
            let _ = release_once(exchange, lock, info).await;
            return Err(error);
        }
        tries += 1;
    }
}

fn taken(
    exchange: &Exchange,
    lock: &HttpLock,
    info: &LockInfo,
    answer: &Answer,
    was_unclear: bool,
) -> Result<bool, StoreError> {
    let to = || format!("{} (a lock)", lock.method);
    match answer.status {
        200..=204 if !answer.is_page() => Ok(true),
        409 | 423 => match holder(answer) {
            // An earlier try took it, and its answer was lost.
            Some(holder) if was_unclear && holder.id == info.id => Ok(true),
            holder => Err(StoreError::Locked(holder)),
        },
        400 | 404 | 405 | 501 => match exchange.refused(&to(), answer) {
            StoreError::Unfit { place, why, hint: _ } => Err(StoreError::Unfit { place, why, hint: NO_LOCK }),
            error => Err(error),
        },
        _ => Err(exchange.refused(&to(), answer)),
    }
}

/// Who holds the lock, as the server says; `None` when that cannot be read.
fn holder(answer: &Answer) -> Option<Box<LockInfo>> {
    serde_json::from_slice(&answer.body).ok()
}

/// Whether the lock, which is held, keeps others out.
pub(super) async fn probe(exchange: &Exchange, info: &LockInfo) -> Result<(), StoreError> {
    let other = LockInfo { id: format!("{}-probe", info.id), ..info.clone() };
    match take(exchange, &other).await {
        Err(StoreError::Locked(_)) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => {
            let _ = release(exchange, &other).await;
            let why = "gives away a lock that is held: two runs could write at once".to_owned();
            Err(StoreError::Unfit { place: exchange.place(), why, hint: NO_LOCK })
        }
    }
}

/// Lets go of the lock, also when it is not this one's any more.
pub(super) async fn release(exchange: &Exchange, info: &LockInfo) -> Result<(), StoreError> {
    match unlock(exchange, info).await {
        // Somebody else's by now, or nobody's: an earlier try let go of it, and its answer was lost.
        Err(StoreError::Locked(holder)) if holder.as_ref().is_none_or(|holder| holder.id != info.id) => {
            Ok(())
        }
        result => result,
    }
}

/// One try, whatever comes of it.
async fn release_once(exchange: &Exchange, lock: &HttpLock, info: &LockInfo) {
    let body = json::compact(info);
    let url = lock.unlock_address.url().clone();
    let _ = exchange.once(&Ask { method: &lock.unlock_method, url, body: Some(&body) }).await;
}

/// Takes the lock with this id from whoever holds it.
pub(super) async fn break_by_id(exchange: &Exchange, id: &str) -> Result<(), StoreError> {
    let asking = LockInfo {
        id: format!("{id}-asks"),
        operation: "unlock".into(),
        info: String::new(),
        who: "wawpform".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        created: "1970-01-01T00:00:00Z".into(),
        path: exchange.place(),
    };
    let held = match take(exchange, &asking).await {
        Ok(is_there) => {
            if is_there {
                release(exchange, &asking).await?;
            }
            return Ok(());
        }
        Err(StoreError::Locked(held)) => held,
        Err(error) => return Err(error),
    };
    match held {
        Some(info) if info.id == id => unlock(exchange, &info).await,
        Some(info) => Err(StoreError::Locked(Some(info))),
        // A server that does not say who holds it may know the id all the same.
        None => unlock(exchange, &LockInfo { id: id.to_owned(), ..asking }).await,
    }
}

async fn unlock(exchange: &Exchange, info: &LockInfo) -> Result<(), StoreError> {
    let Some(lock) = &exchange.settings.lock else { return Ok(()) };
    let body = json::compact(info);
    let ask = Ask { method: &lock.unlock_method, url: lock.unlock_address.url().clone(), body: Some(&body) };
    let answer = exchange.ask("unlock", &ask).await?;
    match answer.status {
        200..=204 => Ok(()),
        409 | 423 => Err(StoreError::Locked(holder(&answer))),
        _ => Err(exchange.refused(&format!("{} (an unlock)", lock.unlock_method), &answer)),
    }
}
