//! Every transcript under `tests/transcripts/`, and every console block of the README, told again and compared.
//!
//! A transcript is a text file: `$ command` lines (continued by `> ` lines), what they print on both streams,
//! and `[exit N]` where that is not 0; lines that begin with `##` tell the story. `BLESS=1 cargo test --test
//! transcripts` writes what is printed now into the files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

mod transcript;

use std::path::Path;

use transcript::{Scene, Transcript};

/// Tells every given transcript in a scene of its own, side by side, and fails with all that differ.
fn tell_all(transcripts: Vec<Transcript>) {
    let bless = std::env::var_os("BLESS").is_some();
    let differing: Vec<String> = std::thread::scope(|scope| {
        let told: Vec<_> =
            transcripts.iter().map(|transcript| scope.spawn(|| transcript.tell(&Scene::new()))).collect();
        let told = told.into_iter().map(|thread| thread.join().expect("a transcript can be told"));
        transcripts.iter().zip(told).filter_map(|(written, told)| written.compare(&told, bless)).collect()
    });
    assert!(differing.is_empty(), "{}\nBLESS=1 accepts what is printed now", differing.join("\n"));
}

#[test]
fn every_transcript_tells_the_truth() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "the transcripts are gone");
    tell_all(files.iter().map(|file| Transcript::read(file)).collect());
}

#[test]
fn every_console_block_of_the_readme_tells_the_truth() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let transcript = Transcript::of_markdown(&readme);
    assert!(transcript.commands() > 5, "the README shows no commands");
    tell_all(vec![transcript]);
}
