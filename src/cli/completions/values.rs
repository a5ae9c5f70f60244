//! What may stand in a flag beside the names of instances: formats with their paths, places, revisions.

use std::ffi::OsStr;

use clap::{CommandFactory, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};

use super::super::args::Cli;
use super::Env;

/// `FORMAT=PATH`, or a path alone where that means something.
pub(in crate::cli) fn formats<F: ValueEnum + Send + Sync + 'static>(also_alone: bool) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let Some(text) = current.to_str() else { return Vec::new() };
        if let Some((format, path)) = text.split_once('=') {
            let paths = paths().complete(OsStr::new(path)).into_iter();
            return paths.map(|path| path.add_prefix(format!("{format}="))).collect();
        }
        let formats = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let formats = formats.filter(|format| format.get_name().starts_with(text)).map(|format| {
            CompletionCandidate::new(format!("{}=", format.get_name())).help(format.get_help().cloned())
        });
        let alone = also_alone.then(|| paths().complete(current));
        formats.chain(alone.into_iter().flatten()).collect()
    })
}

/// A path, or - for a standard stream.
pub(in crate::cli) fn places() -> ArgValueCompleter {
    ArgValueCompleter::new(paths())
}

/// A path, or `git:` with what only git knows.
pub(in crate::cli) fn revisions() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let git = current.to_str().is_some_and(|text| "git:".starts_with(text));
        let git =
            git.then(|| CompletionCandidate::new("git:").help(Some("a revision: git:REV[:PATH]".into())));
        paths().complete(current).into_iter().chain(git).collect()
    })
}

/// The commands below those that stand before.
pub(in crate::cli) fn commands() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let words = Env::of_this_process().words_behind_escape().unwrap_or_default();
        let before = words.split_last().map(|(_, before)| before).unwrap_or_default();
        let whole = Cli::command();
        let named = before.iter().skip_while(|word| *word != "man").skip(1);
        let command = named.fold(&whole, |command, word| command.find_subcommand(word).unwrap_or(command));
        let below = command
            .get_subcommands()
            .map(|it| CompletionCandidate::new(it.get_name()).help(it.get_about().cloned()));
        below
            .filter(|it| {
                current.to_str().is_some_and(|text| it.get_value().to_string_lossy().starts_with(text))
            })
            .collect()
    })
}

fn paths() -> PathCompleter {
    PathCompleter::any().stdio()
}
