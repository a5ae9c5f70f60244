//! The pipelines as their own tools see them: the schemas of GitHub and GitLab (check-jsonschema), and shellcheck for
//! every script and every `run:`. `.ci/run` installs both and names the folder in `WAWPFORM_CI_TOOLS`; a machine
//! without them says so, but CI may not go without.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::files::{ci, files, steps};
use super::runner::yaml;

/// A tool: from the folder that `.ci/run` made, or from the path.
fn tool(name: &str, module: Option<&str>) -> Option<Command> {
    let folder = std::env::var_os("WAWPFORM_CI_TOOLS").map(PathBuf::from);
    let mut command = match (&folder, module) {
        (Some(_), Some(module)) => {
            let mut python = Command::new("python3");
            python.args(["-m", module]);
            python
        }
        (Some(folder), None) => Command::new(folder.join("bin").join(name)),
        (None, _) => Command::new(name),
    };
    if let Some(folder) = &folder {
        command.env("PYTHONPATH", folder);
    }
    let mut probe = Command::new(command.get_program());
    probe.args(command.get_args()).arg("--version");
    if let Some(folder) = &folder {
        probe.env("PYTHONPATH", folder);
    }
    if probe.output().is_ok_and(|it| it.status.success()) {
        return Some(command);
    }
    assert!(folder.is_none() && std::env::var_os("CI").is_none(), "{name} is missing; .ci/run installs it");
    println!("skipped: there is no {name} on this machine");
    None
}

fn assert_good(mut command: Command, what: &Path) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}: {}", what.display(), String::from_utf8_lossy(&said));
}

#[test]
fn every_file_fits_the_schema_of_its_vendor() {
    let workflows = files("github/workflows", ".yml");
    let gitlab = files("gitlab", ".yml");
    for (schema, paths) in [
        ("vendor.github-workflows", &workflows),
        ("custom.github-workflows-require-timeout", &workflows),
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
