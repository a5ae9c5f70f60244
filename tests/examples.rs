//! Every manifest in `examples/broken` gives exactly the text beside it; every other example, and what the
//! README shows, loads without a warning.
//!
//! `BLESS=1 cargo test --test examples` writes the texts anew.

// The lints let only functions marked as tests fail loudly; what tests share may too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use wawpform::manifest::{Loaded, Source, load};
use wawpform::render::diagnostics::human;

const WIDTH: usize = 100;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The YAML files of a folder below the project, sorted, as people would write their paths.
fn manifests(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    names.sort();
    names
}

fn source(name: &str) -> Source {
    Source::new(name, fs::read(root().join(name)).unwrap())
}

#[test]
fn every_broken_example_is_answered_with_the_text_beside_it() {
    let names = manifests("examples/broken");
    assert!(names.len() >= 12, "the folder of broken examples was emptied");
    let mut differing = Vec::new();
    for name in &names {
        let sources = [source(name)];
        let Err(diagnostics) = load(&sources) else { panic!("{name} is not broken") };
        let text = human(&diagnostics, &sources, false, WIDTH);
        let path: PathBuf = root().join(name.replace(".yaml", ".expected.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        match fs::read_to_string(&path) {
            Ok(expected) if expected == text => {}
            Ok(expected) => differing.push(format!("{name}: expected\n{expected}\nbut is\n{text}")),
            Err(error) => differing.push(format!("{}: {error}", path.display())),
        }
    }
    assert!(differing.is_empty(), "{}\nrun with BLESS=1 to accept", differing.join("\n"));
}

#[test]
fn no_expected_text_outlives_its_example() {
    for entry in fs::read_dir(root().join("examples/broken")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_str().unwrap();
        if let Some(stem) = name.strip_suffix(".expected.txt") {
            assert!(Path::new(&format!("{stem}.yaml")).exists(), "{name} belongs to nothing");
        }
    }
}

#[test]
fn every_other_example_loads_without_a_warning() {
    let single = manifests("examples");
    assert!(single.len() >= 4, "{single:?}");
    let mut fleets: Vec<Vec<Source>> = single.iter().map(|name| vec![source(name)]).collect();
    for folder in ["examples/multi-tenant-saas", "examples/adoption"] {
        fleets.push(manifests(folder).iter().map(|name| source(name)).collect());
    }
    for sources in fleets {
        match load(&sources) {
            Ok(Loaded { desired, warnings }) => {
                assert!(warnings.is_empty(), "{}", human(&warnings, &sources, false, WIDTH));
                assert!(!desired.instances.is_empty());
            }
            Err(wrong) => panic!("{}", human(&wrong, &sources, false, WIDTH)),
        }
    }
}

#[test]
fn every_manifest_that_the_readme_shows_loads_without_a_warning() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks: Vec<&str> =
        readme.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty(), "the README shows no manifest");
    for block in blocks {
        let sources = [Source::new("README.md", block)];
        let shown = |wrong: &[_]| human(wrong, &sources, false, WIDTH);
        match load(&sources) {
            Ok(Loaded { warnings, .. }) => assert!(warnings.is_empty(), "{}", shown(&warnings)),
            Err(wrong) => panic!("{}", shown(&wrong)),
        }
    }
}
