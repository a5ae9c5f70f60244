//! The recorded state for commands that only look: read without a lock, and side by side with the manifest.

use std::sync::Arc;

use super::App;
use super::exit::{Exit, Fault};
use super::{fleet, place, sources};
use crate::instance::{Name, visible};
use crate::manifest::{Desired, Source};
use crate::state::{Document, LockInfo, OpenError, Read, ReadError, Reader};

/// What a store answered, with the store.
type Answer = (Arc<dyn Reader>, Result<Option<Read>, ReadError>);

/// Reads the manifest and what is recorded of its fleet; `None` when nothing is yet.
///
/// In a large fleet either takes as long as the other, so they are read at the same time. The state's place
/// follows from the fleet's name, which is looked for in the text; when the manifest then says another one,
/// what was read is left aside.
///
/// # Errors
/// When either cannot be read, or the state belongs to another fleet or API.
pub(super) async fn beside_the_manifest(app: &App) -> anyhow::Result<(Desired, Option<Document>)> {
    // Said before anything is read.
    place::api(app)?;
    let sources = sources::read(app)?;
    let early = match fleet_at_a_glance(&sources) {
        Some(name) => Some((name.clone(), tokio::spawn(ask(place::reader(app, || Ok(name))?)))),
        None => None,
    };
    let desired = sources::checked(app, &sources)?;
    let (store, read) = match early {
        Some((name, answer)) if name == desired.fleet => answer.await?,
        _ => ask(place::reader(app, || Ok(desired.fleet.clone()))?).await,
    };
    let document = fitting(app, &desired, (store, read)).await?;
    Ok((desired, document))
}

/// Reads again what is recorded of the fleet of a manifest that was read before.
///
/// # Errors
/// When it cannot be read, or belongs to another fleet or API.
pub(super) async fn of(app: &App, desired: &Desired) -> anyhow::Result<Option<Document>> {
    let answer = ask(place::reader(app, || Ok(desired.fleet.clone()))?).await;
    fitting(app, desired, answer).await
}

/// The document, if it is the one of this fleet and this API.
async fn fitting(app: &App, desired: &Desired, (store, read): Answer) -> anyhow::Result<Option<Document>> {
    let Some(document) = told(app, read)? else { return Ok(None) };
    tell_who_is_at_work(app, &*store, &document).await;
    let (place, api) = (store.place(), place::api(app)?.recorded());
    if document.fleet != desired.fleet {
        let (expected, recorded) = (desired.fleet.clone(), document.fleet);
        return Err(fleet::unusable(OpenError::ForeignFleet { place, expected, recorded }));
    }
    document.in_api(&api).map(Some).map_err(|recorded| {
        let recorded = visible(&recorded).into_owned();
        fleet::unusable(OpenError::ForeignApi { place, expected: api, recorded })
    })
}

/// Reads the document for a command that only looks at the state. The manifest is only needed for the name
/// of the fleet, and only when the place is not named.
///
/// # Errors
/// When it cannot be read, there is none, or it is another fleet's than its place says.
pub(super) async fn alone(app: &App) -> anyhow::Result<Document> {
    let mut expected = None;
    let store = place::reader(app, || Ok(expected.insert(sources::desired(app)?.fleet).clone()))?;
    let (store, read) = ask(store).await;
    let document = told(app, read)?.ok_or_else(|| {
        let hint = "`wawpform apply` begins one; --state names another place, --sandbox the sandbox's";
        Fault::error(format!("there is no state at {}", store.place()), hint)
    })?;
    tell_who_is_at_work(app, &*store, &document).await;
    // A place that was named may be anybody's; one that follows from the fleet's name must be that fleet's.
    match expected.filter(|expected| *expected != document.fleet) {
        None => Ok(document),
        Some(expected) => {
            let (place, recorded) = (store.place(), document.fleet);
            Err(fleet::unusable(OpenError::ForeignFleet { place, expected, recorded }))
        }
    }
}

async fn ask(store: Arc<dyn Reader>) -> Answer {
    let read = crate::state::read(&*store).await;
    (store, read)
}

/// Says so when a call without an answer is perhaps under way at this moment: nobody should settle it then.
async fn tell_who_is_at_work(app: &App, store: &dyn Reader, document: &Document) {
    if document.pending.values().all(|pending| pending.reason.is_some()) {
        return;
    }
    let Some(holder) = store.at_work().await else { return };
    let LockInfo { operation, who, created, .. } = *holder;
    app.out.warning(&format!(
        "{} is being worked on at this moment, by {}; a call whose outcome is not known below may be under way, so settle \
         nothing before that run has ended",
        store.place(),
        visible(&format!("{operation} of {who} since {created}"))
    ));
}

/// The document; what a person should know of it is told.
fn told(app: &App, read: Result<Option<Read>, ReadError>) -> anyhow::Result<Option<Document>> {
    match read {
        Ok(None) => Ok(None),
        Ok(Some(Read { document, notices })) => {
            for notice in notices {
                app.out.warning(&notice.to_string());
            }
            Ok(Some(document))
        }
        Err(error) => {
            let hint = error.hint().map(str::to_owned);
            let message = format!("{:#}", anyhow::Error::from(error));
            Err(Fault { exit: Exit::Error, message, hint, told: false }.into())
        }
    }
}

/// The name on the first line that begins with `fleet:`, or behind the first `"fleet":` at the beginning of a JSON text.
/// A guess to save time with: only the manifest's reader knows.
pub(super) fn fleet_at_a_glance(sources: &[Source]) -> Option<Name> {
    let line = |source: &Source| {
        let text = source.bytes.trim_ascii_start();
        let rest = if text.starts_with(b"{") {
            let beginning = text.get(..BEGINNING).unwrap_or(text);
            let key = beginning.windows(7).position(|bytes| bytes == b"\"fleet\"")?;
            let rest = beginning.get(key.saturating_add(7)..)?.trim_ascii_start();
            rest.strip_prefix(b":")?
                .trim_ascii_start()
                .strip_prefix(b"\"")?
                .split(|byte| *byte == b'"')
                .next()?
        } else {
            let lines = source.bytes.split(|byte| *byte == b'\n');
            lines.into_iter().find_map(|line| line.strip_prefix(b"fleet:"))?
        };
        let value = std::str::from_utf8(rest).ok()?.split('#').next()?.trim();
        Name::new(value.trim_matches(['"', '\''])).ok()
    };
    sources.iter().find_map(line)
}

/// How far into a JSON text is looked: nothing tells where its lines end.
const BEGINNING: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_is_seen_where_manifests_usually_have_it() {
        let glance = |texts: &[&str]| {
            let sources: Vec<Source> = texts.iter().map(|text| Source::new("x", *text)).collect();
            fleet_at_a_glance(&sources).map(|name| name.to_string())
        };
        assert_eq!(
            glance(&["# a comment\nfleet: acme # names the state\r\ninstances:\n"]).as_deref(),
            Some("acme")
        );
        assert_eq!(glance(&["instances: {}\n", "fleet: 'acme'"]).as_deref(), Some("acme"));
        assert_eq!(glance(&["{\n \"fleet\" : \"acme\", \"instances\": {}}"]).as_deref(), Some("acme"));
        assert_eq!(glance(&["{\"fleet\": {\"x\": \"acme\"}}"]), None);
        assert_eq!(glance(&["{fleet: acme}", "  fleet: nested\n", "fleet: Not A Name\n"]), None);
    }
}
