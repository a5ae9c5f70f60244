//! The pair for forks: what the unprivileged job leaves is shown when it is honest, and refused when it is not.

use std::fs;

use serde_json::json;

use super::expression::Names;
use super::github::BOT;
use super::scene::Scene;

const PLAN: &str = "wawpform-fork-plan.yml";
const COMMENT: &str = "wawpform-fork-comment.yml";

/// What `workflow_run` is told of the run of a pull request.
fn run_of(scene: &Scene, opened: &Names) -> Names {
    let main = scene.shell("remote.git", "git rev-parse refs/heads/main");
    scene.names(&[
        ("github.sha", &main),
        ("github.event.workflow_run.event", "pull_request"),
        ("github.event.workflow_run.conclusion", "success"),
        ("github.event.workflow_run.id", "41"),
        ("github.event.workflow_run.run_started_at", "2026-11-22T10:00:00Z"),
        ("github.event.workflow_run.head_sha", &opened["github.sha"]),
        ("github.event.workflow_run.head_repository.full_name", "mallory/fleet"),
    ])
}

#[test]
fn a_fork_gets_its_plan_shown_by_the_default_branchs_code() {
    let scene = Scene::new();
    let mut opened = scene.pull(7, "{a: {labels: {cc: '@acme/everybody'}}}", "mallory/fleet");
    // A fork gets no secret.
    opened.remove("secrets.WAWP_ACCESS_TOKEN");
    scene.job(PLAN, "plan", &opened).good();
    let run = run_of(&scene, &opened);
    scene.job(COMMENT, "comment", &run).good();
    let comment = scene.github.comments_by(BOT, 7).pop().unwrap();
    assert!(comment.starts_with("<!-- wawpform-fork fleet=acme -->\n> From a fork"), "{comment}");
    assert!(comment.contains("**Plan: 1 to add") && !comment.contains("@acme"), "{comment}");
    assert!(comment.trim_end().ends_with("Planned at `2026-11-22T10:00:00Z`."));
    scene.job(COMMENT, "comment", &run).good().assert_step("Comment", 0, "says this already");
    assert_eq!(scene.github.comments_by(BOT, 7).len(), 1);
}

#[test]
fn an_artifact_that_lies_is_refused() {
    let scene = Scene::new();
    scene.pull(6, "{z: {}}", "acme/fleet");
    let opened = scene.pull(7, "{a: {}}", "mallory/fleet");
    scene.job(PLAN, "plan", &opened).good();
    let run = run_of(&scene, &opened);
    let folder = scene.artifact("wawpform-page");
    let honest = fs::read(folder.join("page.md")).unwrap();
    let text = String::from_utf8(honest.clone()).unwrap();
    let refused = |number: &str, page: &[u8], words: &str| {
        fs::write(folder.join("number"), number).unwrap();
        fs::write(folder.join("page.md"), page).unwrap();
        let outcome = scene.job(COMMENT, "comment", &run);
        outcome.assert_step("Check the page", 1, words);
        assert!(outcome.failed && scene.github.writes().is_empty(), "{outcome:#?}");
    };
    refused("6", &honest, "does not belong to that pull request");
    refused("12345", &honest, "there is no such pull request");
    refused("7/../6", &honest, "the number is none");
    refused("7\n8", &honest, "the number is none");
    refused("$(id)", &honest, "the number is none");
    refused(&"7".repeat(40), &honest, "the number is too long");
    refused("7", &[honest.clone(), vec![b'x'; 60_000]].concat(), "the page is too large");
    refused("7", b"# Approved!\n", "does not begin as a page");
    refused("7", text.replace("fleet=acme", "fleet=acme --><b>").as_bytes(), "does not begin as a page");
    refused(
        "7",
        (text.clone() + "<!-- wawpform fleet=acme fingerprint=1 -->\n").as_bytes(),
        "another marker",
    );
    refused("7", &[&honest[..], b"\xff\n"].concat(), "not UTF-8");
    refused("7", (text.clone() + "\u{1b}[2J\n").as_bytes(), "control characters");
    // Closed in the meantime, or of another commit.
    scene.github.world.lock().unwrap().pulls[1]["head"]["sha"] = json!("0".repeat(40));
    refused("7", &honest, "does not belong to that pull request");
    scene.github.world.lock().unwrap().pulls[1]["head"]["sha"] = json!(opened["github.sha"]);
    // The same commit, but of somebody else's fork.
    scene.github.world.lock().unwrap().pulls[1]["head"]["repo"]["full_name"] = json!("victim/fleet");
    refused("7", &honest, "does not belong to that pull request");
    scene.github.world.lock().unwrap().pulls[1]["head"]["repo"]["full_name"] = json!("mallory/fleet");
    scene.github.world.lock().unwrap().pulls[1]["state"] = json!("closed");
    refused("7", &honest, "does not belong to that pull request");
    scene.github.world.lock().unwrap().pulls[1]["state"] = json!("open");

    // A time to come would keep every later page away; it is not believed.
    fs::write(folder.join("page.md"), text.replace("2026-11-22T10", "9999-11-22T10")).unwrap();
    fs::write(folder.join("number"), "7").unwrap();
    scene.job(COMMENT, "comment", &run).good();
    assert!(!scene.github.comments_by(BOT, 7)[0].contains("9999"));
}

#[test]
fn a_job_that_left_nothing_and_runs_of_other_events_say_nothing() {
    let scene = Scene::new();
    let opened = scene.pull(7, "{a: {}}", "mallory/fleet");
    let mut run = run_of(&scene, &opened);
    scene.job(COMMENT, "comment", &run).good().assert_step("Check the page", 0, "left no page");
    run.insert("github.event.workflow_run.event".into(), "push".into());
    assert!(!scene.job(COMMENT, "comment", &run).began);
    assert!(scene.github.writes().is_empty());
}
