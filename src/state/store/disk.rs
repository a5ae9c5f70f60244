//! What it takes to get a change onto the disk and keep it there: modes, syncs, and one-step replacement.
//!
//! Invariant: nothing here leaves a name without a whole file behind it, and nothing readable by others.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file only its owner may read and write.
const PRIVATE_FILE: u32 = 0o600;
/// A folder only its owner may enter.
const PRIVATE_FOLDER: u32 = 0o700;
/// More than any state: a million instances take about a third of a GiB. What is larger is something else,
/// and would only exhaust the memory.
const LARGEST: u64 = 4 << 30;
/// As many links as the kernel follows.
const LINKS: usize = 40;

/// What became of a file under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::state) enum Fate {
    /// The name still stands for it.
    InPlace,
    /// The name stands for nothing.
    Removed,
    /// The name stands for another file.
    Replaced,
}

/// Whether a path still names an open file: what is written into a file without a name is lost.
pub(in crate::state) fn fate(path: &Path, file: &File) -> io::Result<Fate> {
    let own = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) if (there.dev(), there.ino()) == (own.dev(), own.ino()) => Ok(Fate::InPlace),
        Ok(_) => Ok(Fate::Replaced),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Fate::Removed),
        Err(error) => Err(error),
    }
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Where a path ends when it is a symbolic link, whether or not something is there.
pub(super) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match std::fs::symlink_metadata(&path) {
            Ok(facts) if facts.is_symlink() => path = folder_of(&path).join(std::fs::read_link(&path)?),
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Creates the folders that are missing, and makes each of them durable.
pub(super) fn create_folders(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder)?;
    missing.into_iter().try_for_each(|made| sync_folder(folder_of(made)))
}

/// Makes the names in a folder durable: created, renamed and removed ones.
pub(in crate::state) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Opens a new private file for writing; refuses one that is there, also as a link.
pub(in crate::state) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).mode(PRIVATE_FILE).open(path)
}

/// Opens a private file for reading and writing, creating it when it is missing.
pub(in crate::state) fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(PRIVATE_FILE).open(path)
}

/// All bytes of a regular file; `None` when it is not there.
pub(super) fn read_whole(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Asked before it is opened: opening a pipe would wait for someone to write into it.
    match std::fs::metadata(path) {
        Ok(facts) if !facts.is_file() => return Err(io::Error::other("it is not a regular file")),
        Ok(facts) if facts.len() > LARGEST => {
            let gib = facts.len() >> 30;
            return Err(io::Error::other(format!(
                "its {gib} GiB are more than any state: is it the right file?"
            )));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(LARGEST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(bytes))
}

/// Removes a file and makes that durable; it may be gone already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Replaces a file as one step: whoever looks sees the previous bytes or all of the new ones. Durable once the
/// folder is synced.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_beside(path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Keeps the present bytes of a file under a second name, replacing what had that name; nothing to do when
/// the file is not there.
pub(super) fn keep(path: &Path, kept: &Path) -> io::Result<()> {
    let spare = temporary_beside(kept)?.into_temp_path();
    std::fs::remove_file(&spare)?;
    match std::fs::hard_link(path, &spare) {
        // When both names are one file already, the rename does nothing and leaves the spare name to be
        // cleaned up.
        Ok(()) => std::fs::rename(&spare, kept),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // A file system without hard links.
        Err(_) => match read_whole(path)? {
            Some(bytes) => replace(kept, &bytes),
            None => Ok(()),
        },
    }
}

/// A private file in the same folder, so that it can be renamed over `path`. It is gone when it is dropped;
/// one that a killed run left has a name of its own and may be removed by hand.
fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".tmp")
        .permissions(Permissions::from_mode(PRIVATE_FILE))
        .tempfile_in(folder_of(path))
}
