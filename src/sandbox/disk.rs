//! A world's file: one JSON entry a line, appended before the change is answered, rewritten short on opening.
//!
//! Invariant: whoever holds a `Disk` is the only one with that world; every line ends in a line feed, so a
//! last line without one was torn and was never answered. It is an emulator: nothing waits for the platter.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::world::{Entry, FORMAT, World};

/// Why a world's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Another sandbox has this world open. Waiting for it is the caller's business.
    #[error("another sandbox is using the world in {path}")]
    InUse {
        /// The world's file.
        path: PathBuf,
    },
    /// It was written by a later version.
    #[error("the sandbox world in {path} has format {format}, this version reads up to {FORMAT}")]
    NewerFormat {
        /// The world's file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A line that was written whole makes no sense.
    #[error(
        "the sandbox world in {path} is damaged at line {line}: {problem}; move the file away to begin an empty world"
    )]
    Damaged {
        /// The world's file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The system refused.
    #[error("cannot {what} {path}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// The open file of a world.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    file: File,
    broken: bool,
    // Held, not used: the kernel drops the lock with it.
    _lock: File,
}

impl Disk {
    /// Opens or begins the world at `place` and repeats into `world` what is kept there. `place` is a file, or
    /// a folder, which holds the world in `world.jsonl`; a place that does not exist is a folder when its name
    /// has no extension.
    ///
    /// # Errors
    /// [`DiskError::InUse`] at once, without waiting; anything else when the file cannot be used.
    pub(super) fn open(place: &Path, world: &mut World) -> Result<Self, DiskError> {
        let path = file_of(place);
        let io = |what, path: &Path| {
            let path = path.to_owned();
            move |source| DiskError::Io { what, path, source }
        };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(io("make the folder", folder))?;
        }
        // A file of its own: the world's is replaced below, and a lock would stay on the one that is gone.
        let lock_path = with_suffix(&path, ".lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(io("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DiskError::InUse { path }),
            Err(TryLockError::Error(source)) => return Err(io("lock", &lock_path)(source)),
        }
        match std::fs::read(&path) {
            Ok(bytes) => repeat(&path, &bytes, world)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io("read", &path)(error)),
        }
        // Only the holder of the lock writes here, so one fixed name is enough and no litter is left.
        let short = with_suffix(&path, ".short");
        let entries = world.entries().collect::<Vec<_>>();
        let mut file = File::create(&short).map_err(io("write", &short))?;
        file.write_all(&lines(&entries)).map_err(io("write", &short))?;
        std::fs::rename(&short, &path).map_err(io("replace", &path))?;
        Ok(Self { path, file, broken: false, _lock: lock })
    }

    /// Appends changes; when this returns, they survive the death of the process. O(changes).
    ///
    /// # Errors
    /// When they may not be written. A part of a line may then stand in the file, so nothing more is appended
    /// to it.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<(), DiskError> {
        if entries.is_empty() {
            return Ok(());
        }
        let written = if self.broken {
            Err(io::Error::other("an earlier write failed; start the sandbox again"))
        } else {
            self.file.write_all(&lines(entries))
        };
        written.map_err(|source| {
            self.broken = true;
            DiskError::Io { what: "write", path: self.path.clone(), source }
        })
    }
}

fn file_of(place: &Path) -> PathBuf {
    let is_folder = place.is_dir() || (!place.exists() && place.extension().is_none());
    if is_folder { place.join("world.jsonl") } else { place.to_owned() }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn lines(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        // Entries are plain structs with text keys, which always have a JSON form.
        if serde_json::to_writer(&mut out, entry).is_ok() {
            out.push(b'\n');
        }
    }
    out
}

