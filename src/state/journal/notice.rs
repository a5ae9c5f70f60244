//! What a person should know of a journal that was folded in without an error.

use std::collections::BTreeMap;
use std::fmt;

use crate::instance::{InstanceId, Name};
use crate::state::document::Document;
use crate::state::journal::Record;

/// How much of an unfinished line is quoted, in bytes: enough for the instance_id that it may hold.
const QUOTED: usize = 400;

/// Something that is no error and should be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The last line of the journal has no end. It was never acknowledged: no call was made on its strength.
    TornTail {
        /// Which line, counted from 1.
        line: usize,
        /// How long it is.
        bytes: usize,
        /// How it begins, escaped.
        excerpt: String,
    },
    /// The document is further than the journal beside it, and lacks instances that the journal notes: it may
    /// have come from elsewhere, such as a pull from git after a run was cut off here.
    Lacks {
        /// Each as `name (instance_id)`.
        instances: Vec<String>,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornTail { line, bytes, excerpt } => write!(
                f,
                "line {line} of the journal is unfinished ({bytes} bytes, `{excerpt}`) and was left out: a run was \
                 cut off there before it relied on it, or is writing it now"
            ),
            Self::Lacks { instances } => write!(
                f,
                "the document is further than the journal beside it, and lacks what the journal notes: {}. If they \
                 were not deleted since, import them",
                instances.join(", ")
            ),
        }
    }
}

impl Notice {
    /// The notice of an unfinished last line.
    pub(super) fn torn(line: usize, text: &[u8]) -> Self {
        let quoted = text.get(..QUOTED).unwrap_or(text);
        let more = if quoted.len() < text.len() { "…" } else { "" };
        Self::TornTail { line, bytes: text.len(), excerpt: format!("{}{more}", quoted.escape_ascii()) }
    }
}

/// What a journal binds at its end, without the document it continued.
#[derive(Debug, Default)]
pub(super) struct Bindings(BTreeMap<Name, InstanceId>);

impl Bindings {
    /// Follows one record.
    pub(super) fn note(&mut self, record: &Record) {
        match record {
            Record::Bound { name, recorded } => {
                self.0.insert(name.clone(), recorded.instance_id.clone());
            }
            Record::Deleted { name } | Record::Forgotten { name } => {
                self.0.remove(name);
            }
            Record::Renamed { from, to } => {
                if let Some(id) = self.0.remove(from) {
                    self.0.insert(to.clone(), id);
                }
            }
            Record::Account { .. }
            | Record::Intent { .. }
            | Record::Rejected { .. }
            | Record::Unknown { .. }
            | Record::Running { .. }
            | Record::Setting { .. }
            | Record::NotSet { .. }
            | Record::RateLimit { .. }
            | Record::Webhook { .. }
            | Record::Described { .. } => {}
        }
    }

    /// A notice when the document lacks any of it.
    pub(super) fn missing_in(&self, document: &Document) -> Option<Notice> {
        let held: std::collections::BTreeSet<_> =
            document.instances.values().map(|r| &r.instance_id).collect();
        let missing = self.0.iter().filter(|(_, id)| !held.contains(id));
        let instances: Vec<String> = missing.map(|(name, id)| format!("{name} ({id})")).collect();
        (!instances.is_empty()).then_some(Notice::Lacks { instances })
    }
}
