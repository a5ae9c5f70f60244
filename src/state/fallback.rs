//! The last resort: what is known, written where there may still be room, when the state cannot be.
//!
//! Invariant: it never overwrites anything, and leaves no half file behind.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::document::Document;
use super::store::{create_private, sync_folder};

/// How many of them one folder may collect before someone has to look.
const MOST: u32 = 1000;

/// Writes the document to `errored.state.json` in `folder`, or to `errored.state.1.json`, … when that is
/// there already: the earlier one may be the only copy of something else. Readable by the owner only, and
/// durable when it returns.
///
/// # Errors
/// When that cannot be written either; then nothing is left of it.
pub fn write_fallback(folder: &Path, document: &Document) -> io::Result<PathBuf> {
    for number in 0..MOST {
        let name = match number {
            0 => "errored.state.json".to_owned(),
            _ => format!("errored.state.{number}.json"),
        };
        let path = folder.join(name);
        let mut file = match create_private(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        let written = file.write_all(&document.encode()).and_then(|()| file.sync_all());
        return match written.and_then(|()| sync_folder(folder)) {
            Ok(()) => Ok(path),
            Err(error) => {
                // The error that matters is the first; half a document would only mislead.
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        };
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("there are {MOST} of them already")))
}
