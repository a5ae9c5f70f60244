//! What the pen of a local store works with, on a thread that may block.
//!
//! Invariant: nothing is written once the lock is not in its place, nothing is acknowledged that is not in the
//! file of the journal's name, and nothing is replaced or continued that this desk has not seen.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::disk::{self, Fate};
use super::local::{Files, failed};
use super::{Snapshot, StoreError};
use crate::state::lock::FileLock;

/// Tells documents apart.
type Sum = [u8; 32];

/// One desk; the lock is held as long as it lives.
#[derive(Debug)]
pub(super) struct Desk {
    files: Files,
    journal: Journal,
    lock: FileLock,
    /// What was there when it was last looked at; `None` before that.
    seen: Option<Seen>,
}

/// What a desk has seen or written.
#[derive(Debug)]
struct Seen {
    document: Option<Sum>,
    /// Of no bytes when there is none. Not kept up while the journal is open.
    journal: Sum,
}

/// The journal as far as this desk is concerned.
#[derive(Debug)]
enum Journal {
    /// Left as it was found.
    Untouched,
    /// At its end, ready for the next batch, with so many bytes in it.
    Open(File, u64),
    /// An append failed: what is at its end is not known. Only a checkpoint helps.
    Broken,
}

impl Desk {
    pub(super) const fn new(files: Files, lock: FileLock) -> Self {
        Self { files, journal: Journal::Untouched, lock, seen: None }
    }

    pub(super) fn read(&mut self) -> Result<Snapshot, StoreError> {
        let snapshot = self.files.read()?;
        let Snapshot { document, journal } = &snapshot;
        self.seen = Some(Seen { document: document.as_deref().map(sum), journal: sum(journal) });
        Ok(snapshot)
    }

    pub(super) fn append(&mut self, number: u64, line: &[u8]) -> Result<(), StoreError> {
        let append = |error| failed("append to", &self.files.journal, error);
        let journal = std::mem::replace(&mut self.journal, Journal::Broken);
        self.keeps_its_lock()?;
        let (mut file, before) = match journal {
            Journal::Open(file, length) => (file, length),
            Journal::Untouched => {
                let found = disk::read_whole(&self.files.journal).map_err(append)?.unwrap_or_default();
                if self.seen.as_ref().is_some_and(|seen| seen.journal != sum(&found)) {
                    return Err(disturbed(&self.files.journal, "changed"));
                }
                match number {
                    1 => (self.begin_journal()?, 0),
                    _ => go_on(&self.files.journal, &found).map_err(append)?,
                }
            }
            Journal::Broken => {
                return Err(append(io::Error::other("an earlier record could not be written")));
            }
        };
        file.write_all(line).map_err(append)?;
        file.sync_data().map_err(|error| failed("sync", &self.files.journal, error))?;
        let length = before + line.len() as u64;
        // Only now: whatever happened to it up to here, what was written is in the file of that name.
        undisturbed(&self.files.journal, disk::fate(&self.files.journal, &file).map_err(append)?)?;
        if file.metadata().map_err(append)?.len() != length {
            return Err(disturbed(&self.files.journal, "changed"));
        }
        self.journal = Journal::Open(file, length);
        Ok(())
    }

    /// A new file, also where one is left over: whoever is reading that one reads it to its end.
    fn begin_journal(&self) -> Result<File, StoreError> {
        let journal = &self.files.journal;
        disk::remove(journal).map_err(|error| failed("remove", journal, error))?;
        let file = disk::create_private(journal).map_err(|error| failed("create", journal, error))?;
        disk::sync_folder(disk::folder_of(journal))
            .map_err(|error| failed("sync the folder of", journal, error))?;
        Ok(file)
    }

    pub(super) fn checkpoint(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.keeps_its_lock()?;
        self.finds_what_it_left()?;
        let Files { document, lock: _, journal, backup } = &self.files;
        disk::keep(document, backup).map_err(|error| failed("write", backup, error))?;
        disk::replace(document, bytes).map_err(|error| failed("write", document, error))?;
        // Whatever fails from here on, this is the document, and its journal is contained in it or gone.
        self.seen = None;
        disk::sync_folder(disk::folder_of(document))
            .map_err(|error| failed("sync the folder of", document, error))?;
        // From here on the journal is contained in the document, and a reader sees that it is.
        self.journal = Journal::Untouched;
        disk::remove(journal).map_err(|error| failed("remove", journal, error))?;
        self.seen = Some(Seen { document: Some(sum(bytes)), journal: sum(b"") });
        Ok(())
    }

    /// Without its file the lock keeps nobody out: another run may be at work already.
    fn keeps_its_lock(&self) -> Result<(), StoreError> {
        let lock = &self.files.lock;
        undisturbed(lock, self.lock.fate().map_err(|error| failed("look for", lock, error))?)
    }

    /// A document that came from elsewhere meanwhile, such as out of git, may know of instances that this run
    /// does not know. One that is gone hides nothing.
    fn finds_what_it_left(&self) -> Result<(), StoreError> {
        let Some(Seen { document: seen, journal: _ }) = &self.seen else { return Ok(()) };
        let document = &self.files.document;
        let there = disk::read_whole(document).map_err(|error| failed("read", document, error))?;
        match there {
            Some(bytes) if *seen != Some(sum(&bytes)) => Err(disturbed(document, "changed")),
            _ => Ok(()),
        }
    }
}

/// Opens a journal to go on after its last complete line, and says how long it is; what is behind that was
/// never acknowledged.
fn go_on(path: &Path, bytes: &[u8]) -> io::Result<(File, u64)> {
    let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let file = OpenOptions::new().append(true).open(path)?;
    if complete < bytes.len() {
        file.set_len(complete as u64)?;
        file.sync_all()?;
    }
    Ok((file, complete as u64))
}

fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

fn undisturbed(path: &Path, fate: Fate) -> Result<(), StoreError> {
    match fate {
        Fate::InPlace => Ok(()),
        Fate::Removed => Err(disturbed(path, "removed")),
        Fate::Replaced => Err(disturbed(path, "replaced")),
    }
}

fn disturbed(path: &Path, what: &'static str) -> StoreError {
    StoreError::Disturbed { place: path.display().to_string(), what }
}