fn repeat(path: &Path, bytes: &[u8], world: &mut World) -> Result<(), DiskError> {
    let damaged = |line, problem: &str| {
        let (path, problem) = (path.to_owned(), problem.to_owned());
        DiskError::Damaged { path, line, problem }
    };
    for (text, line) in bytes.split_inclusive(|b| *b == b'\n').zip(1..) {
        // Torn: it was never answered.
        if !text.ends_with(b"\n") {
            break;
        }
        let entry = serde_json::from_slice(text).map_err(|error| damaged(line, &error.to_string()))?;
        match (&entry, line) {
            (Entry::World(header), 1) if header.format > FORMAT => {
                return Err(DiskError::NewerFormat { path: path.to_owned(), format: header.format });
            }
            (Entry::World(_), 1) | (Entry::Instance(_) | Entry::Gone { .. }, 2..) => world.repeat(entry),
            (Entry::World(_), _) => return Err(damaged(line, "a second world begins here")),
            (Entry::Instance(_) | Entry::Gone { .. }, _) => {
                return Err(damaged(line, "the first line is not that of a world"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sandbox::world::{Account, Birth, Plan, Terms};

    fn open(place: &Path) -> Result<(World, Disk), DiskError> {
        let mut world = World::new(7, Plan::Free, Terms::default());
        let disk = Disk::open(place, &mut world)?;
        Ok((world, disk))
    }

    fn create(world: &mut World, disk: &mut Disk) -> String {
        let account: Account = world.account("token");
        let made = world.create(&account, Birth::default(), Timestamp::UNIX_EPOCH).unwrap();
        disk.append(&world.take_changes()).unwrap();
        made.instance_id
    }

    fn ids(world: &World) -> Vec<&str> {
        world.instances().map(|it| it.instance_id.as_str()).collect()
    }

    #[test]
    fn what_was_appended_is_there_after_the_process_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (mut world, mut disk) = open(folder.path()).unwrap();
        let first = create(&mut world, &mut disk);
        let account = world.account("token");
        world.delete(&account, &first).unwrap();
        disk.append(&world.take_changes()).unwrap();
        let second = create(&mut world, &mut disk);
        drop(disk);
        let (mut again, mut disk) = open(folder.path()).unwrap();
        assert_eq!(ids(&again), [second.as_str()]);
        let third = create(&mut again, &mut disk);
        assert!(third != first && third != second);
    }

    #[test]
    fn a_file_cut_off_anywhere_opens_with_a_prefix_of_what_was_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.jsonl");
        let (mut world, mut disk) = open(&path).unwrap();
        let made = [create(&mut world, &mut disk), create(&mut world, &mut disk)];
        drop(disk);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let (world, _disk) = open(&path).unwrap();
            let lines = whole[..end].iter().filter(|b| **b == b'\n').count();
            let kept = made.iter().take(lines.saturating_sub(1)).map(String::as_str);
            assert_eq!(ids(&world).len(), kept.clone().count(), "cut at {end}");
            assert!(kept.clone().all(|id| ids(&world).contains(&id)), "cut at {end}");
        }
    }

    #[test]
    fn damage_before_the_end_is_an_error_that_names_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.jsonl");
        let (mut world, mut disk) = open(&path).unwrap();
        create(&mut world, &mut disk);
        drop(disk);
        let text = std::fs::read_to_string(&path).unwrap();
        for (damaged, line) in [
            (text.replacen("\"entry\":\"instance\"", "\"entry\":\"in", 1), 2),
            (text.lines().nth(1).unwrap().to_owned() + "\n", 1),
            (text.clone() + text.lines().next().unwrap() + "\n", 3),
        ] {
            std::fs::write(&path, &damaged).unwrap();
            let error = open(&path).unwrap_err();
            assert!(matches!(&error, DiskError::Damaged { line: at, .. } if *at == line), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged, "it is left as it was");
        }
        std::fs::write(&path, text.replacen("\"format\":1", "\"format\":2", 1)).unwrap();
        assert!(matches!(open(&path), Err(DiskError::NewerFormat { format: 2, .. })));
    }

    #[test]
    fn a_world_that_is_open_cannot_be_opened_again_until_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("below").join("sandbox");
        let held = open(&place).unwrap();
        let error = open(&place).unwrap_err();
        assert!(
            matches!(&error, DiskError::InUse { path } if path.ends_with("sandbox/world.jsonl")),
            "{error}"
        );
        drop(held);
        open(&place).unwrap();
    }

    #[test]
    fn what_a_killed_opening_left_behind_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.jsonl");
        let (mut world, mut disk) = open(&path).unwrap();
        let made = create(&mut world, &mut disk);
        drop(disk);
        std::fs::write(folder.path().join("w.jsonl.short"), "{\"entry\":\"wor").unwrap();
        let (world, _disk) = open(&path).unwrap();
        assert_eq!(ids(&world), [made.as_str()]);
        assert!(!folder.path().join("w.jsonl.short").exists());
    }

    #[test]
    fn after_a_write_that_failed_nothing_more_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.jsonl");
        let (mut world, mut disk) = open(&path).unwrap();
        let account = world.account("token");
        world.create(&account, Birth::default(), Timestamp::UNIX_EPOCH).unwrap();
        let changes = world.take_changes();
        let writable = std::mem::replace(&mut disk.file, File::open(&path).unwrap());
        assert!(matches!(disk.append(&changes), Err(DiskError::Io { what: "write", .. })));
        disk.file = writable;
        let error = disk.append(&changes).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("start the sandbox again"));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    }
}
