//! A place on this machine: a file in a folder of its own.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use wawpform::state::{LocalStore, Record, Store};

use super::Place;
use super::given::open;

/// A folder of its own, with the document some folders below.
pub struct LocalPlace {
    pub folder: TempDir,
}

impl LocalPlace {
    pub fn fresh() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn document(&self) -> PathBuf {
        self.folder.path().join("deep/state/acme.json")
    }

    pub fn beside(&self, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}{ending}", self.document().display()))
    }

    pub fn store(&self) -> LocalStore {
        LocalStore::new(self.document())
    }

    /// A document with `records` folded in, and nothing beside it but its lock and backup.
    pub async fn with(records: &[Record]) -> Self {
        let place = Self::fresh();
        let ledger = open(&place.store()).await.ledger;
        ledger.record_all(records.to_vec()).await.unwrap();
        ledger.close().await.unwrap();
        place
    }
}

impl Place for LocalPlace {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store())
    }

    fn take_lock_away(&self) {
        fs::remove_file(self.beside(".lock")).unwrap();
    }

    fn put_document(&self, bytes: &[u8]) {
        fs::create_dir_all(self.document().parent().unwrap()).unwrap();
        fs::write(self.document(), bytes).unwrap();
    }

    fn remove_records(&self) {
        fs::remove_file(self.beside(".journal")).unwrap();
    }
}
