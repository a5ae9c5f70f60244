//! `man`: the manual, one page a command, made from what `--help` says.

mod page;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory, ValueHint};

use super::App;
use super::args::Cli;
use super::completions::commands;
use super::exit::{Exit, Fault};
use super::mistyped::nearest;
use crate::instance::visible;
use crate::render::plural;

/// Print a manual page, or write all of them into a directory.
///
/// Each command has a page of its own, such as wawpform-state-mv(1); that of wawpform tells exit codes, environment
/// variables and files.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform man plan | man -l -\n\nFor a package, or for yourself:\n  \
    wawpform man --out ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// The command whose page to print, such as `state mv` [default: wawpform itself].
    #[arg(value_name = "COMMAND", conflicts_with = "out", add = commands())]
    command: Vec<String>,
    /// Write every page into this directory, over those that are there.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When there is no such command, or a page cannot be written.
pub(super) fn run(app: &App, ManArgs { command, out }: &ManArgs) -> anyhow::Result<Exit> {
    let mut whole = Cli::command().disable_help_subcommand(true);
    whole.build();
    let Some(folder) = out else {
        let page = page::of(called(&whole, command)?)?;
        app.out.data(&String::from_utf8_lossy(&page));
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let commands = below(&whole);
    for command in &commands {
        let path = folder.join(page::file(command));
        std::fs::write(&path, page::of(command)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    app.out.data(&format!("wrote {} into {}\n", plural(commands.len(), "page"), folder.display()));
    Ok(Exit::Done)
}

/// A command and all those below it.
fn below(command: &clap::Command) -> Vec<&clap::Command> {
    let others = command.get_subcommands().filter(|command| !command.is_hide_set()).flat_map(below);
    std::iter::once(command).chain(others).collect()
}

/// The command of these words.
fn called<'c>(whole: &'c clap::Command, words: &[String]) -> anyhow::Result<&'c clap::Command> {
    let mut command = whole;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let message = format!("{} has no command {}", name(command), visible(word));
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            let hint = match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None if known.is_empty() => "name a command without what it is given".to_owned(),
                None => format!("its commands are {}", known.join(", ")),
            };
            Fault::error(message, hint).with(Exit::Usage)
        })?;
    }
    Ok(command)
}

/// A command as it is typed.
fn name(command: &clap::Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}
