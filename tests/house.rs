//! The rules of the house, as far as a reader of the text can check them: who may import whom, what is pure,
//! how large a file may be, how it opens, and who may touch the world.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who may import whom. A room that is not here may not exist.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    ("instance", &[]),
    ("manifest", &["instance"]),
    ("state", &["instance"]),
    ("wawp", &["instance"]),
    ("observe", &["instance", "state", "wawp"]),
    ("wait", &["instance", "wawp", "observe"]),
    ("plan", &["instance", "manifest", "state", "wawp", "observe"]),
    ("policy", &[]),
    ("apply", &["instance", "manifest", "state", "wawp", "observe", "plan"]),
    ("render", &["instance", "manifest", "state", "wawp", "observe", "wait", "plan", "apply"]),
    (
        "cli",
        &[
            "instance", "manifest", "state", "wawp", "observe", "wait", "plan", "policy", "apply", "render",
            "sandbox",
        ],
    ),
    ("sandbox", &["instance", "wawp"]),
];

/// The rooms and files that decide and never do.
const PURE: &[&str] = &[
    "instance",
    "manifest",
    "plan",
    "policy",
    "render",
    "state/document",
    "state/journal",
    "state/mark.rs",
    "wawp/address.rs",
    "wawp/answer",
    "wawp/error.rs",
    "wawp/notice.rs",
    "wawp/retry.rs",
    "wawp/throttle.rs",
    "wawp/way.rs",
    "wawp/wire.rs",
    "observe/sighting.rs",
    "observe/standing.rs",
    "wait/decide.rs",
    "apply/claim.rs",
    "apply/event.rs",
    "apply/outcome.rs",
    "sandbox/world",
    "sandbox/faults",
    "sandbox/rate.rs",
];

/// What pure code has no use for.
const IMPURE: &[&str] = &[
    "async ",
    ".await",
    "tokio",
    "reqwest",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "getrandom",
    "std::io::std",
];

/// What only one file may do.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("std::env::", &["cli/env.rs"]),
    ("Timestamp::now", &["cli/env.rs"]),
    ("getrandom::", &["cli/env.rs"]),
    ("io::stdout()", &["cli/out.rs"]),
    ("io::stderr()", &["cli/out.rs"]),
    ("io::stdin()", &["cli/confirm.rs", "cli/env.rs", "cli/sources.rs"]),
    // The sandbox stands for the server, which knows its tokens. What pairs a phone is shown to who asked for it.
    (
        ".expose()",
        &[
            "instance/secret.rs",
            "state/mark.rs",
            "state/store/http/exchange.rs",
            "state/store/postgres/link.rs",
            "wawp/line.rs",
            "render/pairing.rs",
            "render/qr.rs",
            "sandbox/calls.rs",
            "sandbox/shared.rs",
        ],
    ),
];

/// A file aims at 200 lines and is cut before this.
const LONGEST: usize = 400;

/// A source file without its tests.
struct File {
    /// Its path below `src`, with `/`.
    path: String,
    /// The whole text.
    text: String,
    /// The text without comments and without the tests at its end.
    code: String,
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What was built of the fuzz targets.
            if !path.ends_with("tests/fuzz/target") {
                files_below(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files_below(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "the sources are gone");
    let file = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let body = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let code =
            body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let path = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        File { path, text, code }
    };
    paths.into_iter().map(file).filter(|file| !file.path.ends_with("tests.rs")).collect()
}

fn room(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

fn assert_none(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn rooms_import_only_what_stands_below_them() {
    let table: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut broken = Vec::new();
    for file in sources() {
        let own = room(&file.path);
        let Some(allowed) = table.get(own) else {
            broken.push(format!("{}: the room `{own}` is not in the table", file.path));
            continue;
        };
        for after in file.code.split("crate::").skip(1) {
            let other = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            let is_macro_path = other.is_empty() || !table.contains_key(other);
            if other != own && !is_macro_path && !allowed.contains(&other) {
                broken.push(format!("{}: imports `{other}`", file.path));
            }
            if own == "sandbox" && other == "wawp" && !after.starts_with("wawp::wire") {
                broken.push(format!("{}: the sandbox knows wawp::wire only", file.path));
            }
            if own == "plan" && after.starts_with("state::") {
                let forbidden = ["Ledger", "Store", "Pen", "Recorder", "LocalStore"];
                let list = after.split(';').next().unwrap();
                broken.extend(
                    forbidden
                        .iter()
                        .filter(|word| list.split(|c: char| !c.is_alphanumeric()).any(|w| w == **word))
                        .map(|word| format!("{}: a plan cannot hold a {word}", file.path)),
                );
            }
        }
    }
    assert_none(broken);
}

#[test]
fn what_decides_does_nothing_else() {
    let is_pure = |path: &str| {
        PURE.iter().any(|p| path == *p || path == format!("{p}.rs") || path.starts_with(&format!("{p}/")))
    };
    let mut broken = Vec::new();
    for file in sources().iter().filter(|file| is_pure(&file.path)) {
        let words = IMPURE.iter().filter(|word| file.code.contains(**word));
        broken.extend(words.map(|word| format!("{}: `{word}` in a pure room", file.path)));
    }
    assert_none(broken);
}

#[test]
fn every_pure_room_of_the_list_exists() {
    let files = sources();
    let exists =
        |pure: &str| files.iter().any(|file| file.path == pure || file.path.starts_with(&format!("{pure}/")));
    assert_none(PURE.iter().filter(|pure| !exists(pure)).map(|pure| format!("{pure} is gone")).collect());
}

#[test]
fn the_world_is_touched_in_one_place_each() {
    let mut broken = Vec::new();
    for file in sources() {
        for (what, where_) in ONLY_IN {
            if file.code.contains(what) && !where_.contains(&file.path.as_str()) {
                broken.push(format!("{}: `{what}` belongs in {}", file.path, where_.join(", ")));
            }
        }
    }
    assert_none(broken);
}

#[test]
fn files_are_small_and_open_with_what_lives_in_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    let mut paths = Vec::new();
    for folder in ["src", "tests", "examples", "benches"].map(|folder| root.join(folder)) {
        if folder.is_dir() {
            files_below(&folder, &mut paths);
        }
    }
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let lines = text.lines().count();
        if lines > LONGEST {
            broken.push(format!("{name}: {lines} lines, at most {LONGEST}"));
        }
        let opening =
            text.lines().take_while(|line| line.starts_with("//!")).filter(|line| *line != "//!").count();
        // The map of a room may take longer.
        let most = if name == "src/lib.rs" || name.ends_with("/mod.rs") { 20 } else { 5 };
        if !(1..=most).contains(&opening) {
            broken.push(format!("{name}: opens with {opening} lines of //!"));
        }
    }
    assert_none(broken);
}

#[test]
fn nothing_is_put_into_a_drawer() {
    let drawers = ["util", "utils", "common", "helpers", "helper", "manager", "misc"];
    let broken = sources()
        .into_iter()
        .filter(|file| file.path.split(['/', '.', '_']).any(|part| drawers.contains(&part)));
    assert_none(broken.map(|file| file.path).collect());
}

#[test]
fn nothing_is_left_for_later() {
    // Cut in two, so that a search for them does not find this list.
    let left = [["to", "do!("], ["unimple", "mented!("], ["FIX", "ME"], ["TO", "DO"], ["dbg", "!("]]
        .map(|word| word.concat());
    let mut broken = Vec::new();
    for file in sources() {
        let words = left.iter().filter(|word| file.text.contains(*word));
        broken.extend(words.map(|word| format!("{}: {word}", file.path)));
    }
    assert_none(broken);
}
