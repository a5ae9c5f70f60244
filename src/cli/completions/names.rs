//! The names of instances that may come next: those of the manifest and of the state that the command line names.
//!
//! Invariant: only regular files of a bounded size are read, so that nobody waits at a prompt.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::super::args::{Cli, Global};
use super::super::out::{Out, When};
use super::super::{App, place, recorded, sources};
use super::Env;
use crate::instance::Name;
use crate::manifest::Source;
use crate::state::{Document, LocalStore};

/// The most bytes of a manifest, and of a state, that are read.
const MOST: usize = 16 * 1024 * 1024;

/// Whose names are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Whose {
    /// Instances that are recorded.
    Recorded,
    /// The same, and calls of unknown outcome.
    RecordedOrPending,
    /// The same, and what the manifest has.
    Known,
    /// What the manifest has and nothing is recorded of.
    NotRecorded,
}

/// Offers names. Those that are on the command line already are left out.
pub(in crate::cli) fn names(whose: Whose) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let env = Env::of_this_process();
        let words = env.words_behind_escape().unwrap_or_default();
        let candidates = current.to_str().and_then(|begin| candidates(env, whose, begin, words));
        candidates.unwrap_or_default()
    })
}

fn candidates(env: Env, whose: Whose, begin: &str, words: Vec<OsString>) -> Option<Vec<CompletionCandidate>> {
    let app = app(env, &words)?;
    let Seen { manifest, recorded, pending } = seen(&app)?;
    let mut offered: BTreeMap<&Name, String> = BTreeMap::new();
    let not_recorded = manifest.iter().filter(|name| !recorded.contains_key(*name));
    let not_recorded = not_recorded.map(|name| (name, "in the manifest, not recorded".to_owned()));
    if matches!(whose, Whose::Known | Whose::NotRecorded) {
        offered.extend(not_recorded);
    }
    if matches!(whose, Whose::Known | Whose::RecordedOrPending) {
        offered.extend(pending.iter().map(|name| (name, "a call of unknown outcome".to_owned())));
    }
    if whose != Whose::NotRecorded {
        offered.extend(recorded.iter().map(|(name, id)| (name, id.clone())));
    }
    let is_there = |name: &str| words.iter().any(|word| word == name);
    let fit = offered.into_iter().filter(|(name, _)| {
        name.as_str().starts_with(begin) && (name.as_str() == begin || !is_there(name.as_str()))
    });
    Some(fit.map(|(name, help)| CompletionCandidate::new(name.as_str()).help(Some(help.into()))).collect())
}

/// What the command line says as far as it goes, of what every command understands.
fn app(env: Env, words: &[OsString]) -> Option<App> {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(words).ok()?;
    let mut global = Global::from_arg_matches(&matches).ok()?;
    let home = env.var("HOME").map(PathBuf::from);
    for path in &mut global.file {
        *path = meant(path.to_str()?, home.as_deref());
    }
    if let Some(state) = &mut global.state {
        *state = meant(state, home.as_deref()).to_str()?.to_owned();
    }
    let out = Out::new(When::Never, true, 0, &env);
    Some(App { global, env, out, github: None })
}

/// A path as the shell would hand it over: some give words as they are typed.
fn meant(typed: &str, home: Option<&Path>) -> PathBuf {
    if let (Some(rest), Some(home)) = (typed.strip_prefix("~/"), home) {
        return home.join(unquoted(rest));
    }
    PathBuf::from(unquoted(typed))
}

/// Without quotes and backslashes.
fn unquoted(typed: &str) -> String {
    let mut quote = None;
    let mut out = String::with_capacity(typed.len());
    let mut rest = typed.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None | Some('"'), '\\') => out.extend(rest.next()),
            _ => out.push(c),
        }
    }
    out
}

/// The names that were found.
struct Seen {
    manifest: BTreeSet<Name>,
    /// With their ids.
    recorded: BTreeMap<Name, String>,
    pending: BTreeSet<Name>,
}

fn seen(app: &App) -> Option<Seen> {
    // What is no file of its own would have to be waited for.
    let is_stream = |path: &PathBuf| path.as_os_str() == "-" || path.starts_with("/dev");
    let sources = if app.global.file.iter().any(is_stream) { None } else { sources::within(app, MOST).ok() };
    let sources = sources.filter(|sources| sources.iter().map(|it| it.bytes.len()).sum::<usize>() < MOST);
    let sources: Vec<Source> = sources.unwrap_or_default();
    let desired = sources::load(app, &sources).ok().and_then(Result::ok).map(|loaded| loaded.desired);
    // A manifest that is being written is often wrong somewhere, and its fleet is known all the same.
    let fleet = desired.as_ref().map(|desired| desired.fleet.clone());
    let fleet = fleet.or_else(|| recorded::fleet_at_a_glance(&sources));
    let document = place::on_this_machine(app, || fleet).and_then(document);
    let (recorded, pending) = document.map(|it| (it.instances, it.pending)).unwrap_or_default();
    Some(Seen {
        manifest: desired.into_iter().flat_map(|desired| desired.instances.into_keys()).collect(),
        recorded: recorded.into_iter().map(|(name, it)| (name, it.instance_id.to_string())).collect(),
        pending: pending.into_keys().collect(),
    })
}

fn document(path: PathBuf) -> Option<Document> {
    let facts = std::fs::metadata(&path).ok()?;
    if !facts.is_file() || facts.len() > u64::try_from(MOST).unwrap_or(u64::MAX) {
        return None;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let read = runtime.block_on(crate::state::read(&LocalStore::new(path))).ok()?;
    read.map(|read| read.document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_the_shell_would_make_of_it() {
        for (typed, path) in [
            ("a/b.yaml", "a/b.yaml"),
            ("~/b.yaml", "/home/mona/b.yaml"),
            ("\"my dir/b.yaml\"", "my dir/b.yaml"),
            ("my\\ dir/'b c'.yaml", "my dir/b c.yaml"),
            ("'a\\b'", "a\\b"),
            ("\"open", "open"),
            ("~mona/b", "~mona/b"),
        ] {
            assert_eq!(meant(typed, Some(Path::new("/home/mona"))), Path::new(path), "{typed}");
        }
    }
}
