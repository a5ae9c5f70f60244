//! The state of a fleet, opened for writing and closed again.

use std::path::Path;

use super::App;
use super::exit::{Exit, Fault};
use super::mistyped::nearest;
use super::place;
use crate::apply::Stop;
use crate::instance::{Name, visible};
use crate::state::{
    CloseError, Closed, Expect, Ledger, Lineage, LockInfo, LockWait, OpenError, Opened, Record, StoreError,
    write_fallback,
};

/// Opens the state for writing: takes the lock, waits for it as long as `--lock-timeout` says.
///
/// # Errors
/// When it is locked, damaged, or another one than expected; when a signal came while waiting.
pub(super) async fn open(app: &App, fleet: &Name, operation: &str, stop: &Stop) -> anyhow::Result<Opened> {
    let store = place::store(app, || Ok(fleet.clone()))?;
    let lock = lock_info(app, operation, store.place())?;
    let expect = Expect {
        fleet: fleet.clone(),
        api: place::api(app)?.recorded(),
        lineage: None,
        begin: Lineage(app.env.uuid()?),
    };
    let opened = tokio::select! {
        biased;
        () = stop.asked() => return Err(interrupted()),
        opened = Ledger::open(&*store, lock, lock_wait(app), expect) => opened.map_err(unusable)?,
    };
    for notice in &opened.notices {
        app.out.warning(&notice.to_string());
    }
    Ok(opened)
}

/// What this run says of itself to whoever finds its lock.
///
/// # Errors
/// When the system has no randomness to give.
pub(super) fn lock_info(app: &App, operation: &str, path: String) -> anyhow::Result<LockInfo> {
    Ok(LockInfo {
        id: app.env.uuid()?,
        operation: operation.into(),
        info: app.env.lock_info(),
        who: app.env.who(),
        version: env!("CARGO_PKG_VERSION").into(),
        created: app.env.now().to_string(),
        path,
    })
}

/// As long as `--lock-timeout` says; who is waited for is told.
pub(super) fn lock_wait(app: &App) -> LockWait {
    let waiting = app.out.talker();
    LockWait::up_to(app.global.lock_timeout).on_wait(move |holder| {
        let by = holder.map(|LockInfo { who, created, operation, info, .. }| {
            let job = if info.is_empty() { String::new() } else { format!(", {info}") };
            format!(", held by {who} since {created} for {operation}{job}")
        });
        let by = by.unwrap_or_default();
        waiting(&format!("Waiting for the lock of the state{}", visible(&by)));
    })
}

/// A signal came before anything was changed.
pub(super) fn interrupted() -> anyhow::Error {
    Fault {
        exit: Exit::Interrupted,
        message: "interrupted; nothing was changed".into(),
        hint: None,
        told: false,
    }
    .into()
}

/// A state that is not to be used, as an error with what to do next.
pub(super) fn unusable(error: OpenError) -> anyhow::Error {
    let hint = error.hint().map(str::to_owned);
    let (exit, message) = match error {
        OpenError::Locked { place, info, waited } => (Exit::Locked, locked(&place, info.as_deref(), waited)),
        error => (Exit::Error, chain(error)),
    };
    Fault { exit, message, hint, told: false }.into()
}

fn chain(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

/// Who holds the lock, in the shape that Terraform's readers parse (formats.md F3.2).
pub(super) fn locked(place: &str, info: Option<&LockInfo>, waited: std::time::Duration) -> String {
    let mut message = format!("the state {place} is locked");
    if waited.as_secs() > 0 {
        message += &format!(" (waited {} s)", waited.as_secs());
    }
    if let Some(LockInfo { id, operation, info, who, version, created, path }) = info {
        message += "\nLock Info:";
        let rows = [
            ("ID", id),
            ("Path", path),
            ("Operation", operation),
            ("Who", who),
            ("Version", version),
            ("Created", created),
            ("Info", info),
        ];
        for (key, value) in rows {
            let row = format!("{:<10} {}", format!("{key}:"), visible(value));
            message += &format!("\n  {}", row.trim_end());
        }
    }
    message
}

/// Makes one record durable, for a command that has nothing else to lose.
///
/// # Errors
/// When it may not be durable; the command may then be repeated.
pub(super) async fn record(ledger: &Ledger, record: Record) -> anyhow::Result<()> {
    ledger.record(record).await.map_err(|error| {
        let hint = "no session was touched; mend the place of the state, and run the command again";
        Fault::error(chain(error), hint).into()
    })
}

/// Closes the state after a command wrote into it. When it cannot be written, what is known is put where it
/// is not lost.
///
/// # Errors
/// When the state could not be written; says where everything is.
pub(super) async fn close(app: &App, ledger: Ledger) -> anyhow::Result<Closed> {
    let error = match ledger.close().await {
        Ok(closed) => {
            if closed.recovered {
                app.out.warning(
                    "a record could not be written during the run; now everything that is known is in its place. See \
                     why that was, and run the command again",
                );
            }
            return Ok(closed);
        }
        Err(error) => error,
    };
    let (document, durable, source) = match &error {
        CloseError::StillLocked { closed, source } => {
            app.out.warning(&format!("the state is written, but its lock may still be held: {source}"));
            return Ok(closed.as_ref().clone());
        }
        CloseError::Unwritten { document, durable, source } => (document, *durable, source),
        CloseError::Gone => return Err(error.into()),
    };
    let hint = if durable {
        "everything is kept in the state and its journal; free the disk or mend the folder, and run it again"
            .to_owned()
    } else {
        let flags = app.global.naming_flags();
        let push = |force: &str, file: &str| format!("`wawpform state push {force}{file}{flags}`");
        let (known, file) = match write_fallback(Path::new("."), document) {
            Ok(path) => {
                let file = path.display().to_string();
                (format!("what is known was written to {file}"), file)
            }
            Err(_) => {
                let text = String::from_utf8_lossy(&document.encode()).into_owned();
                let stream = if app.out.delivers(&text) {
                    "output"
                } else {
                    app.out.urgent(&text);
                    "error"
                };
                let known = format!(
                    "not even a file in this folder could be written: what is known went to standard {stream}"
                );
                (known, "FILE".to_owned())
            }
        };
        match source {
            // Two may have been at work: neither knows all of it.
            StoreError::Disturbed { .. } => format!(
                "{known}; see who changed the state: if it was another run, keep its state and `import` what it lacks; else \
                 {}, and run the command again",
                push("--force ", &file)
            ),
            StoreError::Io { .. } | StoreError::Unfit { .. } | StoreError::Locked(_) => format!(
                "{known}; mend the place of the state, bring that back with {}, and run the command again",
                push("", &file)
            ),
        }
    };
    Err(Fault { exit: Exit::Error, message: chain(error), hint: Some(hint), told: false }.into())
}

/// The error for a name whose call has to be settled first. `flags` are those that name this fleet on the command line.
pub(super) fn unsettled(name: &Name, flags: &str) -> anyhow::Error {
    let hint = format!(
        "settle it first with `wawpform import {name} INSTANCE_ID{flags}` or `wawpform forget {name}{flags}`"
    );
    Fault::error(format!("{name} has a call of unknown outcome"), hint).into()
}

/// The error for a name that nobody knows, with the nearest one that somebody does.
pub(super) fn no_such_name(name: &Name, known: &[&Name]) -> anyhow::Error {
    let hint = match nearest(name.as_str(), known.iter().map(|name| name.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None => "`wawpform state list` lists what is recorded".into(),
    };
    Fault::error(format!("there is no instance {name}"), hint).into()
}
