//! The pages of a plan and of the status: as they stand in `tests/golden/html`, inert whatever is in them, and opened
//! in a real browser.
//!
//! `BLESS=1 cargo test --test pages` writes the files anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]
#![allow(
    clippy::print_stdout,
    reason = "what could not be tried on this machine, and figures, are worth knowing"
)]

mod accessible;
mod browser;
mod filtered;
mod hostile;
mod laws;
#[path = "../markdown/plans.rs"]
mod plans;
mod rows;
mod shown;

use std::path::Path;

use wawpform::plan::{Change, Plan};
use wawpform::render::html::{self, Page};

use plans::{empty, everything, refusals, suggestions};
use rows::{everybody, name};

/// When all of them are made.
const AT: &str = "2026-11-22T10:00:00Z";

/// A page with as many refusals, warnings and suggestions.
fn of_plan(plan: &Plan, text: &str, count: usize) -> String {
    let (refusals, suggestions) = (refusals(text, count), suggestions(count));
    let warnings = vec![text.to_owned(); count];
    let flags = format!(" -f {text}");
    let (suggestions, flags, at) = (&suggestions, &flags, AT.parse().unwrap());
    html::plan(plan, &Page { refusals: &refusals, warnings: &warnings, suggestions, flags, at })
}

fn of_status(text: &str, times: usize) -> String {
    html::status(&name("acme"), &everybody(text, times), " -f fleet.yaml", AT.parse().unwrap())
}

/// A page for reading: an element a line, without style, script and their hashes, which are the same on every page.
fn readable(page: &str) -> String {
    let mut out = page.to_owned();
    for (begin, end) in [
        ("<style>", "</style>"),
        ("<script>", "</script>"),
        ("style-src 'sha256-", "';"),
        ("script-src 'sha256-", "';"),
    ] {
        let from = out.find(begin).unwrap() + begin.len();
        let length = out[from..].find(end).unwrap();
        out.replace_range(from..from + length, "…");
    }
    let mut out = out.replace("><", ">\n<");
    for inline in ["code", "span", "b", "strong", "del", "ins"] {
        out = out.replace(&format!(">\n<{inline}>"), &format!("><{inline}>"));
        out = out.replace(&format!(">\n</{inline}>"), &format!("></{inline}>"));
    }
    out
}

fn golden(file: &str, page: &str) {
    let page = readable(page);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/html").join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(expected.as_str(), page.as_str());
    assert!(expected == page, "BLESS=1 accepts\n{}", diff.unified_diff().header(file, "as it is made now"));
}

#[test]
fn the_page_of_everything_is_the_one_beside() {
    golden("plan.html", &of_plan(&everything("201012345678", 1), "201012345678", 1));
}

#[test]
fn the_page_of_a_plan_without_refusals_says_how_it_is_applied() {
    let known = everything("strict", 1);
    let is_kept = |it: &Change| matches!(it.action.word(), "create" | "update");
    let changes = known.changes.into_iter().filter(is_kept).collect();
    golden("small.html", &of_plan(&Plan { changes, ..empty() }, "201012345678", 0));
    golden("nothing.html", &of_plan(&empty(), "201012345678", 0));
}

#[test]
fn the_page_of_two_manifests_is_the_one_beside_and_says_what_it_is() {
    let known = everything("strict", 1);
    let changes = known.changes.into_iter().filter(|it| it.action.word() != "adopt").collect();
    golden("comparison.html", &of_plan(&Plan { assumed: true, changes, ..empty() }, "201012345678", 0));
}

#[test]
fn the_page_of_hostile_texts_is_the_one_beside() {
    let text = hostile::TEXTS.join(" ");
    golden("hostile.html", &of_plan(&everything(&text, 1), &text, 1));
}

#[test]
fn the_page_of_the_status_is_the_one_beside() {
    golden("status.html", &of_status("201012345678", 1));
    golden("status-hostile.html", &of_status(&hostile::TEXTS.join(" "), 1));
    golden("status-nothing.html", &html::status(&name("acme"), &[], "", AT.parse().unwrap()));
}
