//! Every command there is, with arguments that make it do what it is for.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use super::place::Place;

/// The manifest that the commands are about.
pub(crate) const MANIFEST: &str = "fleet: acme\ninstances: {a: {labels: {x: y}}, b: {running: false}}\n";

/// The commands that change nothing, with arguments.
pub(crate) const QUIET: [&[&str]; 24] = [
    &["validate"],
    &["validate", "--format", "json"],
    &["plan"],
    &["plan", "--github", "--out", "a plan"],
    &["diff", "wawpform.yaml", "--github"],
    &["show"],
    &["show", "--format", "json"],
    &["output"],
    &["output", "--format", "yaml"],
    &["output", "--format", "env"],
    &["output", "--format", "csv"],
    &["state", "list"],
    &["state", "show", "a"],
    &["state", "pull"],
    &["state", "unlock"],
    &["init", "--fleet", "acme"],
    &["validate", "--format", "github"],
    &["schema"],
    &["completions", "bash"],
    &["man"],
    // These look.
    &["status", "--write", "html=status.html", "--write", "json=status.json"],
    &["drift", "--format", "json"],
    &["plan", "--refresh", "--events", "planned", "--write", "html=plan.html"],
    &["output", "--refresh"],
];

/// The commands that write the state or call the API, in an order that gives each something to do.
pub(crate) const BUSY: [&[&str]; 12] = [
    &[
        "apply",
        "--auto-approve",
        "--events",
        "events",
        "--report",
        "report",
        "--report",
        "markdown=report.md",
    ],
    &["wait", "--for", "working", "--timeout", "0s"],
    &["link", "a", "--force"],
    &["qr", "a", "--timeout", "200ms", "--interval", "10ms"],
    &["pair", "a", "--phone", "201012345678", "--timeout", "200ms", "--interval", "10ms"],
    &["state", "mv", "a", "c"],
    &["state", "mv", "c", "a"],
    &["forget", "b"],
    &["import", "b", "3EB0BCB2E3D4"],
    &["state", "push", "state/acme.json"],
    &["destroy", "--auto-approve", "--events", "-", "--report", "destroyed"],
    &["state", "migrate", "--to", "moved/acme.json"],
];

/// Runs everything once, busy commands with quiet ones between them where `all` is asked for.
pub(crate) fn run_through(place: &Place, all: bool) -> Vec<Output> {
    let mut outputs = Vec::new();
    for (number, args) in BUSY.iter().enumerate() {
        outputs.push(place.run(args));
        if all && number == 0 {
            outputs.extend(QUIET.iter().map(|args| place.run(args)));
        }
    }
    outputs
}

/// The commands that `--help` lists below the given one, without `help` itself.
fn listed(path: &[&str]) -> Vec<String> {
    let help = Command::new(env!("CARGO_BIN_EXE_wawpform")).args(path).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let Some((_, commands)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = commands.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let is_name = line.starts_with("  ") && !line.starts_with("   ");
        line.split_whitespace().next().filter(|_| is_name).map(str::to_owned)
    });
    names.filter(|name| name != "help").collect()
}

#[test]
fn every_command_that_help_lists_is_searched() {
    let mut there = BTreeSet::new();
    for name in listed(&[]) {
        let inner = listed(&[&name]);
        if inner.is_empty() {
            there.insert(name);
        } else {
            there.extend(inner.iter().map(|inner| format!("{name} {inner}")));
        }
    }
    assert!(there.len() > 10, "{there:?}");
    // The sandbox is searched in `faults`.
    let mut searched = BTreeSet::from(["sandbox".to_owned()]);
    for args in QUIET.iter().chain(&BUSY) {
        let own: Vec<&str> = args.iter().copied().take(if args[0] == "state" { 2 } else { 1 }).collect();
        searched.insert(own.join(" "));
    }
    assert_eq!(there, searched, "a command is not searched for the token: add it to a table here");
}
