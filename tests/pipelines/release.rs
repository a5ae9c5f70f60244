//! The release: its script as far as that needs no build, and the steps that publish, with programs in the places of `gh`
//! and `docker` that note what they are asked for.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::files::own;
use super::runner::yaml;
use super::scene::Scene;

/// The actions that may be used, as public workflows pin them.
const ACTIONS: [(&str, &str); 5] = [
    ("actions/attest-build-provenance@a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32", "v4.1.0"),
    ("actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "v5.0.0"),
    ("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "v4.2.2"),
    ("actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093", "v4.3.0"),
    ("actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
];

fn workflow() -> Value {
    yaml(&own().join("workflows/release.yml"))
}

#[test]
fn every_action_of_this_repository_is_pinned_to_a_commit() {
    let mut count = 0;
    for entry in fs::read_dir(own().join("workflows")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter_map(|line| line.split_once("uses: ")) {
            let pin = line.1.split_once(" # ").unwrap_or_else(|| panic!("{line:?}"));
            assert!(ACTIONS.contains(&pin), "{pin:?}");
            count += 1;
        }
    }
    assert!(count > 6, "{count}");
}

#[test]
fn who_builds_may_read_and_who_publishes_builds_nothing() {
    let workflow = workflow();
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let rights = |job: &str| workflow["jobs"][job]["permissions"].to_string();
    assert_eq!(rights("build"), r#"{"contents":"read"}"#);
    assert_eq!(rights("publish"), r#"{"attestations":"write","contents":"write","id-token":"write"}"#);
    assert_eq!(rights("image"), r#"{"attestations":"write","id-token":"write","packages":"write"}"#);
    for (job, body) in workflow["jobs"].as_object().unwrap() {
        assert!(body["timeout-minutes"].as_u64().is_some_and(|it| it <= 60), "{job}");
        for step in body["steps"].as_array().unwrap() {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "{job}: {run}");
            assert!(job == "build" || !run.contains("cargo"), "{job}: {run}");
        }
    }
    assert_eq!(workflow["jobs"]["publish"]["environment"], "release");
    assert!(!workflow.to_string().contains("secrets."), "the job's own token will do");
}

/// A scene in which a build has left its files.
fn built() -> Scene {
    let scene = Scene::new();
    let noting = |name: &str, more: &str| {
        let path = scene.path("bin").join(name);
        let words = "printf '%s\\n' \"$*\" >> \"$HOME/asked\"";
        fs::write(&path, format!("#!/bin/bash\nprintf '{name} ' >> \"$HOME/asked\"\n{words}\n{more}\n"))
            .unwrap();
    };
    noting("gh", "cat release-files/notes.md >> \"$HOME/asked\"");
    noting(
        "docker",
        "case $1 in login) cat >> \"$HOME/asked\" ;; image) echo \"ghcr.io/acme/fleet@sha256:7d1e\" ;; esac",
    );
    scene.shell("bin", "chmod +x gh docker");
    let files = scene.artifact("release-files");
    fs::create_dir_all(files.join("image")).unwrap();
    for (name, text) in [("a.tar.gz", "program"), ("a.cdx.json", "{}"), ("notes.md", "- It works.\n")] {
        fs::write(files.join(name), text).unwrap();
    }
    scene.shell("artifacts/release-files", "sha256sum a.tar.gz a.cdx.json > SHA256SUMS");
    scene
}

fn asked(scene: &Scene) -> String {
    fs::read_to_string(scene.path("home/asked")).unwrap_or_default()
}

#[test]
fn what_was_built_is_checked_proven_and_published_under_its_tag() {
    let scene = built();
    let names = scene.names(&[("github.ref_name", "v0.1.0")]);
    scene.job("release.yml", "publish", &names).good().assert_step("Check", 0, "a.tar.gz: OK");
    assert_eq!(
        asked(&scene),
        "gh release create v0.1.0 --verify-tag --title v0.1.0 --notes-file release-files/notes.md release-files/SHA256SUMS release-files/a.tar.gz release-files/a.cdx.json\n\
         - It works.\n"
    );
    let names = scene.names(&[("github.ref_name", "v0.2.0-rc.1")]);
    scene.job("release.yml", "publish", &names).good();
    assert!(
        asked(&scene).contains(
            "v0.2.0-rc.1 --notes-file release-files/notes.md --prerelease release-files/SHA256SUMS"
        )
    );
}

#[test]
fn a_file_that_changed_on_its_way_is_not_published() {
    let scene = built();
    fs::write(scene.artifact("release-files").join("a.tar.gz"), "another program").unwrap();
    let outcome = scene.job("release.yml", "publish", &scene.names(&[("github.ref_name", "v0.1.0")]));
    assert!(outcome.failed);
    outcome.assert_step("Check", 1, "a.tar.gz: FAILED");
    assert_eq!(asked(&scene), "");
}

#[test]
fn the_image_is_pushed_under_the_version_and_proven_by_its_digest() {
    let scene = built();
    let names = scene.names(&[
        ("github.ref_name", "v0.1.0"),
        ("github.actor", "someone"),
        ("github.repository", "Acme/Fleet"),
    ]);
    let outcome = scene.job("release.yml", "image", &names).good();
    assert!(outcome.steps.last().unwrap().2.contains("sha256:7d1e"), "{outcome:#?}");
    let asked = asked(&scene);
    let mut lines = asked.lines();
    assert_eq!(lines.next(), Some("docker login ghcr.io --username someone --password-stdin"));
    assert_eq!(lines.next(), Some(super::github::TOKEN));
    assert!(lines.next().unwrap().ends_with("--tag ghcr.io/acme/fleet:0.1.0 release-files/image"), "{asked}");
    assert_eq!(lines.next(), Some("docker push ghcr.io/acme/fleet:0.1.0"));
}

#[test]
fn the_notes_are_what_the_changelog_says_of_the_version_and_a_tag_names_that_version() {
    let scene = Scene::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(scene.path("project/.ci")).unwrap();
    fs::copy(root.join(".ci/release"), scene.path("project/.ci/release")).unwrap();
    fs::copy(root.join("Cargo.toml"), scene.path("project/Cargo.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let log = |text: &str| fs::write(scene.path("project/CHANGELOG.md"), text).unwrap();
    log(&format!(
        "# Changelog\n\n## Unreleased\n\n- More.\n\n## {version} - 2026-12-01\n\n### Added\n\n- This.\n\n## 0.0.9\n\n- That.\n"
    ));
    assert_eq!(scene.shell("project", "bash .ci/release notes"), "### Added\n\n- This.");
    log("# Changelog\n\n## Unreleased\n\n- More.\n");
    let said = scene.shell("project", "! bash .ci/release notes 2>&1");
    assert_eq!(said, format!("CHANGELOG.md has no section of {version}"));
    let said = scene.shell("project", "! TAG=v9.9.9 bash .ci/release 2>&1");
    assert_eq!(said, format!("the tag is v9.9.9, and Cargo.toml has the version {version}"));
}
