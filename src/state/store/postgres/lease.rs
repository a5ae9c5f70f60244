//! The lease: who may write, until when, and under which number.
//!
//! Invariant: every taking of the lease raises the fleet's fencing number, and every write asks for its own number in
//! its own transaction: a holder that was superseded writes nothing more, however late it wakes up. Times are the
//! server's. Whoever lost an answer raises its own number first: then no straggler of its own can be carried out
//! later, and what is there can be looked at.

use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::link::{Failure, Link};
use crate::instance::Name;
use crate::state::json;
use crate::state::store::{Holder, LockInfo};

/// How long a statement about one row may take.
pub(super) const LIMIT: Duration = Duration::from_secs(3);

const TAKE: &str = "
    INSERT INTO wawpform.fleet AS f (fleet, fence, token, holder, expires)
    VALUES ($1, 1, gen_random_uuid(), $2::json, clock_timestamp() + make_interval(secs => $3))
    ON CONFLICT (fleet) DO UPDATE SET
        fence = f.fence + 1, token = gen_random_uuid(), holder = excluded.holder,
        expires = clock_timestamp() + make_interval(secs => $3)
    WHERE f.token IS NULL OR f.expires IS NULL OR f.expires <= clock_timestamp()
    RETURNING fence, journal, token::text";
const TAKEN: &str = "
    SELECT fence, journal, token::text FROM wawpform.fleet
    WHERE fleet = $1 AND holder::jsonb = $2::jsonb AND expires > clock_timestamp()";
const HOLDER: &str = "
    SELECT holder::text FROM wawpform.fleet
    WHERE fleet = $1 AND token IS NOT NULL AND expires > clock_timestamp()";
const BREAK: &str = "
    UPDATE wawpform.fleet SET fence = fence + 1, token = NULL, holder = NULL, expires = NULL
    WHERE fleet = $1 AND holder->>'ID' = $2 RETURNING fence";
const RENEW: &str = "
    UPDATE wawpform.fleet SET expires = clock_timestamp() + make_interval(secs => $3)
    WHERE fleet = $1 AND token = $2::uuid RETURNING fence";
const CLAIM: &str = "
    UPDATE wawpform.fleet SET fence = fence + 1, expires = clock_timestamp() + make_interval(secs => $3)
    WHERE fleet = $1 AND token = $2::uuid RETURNING fence";
const RELEASE: &str = "
    UPDATE wawpform.fleet SET token = NULL, holder = NULL, expires = NULL
    WHERE fleet = $1 AND token = $2::uuid RETURNING fence";

/// A lease that is held, as far as is known.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) fleet: String,
    /// The number that every write must bring.
    pub(super) fence: i64,
    /// Chosen by the server for this one lease.
    token: String,
    /// The number of the fleet's present journal.
    pub(super) journal: i64,
    seconds: f64,
}

/// What came of an attempt to take it.
pub(super) enum Taking {
    /// It is held.
    Taken(Lease),
    /// By someone else; who, as far as it can be read.
    Held(Option<Box<LockInfo>>),
}

impl Lease {
    /// Takes it if nobody has it, or whoever had it let it lapse.
    pub(super) async fn take(link: &mut Link, fleet: &Name, info: &LockInfo) -> Result<Taking, Failure> {
        let seconds = link.address.lease.as_secs_f64();
        let (fleet, info) = (fleet.to_string(), String::from_utf8_lossy(&json::compact(info)).into_owned());
        let parameters = [(&fleet as _, Type::TEXT), (&info as _, Type::TEXT), (&seconds as _, Type::FLOAT8)];
        let rows = match link.ask(TAKE, &parameters, LIMIT).await {
            // It may have been taken all the same; the id in it is this lock's own.
            Err(Failure::Lost(error)) => match link.ask(TAKEN, &parameters[..2], LIMIT).await {
                Ok(rows) if !rows.is_empty() => rows,
                _ => return Err(Failure::Lost(error)),
            },
            rows => rows?,
        };
        match rows.first() {
            Some(row) => {
                let (fence, journal, token) = (number(row, 0), number(row, 1), text(row, 2));
                Ok(Taking::Taken(Self { fleet, fence, token, journal, seconds }))
            }
            None => Ok(Taking::Held(holder(link, &fleet).await?.and_then(|Holder(info)| info))),
        }
    }

    /// Whether it is still held, longer from now on.
    pub(super) async fn renew(&self, link: &mut Link) -> Result<bool, Failure> {
        Ok(!self.update(link, RENEW).await?.is_empty())
    }

    /// Takes a new number for itself, so that nothing that was sent under the old one can still be carried out. Whether
    /// it is still held. What was being carried out meanwhile is waited for.
    pub(super) async fn claim(&mut self, link: &mut Link) -> Result<bool, Failure> {
        let mut tries = 0;
        loop {
            match self.update(link, CLAIM).await {
                Ok(rows) => {
                    let fence = rows.first().map(|row| number(row, 0));
                    self.fence = fence.unwrap_or(self.fence);
                    return Ok(fence.is_some());
                }
                // Raised once or twice: any number that is the server's will do.
                Err(Failure::Lost(_)) if tries < 2 => tries += 1,
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Lets go of it. That it is not this one's any more is as good.
    pub(super) async fn release(&self, link: &mut Link) -> Result<(), Failure> {
        match self.update(link, RELEASE).await {
            Err(Failure::Lost(_)) => self.update(link, RELEASE).await.map(drop),
            released => released.map(drop),
        }
    }

    async fn update(&self, link: &mut Link, statement: &str) -> Result<Vec<Row>, Failure> {
        let parameters = [
            (&self.fleet as _, Type::TEXT),
            (&self.token as _, Type::TEXT),
            (&self.seconds as _, Type::FLOAT8),
        ];
        let used = if statement.contains("$3") { 3 } else { 2 };
        link.ask(statement, parameters.get(..used).unwrap_or_default(), LIMIT).await
    }
}

/// Who holds a fleet's lease now.
pub(super) async fn holder(link: &mut Link, fleet: &str) -> Result<Option<Holder>, Failure> {
    let rows = link.ask(HOLDER, &[(&fleet, Type::TEXT)], LIMIT).await?;
    Ok(rows.first().map(|row| Holder(serde_json::from_str(&text(row, 0)).ok())))
}

/// Takes the lease with this id away from whoever holds it. Whether it was there.
pub(super) async fn take_away(link: &mut Link, fleet: &str, id: &str) -> Result<bool, Failure> {
    Ok(!link.ask(BREAK, &[(&fleet, Type::TEXT), (&id, Type::TEXT)], LIMIT).await?.is_empty())
}

/// A number that a statement gives. The statements are this program's own: a column is what it says.
pub(super) fn number(row: &Row, column: usize) -> i64 {
    row.try_get(column).unwrap_or_default()
}

/// A text that a statement gives; empty when it gives none.
pub(super) fn text(row: &Row, column: usize) -> String {
    row.try_get::<_, Option<String>>(column).ok().flatten().unwrap_or_default()
}
