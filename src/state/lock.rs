//! The lock of a state on this machine: an OS lock on a file of its own.
//!
//! Invariant: the lock is the kernel's and ends with its holder, whatever kills it. The text in the file only
//! says who holds it, and means nothing when nobody does. The file stays, so that two never hold locks on two
//! files of one name; whoever removes it all the same is noticed by the holder.
//!
//! It is advisory, and some network file systems do not keep it between machines.

use std::fs::{File, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::json;
use super::store::{Fate, LockInfo, fate, open_private};

/// How often a file is locked that is not the one of its name any more, before something is odd.
const TRIES: usize = 100;

/// How often a lock that somebody has is tried again, and after how long: whoever only looks ([`seen_holder`]) has it for
/// less than that.
const LOOKS: usize = 2;
const LOOK: Duration = Duration::from_millis(2);

/// A lock that is held.
#[derive(Debug)]
pub(super) struct FileLock {
    path: PathBuf,
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
    /// Takes the lock, without waiting for a holder.
    pub(super) fn take(path: &Path, info: &LockInfo) -> Result<Self, NotLocked> {
        Self::take_around(path, info, || {})
    }

    /// `between` is what others may do between the opening and the locking.
    fn take_around(path: &Path, info: &LockInfo, mut between: impl FnMut()) -> Result<Self, NotLocked> {
        let mut looks = 0;
        for _ in 0..TRIES {
            let file = open_private(path).map_err(NotLocked::Io)?;
            between();
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if looks < LOOKS => {
                    looks += 1;
                    std::thread::sleep(LOOK);
                    continue;
                }
                Err(TryLockError::WouldBlock) => return Err(NotLocked::Held(holder(path))),
                Err(TryLockError::Error(error)) => return Err(NotLocked::Io(error)),
            }
            let mut lock = Self { path: path.to_owned(), file };
            // Someone may have removed it meanwhile, and another one locked the next of that name.
            if lock.fate().map_err(NotLocked::Io)? == Fate::InPlace {
                lock.say(info).map_err(NotLocked::Io)?;
                return Ok(lock);
            }
        }
        Err(NotLocked::Io(io::Error::other("the file is replaced again and again")))
    }

    /// What became of the file. If it is not in its place, another one may hold a lock on what is.
    pub(super) fn fate(&self) -> io::Result<Fate> {
        fate(&self.path, &self.file)
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

/// Takes the lock with this id away from a process that is alive, by taking away the file: its holder notices
/// before it writes again. Nothing is to be done when nobody holds it.
pub(super) fn break_by_id(path: &Path, id: &str) -> Result<(), NotLocked> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(NotLocked::Io(error)),
    };
    match file.try_lock() {
        Ok(()) => return Ok(()),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(NotLocked::Io(error)),
    }
    match holder(path) {
        Some(info) if info.id == id => std::fs::remove_file(path).map_err(NotLocked::Io),
        info => Err(NotLocked::Held(info)),
    }
}

/// Who holds the lock at this moment, if somebody does. A file without text is nobody's, and is not tried: for the moment that
/// takes, others have to try again.
pub(super) fn seen_holder(path: &Path) -> Option<Box<LockInfo>> {
    let said = holder(path)?;
    let tried = File::open(path).ok()?.try_lock_shared();
    matches!(tried, Err(TryLockError::WouldBlock)).then_some(said)
}

/// Who says to hold the lock; `None` while that cannot be read.
fn holder(path: &Path) -> Option<Box<LockInfo>> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(id: &str) -> LockInfo {
        let word = || "x".to_owned();
        LockInfo {
            id: id.to_owned(),
            operation: word(),
            info: word(),
            who: word(),
            version: word(),
            created: word(),
            path: word(),
        }
    }

    #[test]
    fn a_file_that_was_removed_before_it_was_locked_is_not_taken_for_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.json.lock");
        let mut times = 0;
        let remove_once = || {
            times += 1;
            if times == 1 {
                std::fs::remove_file(&path).unwrap();
            }
        };
        let lock = FileLock::take_around(&path, &info("a"), remove_once).unwrap();
        assert_eq!((times, lock.fate().unwrap()), (2, Fate::InPlace));
        assert!(matches!(FileLock::take(&path, &info("b")), Err(NotLocked::Held(Some(_)))));
    }

    #[test]
    fn a_file_that_another_one_locked_meanwhile_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.json.lock");
        let mut other = None;
        let replace_once = || {
            if other.is_none() {
                std::fs::remove_file(&path).unwrap();
                other = Some(FileLock::take(&path, &info("b")).unwrap());
            }
        };
        let refused = FileLock::take_around(&path, &info("a"), replace_once);
        assert!(matches!(&refused, Err(NotLocked::Held(Some(info))) if info.id == "b"), "{refused:?}");
    }

    #[test]
    fn who_only_looks_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.json.lock");
        let other = open_private(&path).unwrap();
        let mut tries = 0;
        let look = || {
            tries += 1;
            if tries == 1 { other.try_lock_shared().unwrap() } else { other.unlock().unwrap() }
        };
        let lock = FileLock::take_around(&path, &info("a"), look).unwrap();
        assert_eq!((tries, lock.fate().unwrap()), (2, Fate::InPlace));
    }

    #[test]
    fn a_holder_is_seen_as_long_as_it_lives_and_keeps_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.json.lock");
        assert_eq!(seen_holder(&path), None);
        let lock = FileLock::take(&path, &info("a")).unwrap();
        assert_eq!(seen_holder(&path).map(|info| info.id), Some("a".to_owned()));
        assert_eq!(lock.fate().unwrap(), Fate::InPlace);
        drop(lock);
        assert_eq!(seen_holder(&path), None);
        // What a run that was killed leaves.
        std::fs::write(&path, json::compact(&info("b"))).unwrap();
        assert_eq!(seen_holder(&path), None);
        assert!(FileLock::take(&path, &info("c")).is_ok());
    }

    #[test]
    fn a_name_that_never_stays_is_an_error_and_not_an_endless_loop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.json.lock");
        let refused = FileLock::take_around(&path, &info("a"), || std::fs::remove_file(&path).unwrap());
        assert!(matches!(refused, Err(NotLocked::Io(_))));
    }
}
