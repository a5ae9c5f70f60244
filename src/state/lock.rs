//! The lock of a state on this machine: an OS lock on a file of its own.
//!
//! Invariant: the lock is the kernel's and ends with its holder, whatever kills it. The text in the file only
//! says who holds it, and means nothing when nobody does. The file stays, so that two never hold locks on two
//! files of one name.
//!
//! It is advisory, and some network file systems do not keep it between machines.

use std::fs::{File, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::json;
use super::store::{LockInfo, open_private};

/// A lock that is held.
#[derive(Debug)]
pub(super) struct FileLock {
    file: File,
}

/// Why a lock was not taken.
#[derive(Debug)]
pub(super) enum NotLocked {
    /// Someone else holds it; who, as far as it can be read: between taking the lock and writing it down there
    /// is a moment.
    Held(Option<Box<LockInfo>>),
    /// It could not be tried.
    Io(io::Error),
}

impl FileLock {
    /// Takes the lock, without waiting.
    pub(super) fn take(path: &Path, info: &LockInfo) -> Result<Self, NotLocked> {
        let file = open_private(path).map_err(NotLocked::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotLocked::Held(holder(path))),
            Err(TryLockError::Error(error)) => return Err(NotLocked::Io(error)),
        }
        let mut lock = Self { file };
        lock.say(info).map_err(NotLocked::Io)?;
        Ok(lock)
    }

    fn say(&mut self, info: &LockInfo) -> io::Result<()> {
        // A run that was killed has left its text.
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        let mut text = json::compact(info);
        text.push(b'\n');
        self.file.write_all(&text)
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // In this order: once unlocked, the text is the next holder's. If either fails, closing the file
        // still ends the lock, and the text means nothing without it.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Who says to hold the lock; `None` while that cannot be read.
fn holder(path: &Path) -> Option<Box<LockInfo>> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}
