//! Atlantis and pre-commit: the keys that they know, and the steps run with the environment that they give.

use serde_json::Value;

use super::files::{ci, keys};
use super::runner::{run_to_end, yaml};
use super::scene::Scene;

fn step(scene: &Scene, run: &Value) -> (i32, String) {
    let text = run["command"].as_str().or(run.as_str()).unwrap();
    // Atlantis runs its steps by `sh -c`.
    let mut command = scene.command("sh");
    command.args(["-c", text]).current_dir(scene.path("clone"));
    command.env_remove("GITHUB_ACTIONS").env_remove("CI");
    for (name, file) in [("PLANFILE", "default.tfplan"), ("SHOWFILE", "default.json")] {
        command.env(name, scene.path("home").join(file));
    }
    for (name, value) in
        [("PROJECT_NAME", "wawpform"), ("PULL_NUM", "7"), ("WORKSPACE", "default"), ("DIR", ".")]
    {
        command.env(name, value);
    }
    command.env("WAWP_ACCESS_TOKEN", "tok-7f3a91").env("WAWPFORM_STATE", scene.path("store/acme.json"));
    run_to_end(&mut command, &scene.pid)
}

#[test]
fn atlantis_plans_into_its_planfile_and_applies_just_that() {
    let scene = Scene::new();
    scene.manifest("{a: {}}");
    let server = yaml(&ci().join("atlantis/repos.yaml"));
    let steps = |stage: &str| server["workflows"]["wawpform"][stage]["steps"].as_array().unwrap().clone();
    let (plan, show) = (scene.path("home/default.tfplan"), scene.path("home/default.json"));
    for step_of in steps("plan") {
        let (code, said) = step(&scene, &step_of["run"]);
        // The line by which Atlantis counts.
        assert!(code == 0 && said.contains("\nPlan: 1 to add, 0 to change, 0 to destroy.\n"), "{said}");
    }
    let shown: Value = serde_json::from_slice(&std::fs::read(&show).unwrap()).unwrap();
    assert_eq!(shown["resource_changes"][0]["change"]["actions"], serde_json::json!(["create"]));
    assert!(plan.is_file());
    // What is pushed later is not in that plan.
    scene.manifest("{a: {}, later: {}}");
    let mut said = String::new();
    for step_of in steps("apply") {
        let (code, more) = step(&scene, &step_of["run"]);
        assert_eq!(code, 0, "{more}");
        said += &more;
    }
    assert!(said.contains("Apply complete! Resources: 1 added") && scene.creates() == 1, "{said}");
    assert!(!plan.exists(), "a plan that stays is offered again");
}

#[test]
fn atlantis_files_have_the_keys_that_it_knows() {
    let server = yaml(&ci().join("atlantis/repos.yaml"));
    keys(&server, &["repos", "workflows"]);
    for repo in server["repos"].as_array().unwrap() {
        keys(
            repo,
            &["id", "allowed_overrides", "allowed_workflows", "plan_requirements", "apply_requirements"],
        );
    }
    keys(&server["workflows"]["wawpform"], &["plan", "policy_check", "apply"]);
    let repository = yaml(&ci().join("atlantis/atlantis.yaml"));
    keys(&repository, &["version", "projects"]);
    assert_eq!(repository["version"], 3);
    for project in repository["projects"].as_array().unwrap() {
        keys(project, &["name", "dir", "workflow", "autoplan"]);
        keys(&project["autoplan"], &["enabled", "when_modified"]);
        assert!(server["workflows"][project["workflow"].as_str().unwrap()].is_object());
    }
}

#[test]
fn the_hook_lets_a_good_manifest_pass_and_no_other() {
    let config = yaml(&ci().join("pre-commit/pre-commit-config.yaml"));
    keys(&config, &["repos"]);
    keys(&config["repos"][0], &["repo", "hooks"]);
    assert_eq!(config["repos"][0]["repo"], "local");
    let hook = &config["repos"][0]["hooks"][0];
    keys(hook, &["id", "name", "language", "entry", "pass_filenames", "files"]);
    let scene = Scene::new();
    let run = || step(&scene, &hook["entry"]).0;
    scene.manifest("{a: {}}");
    assert_eq!(run(), 0);
    scene.manifest("{a: {protcet: true}}");
    assert_eq!(run(), 1);
}
