//! The document as bytes.
//!
//! Invariant: what `encode` writes `decode` reads back as the same value, and what `decode` lets through
//! holds together; everything else is refused with a place and a way on.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{AccountMark, Barred, Call, Document, Lineage, Pending, Recorded};
use crate::instance::{InstanceId, Name};
use crate::state::json::{self, Fault, checked_map};

/// The format this version writes, and the newest it reads. `state/README.md` tells it and says when it is raised;
/// `tests/formats` holds it to that.
pub const FORMAT: u64 = 1;

/// Why bytes are not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// There is a place for it, and no byte in it.
    #[error("it is empty")]
    Empty,
    /// Not JSON at all, or cut off.
    #[error("line {line}, column {column}: not JSON: {what}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
        /// In words.
        what: String,
    },
    /// JSON, but not a document: a field is missing, unknown or there twice, or its value cannot be.
    #[error("line {line}, column {column}: {what}")]
    Shape {
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
        /// In words.
        what: String,
    },
    /// Written by a version that came after this one.
    #[error("written by a newer wawpform, format {format}; this one reads up to {FORMAT}")]
    Newer {
        /// Its format.
        format: u64,
    },
    /// A format that never was.
    #[error("format {format} is not known; the first format is 1")]
    Older {
        /// Its format.
        format: u64,
    },
    /// One instance under two names: deleting one would delete the other.
    #[error("`{first}` and `{second}` have the same instance_id {id}")]
    SharedId {
        /// The id.
        id: InstanceId,
        /// The name that sorts first.
        first: Name,
        /// The other.
        second: Name,
    },
    /// A create is pending for an instance that is recorded.
    #[error("`{name}` is recorded, and a create of it is pending")]
    PendingCreate {
        /// Its name.
        name: Name,
    },
    /// A delete is pending for an instance that is not recorded.
    #[error("a delete of `{name}` is pending, and it is not recorded")]
    PendingDelete {
        /// Its name.
        name: Name,
    },
    /// It is whole, and may not be used where it is.
    #[error("{0}")]
    Barred(Barred),
    /// The lineage is empty, so nothing could be told apart by it.
    #[error("the lineage is empty")]
    NoLineage,
}

impl DocumentError {
    /// What to do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Barred(barred) => barred.hint(),
            Self::Newer { .. } => "update wawpform to the version that wrote it, or a later one",
            Self::Empty | Self::NotJson { .. } | Self::Older { .. } | Self::NoLineage => {
                "put back the last good version, from git or from the `.backup` beside it (which lacks the last \
                 run), then look at `plan` before anything is applied"
            }
            Self::Shape { .. } => {
                "undo the edit, or put back the last good version, from git or from the `.backup` beside it (which \
                 lacks the last run), then look at `plan` before anything is applied; if it is another program's file, \
                 name another place with `--state`"
            }
            Self::SharedId { .. } => {
                "find out which name the instance belongs to, and take the other one out of `instances`"
            }
            Self::PendingCreate { .. } | Self::PendingDelete { .. } => {
                "find out whether the instance exists: if it does, keep it in `instances` and take it out of \
                 `pending`, else take it out of both"
            }
        }
    }
}

impl From<Fault> for DocumentError {
    fn from(Fault { line, column, what, is_shape }: Fault) -> Self {
        if is_shape { Self::Shape { line, column, what } } else { Self::NotJson { line, column, what } }
    }
}

/// What is written; the order of the fields is the order in the file.
#[derive(Serialize)]
struct Written<'a> {
    format: u64,
    fleet: &'a Name,
    lineage: &'a Lineage,
    serial: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moving_from: Option<&'a str>,
    api: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: &'a Option<AccountMark>,
    instances: &'a BTreeMap<Name, Recorded>,
    pending: &'a BTreeMap<Name, Pending>,
}

/// What is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "document", expecting = "a state document")]
struct Shape {
    format: u64,
    fleet: Name,
    lineage: Lineage,
    serial: u64,
    #[serde(default)]
    moved_to: Option<String>,
    #[serde(default)]
    moving_from: Option<String>,
    api: String,
    #[serde(default)]
    account: Option<AccountMark>,
    #[serde(deserialize_with = "checked_map")]
    instances: BTreeMap<Name, Recorded>,
    #[serde(deserialize_with = "checked_map")]
    pending: BTreeMap<Name, Pending>,
}

