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
pub(super) fn named(path: &Path, folder: Option<PathBuf>) -> anyhow::Result<Vec<Named>> {
    if is_open_already(path) {
        return Ok(vec![Named::new(path.to_owned())]);
    }
    let is_folder = path.is_dir();
    let fence = fence(path, is_folder, folder);
    let (files, plain) = if is_folder { manifests_in(path)? } else { (vec![path.to_owned()], 0) };
    if files.is_empty() {
        let message = format!("{} has no *.yaml or *.yml file", shown(path));
        return Err(Fault::error(message, "name a file, or a directory that holds manifests").into());
    }
    if let Some(fence) = &fence {
        // What is no link is where its folder is.
        let are_within = plain == files.len() && strays(path, fence).is_none();
        let first = |file: &PathBuf| {
            let (file, where_to) = (shown(file), strays(file, fence)?);
            let hint = "put the file itself there, or name the place it leads to with -f";
            Some(Fault::error(format!("the manifest {file} leads {where_to}"), hint))
        };
        if let Some(fault) = files.iter().filter(|_| !are_within).find_map(first) {
            return Err(fault.into());
        }
    }
    Ok(files.into_iter().map(Named::new).collect())
}

/// Where a path leads to, if that is out of the fence. One that is not there leads nowhere.
fn strays(path: &Path, fence: &Path) -> Option<String> {
    let target = std::fs::canonicalize(path).ok()?;
    match target.strip_prefix(fence) {
        Ok(below) if below.iter().all(|part| part != ".git") => None,
        // Credentials may be in there.
        Ok(_) => Some("into git's own folder".to_owned()),
        Err(_) => Some(format!("out of {}", shown(fence))),
    }
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
    let name = || visible(name);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("there is no manifest {}", name());
            Fault::error(message, "`wawpform init` writes one; -f names another file or directory").into()
        }
        _ => anyhow::Error::from(error).context(format!("cannot read the manifest {}", name())),
    };
    // Asked before it is opened: opening a pipe would wait for someone to write into it.
    let facts = std::fs::metadata(path).map_err(failed)?;
    if !facts.is_file() && !is_open_already(path) {
        let message = format!("the manifest {} is not a regular file", name());
        return Err(Fault::error(message, "-f - reads standard input").into());
    }
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    // Room for all of it, and for seeing that it ends there: then it is read at once.
    let size = usize::try_from(facts.len().min(limit)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.saturating_add(64));
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// The manifests in a folder, sorted, and how many of them are files and no links.
fn manifests_in(folder: &Path) -> anyhow::Result<(Vec<PathBuf>, usize)> {
    let failed = || format!("cannot read the directory {}", shown(folder));
    let (mut files, mut plain) = (Vec::new(), 0_usize);
    for entry in std::fs::read_dir(folder).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let path = entry.path();
        let is_manifest = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_plain = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_manifest && !is_hidden && (is_plain || !path.is_dir()) {
            files.push(path);
            plain = plain.saturating_add(usize::from(is_plain));
        }
    }
    // In one folder they differ in their names only; comparing path by path would look at every part of each.
    files.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Ok((files, plain))
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}
