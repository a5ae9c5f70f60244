//! One page of the manual.
//!
//! Invariant: the same bytes for the same version: there is no date, no width and no path of this machine in it.

use std::io::Error;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::super::exit::Exit;
use super::super::help::{FILES, VARIABLES, Variables};

/// Commands for users.
const SECTION: &str = "1";

/// The name of the page's file.
pub(super) fn file(command: &Command) -> String {
    format!("{}.{SECTION}", title(command))
}

/// The page of a command that was built.
///
/// # Errors
/// When there is no room for it in memory.
pub(super) fn of(command: &Command) -> Result<Vec<u8>, Error> {
    let man = Man::new(command.clone())
        .title(title(command))
        .section(SECTION)
        // The same on every day; nothing at all would make the next word the date.
        .date(" ")
        .source(concat!("wawpform ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    let is_whole = !title(command).contains('-');
    if is_whole {
        exit_codes(&mut rest);
        variables(&mut rest);
        files(&mut rest);
    }
    examples(command, &mut rest);
    see_also(command, is_whole, &mut rest);
    rest.to_writer(&mut page)?;
    Ok(page)
}

/// `wawpform-state-mv`.
fn title(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn exit_codes(page: &mut Roff) {
    page.control("SH", ["EXIT STATUS"]);
    for (exit, _, long) in Exit::TABLE {
        page.control("TP", ["5"]).text([bold(exit.number().to_string())]).text([roman(long)]);
    }
}

fn variables(page: &mut Roff) {
    page.control("SH", ["ENVIRONMENT"]);
    for Variables { about, rows } in VARIABLES {
        page.control("SS", [*about]);
        for (names, says) in *rows {
            for (at, name) in names.split(", ").enumerate() {
                page.control(if at == 0 { "TP" } else { "TQ" }, []).text([bold(name)]);
            }
            page.text([roman(*says)]);
        }
    }
}

fn files(page: &mut Roff) {
    page.control("SH", ["FILES"]);
    for (path, says) in FILES {
        page.control("TP", []).text([italic(path)]).text([roman(says)]);
    }
}

/// What stands at the end of the short help: commands, indented, and what is said of them.
fn examples(command: &Command, page: &mut Roff) {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    page.control("SH", ["EXAMPLES"]);
    for (at, part) in text.split("\n\n").filter(|part| !part.starts_with("Exit codes")).enumerate() {
        let lines: Vec<&str> = part.lines().filter(|line| *line != "Example:").collect();
        let (shown, said): (Vec<&str>, Vec<&str>) =
            lines.into_iter().partition(|line| line.starts_with("  "));
        if at > 0 {
            page.control("PP", []);
        }
        for line in said {
            page.text([roman(line)]);
        }
        if shown.is_empty() {
            continue;
        }
        page.control("RS", ["4"]).control("nf", []);
        for line in shown {
            page.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        page.control("fi", []).control("RE", []);
    }
}

fn see_also(command: &Command, is_whole: bool, page: &mut Roff) {
    page.control("SH", ["SEE ALSO"]);
    let title = title(command);
    let parents = title.match_indices('-').filter_map(|(at, _)| title.get(..at));
    let below = command.get_subcommands().filter(|it| !it.is_hide_set()).map(self::title);
    let pages: Vec<String> = parents.chain(below).map(|page| format!("{page}({SECTION})")).collect();
    let whole =
        if is_whole { "" } else { ": exit codes, environment variables and files are told in wawpform(1)" };
    page.text([roman(format!("{}{whole}", pages.join(", ")))]);
}
