//! Manifest files: which of them `-f` names, and their bytes.
//!
//! Invariant: what a link in a repository points to is no more trusted than the repository. A manifest is a
//! regular file within the folder that a command runs in or that `-f` names, so that nobody who can only change
//! manifests gets other files of this machine read and quoted.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::exit::Fault;
use crate::instance::visible;
use crate::manifest::Hands;

/// A file to read.
pub(super) struct Named {
    path: PathBuf,
    /// As people write it.
    pub(super) name: String,
}

impl Named {
    fn new(path: PathBuf) -> Self {
        let name = path.display().to_string();
        Self { path, name }
    }
}

/// The files that a path names: itself, or the manifests of a directory, sorted by name. `folder` is the one that
/// the command runs in.
///
/// # Errors
/// When a directory cannot be read or has no manifest, and when something leads out of where it may.
pub(super) fn named(path: &Path, folder: Option<PathBuf>, hands: &impl Hands) -> anyhow::Result<Vec<Named>> {
    if is_open_already(path) {
        return Ok(vec![Named::new(path.to_owned())]);
    }
    let is_folder = path.is_dir();
    let fence = fence(path, is_folder, folder);
    let files = if is_folder { manifests_in(path)? } else { vec![path.to_owned()] };
    if files.is_empty() {
        let message = format!("{} has no *.yaml or *.yml file", shown(path));
        return Err(Fault::error(message, "name a file, or a directory that holds manifests").into());
    }
    if let Some(fence) = &fence {
        let strays = hands.each(files.iter().collect(), |file| stray(file, fence));
        if let Some(error) = strays.into_iter().flatten().next() {
            return Err(error);
        }
    }
    Ok(files.into_iter().map(Named::new).collect())
}

/// Why a file may not be read, if it leads out of the fence. One that is not there leads nowhere.
fn stray(file: &Path, fence: &Path) -> Option<anyhow::Error> {
    let target = std::fs::canonicalize(file).ok()?;
    let where_to = match target.strip_prefix(fence) {
        Ok(below) if below.iter().all(|part| part != ".git") => return None,
        // Credentials may be in there.
        Ok(_) => "into git's own folder".to_owned(),
        Err(_) => format!("out of {}", shown(fence)),
    };
    let hint = "put the file itself there, or name the place it leads to with -f";
    Some(Fault::error(format!("the manifest {} leads {where_to}", shown(file)), hint).into())
}

/// Where the files must be, links followed: in the folder that the command runs in, or, when the path as it is
/// written lies outside of that, where the path says. `None` when that cannot be known.
fn fence(path: &Path, is_folder: bool, folder: Option<PathBuf>) -> Option<PathBuf> {
    let folder = folder?;
    let mut written = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            std::path::Component::ParentDir => drop(written.pop()),
            std::path::Component::CurDir => {}
            part => written.push(part),
        }
    }
    let here = std::fs::canonicalize(&folder).ok()?;
    if written.starts_with(&folder) || written.starts_with(&here) {
        return Some(here);
    }
    let home = if is_folder { Some(path) } else { path.parent() };
    std::fs::canonicalize(home?).ok()
}

/// Whether the shell opened it, such as `<(command)`: whoever wrote the command line chose what is in it.
fn is_open_already(path: &Path) -> bool {
    path.starts_with("/dev/fd") || path == Path::new("/dev/stdin")
}

/// The bytes of a file, at most `most` of them.
///
/// # Errors
/// When it is not there, is no regular file, or cannot be read.
pub(super) fn read(file: &Named, most: usize) -> anyhow::Result<Vec<u8>> {
    let Named { path, name } = file;
    let name = visible(name);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("there is no manifest {name}");
            Fault::error(message, "`wawpform init` writes one; -f names another file or directory").into()
        }
        _ => anyhow::Error::from(error).context(format!("cannot read the manifest {name}")),
    };
    // Asked before it is opened: opening a pipe would wait for someone to write into it.
    let facts = std::fs::metadata(path).map_err(failed)?;
    if !facts.is_file() && !is_open_already(path) {
        let message = format!("the manifest {name} is not a regular file");
        return Err(Fault::error(message, "-f - reads standard input").into());
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

fn manifests_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let failed = || format!("cannot read the directory {}", shown(folder));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let is_manifest = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_manifest && !is_hidden && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}
