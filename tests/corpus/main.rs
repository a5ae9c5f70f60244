//! Every input that fuzzing found worth keeping goes through the checks of the fuzz targets: a folder a target,
//! and `regressions` for those on which a check once failed, named for what was wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checks;

use std::path::{Path, PathBuf};

fn below(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Runs a check on every file of the folders, and says which file it was.
fn hold(check: fn(&[u8]), folders: &[&str], least: usize) {
    let paths: Vec<PathBuf> = folders.iter().flat_map(|folder| below(folder)).collect();
    assert!(paths.len() >= least, "{folders:?} were emptied");
    let failed = paths.iter().filter(|path| {
        let input = std::fs::read(path).unwrap();
        std::panic::catch_unwind(|| check(&input)).is_err()
    });
    let failed: Vec<_> = failed.collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn manifests_of_any_kind_are_read_or_refused_and_shown_safely() {
    hold(checks::manifest::check, &["tests/corpus/manifest", "tests/corpus/regressions/manifest"], 50);
}

#[test]
fn documents_and_journals_of_any_kind_are_read_back_the_same_or_refused() {
    hold(checks::state::check, &["tests/corpus/state", "tests/corpus/regressions/state"], 50);
}

#[test]
fn answers_of_any_kind_are_read_without_a_guess_and_without_the_token() {
    let folders = ["tests/corpus/answers", "tests/corpus/regressions/answers", "tests/fixtures/answers"];
    hold(checks::answers::check, &folders, 50);
}

#[test]
fn names_ids_addresses_and_faults_of_any_kind_are_read_back_the_same_or_refused() {
    hold(checks::settings::check, &["tests/corpus/settings", "tests/corpus/regressions/settings"], 20);
}
