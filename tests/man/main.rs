//! The manual: a page for every command, read by groff and by mandoc; and nothing that the program reads or ends with is
//! missing in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

#[path = "../tools/mod.rs"]
mod tools;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use tools::tool;

fn wawpform(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
    command.env_clear().args(args);
    command
}

fn printed(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every command there is, by what `help` lists of it.
fn commands() -> Vec<Vec<String>> {
    fn below(path: &[String], found: &mut Vec<Vec<String>>) {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["-h"]).collect();
        let help = printed(wawpform(&words));
        let Some((_, list)) = help.split_once("\nCommands:\n") else { return };
        for line in list.lines().take_while(|line| line.starts_with("  ")) {
            // What belongs to the line before is further in.
            let Some(name) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) else { continue };
            let name = name.split_whitespace().next().unwrap();
            if name != "help" {
                let path = [path, &[name.to_owned()]].concat();
                below(&path, found);
                found.push(path);
            }
        }
    }
    let mut found = vec![Vec::new()];
    below(&[], &mut found);
    assert!(found.len() > 25, "{found:?}");
    found
}

/// All pages, by the names of their files.
fn pages(folder: &TempDir) -> BTreeMap<String, PathBuf> {
    let into = folder.path().join("share/man1");
    let told = printed(wawpform(&["man", "--out", into.to_str().unwrap()]));
    let files = std::fs::read_dir(&into).unwrap().map(|entry| entry.unwrap().path());
    let pages: BTreeMap<String, PathBuf> =
        files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    assert_eq!(told, format!("wrote {} pages into {}\n", pages.len(), into.display()));
    pages
}

#[test]
fn there_is_a_page_for_every_command_and_it_is_the_one_that_is_printed() {
    let folder = TempDir::new().unwrap();
    let pages = pages(&folder);
    let commands = commands();
    let file = |path: &[String]| [&["wawpform".to_owned()], path].concat().join("-") + ".1";
    let mut expected: Vec<String> = commands.iter().map(|path| file(path)).collect();
    expected.sort();
    assert_eq!(pages.keys().cloned().collect::<Vec<_>>(), expected);
    for path in commands {
        let words: Vec<&str> = ["man"].into_iter().chain(path.iter().map(String::as_str)).collect();
        let mut narrow = wawpform(&words);
        narrow.env("COLUMNS", "20");
        assert_eq!(printed(narrow), std::fs::read_to_string(&pages[&file(&path)]).unwrap(), "{path:?}");
    }
}

#[test]
fn every_page_has_its_sections_and_examples() {
    let folder = TempDir::new().unwrap();
    for (name, path) in pages(&folder) {
        let text = std::fs::read_to_string(path).unwrap();
        let mut sections = vec!["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "\"SEE ALSO\""];
        if name == "wawpform.1" {
            sections.extend(["SUBCOMMANDS", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES"]);
        }
        for section in sections {
            assert_eq!(text.matches(&format!("\n.SH {section}\n")).count(), 1, "{name}: {section}");
        }
        let (_, examples) = text.split_once("\n.SH EXAMPLES\n").unwrap();
        let (_, example) = examples.split_once("\n.nf\n").unwrap();
        assert!(example.starts_with("wawpform ") && !text.contains("Example:"), "{name}");
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{name}");
    }
}

#[test]
fn groff_and_mandoc_have_nothing_against_any_page() {
    let folder = TempDir::new().unwrap();
    let pages = pages(&folder);
    for (name, args) in
        [("groff", &["-man", "-Tutf8", "-ww", "-z"][..]), ("mandoc", &["-T", "lint", "-W", "error"])]
    {
        let Some(mut command) = tool(name, None) else { continue };
        let output = command.args(args).args(pages.values()).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() && said.is_empty(), "{name}: {said}");
    }
}

#[test]
fn what_a_reader_sees_is_what_help_says() {
    let Some(mut command) = tool("groff", None) else { return };
    let folder = TempDir::new().unwrap();
    let page = &pages(&folder)["wawpform-state-mv.1"];
    let output =
        command.args(["-man", "-Tascii", "-P-c", "-P-b", "-P-o", "-P-u"]).arg(page).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let seen: Vec<&str> = text.split_whitespace().collect();
    let seen = seen.join(" ");
    for words in [
        "wawpform-state-mv - Rename a recorded instance; the live session is not touched",
        "<FROM> The recorded name",
        "--allow-env <NAME> Let the manifest name this environment variable",
        "EXAMPLES wawpform state mv acme-helpdesk acme-support",
        "wawpform(1), wawpform-state(1)",
    ] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
}
