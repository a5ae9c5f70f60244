//! Reading the manifest: files, directories, standard input; and telling everything that is wrong with it.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::App;
use super::exit::{Exit, Fault};
use crate::manifest::{Desired, Source};
use crate::render::diagnostics;

/// Reads and checks the manifest that `-f` names.
///
/// # Errors
/// When it cannot be read; when anything in it is wrong, after all of it was told.
pub(super) fn desired(app: &App) -> anyhow::Result<Desired> {
    checked(app, &read(app)?)
}

/// Checks a manifest that was read.
///
/// # Errors
/// When anything in it is wrong, after all of it was told.
pub(super) fn checked(app: &App, sources: &[Source]) -> anyhow::Result<Desired> {
    match crate::manifest::load(sources) {
        Ok(loaded) => {
            if !loaded.warnings.is_empty() {
                tell(app, &loaded.warnings, sources);
            }
            Ok(loaded.desired)
        }
        Err(wrong) => {
            tell(app, &wrong, sources);
            Err(Fault::told(Exit::Error).into())
        }
    }
}

fn tell(app: &App, found: &[crate::manifest::Diagnostic], sources: &[Source]) {
    let text = diagnostics::human(found, sources, app.out.talk_paint().colour, app.env.width());
    app.out.urgent(&text);
}

/// Reads what `-f` names, in the order given; the files of a directory sorted by name.
///
/// # Errors
/// When a file cannot be read, or a directory has no manifest in it.
pub(super) fn read(app: &App) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in &app.global.file {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
            sources.push(Source::new("<stdin>", bytes));
        } else if path.is_dir() {
            let files = manifests_in(path)?;
            if files.is_empty() {
                let message = format!("{} has no *.yaml or *.yml file", path.display());
                return Err(Fault::error(message, "name a file, or a directory that holds manifests").into());
            }
            for file in files {
                sources.push(Source::new(file.display().to_string(), read_file(&file)?));
            }
        } else {
            sources.push(Source::new(path.display().to_string(), read_file(path)?));
        }
    }
    Ok(sources)
}

fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("there is no manifest {}", path.display());
            Fault::error(message, "`wawpform init` writes one; -f names another file or directory").into()
        }
        _ => anyhow::Error::from(error).context(format!("cannot read the manifest {}", path.display())),
    })
}

fn manifests_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let failed = || format!("cannot read the directory {}", folder.display());
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
