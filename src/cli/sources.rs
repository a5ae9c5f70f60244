//! Reading the manifest: files, directories, standard input; and telling everything that is wrong with it.
//!
//! Invariant: no more than the largest manifest is ever read, from whatever `-f` names, by each who reads.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::Context;

use super::App;
use super::exit::{Exit, Fault};
use super::files;
use super::hands::Threads;
use crate::manifest::{
    Desired, Diagnostic, Hands, LARGEST, Loaded, Source, VariablePattern, Variables, load_with,
};
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
    let Loaded { desired, warnings } = sound(app, sources)?;
    if !warnings.is_empty() {
        tell(app, &warnings, sources);
    }
    Ok(desired)
}

/// Checks a manifest that was read, and leaves its warnings to the caller.
///
/// # Errors
/// When anything in it is wrong, after all of it was told.
pub(super) fn sound(app: &App, sources: &[Source]) -> anyhow::Result<Loaded> {
    load(app, sources)?.map_err(|wrong| {
        tell(app, &wrong, sources);
        Fault::told(Exit::Error).into()
    })
}

/// What the manifest asks for, or everything that is wrong with it.
///
/// # Errors
/// When the variables that it may name are not told in the right way.
pub(super) fn load(app: &App, sources: &[Source]) -> anyhow::Result<Result<Loaded, Vec<Diagnostic>>> {
    Ok(load_with(sources, &variables(app)?, &Threads::of_this_machine()))
}

/// The variables that the manifest may name: what flags and environment say, and nothing that it says itself.
///
/// # Errors
/// When they are not told in the right way.
pub(super) fn variables(app: &App) -> anyhow::Result<Variables> {
    let mut variables = Variables::default();
    variables.extend(app.global.allow_env.iter().cloned());
    if let Some(list) = app.env.var("WAWPFORM_ALLOW_ENV") {
        for text in list.split(',').filter(|text| !text.trim().is_empty()) {
            let pattern: VariablePattern = text.parse().map_err(|error| {
                Fault::error("WAWPFORM_ALLOW_ENV cannot be used", format!("{error}")).with(Exit::Usage)
            })?;
            variables.extend([pattern]);
        }
    }
    Ok(variables)
}

/// Tells what was found in a manifest.
pub(super) fn tell(app: &App, found: &[Diagnostic], sources: &[Source]) {
    if let Some(events) = app.out.events() {
        events.manifest(found, sources);
    }
    super::github::diagnostics(app, found);
    let text = diagnostics::human(found, sources, app.out.talk_paint().colour, app.out.talk_columns());
    app.out.urgent(&text);
}

/// Reads what `-f` names, in the order given; the files of a directory sorted by name. It stops when there is
/// more than a manifest may have: that is diagnosed by who checks it.
///
/// # Errors
/// When a file cannot be read, or a directory has no manifest in it.
pub(super) fn read(app: &App) -> anyhow::Result<Vec<Source>> {
    named(app, &app.global.file)
}

/// The same with fewer bytes in all; there may be more of them when there are as many.
///
/// # Errors
/// As [`read`].
pub(super) fn within(app: &App, most: usize) -> anyhow::Result<Vec<Source>> {
    read_paths(app, &app.global.file, most)
}

/// Reads what these paths name, as [`read`] does.
///
/// # Errors
/// As [`read`].
pub(super) fn named(app: &App, paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    // One byte more than is allowed tells that there is too much.
    read_paths(app, paths, LARGEST.saturating_add(1))
}

fn read_paths(app: &App, paths: &[PathBuf], mut room: usize) -> anyhow::Result<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    let hands = Threads::of_this_machine();
    let mut keep = |name: String, bytes: Vec<u8>, room: &mut usize| {
        *room = room.saturating_sub(bytes.len());
        sources.push(Source::new(name, bytes));
    };
    for path in paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let mut stdin = std::io::stdin().lock().take(u64::try_from(room).unwrap_or(u64::MAX));
            stdin.read_to_end(&mut bytes).context("cannot read standard input")?;
            keep("<stdin>".into(), bytes, &mut room);
        } else {
            for (file, early) in side_by_side(files::named(path, app.env.folder())?, room, &hands) {
                let mut bytes = early.unwrap_or_else(|| files::read(&file, room))?;
                bytes.truncate(room);
                keep(file.name, bytes, &mut room);
                if room == 0 {
                    break;
                }
            }
        }
        if room == 0 {
            break;
        }
    }
    Ok(sources)
}

/// The bytes of each file, or why it cannot be read. When there is no room for more, those that nobody has begun with
/// are left to who goes through them in order.
fn side_by_side(
    files: Vec<files::Named>,
    room: usize,
    hands: &Threads,
) -> Vec<(files::Named, Option<anyhow::Result<Vec<u8>>>)> {
    let so_far = AtomicUsize::new(0);
    hands.each(files, |file| {
        let bytes = (so_far.load(Relaxed) < room).then(|| files::read(&file, room));
        if let Some(Ok(bytes)) = &bytes {
            so_far.fetch_add(bytes.len(), Relaxed);
        }
        (file, bytes)
    })
}
