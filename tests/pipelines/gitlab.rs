//! The pipeline for GitLab: its scripts run as its runner would, its numbers are those that the widget reads.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::files::ci;
use super::runner::{run_to_end, yaml};
use super::scene::Scene;

fn pipeline() -> Value {
    yaml(&ci().join("gitlab/wawpform.gitlab-ci.yml"))
}

/// The scripts of a job in one shell, in the clone, with the variables of the file and those given.
fn job(scene: &Scene, name: &str, given: &[(&str, &str)]) -> (i32, String) {
    let pipeline = pipeline();
    let job = &pipeline[name];
    let base = &pipeline[job["extends"].as_str().unwrap()];
    let lines = [&base["before_script"], &job["script"]];
    let lines: Vec<&str> =
        lines.iter().flat_map(|it| it.as_array().unwrap()).map(|it| it.as_str().unwrap()).collect();
    let script = format!("set -eo pipefail\n{}", lines.join("\n"));
    let mut command = scene.command("bash");
    command.args(["--noprofile", "--norc", "-c", &script]).current_dir(scene.path("clone"));
    command.env_remove("GITHUB_ACTIONS").env("GITLAB_CI", "true").env("WAWPFORM_MANIFEST", "wawpform.yaml");
    command.envs(given.iter().copied());
    run_to_end(&mut command, &scene.pid)
}

#[test]
fn the_plan_of_a_pipeline_is_applied_by_hand_and_can_be_started_again() {
    let scene = Scene::new();
    scene.manifest("{a: {}, b: {}}");
    let place = scene.path("store/acme.json").display().to_string();
    let place = ("TF_HTTP_ADDRESS", place.as_str());
    let (code, said) = job(&scene, "wawpform plan", &[place]);
    assert_eq!(code, 0, "{said}");
    let pipeline = pipeline();
    let plan = &pipeline["wawpform plan"]["artifacts"];
    let report = fs::read(scene.path("clone").join(plan["reports"]["terraform"].as_str().unwrap())).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report, serde_json::json!({"create": 2, "update": 0, "delete": 0}));
    let paths: Vec<PathBuf> =
        plan["paths"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().into()).collect();
    assert!(paths.iter().all(|it| scene.path("clone").join(it).is_file()), "{paths:?}");

    let token = ("WAWP_ACCESS_TOKEN", "tok-7f3a91");
    let (code, said) = job(&scene, "wawpform apply", &[place, token]);
    assert!(code == 0 && said.contains("Resources: 2 added"), "{said}");
    let (code, said) = job(&scene, "wawpform apply", &[place, token]);
    assert!(code == 0 && said.contains("No changes") && scene.creates() == 2, "{said}");

    let (code, said) = job(&scene, "wawpform drift", &[place, token]);
    assert!(code == 0 && said.contains("What is live is as it is recorded"), "{said}");
    scene.sandbox.halt(&scene.sandbox.instances()[0].instance_id).unwrap();
    let (code, said) = job(&scene, "wawpform drift", &[place, token]);
    assert!(code == 6 && said.contains("| stopped |"), "{said}");
    assert!(scene.path("clone/drift.md").is_file());
}

#[test]
fn the_state_is_where_gitlab_keeps_it_and_applies_never_meet() {
    let pipeline = pipeline();
    let variables = &pipeline["variables"];
    let is = |name: &str, value: &str| assert_eq!(variables[name], value, "{name}");
    is("TF_HTTP_ADDRESS", "$CI_API_V4_URL/projects/$CI_PROJECT_ID/terraform/state/$WAWPFORM_STATE_NAME");
    is("TF_HTTP_LOCK_ADDRESS", "$TF_HTTP_ADDRESS/lock");
    is("TF_HTTP_UNLOCK_ADDRESS", "$TF_HTTP_ADDRESS/lock");
    is("TF_HTTP_LOCK_METHOD", "POST");
    is("TF_HTTP_UNLOCK_METHOD", "DELETE");
    is("TF_HTTP_USERNAME", "gitlab-ci-token");
    is("TF_HTTP_PASSWORD", "$CI_JOB_TOKEN");
    let apply = &pipeline["wawpform apply"];
    assert!(apply["resource_group"].is_string() && apply["interruptible"] == false);
    assert!(apply["rules"].as_array().unwrap().iter().all(|it| it["when"] == "manual"));
    for (name, job) in pipeline.as_object().unwrap().iter().filter(|(_, it)| it["script"].is_array()) {
        let script = job["script"].to_string();
        assert!(script.contains("--state \\\"$TF_HTTP_ADDRESS\\\""), "{name}");
        // What artifacts show on a public project, guests could read.
        assert_eq!(job["artifacts"]["access"], "developer", "{name}");
    }
}
