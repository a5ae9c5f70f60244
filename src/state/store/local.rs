//! The local store: a document, and beside it its lock, its journal and its backup.
//!
//! Invariant: at every moment, whatever is cut off, the document is whole and every acknowledged record is in
//! it or in the journal. Nothing but the holder of the lock writes.

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::desk::Desk;
use super::disk;
use super::{Batch, LockInfo, Pen, Reader, Snapshot, Store, StoreError};
use crate::state::document::Document;
use crate::state::journal::encode_batch;
use crate::state::lock::{self, FileLock, NotLocked};

/// A state in a file on this machine.
#[derive(Debug, Clone)]
pub struct LocalStore {
    path: PathBuf,
}

impl LocalStore {
    /// The state whose document is, or will be, at `path`. Nothing is touched yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl Reader for LocalStore {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// On the caller's own thread: whoever reads decodes next, which takes longer, and another thread would first have to
    /// find a processor while all of them read the manifest.
    async fn read(&self) -> Result<Snapshot, StoreError> {
        Files::at(&self.path)?.read()
    }

    async fn at_work(&self) -> Option<Box<LockInfo>> {
        let path = self.path.clone();
        let seen = blocking(self.place(), move || Ok(lock::seen_holder(&Files::at(&path)?.lock))).await;
        seen.ok().flatten()
    }
}

#[async_trait]
impl Store for LocalStore {
    async fn lock(&self, info: &LockInfo) -> Result<Box<dyn Pen>, StoreError> {
        let (path, info) = (self.path.clone(), info.clone());
        let desk = blocking(self.place(), move || {
            let files = Files::at(&path)?;
            let folder = disk::folder_of(&files.document);
            disk::create_folders(folder).map_err(|error| failed("create", folder, error))?;
            let lock = FileLock::take(&files.lock, &info).map_err(|error| match error {
                NotLocked::Held(info) => StoreError::Locked(info),
                NotLocked::Io(error) => failed("lock", &files.lock, error),
            })?;
            Ok(Desk::new(files, lock))
        })
        .await?;
        Ok(Box::new(LocalPen { place: self.place(), desk: Some(desk) }))
    }

    async fn break_lock(&self, id: &str) -> Result<(), StoreError> {
        let (path, id) = (self.path.clone(), id.to_owned());
        blocking(self.place(), move || {
            let files = Files::at(&path)?;
            lock::break_by_id(&files.lock, &id).map_err(|error| match error {
                NotLocked::Held(info) => StoreError::Locked(info),
                NotLocked::Io(error) => failed("unlock", &files.lock, error),
            })
        })
        .await
    }
}

/// The names of one state's files.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) document: PathBuf,
    pub(super) lock: PathBuf,
    pub(super) journal: PathBuf,
    pub(super) backup: PathBuf,
}

impl Files {
    /// A document that is a symbolic link is followed, and the other files lie beside its target: two links to
    /// one document are one state, with one lock.
    fn at(path: &Path) -> Result<Self, StoreError> {
        let document = disk::follow(path).map_err(|error| failed("read", path, error))?;
        let Some(name) = document.file_name() else {
            return Err(failed("use", path, io::Error::other("it has no file name")));
        };
        let beside = |ending: &str| {
            let mut name = name.to_owned();
            name.push(ending);
            document.with_file_name(name)
        };
        Ok(Self { lock: beside(".lock"), journal: beside(".journal"), backup: beside(".backup"), document })
    }

    pub(super) fn read(&self) -> Result<Snapshot, StoreError> {
        self.read_around(|| {})
    }

    /// The journal first: if the document is then newer, it contains the journal, and that can be seen. The
    /// other way round, records could be missed. `between` is what others may do meanwhile.
    fn read_around(&self, between: impl FnOnce()) -> Result<Snapshot, StoreError> {
        let whole = |path: &Path| disk::read_whole(path).map_err(|error| failed("read", path, error));
        let journal = whole(&self.journal)?.unwrap_or_default();
        between();
        let document = whole(&self.document)?;
        Ok(Snapshot { document, journal })
    }
}

/// The pen of a local store.
struct LocalPen {
    place: String,
    /// Gone while a call is on its way; for good when that call was abandoned. Then the lock ends with it.
    desk: Option<Desk>,
}

impl LocalPen {
    async fn at_desk<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(mut desk) = self.desk.take() else {
            let abandoned = io::Error::other("an earlier call was abandoned");
            return Err(StoreError::Io { what: "use", place: self.place.clone(), source: abandoned });
        };
        let (desk, result) = blocking(self.place.clone(), move || {
            let result = work(&mut desk);
            Ok((desk, result))
        })
        .await?;
        self.desk = Some(desk);
        result
    }
}

#[async_trait]
impl Pen for LocalPen {
    async fn read(&mut self) -> Result<Snapshot, StoreError> {
        self.at_desk(Desk::read).await
    }

    async fn append(&mut self, batch: &Batch<'_>) -> Result<(), StoreError> {
        let Batch { number, records, base, after: _ } = *batch;
        let line = encode_batch(&base.lineage, base.serial, number, records);
        self.at_desk(move |desk| desk.append(number, &line)).await
    }

    async fn checkpoint(&mut self, document: &Document) -> Result<(), StoreError> {
        let bytes = document.encode();
        self.at_desk(move |desk| desk.checkpoint(&bytes)).await
    }

    async fn release(mut self: Box<Self>) -> Result<(), StoreError> {
        let desk = self.desk.take();
        blocking(self.place.clone(), move || {
            drop(desk);
            Ok(())
        })
        .await
    }
}

/// Runs file work on a thread that may block. When the caller stops waiting, the work is still finished.
async fn blocking<T: Send + 'static>(
    place: String,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Io { what: "use", place, source: io::Error::other(error) }),
    }
}

pub(super) fn failed(what: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { what, place: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Name;
    use crate::state::document::{Call, Lineage};
    use crate::state::journal::{Record, replay};

    #[test]
    fn a_checkpoint_while_a_reader_is_between_the_two_files_hides_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::at(&folder.path().join("acme.json")).unwrap();
        let name = Name::new("acme").unwrap();
        let base = Document::begin(name.clone(), Lineage("0b5e".to_owned()), "sandbox".to_owned());
        let record = Record::Intent { name, call: Call::Create, at: jiff::Timestamp::UNIX_EPOCH };
        let mut after = base.clone();
        after.fold(&record).unwrap();
        std::fs::write(&files.document, base.encode()).unwrap();
        std::fs::write(&files.journal, encode_batch(&base.lineage, 0, 1, &[record])).unwrap();
        let checkpoint = || {
            disk::replace(&files.document, &after.encode()).unwrap();
            disk::remove(&files.journal).unwrap();
        };
        let Snapshot { document, journal } = files.read_around(checkpoint).unwrap();
        let document = Document::decode(&document.unwrap()).unwrap();
        assert_eq!(replay(document, &journal).unwrap().document, after);
    }
}
