//! A document that many records are folded into.
//!
//! Invariant: `holders` knows exactly which name each recorded instance_id is bound to, so that a record
//! costs the same in a fleet of ten and of a hundred thousand.

use std::collections::HashMap;

use super::{Document, FoldError, Pending, Recorded};
use crate::instance::{InstanceId, Name};
use crate::state::journal::Record;

/// A document under the pen.
#[derive(Debug, Clone)]
pub struct Book {
    document: Document,
    holders: HashMap<InstanceId, Name>,
}

/// One entry as it was, to take a record back.
struct Entry {
    name: Name,
    recorded: Option<Recorded>,
    pending: Option<Pending>,
}

impl Book {
    /// Opens a document. O(n), once.
    #[must_use]
    pub fn new(document: Document) -> Self {
        let holders = document
            .instances
            .iter()
            .map(|(name, recorded)| (recorded.instance_id.clone(), name.clone()))
            .collect();
        Self { document, holders }
    }

    /// The document with everything folded in so far.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The same, for good.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document
    }

    /// [`Document::fold`], in O(log n) for every record.
    ///
    /// # Errors
    /// When the record does not fit; then nothing has changed.
    pub fn fold(&mut self, record: &Record) -> Result<(), FoldError> {
        let bound = match record {
            Record::Bound { name: _, recorded } => self.holders.get(&recorded.instance_id).cloned(),
            _ => None,
        };
        let before = record.names().map(|name| name.and_then(|name| self.id_of(name)));
        self.document.apply(record, bound.as_ref())?;
        for id in before.into_iter().flatten() {
            self.holders.remove(&id);
        }
        for name in record.names().into_iter().flatten() {
            if let Some(id) = self.id_of(name) {
                self.holders.insert(id, name.clone());
            }
        }
        Ok(())
    }

    /// Folds all of them or none. O(log n) for each.
    ///
    /// # Errors
    /// When one does not fit the document as the ones before it leave it; then nothing has changed.
    pub fn fold_all(&mut self, records: &[Record]) -> Result<(), FoldError> {
        if let [only] = records {
            return self.fold(only);
        }
        let (account, serial) = (self.document.account.clone(), self.document.serial);
        let mut undo = Vec::new();
        for record in records {
            undo.extend(record.names().into_iter().flatten().map(|name| self.entry(name)));
            if let Err(error) = self.fold(record) {
                // Backwards: each entry is as it was before the records that came after it.
                undo.into_iter().rev().for_each(|entry| self.put_back(entry));
                self.document.account = account;
                self.document.serial = serial;
                return Err(error);
            }
        }
        Ok(())
    }

    fn id_of(&self, name: &Name) -> Option<InstanceId> {
        self.document.instances.get(name).map(|recorded| recorded.instance_id.clone())
    }

    fn entry(&self, name: &Name) -> Entry {
        Entry {
            name: name.clone(),
            recorded: self.document.instances.get(name).cloned(),
            pending: self.document.pending.get(name).cloned(),
        }
    }

    fn put_back(&mut self, Entry { name, recorded, pending }: Entry) {
        // The id may have moved on to a name that was put back already.
        if let Some(id) = self.id_of(&name)
            && self.holders.get(&id) == Some(&name)
        {
            self.holders.remove(&id);
        }
        match recorded {
            Some(recorded) => {
                self.holders.insert(recorded.instance_id.clone(), name.clone());
                self.document.instances.insert(name.clone(), recorded);
            }
            None => {
                self.document.instances.remove(&name);
            }
        }
        match pending {
            Some(pending) => self.document.pending.insert(name, pending),
            None => self.document.pending.remove(&name),
        };
    }
}
