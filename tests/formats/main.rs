//! What was written once is understood for good: one fixture for every number that a format ever had, in which every
//! field is used. `state/README.md` and `.github/FORMATS.md` say what may be relied on.
//!
//! Whoever changes what is written raises the number, adds fixtures of the new one and a line to `KEPT`, and lets the
//! older ones stand: they have to mean what they meant.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]

mod documented;
mod given;
mod journal;
mod plan;
mod planned;
mod report;
mod state;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Every fixture and the SHA-256 of its bytes. Lines are added; none is ever changed.
const KEPT: &[(&str, &str)] = &[
    ("journal-1.jsonl", "5d5fb674b1e5baa575e98e3d3205f83dd09aa762ba79dec49eece2fbc873070c"),
    ("plan-1.json", "6a71238c4793b642ae75cbe6943e80daecf7c8ee51ba68551f6c9aa45d3a4f44"),
    ("report-1.json", "2c285bc37a82f9d5945309e5a796d4aec6f358af81d9657d336e05891e4945c2"),
    ("report-1-early.json", "30e1a4d663989814387fd9e584561cd33fa2db878068dc2d15dc1b08b4c2c617"),
    ("state-1.json", "54877d88488eaabbf52aaaa18b718ca231d224aa30d64d42b3b939a59d5d9583"),
    ("state-1-folded.json", "709dd29ef2303c03d7ace143299a08474bd067ece93acafca048a69be266f3d0"),
    ("state-1-moved-to.json", "0524101641839d81763b43d484feaf07c0b3caf6a22ad9f6312df37c43e30c71"),
    ("state-1-moving-from.json", "b360a53cb1b146ca8a14c77093a13578ad0bece79dd706a03ff25efe6dfd6042"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

/// The bytes of a fixture.
#[track_caller]
pub fn kept(name: &str) -> Vec<u8> {
    assert!(KEPT.iter().any(|(of, _)| *of == name), "{name} has no line in KEPT");
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// That these are the bytes of a fixture.
#[track_caller]
pub fn assert_kept(name: &str, written: &[u8]) {
    let (kept, written) = (kept(name), String::from_utf8_lossy(written));
    let kept = String::from_utf8(kept).unwrap();
    let diff = similar::TextDiff::from_lines(kept.as_str(), &written);
    let diff = diff.unified_diff().header(name, "as it is written now").to_string();
    assert!(kept == written, "what is written has changed: raise the number of the format\n{diff}");
}

#[test]
fn every_fixture_is_as_it_was_when_its_number_was_the_newest() {
    let wrong = KEPT.iter().filter_map(|(name, sum)| {
        let now: String = Sha256::digest(kept(name)).iter().map(|byte| format!("{byte:02x}")).collect();
        (now != *sum).then(|| format!("{name} is {now}, was {sum}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "a fixture never changes\n{}", wrong.join("\n"));
    let files = std::fs::read_dir(folder()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let files = files.filter(|name| !name.ends_with(".rs")).count();
    assert_eq!(files, KEPT.len(), "a fixture without a line in KEPT");
}
