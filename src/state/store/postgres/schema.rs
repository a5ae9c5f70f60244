//! The tables: made when they are missing, brought up to date when they are older, refused when they are newer.
//!
//! Invariant: whoever is there first makes them, once, and a role that may not make anything uses what is there.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::link::{Failure, Link};

/// The version that this program writes, and the newest it reads.
const VERSION: i32 = 1;
/// What brings the tables from each version to the next.
const STEPS: &[&str] = &[include_str!("v1.sql")];
const LIMIT: Duration = Duration::from_secs(30);

/// What the tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    /// There are none.
    Missing,
    /// Those of this program, or older.
    Known(i32),
    /// Those of a program that came after this one.
    Newer(i32),
}

/// The version of tables that came after this program.
pub(super) fn newer(version: i64) -> Option<i32> {
    i32::try_from(version).ok().filter(|version| *version > VERSION)
}

/// Whether a refusal says that a table is not there.
pub(super) fn is_missing(failure: &Failure) -> bool {
    matches!(failure.code(), Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME))
}

/// The tables that are there.
pub(super) async fn look(link: &mut Link) -> Result<Tables, Failure> {
    match link.ask("SELECT version FROM wawpform.version", &[], LIMIT).await {
        Ok(rows) => {
            let version = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(0);
            Ok(if version > VERSION { Tables::Newer(version) } else { Tables::Known(version) })
        }
        Err(failure) if is_missing(&failure) => Ok(Tables::Missing),
        Err(failure) => Err(failure),
    }
}

/// Looks, and makes or mends what this program needs.
pub(super) async fn prepare(link: &mut Link) -> Result<Tables, Failure> {
    match look(link).await? {
        Tables::Known(version) if version >= VERSION => return Ok(Tables::Known(version)),
        Tables::Newer(version) => return Ok(Tables::Newer(version)),
        Tables::Missing | Tables::Known(_) => {}
    }
    // In one message these are one transaction, whichever connection of a proxy they meet; the lock ends with it.
    // Two that begin at once come one after the other, and the second finds everything done.
    let schema = &link.address.schema;
    let mut statements = format!("SELECT pg_advisory_xact_lock(hashtextextended('{schema} schema', 0));\n");
    for step in STEPS {
        statements.push_str(&step.replace("wawpform", schema));
    }
    link.batch(&statements, LIMIT).await?;
    look(link).await
}
