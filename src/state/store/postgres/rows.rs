//! A fleet's rows: read as one moment has them, and compared with those that are to be there.
//!
//! Invariant: what is read is consistent, because it is one statement; what is written is what differs.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio_postgres::types::Type;

use super::lease::{number, text};
use super::link::{Failure, Link};
use crate::state::document::Rows;
use crate::state::store::Snapshot;

/// How long a whole fleet may take.
const LIMIT: Duration = Duration::from_secs(60);

const READ: &str = "
    SELECT 'version', version::bigint, NULL, NULL FROM wawpform.version
    UNION ALL SELECT 'head', 0, NULL, head::text FROM wawpform.fleet WHERE fleet = $1 AND head IS NOT NULL
    UNION ALL SELECT 'instance', 0, name, recorded::text FROM wawpform.instance WHERE fleet = $1
    UNION ALL SELECT 'pending', 0, name, pending::text FROM wawpform.pending WHERE fleet = $1
    UNION ALL SELECT 'batch', j.batch, NULL, j.line::text
        FROM wawpform.journal j JOIN wawpform.fleet f ON f.fleet = j.fleet AND f.journal = j.journal
        WHERE j.fleet = $1";

/// What the rows of a fleet were at one moment.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The document's rows; `None` when there is none.
    pub(super) rows: Option<Rows>,
    /// Each batch of the present journal, in order.
    pub(super) batches: BTreeMap<i64, String>,
    /// Of the tables.
    pub(super) version: i64,
}

/// Reads the rows of a fleet.
pub(super) async fn read(link: &mut Link, fleet: &str) -> Result<Found, Failure> {
    let mut found = Found::default();
    let (mut rows, mut head) = (Rows::default(), None);
    for row in link.ask(READ, &[(&fleet, Type::TEXT)], LIMIT).await? {
        let value = text(&row, 3);
        match text(&row, 0).as_str() {
            "version" => found.version = number(&row, 1),
            "head" => head = Some(value),
            "instance" => rows.instances.push((text(&row, 2), value)),
            "pending" => rows.pending.push((text(&row, 2), value)),
            _ => drop(found.batches.insert(number(&row, 1), value)),
        }
    }
    // The server sorts by its own language, and not at all here.
    rows.instances.sort();
    rows.pending.sort();
    let is_there = head.is_some() || !rows.instances.is_empty() || !rows.pending.is_empty();
    found.rows = is_there.then(|| Rows { head: head.unwrap_or_default(), ..rows });
    Ok(found)
}

impl Found {
    /// The bytes of it; `None` when the head is not one that this program wrote.
    pub(super) fn snapshot(&self) -> Option<Snapshot> {
        let document = match &self.rows {
            Some(rows) => Some(rows.to_document()?),
            None => None,
        };
        let mut journal = Vec::new();
        for line in self.batches.values() {
            journal.extend_from_slice(line.as_bytes());
            journal.push(b'\n');
        }
        Some(Snapshot { document, journal })
    }
}

type Sum = [u8; 32];

/// What is known of the rows that are there: enough to see whether they are still the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) head: Option<String>,
    instances: BTreeMap<String, Sum>,
    pending: BTreeMap<String, Sum>,
}

/// What is to be done to the rows of one table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) gone: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) values: Vec<String>,
}

impl Seen {
    pub(super) fn of(rows: Option<&Rows>) -> Self {
        let Some(Rows { head, instances, pending }) = rows else { return Self::default() };
        Self {
            head: (!head.is_empty()).then(|| head.clone()),
            instances: sums("instance", instances),
            pending: sums("pending", pending),
        }
    }

    /// What must be changed for `rows` to be there: instances, pending calls.
    pub(super) fn changes(&self, rows: &Rows) -> [Change; 2] {
        [
            change("instance", &self.instances, &rows.instances),
            change("pending", &self.pending, &rows.pending),
        ]
    }

    /// The checksum of all rows but the head's, as the server reckons it.
    pub(super) fn total(&self) -> String {
        let sums = self.instances.values().chain(self.pending.values());
        let first = |sum: &Sum| sum.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
        sums.map(|sum| i128::from(first(sum))).sum::<i128>().to_string()
    }
}

/// The checksum of one row; the server reckons the same in `pen.rs`.
fn sum(table: &str, name: &str, value: &str) -> Sum {
    let mut hash = Sha256::new();
    for part in [table, "\n", name, "\n", value] {
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

fn sums(table: &str, rows: &[(String, String)]) -> BTreeMap<String, Sum> {
    rows.iter().map(|(name, value)| (name.clone(), sum(table, name, value))).collect()
}

fn change(table: &str, seen: &BTreeMap<String, Sum>, rows: &[(String, String)]) -> Change {
    let mut change = Change::default();
    let mut left = seen.clone();
    for (name, value) in rows {
        if left.remove(name) != Some(sum(table, name, value)) {
            change.names.push(name.clone());
            change.values.push(value.clone());
        }
    }
    change.gone = left.into_keys().collect();
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(&str, &str)]) -> Rows {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Rows { head: "h".into(), instances: pairs.iter().map(own).collect(), pending: Vec::new() }
    }

    #[test]
    fn only_what_differs_is_written() {
        let seen = Seen::of(Some(&rows(&[("a", "1"), ("b", "2"), ("c", "3")])));
        let [instances, pending] = seen.changes(&rows(&[("a", "1"), ("b", "3"), ("d", "4")]));
        assert_eq!(instances.gone, ["c"]);
        assert_eq!(
            (instances.names, instances.values),
            (vec!["b".into(), "d".into()], vec!["3".into(), "4".into()])
        );
        assert_eq!(pending, Change::default());
        assert_eq!(Seen::of(None).total(), "0");
        assert_ne!(seen.total(), Seen::of(Some(&rows(&[("a", "1"), ("b", "2"), ("c", "4")]))).total());
    }
}
