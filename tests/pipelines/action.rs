//! The action of `.github/actions/wawpform`, run step by step: a server of our own plays the releases, and what is in one
//! is the program as it was built for these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;

use axum::Router;
use axum::response::Redirect;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::expression::{Names, fill, holds};
use super::files::keys;
use super::github::SERVERS;
use super::runner::{run_to_end, yaml};
use super::scene::Scene;

const NAME: &str = "wawpform-0.1.0-x86_64-unknown-linux-musl";

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/wawpform")
}

/// A scene with a release, in which nobody else has put the program on the path.
struct Released {
    scene: Scene,
    server: String,
    sha256: String,
}

/// What came of one use of the action.
#[derive(Debug)]
struct Used {
    code: i32,
    said: String,
    outputs: Names,
    summary: String,
    temp: PathBuf,
}

impl Released {
    fn new() -> Self {
        let scene = Scene::new();
        fs::remove_file(scene.path("bin/wawpform")).unwrap();
        // Whatever this machine is.
        let uname = "#!/bin/sh\ncase $1 in -s) echo Linux ;; -m) echo \"${MACHINE:-x86_64}\" ;; esac\n";
        fs::write(scene.path("bin/uname"), uname).unwrap();
        scene.shell("bin", "chmod +x uname");
        fs::create_dir_all(scene.path("release").join(NAME)).unwrap();
        // The program would make an archive of a hundred megabytes.
        let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_wawpform"));
        fs::write(scene.path("release").join(NAME).join("wawpform"), program).unwrap();
        scene.shell("release", &format!("chmod +x {NAME}/wawpform; tar -czf archive {NAME}"));
        let archive = fs::read(scene.path("release/archive")).unwrap();
        let sha256 = Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
        // GitHub sends whoever asks for an archive to where it is kept.
        let path = format!("/acme/wawpform/releases/download/v0.1.0/{NAME}.tar.gz");
        let router = Router::new()
            .route(&path, axum::routing::get(|| async { Redirect::temporary("/kept?signed=1") }))
            .route("/kept", axum::routing::get(move || async { archive }));
        let listener = SERVERS.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        SERVERS.spawn(async move { axum::serve(listener, router).await });
        Self { scene, server, sha256 }
    }

    /// Uses the action in the clone, with these inputs, and `env` at its step.
    fn used(&self, with: &[(&str, &str)], env: &[(&str, &str)]) -> Used {
        let action = yaml(&folder().join("action.yml"));
        let place =
            tempfile::Builder::new().prefix("use-").tempdir_in(self.scene.root.path()).unwrap().keep();
        let mut names = self.scene.names(&[("github.action_repository", "acme/wawpform")]);
        for (name, input) in action["inputs"].as_object().unwrap() {
            keys(input, &["description", "required", "default"]);
            let default = input["default"].as_str().unwrap_or_default();
            names.insert(format!("inputs.{name}"), default.to_owned());
        }
        let always = [("version", "0.1.0"), ("sha256", &*self.sha256)];
        for (name, value) in always.iter().chain(with) {
            let name = format!("inputs.{name}");
            names.insert(name.clone(), (*value).to_owned()).unwrap_or_else(|| panic!("{name}"));
        }
        let file = |name: &str| place.join(name);
        fs::create_dir_all(file("temp")).unwrap();
        let mut used = Used {
            code: 0,
            said: String::new(),
            outputs: Names::new(),
            summary: String::new(),
            temp: file("temp"),
        };
        let mut path = Vec::new();
        for step in action["runs"]["steps"].as_array().unwrap() {
            keys(step, &["name", "id", "if", "shell", "env", "run"]);
            if !holds(step["if"].as_str(), &names, used.code != 0) {
                continue;
            }
            for name in ["output", "summary", "path"] {
                fs::write(file(name), "").unwrap();
            }
            fs::write(file("script"), step["run"].as_str().unwrap()).unwrap();
            let line = step["shell"].as_str().unwrap().replace("{0}", file("script").to_str().unwrap());
            let mut words = line.split_whitespace();
            let mut command = self.scene.command(words.next().unwrap());
            let system = command.get_envs().find(|(key, _)| *key == "PATH").unwrap().1.unwrap().to_owned();
            path.push(system.into_string().unwrap());
            command.args(words).current_dir(self.scene.path("clone")).env("PATH", path.join(":"));
            path.pop();
            command.env("GITHUB_ACTION_PATH", folder()).env("RUNNER_TEMP", file("temp"));
            command.env("GITHUB_SERVER_URL", &self.server).env("GITHUB_OUTPUT", file("output"));
            command.env("GITHUB_STEP_SUMMARY", file("summary")).env("GITHUB_PATH", file("path"));
            command.envs(env.iter().copied());
            for (key, value) in step["env"].as_object().unwrap() {
                command.env(key, fill(value.as_str().unwrap(), &names));
            }
            let (code, said) = run_to_end(&mut command, &AtomicU32::new(0));
            used.code = code;
            used.said += &said;
            used.summary += &fs::read_to_string(file("summary")).unwrap();
            path.splice(0..0, fs::read_to_string(file("path")).unwrap().lines().map(str::to_owned));
            if let Some(id) = step["id"].as_str() {
                for (key, value) in fs::read_to_string(file("output"))
                    .unwrap()
                    .lines()
                    .filter_map(|line| line.split_once('='))
                {
                    names.insert(format!("steps.{id}.outputs.{key}"), value.to_owned());
                }
            }
        }
        for (name, output) in action["outputs"].as_object().unwrap() {
            used.outputs.insert(name.clone(), fill(output["value"].as_str().unwrap(), &names));
        }
        used
    }
}

