//! Saved plans: written, read, and held against the state that they are to be applied to.
//!
//! Invariant: what passes here does nothing that was not reviewed. A plan of another fleet or history, and one that does
//! not cover what is to be done now, end with exit 3.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::Context;

use super::exit::{Exit, Fault};
use super::hmac::{self, Secrets};
use crate::instance::visible;
use crate::manifest::Desired;
use crate::plan::{Difference, Plan, Saved, Why, subset};
use crate::state::{Document, Lineage};

/// The most that is read of a plan, in bytes; as much as of a manifest.
const LARGEST: u64 = 64 << 20;
/// So many differences are told one by one.
const TOLD: usize = 10;

/// Writes a plan whole or not at all, for its owner to read. What was there is replaced.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, saved: &Saved) -> anyhow::Result<()> {
    let failed = || format!("the plan {} cannot be written", shown(path));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(&saved.encode()).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}

/// Reads a plan.
///
/// # Errors
/// When it cannot be read, or is none that this version wrote.
pub(super) fn read(path: &Path) -> anyhow::Result<Saved> {
    let failed = || format!("the plan {} cannot be read", shown(path));
    // Asked before it is opened: opening a pipe would wait for someone to write into it.
    if !std::fs::metadata(path).with_context(failed)?.is_file() {
        let message = format!("{} is not a regular file", shown(path));
        return Err(Fault::error(message, "name a file that `plan --out` wrote").into());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).with_context(failed)?;
    Saved::decode(&bytes).map_err(|error| {
        let message = format!("{} is not a plan to be used: {error}", shown(path));
        Fault::error(message, error.hint()).into()
    })
}

/// Reads a plan of the manifest's fleet.
///
/// # Errors
/// As [`read`], and when it is another fleet's.
pub(super) fn of_fleet(path: &Path, desired: &Desired) -> anyhow::Result<Saved> {
    let saved = read(path)?;
    if saved.plan.fleet == desired.fleet {
        return Ok(saved);
    }
    let message =
        format!("{} is a plan of the fleet {}, not of {}", shown(path), saved.plan.fleet, desired.fleet);
    Err(refused(message, "name the manifest that it was made from with -f"))
}

/// The plan as it stands, if nothing was recorded since it was made; `None` when it has to be made again.
///
/// # Errors
/// When it was made from another history, or a signing secret is another one by now.
pub(super) fn standing(
    saved: &Saved,
    document: &Document,
    secrets: &Secrets,
) -> anyhow::Result<Option<Plan>> {
    let Saved { plan, asked: _ } = saved;
    let begun = (document.serial > 0).then_some(&document.lineage);
    // Without a history there was nothing to delete, and what it creates may be there in part by now.
    if plan.history().is_some_and(|history| Some(history) != begun) {
        let lineage = |of: Option<&Lineage>| of.map_or("none".into(), |it| visible(&it.0).into_owned());
        let (ours, here) = (lineage(plan.history()), lineage(begun));
        let message = format!("the plan belongs to another state: its lineage is {ours}, here it is {here}");
        return Err(refused(message, "name the state it was made from with --state, or make a new plan"));
    }
    if plan.serial != document.serial {
        return Ok(None);
    }
    let marked = plan.clone().marked(&hmac::marks(secrets, Some(document)));
    if marked.fingerprint() == plan.fingerprint() {
        return Ok(Some(marked));
    }
    let message = "a signing secret in the environment is another one than the plan was made with";
    Err(refused(message, "make a new plan where the new secret is set"))
}

/// Whether what is to be done now is within what was reviewed.
///
/// # Errors
/// When it is more; says what.
pub(super) fn within(plan: &Plan, saved: &Saved) -> anyhow::Result<()> {
    let Err(differences) = subset(plan, &saved.plan) else { return Ok(()) };
    let line = |Difference { name, action, why }: &Difference| match why {
        Why::NotReviewed => format!("{name}: {action} was not reviewed\n"),
        Why::Otherwise => format!("{name}: {action} was reviewed otherwise, or {name} has changed since\n"),
    };
    let mut hint: String = differences.iter().take(TOLD).map(line).collect();
    if let more @ 1.. = differences.len().saturating_sub(TOLD) {
        hint += &format!("and {more} more\n");
    }
    hint += "make a new plan, and have it reviewed";
    Err(refused("the plan is stale: what is to be done now is more than it says", hint))
}

fn refused(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Fault::error(message, hint).with(Exit::Refused).into()
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}