/// All that may be relied on in a format that is not known.
#[derive(Deserialize)]
struct Probe {
    format: u64,
}

impl Document {
    /// The document as it is kept: indented JSON in a stable order, with a newline at the end.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = json::pretty(&self.written());
        bytes.push(b'\n');
        bytes
    }

    /// The same on one line, without a newline.
    #[cfg(feature = "postgres")]
    pub(super) fn encode_compact(&self) -> String {
        String::from_utf8_lossy(&json::compact(&self.written())).into_owned()
    }

    fn written(&self) -> Written<'_> {
        let Self { fleet, lineage, serial, api, account, instances, pending, barred } = self;
        let (moved_to, moving_from) = match barred {
            Some(Barred::MovedTo(place)) => (Some(place.as_str()), None),
            Some(Barred::MovingFrom(place)) => (None, Some(place.as_str())),
            None => (None, None),
        };
        Written {
            format: FORMAT,
            fleet,
            lineage,
            serial: *serial,
            moved_to,
            moving_from,
            api,
            account,
            instances,
            pending,
        }
    }

    /// Reads a document, and refuses one that is damaged, was written by a newer version, does not hold
    /// together, or may not be used where it is.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn decode(bytes: &[u8]) -> Result<Self, DocumentError> {
        let mut document = Self::decode_barred(bytes)?;
        match document.barred.take() {
            None => Ok(document),
            Some(barred) => Err(DocumentError::Barred(barred)),
        }
    }

    /// [`decode`](Self::decode), also of a document that is barred: for who moves it, and nobody else.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn decode_barred(bytes: &[u8]) -> Result<Self, DocumentError> {
        if bytes.is_empty() {
            return Err(DocumentError::Empty);
        }
        let shape = match serde_json::from_slice::<Shape>(bytes) {
            Ok(shape) => shape,
            // Another format may have another shape: then that is what is wrong, not a field in it.
            Err(error) => {
                return Err(match serde_json::from_slice::<Probe>(bytes) {
                    Ok(Probe { format }) => known(format).err().unwrap_or_else(|| Fault::from(error).into()),
                    Err(_) => Fault::from(error).into(),
                });
            }
        };
        let Shape { format, fleet, lineage, serial, moved_to, moving_from, api, account, instances, pending } =
            shape;
        known(format)?;
        let barred = moved_to.map(Barred::MovedTo).or_else(|| moving_from.map(Barred::MovingFrom));
        let document = Self { fleet, lineage, serial, api, account, instances, pending, barred };
        document.check()?;
        Ok(document)
    }

    /// Whether the parts agree with each other. Folding keeps them so; an editor may not have.
    fn check(&self) -> Result<(), DocumentError> {
        if self.lineage.0.is_empty() {
            return Err(DocumentError::NoLineage);
        }
        let mut holders = HashMap::with_capacity(self.instances.len());
        for (name, recorded) in &self.instances {
            if let Some(first) = holders.insert(&recorded.instance_id, name) {
                return Err(DocumentError::SharedId {
                    id: recorded.instance_id.clone(),
                    first: first.clone(),
                    second: name.clone(),
                });
            }
        }
        for (name, pending) in &self.pending {
            match (pending.call, self.instances.contains_key(name)) {
                (Call::Create, true) => return Err(DocumentError::PendingCreate { name: name.clone() }),
                (Call::Delete, false) => return Err(DocumentError::PendingDelete { name: name.clone() }),
                (Call::Create | Call::Delete | Call::Start | Call::Stop, _) => {}
            }
        }
        Ok(())
    }
}

/// Whether a format is one that this version reads.
fn known(format: u64) -> Result<(), DocumentError> {
    match format {
        FORMAT => Ok(()),
        0 => Err(DocumentError::Older { format }),
        _ => Err(DocumentError::Newer { format }),
    }
}
