//! The apply that commits its state: nothing is forced, nothing is lost, and no second apply begins before the first
//! one's state is home.

use std::fs;
use std::path::Path;

use super::scene::Scene;

const PLAN: &str = "wawpform-plan.yml";
const FILE: &str = "wawpform-apply-git.yml";

fn reviewed_and_merged(scene: &Scene, number: u64, instances: &str) -> super::expression::Names {
    let opened = scene.pull(number, instances, "acme/fleet");
    scene.job(PLAN, "plan", &opened).good();
    scene.merge(number)
}

fn remote(scene: &Scene, script: &str) -> String {
    scene.shell("remote.git", script)
}

#[test]
fn the_state_is_committed_although_somebody_pushes_in_between() {
    let scene = Scene::new();
    let merged = reviewed_and_merged(&scene, 7, "{a: {}}");
    let push = |step: &str, _: &Path| {
        if step == "Commit the state" {
            scene.push("echo more > notes.txt; git add notes.txt; git commit -qm notes");
        }
    };
    scene.apply(FILE, &merged, Some(&push)).good();
    let log = remote(&scene, "git log --format=%s -3 main");
    assert_eq!(log, "Record the state after an apply\nnotes\nMerge 7");
    assert_eq!(remote(&scene, "git ls-tree --name-only main state/"), "state/.gitignore\nstate/acme.json");
    assert_eq!(remote(&scene, "git branch --list wawpform-applying"), "");

    // The next one begins with that state, and the committed one too is at the tip.
    let merged = reviewed_and_merged(&scene, 8, "{a: {}, b: {}}");
    scene.apply(FILE, &merged, None).good();
    assert_eq!(scene.creates(), 2);
    assert!(remote(&scene, "git show main:state/acme.json").contains("\"b\""));
}

#[test]
fn a_state_that_cannot_go_home_keeps_the_next_apply_away() {
    let scene = Scene::new();
    let merged = reviewed_and_merged(&scene, 7, "{a: {}}");
    let meddle = |step: &str, _: &Path| {
        if step == "Commit the state" {
            scene.push("printf '{}\\n' > state/acme.json; git add state; git commit -qm meddled");
        }
    };
    let outcome = scene.apply(FILE, &merged, Some(&meddle));
    outcome.assert_step("Commit the state", 1, "somebody else changed the state");
    assert_eq!(remote(&scene, "git log --format=%s -1 main"), "meddled");
    assert!(remote(&scene, "git log --format=%s wawpform-applying").contains("actions/runs/42, attempt 1"));
    let kept = scene.artifact("wawpform-state-1").join("acme.json");
    assert!(fs::read_to_string(&kept).unwrap().contains("\"a\""));

    // Without what the first one made, a second would make it twice.
    scene.push("git rm -q state/acme.json; git commit -qm 'without the meddling'");
    let next = reviewed_and_merged(&scene, 8, "{a: {}, b: {}}");
    scene.apply(FILE, &next, None).assert_step("Begin", 1, "has not brought its state home");
    assert_eq!(scene.creates(), 1);

    // A person brings it home as the README says.
    scene.push(&format!(
        "cp '{}' state/; git add -f state; git commit -qm 'Bring the state home'",
        kept.display()
    ));
    scene.shell("clone", "git push -q origin --delete wawpform-applying");
    let next = reviewed_and_merged(&scene, 9, "{a: {}, b: {}, c: {}}");
    scene.apply(FILE, &next, None).good();
    assert_eq!(scene.creates(), 3);
}

/// Stands before the program: an apply is killed when its second create is on its way.
const KILLER: &str = r#"#!/bin/bash
[ "$1" = apply ] || exec wawpform.real "$@"
WAWPFORM_CONCURRENCY=1 wawpform.real "$@" & pid=$!
until curl -s "$WAWP_API_URL/_sandbox/log" | grep -q '"hanging":true'; do :; done
kill -9 $pid
wait $pid
"#;

#[test]
fn the_journal_of_an_apply_that_died_is_kept_and_read_by_the_next() {
    let scene = Scene::new();
    let merged = reviewed_and_merged(&scene, 7, "{a: {}, b: {}}");
    let faults = "faults: [{on: create, nth: 2, what: hang_after}]";
    scene.sandbox.set_faults(wawpform::sandbox::Faults::parse(faults).unwrap());
    scene.shell("bin", "mv wawpform wawpform.real");
    fs::write(scene.path("bin/wawpform"), KILLER).unwrap();
    scene.shell("bin", "chmod +x wawpform");
    let outcome = scene.apply(FILE, &merged, None);
    scene.shell("bin", "mv wawpform.real wawpform");
    scene.sandbox.release();
    outcome.assert_step("Apply", 137, "");
    outcome.assert_step("Commit the state", 0, "");
    assert!(scene.artifact("wawpform-state-1").join("acme.json.journal").is_file());
    let tree = remote(&scene, "git ls-tree --name-only main state/");
    assert!(tree.contains("state/acme.json.journal"), "{tree}");

    // Whoever reads it knows of both; the next apply makes neither again, and ends the journal.
    let merged = reviewed_and_merged(&scene, 8, "{a: {}, b: {}, c: {}}");
    let outcome = scene.apply(FILE, &merged, None);
    assert!(outcome.step("Apply").1.contains("1 added"), "{outcome:#?}");
    let tree = remote(&scene, "git ls-tree --name-only main state/");
    assert_eq!(tree, "state/.gitignore\nstate/acme.json");
    let state = remote(&scene, "git show main:state/acme.json");
    assert!(["\"a\"", "\"c\"", "\"pending\": {\n    \"b\""].iter().all(|it| state.contains(it)), "{state}");
    assert_eq!(scene.creates(), 3);
}

#[test]
fn a_checkout_whose_state_is_no_longer_the_branchs_applies_nothing() {
    let scene = Scene::new();
    let merged = reviewed_and_merged(&scene, 7, "{a: {}}");
    let import = |step: &str, _: &Path| {
        if step == "Begin" {
            scene.push(
                "printf 'fleet: acme\\ninstances: {z: {}}\\n' > z.yaml
                WAWP_ACCESS_TOKEN=tok-7f3a91 wawpform apply -q --auto-approve -f z.yaml > /dev/null
                git add state; git commit -qm 'by hand'",
            );
        }
    };
    let outcome = scene.apply(FILE, &merged, Some(&import));
    outcome.assert_step("Begin", 1, "the state has moved on");
    assert_eq!(scene.creates(), 1, "only the one by hand");
    assert_eq!(remote(&scene, "git branch --list wawpform-applying"), "");
}
