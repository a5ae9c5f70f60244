//! What other programs of the kind, such as Terraform and kubectl, call what is called otherwise here.
//!
//! Invariant: no flag is named that the command at hand does not have, and no command that there is not.

use clap::{Command, CommandFactory as _};

use super::args::Cli;
use super::mistyped::nearest;

/// Their commands, and ours.
const COMMANDS: [(&str, &[&str]); 22] = [
    ("list", &["state list", "status"]),
    ("ls", &["state list", "status"]),
    ("get", &["state list", "status"]),
    ("describe", &["state show", "status"]),
    ("delete", &["forget", "destroy"]),
    ("rm", &["forget", "destroy"]),
    ("remove", &["forget", "destroy"]),
    ("rename", &["state mv"]),
    ("mv", &["state mv"]),
    ("refresh", &["drift", "plan --refresh"]),
    ("preview", &["plan"]),
    ("create", &["apply"]),
    ("up", &["apply"]),
    ("deploy", &["apply"]),
    ("down", &["destroy"]),
    ("lint", &["validate"]),
    ("unlock", &["state unlock"]),
    ("force-unlock", &["state unlock"]),
    ("login", &["qr", "pair", "link"]),
    ("connect", &["qr", "pair", "link"]),
    ("scan", &["qr"]),
    ("version", &["--version"]),
];

/// Their flags, and ours: each with what stands behind it, or a command that is meant instead.
const FLAGS: [(&str, &[&str]); 15] = [
    ("--json", &["--format json", "--write json=-", "--events -"]),
    ("--output", &["--format FORMAT", "--write FORMAT=PATH"]),
    ("-o", &["--format FORMAT", "--write FORMAT=PATH", "--report PATH"]),
    ("--no-color", &["--color never"]),
    ("--parallelism", &["--concurrency N"]),
    ("--dry-run", &["plan"]),
    ("--refresh-only", &["drift"]),
    ("--yes", &["--auto-approve"]),
    ("-y", &["--auto-approve"]),
    ("--approve", &["--auto-approve"]),
    ("--force", &["--auto-approve"]),
    ("--input", &["--auto-approve"]),
    ("--filename", &["--file PATH"]),
    ("--chdir", &["--file PATH"]),
    ("-w", &["--watch"]),
];

/// What is meant instead of a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// One of these commands.
    Commands(Vec<String>),
    /// One of these flags.
    Flags(Vec<String>),
}

impl Meant {
    fn of(words: impl IntoIterator<Item = String>) -> Option<Self> {
        let (flags, commands): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|word: &String| word.starts_with('-'));
        match (flags.is_empty(), commands.is_empty()) {
            (false, _) => Some(Self::Flags(flags)),
            (true, false) => Some(Self::Commands(commands)),
            (true, true) => None,
        }
    }
}

/// What is meant by a command that there is not.
pub(super) fn command(word: &str) -> Option<Meant> {
    let (_, here) = COMMANDS.iter().find(|(there, _)| *there == word)?;
    Meant::of(here.iter().map(|name| (*name).to_owned()))
}

/// What is meant by a flag that the command of this line does not have. `unknown` is the flag as the line was taken
/// apart: of `-json`, as Terraform writes long flags, that is the first letter that is no short flag.
pub(super) fn flag(unknown: &str, line: &[String]) -> Option<Meant> {
    let command = at_hand(line);
    let letter = unknown.strip_prefix('-').filter(|letter| letter.chars().count() == 1);
    let long = letter.and_then(|letter| line.iter().find(|word| is_long_with_one_dash(word, letter)));
    let long = long.map(|word| format!("-{word}"));
    let flag = long.as_deref().unwrap_or(unknown);
    let name = flag.split_once('=').map_or(flag, |(name, _)| name);
    if has(&command, name) {
        return Meant::of([match long {
            Some(flag) => flag,
            // It stands before its command.
            None => format!("{} {name}", path(&command)),
        }]);
    }
    if let Some((_, here)) = FLAGS.iter().find(|(there, _)| *there == name) {
        let at_hand = here.iter().filter(|here| !here.starts_with('-') || has(&command, here));
        return Meant::of(at_hand.map(|here| (*here).to_owned()));
    }
    // What stands there with two dashes is compared by the parser.
    let longs: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    let near = nearest(long.as_deref()?.trim_start_matches('-'), longs)?;
    Meant::of([format!("--{near}")])
}

/// Whether a word is a long flag behind one dash, which holds this letter of a short one.
fn is_long_with_one_dash(word: &str, letter: &str) -> bool {
    let flag = word.strip_prefix('-').filter(|flag| !flag.starts_with('-'));
    flag.is_some_and(|flag| flag.chars().nth(1).is_some() && flag.contains(letter))
}

/// Whether a command has a flag; what stands behind it is not looked at.
fn has(command: &Command, flag: &str) -> bool {
    let long = flag.split(' ').next().and_then(|flag| flag.strip_prefix("--"));
    long.is_some_and(|long| command.get_arguments().any(|argument| argument.get_long() == Some(long)))
}

/// How a command is called, without the program.
fn path(command: &Command) -> &str {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    name.split_once(' ').map_or(name, |(_, path)| path)
}

/// The command that a line names, as far as it names one.
fn at_hand(line: &[String]) -> Command {
    let mut root = Cli::command();
    root.build();
    let found = line.iter().fold(&root, |command, word| command.find_subcommand(word).unwrap_or(command));
    found.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(unknown: &str, line: &str) -> Option<Meant> {
        flag(unknown, &line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn flags(flags: &[&str]) -> Option<Meant> {
        Meant::of(flags.iter().map(|flag| (*flag).to_owned()))
    }

    #[test]
    fn a_flag_is_named_only_where_the_command_has_it() {
        assert_eq!(of("--json", "status --json"), flags(&["--format json", "--write json=-"]));
        assert_eq!(of("-j", "plan -json"), flags(&["--write json=-", "--events -"]));
        assert_eq!(of("--json", "state list --json"), None);
        assert_eq!(of("-a", "apply -auto-approve"), flags(&["--auto-approve"]));
        assert_eq!(of("-t", "apply -target=acme-sales"), flags(&["--target=acme-sales"]));
        assert_eq!(of("-l", "plan -lock=false"), None);
        assert_eq!(of("-d", "plan -detailed-exitcodes"), flags(&["--detailed-exitcode"]));
        assert_eq!(of("-w", "status -w"), flags(&["--watch"]));
        assert_eq!(of("--input", "plan --input=false"), None);
        assert_eq!(of("--dry-run", "apply --dry-run"), flags(&["plan"]));
        assert_eq!(of("--target", "--target acme-sales plan"), flags(&["plan --target"]));
    }

    #[test]
    fn whatever_is_named_is_there() {
        let mut root = Cli::command();
        root.build();
        let commands = || std::iter::once(&root).chain(root.get_subcommands());
        for (there, here) in COMMANDS.iter().chain(&FLAGS) {
            for named in *here {
                let is_there = match named.split_once(" --") {
                    _ if named.starts_with('-') => commands().any(|command| has(command, named)),
                    Some((command, flag)) => {
                        commands().any(|one| one.get_name() == command && has(one, &format!("--{flag}")))
                    }
                    None => {
                        let mut names = named.split(' ');
                        names.try_fold(&root, |command, name| command.find_subcommand(name)).is_some()
                    }
                };
                assert!(is_there, "{there}: {named}");
            }
        }
    }
}