impl Used {
    #[track_caller]
    fn assert(&self, code: i32, words: &str) -> &Self {
        assert!(self.code == code && self.said.contains(words), "{code} and `{words}`: {self:#?}");
        self
    }
}

const TOKEN: (&str, &str) = ("WAWP_ACCESS_TOKEN", "tok-7f3a91");

#[test]
fn what_a_plan_showed_is_applied_and_nothing_else() {
    let released = Released::new();
    let scene = &released.scene;
    scene.manifest("{a: {}, b: {}}");
    let plan = released.used(&[("command", "plan"), ("plan-file", "kept.plan"), ("page", "page.md")], &[]);
    plan.assert(0, "2 to add");
    let told = ["changes", "creates", "updates", "deletes"].map(|name| plan.outputs[name].as_str());
    assert_eq!(told, ["2", "2", "0", "0"]);
    assert!(plan.summary.contains("2 to add"), "{plan:#?}");
    assert!(fs::read_to_string(scene.path("clone/page.md")).unwrap().contains("2 to add"));
    let fingerprint = plan.outputs["fingerprint"].as_str();
    assert_eq!(fingerprint.len(), 64);

    let apply = |with: &[(&str, &str)]| released.used(&[&[("command", "apply")], with].concat(), &[TOKEN]);
    apply(&[]).assert(1, "::error::apply: say which plan was reviewed");
    apply(&[("expect", &fingerprint.replace(|_| true, "0"))]).assert(3, "");
    assert_eq!(scene.creates(), 0);
    apply(&[("expect", fingerprint), ("plan-file", "kept.plan")]).assert(0, "2 added");
    assert_eq!(scene.creates(), 2);

    // Without a file, by the fingerprint alone; with a state elsewhere and more arguments.
    scene.manifest("{a: {}, b: {}, c: {}}");
    let state = ("state", "elsewhere/acme.json");
    scene.shell("clone", "mkdir elsewhere; cp state/acme.json elsewhere");
    let more = ("arguments", "--lock-timeout=1s\n\n--concurrency=1\n");
    let plan = released.used(&[state, more_of_plan()], &[]);
    plan.assert(0, "1 to add");
    apply(&[state, more, ("expect", &plan.outputs["fingerprint"])]).assert(0, "1 added");
    assert_eq!(scene.creates(), 3);
    let here = fs::read_to_string(scene.path("clone/state/acme.json")).unwrap();
    assert!(!here.contains("\"c\"") && scene.path("clone/elsewhere/acme.json").exists());
}

fn more_of_plan() -> (&'static str, &'static str) {
    ("arguments", "--lock-timeout=1s")
}

