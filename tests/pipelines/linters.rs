//! The pipelines as their own tools see them: the schemas of GitHub and GitLab (check-jsonschema), shellcheck for every
//! script and every `run:`, hadolint for the image.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::files::{ci, files, own, steps};
use super::runner::yaml;
use super::tools::tool;

fn assert_good(mut command: Command, what: &Path) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}: {}", what.display(), String::from_utf8_lossy(&said));
}

#[test]
fn every_file_fits_the_schema_of_its_vendor() {
    let mut workflows = files("github/workflows", ".yml");
    workflows.extend(["ci.yml", "release.yml"].map(|name| own().join("workflows").join(name)));
    let gitlab = files("gitlab", ".yml");
    let actions = vec![super::action::folder().join("action.yml")];
    for (schema, paths) in [
        ("vendor.github-workflows", &workflows),
        ("custom.github-workflows-require-timeout", &workflows),
        ("vendor.github-actions", &actions),
        ("vendor.gitlab-ci", &gitlab),
    ] {
        let Some(mut command) = tool("check-jsonschema", Some("check_jsonschema")) else { return };
        command.args(["--builtin-schema", schema]).args(paths);
        assert_good(command, Path::new(schema));
    }
}

#[test]
fn every_script_pleases_shellcheck() {
    let folder = tempfile::tempdir().unwrap();
    let mut scripts = files("github/wawpform", ".sh");
    scripts.extend(["install.sh", "run.sh"].map(|name| super::action::folder().join(name)));
    let project = own().join("../.ci");
    scripts.extend(["fuzz", "instructions", "release", "run", "servers"].map(|name| project.join(name)));
    let mut write = |shell: &str, text: &str| {
        let path = folder.path().join(format!("{}.sh", scripts.len()));
        fs::write(&path, format!("#!/usr/bin/env {shell}\n{text}\n")).unwrap();
        scripts.push(path);
    };
    for (_, step) in steps() {
        if let Some(run) = step["run"].as_str() {
            write("bash", run);
        }
    }
    for name in ["ci.yml", "release.yml"] {
        let workflow = yaml(&own().join("workflows").join(name));
        let jobs = workflow["jobs"].as_object().unwrap().values();
        for step in jobs.flat_map(|job| job["steps"].as_array().unwrap()) {
            if let Some(run) = step["run"].as_str() {
                write("bash", run);
            }
        }
    }
    let gitlab = yaml(&ci().join("gitlab/wawpform.gitlab-ci.yml"));
    for job in gitlab.as_object().unwrap().values() {
        let lines = [&job["before_script"], &job["script"]];
        lines
            .iter()
            .filter_map(|it| it.as_array())
            .flatten()
            .for_each(|it| write("bash", it.as_str().unwrap()));
    }
    let atlantis = yaml(&ci().join("atlantis/repos.yaml"));
    for stage in ["plan", "apply"] {
        for step in atlantis["workflows"]["wawpform"][stage]["steps"].as_array().unwrap() {
            let run: &Value = &step["run"];
            write("sh", run["command"].as_str().or(run.as_str()).unwrap());
        }
    }
    assert!(scripts.len() > 25, "{scripts:?}");
    let Some(mut command) = tool("shellcheck", None) else { return };
    command.args(["--external-sources", "--source-path=SCRIPTDIR"]).args(&scripts);
    assert_good(command, &ci());
}

#[test]
fn the_image_pleases_hadolint() {
    let Some(mut command) = tool("hadolint", None) else { return };
    let image = own().join("../.ci/Containerfile");
    command.args(["--no-color", "--failure-threshold", "style"]).arg(&image);
    assert_good(command, &image);
}