#[test]
fn drift_that_is_found_is_an_output_and_a_mistake_is_annotated() {
    let released = Released::new();
    let scene = &released.scene;
    scene.manifest("{a: {}}");
    let plan = released.used(&[], &[]);
    let expect = [("command", "apply"), ("expect", &*plan.outputs["fingerprint"])];
    released.used(&expect, &[TOKEN]).assert(0, "1 added");
    let drift = || released.used(&[("command", "drift"), ("page", "drift.md")], &[TOKEN]);
    assert_eq!(drift().assert(0, "").outputs["drift"], "0");
    let id = scene.shell("clone", "grep -o '\"instance_id\": \"[^\"]*' state/acme.json | cut -d'\"' -f4");
    scene.sandbox.halt(&id).unwrap();
    assert_eq!(drift().assert(0, "").outputs["drift"], "1");
    assert!(fs::read_to_string(scene.path("clone/drift.md")).unwrap().contains("stopped"));
    // Without a token nobody can look: that is a failure.
    assert_eq!(released.used(&[("command", "drift")], &[]).code, 1);

    scene.manifest("{a: {protcet: true}}");
    released.used(&[("command", "validate")], &[]).assert(1, "::error file=wawpform.yaml,line=2");
    scene.manifest("{a: {}}");
    released.used(&[("command", "install")], &[]).assert(0, "wawpform 0.1.0");
}

#[test]
fn an_archive_with_another_checksum_is_not_unpacked() {
    let released = Released::new();
    let other = "0".repeat(64);
    let used = released.used(&[("sha256", &other)], &[]);
    used.assert(1, "::error::the archive of 0.1.0 has the checksum ").assert(1, &released.sha256);
    let left = released.scene.shell(".", &format!("find '{}' -type f", used.temp.display()));
    assert_eq!(left, "", "nothing of it is kept");
    released.used(&[("version", "0.2.0")], &[]).assert(1, "::error::the archive of 0.2.0 cannot be had");
    released.used(&[("repository", "acme/other")], &[]).assert(1, "from the releases of acme/other");
    released
        .used(&[], &[("MACHINE", "riscv64")])
        .assert(1, "::error::there is no release for Linux on riscv64");
}

#[test]
fn no_text_of_an_input_becomes_a_command_or_another_argument() {
    let released = Released::new();
    let act = "$(touch pwned)`touch pwned`; touch pwned #\" ' --auto-approve";
    for input in ["version", "sha256", "repository", "command"] {
        released.used(&[(input, act)], &[]).assert(1, &format!("::error::{input}: expected"));
    }
    // It is the name of a file that is not there.
    released.used(&[("manifest", act)], &[]).assert(1, "touch pwned");
    released.used(&[("command", "apply"), ("plan-file", act)], &[]).assert(1, "touch pwned");
    released.used(&[("command", "apply"), ("plan-file", "--help")], &[]).assert(1, "--help");
    let refused = released.used(&[("command", "apply"), ("expect", act)], &[TOKEN]);
    refused.assert(64, "hexadecimal digits");
    released.used(&[("arguments", act)], &[]).assert(64, "");
    for place in ["clone", "."] {
        assert!(!released.scene.path(place).join("pwned").exists());
    }
    assert_eq!(released.scene.creates(), 0);
}

#[test]
fn the_page_of_the_action_tells_of_every_input_output_and_command() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let action = yaml(&folder().join("action.yml"));
    let names = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let all = [names(&action["inputs"]), names(&action["outputs"])].concat();
    let missing: Vec<_> = all
        .iter()
        .filter(|it| !readme.contains(&format!("`{it}`")) && !readme.contains(&format!("{it}: ")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    for command in ["install", "validate", "plan", "drift", "apply"] {
        assert!(readme.contains(&format!("| `{command}` |")), "{command}");
        assert!(action["inputs"]["command"]["description"].as_str().unwrap().contains(command));
    }
    // Every input is handed to the scripts, and by the environment alone.
    let steps = action["runs"]["steps"].as_array().unwrap();
    let handed: String = steps.iter().map(|step| step["env"].to_string() + &step["if"].to_string()).collect();
    for name in names(&action["inputs"]) {
        assert!(handed.contains(&format!("inputs.{name} ")), "{name}");
    }
    for step in steps {
        assert!(!step["run"].as_str().unwrap().contains("${{"), "{step}");
    }
}
