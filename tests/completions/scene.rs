//! A folder with a manifest, a state, and the program on the path.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The shells whose scripts there are.
pub(crate) const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

const MANIFEST: &str = "fleet: acme\ninstances: {acme-sales: , acme-support: , \"8841\": }\n";

pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    bin: TempDir,
}

impl Scene {
    /// `acme-sales` and `8841` are recorded, as is `acme-old`, which the manifest does not have; `acme-support` is not;
    /// of `acme-lost` nobody knows.
    pub(crate) fn new() -> Self {
        let (folder, bin) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wawpform"), bin.path().join("wawpform")).unwrap();
        let scene = Self { folder, bin };
        scene.write("wawpform.yaml", MANIFEST);
        scene.write("state/acme.json", &state("acme", &["8841", "acme-old", "acme-sales"]));
        scene
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A command in the folder, with nothing of this machine's environment.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.bin.path().display()))
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    /// What the script of a shell would hear behind these words, the last of which has the cursor.
    pub(crate) fn asked(&self, shell: &str, words: &[&str]) -> Output {
        let mut command = self.command("wawpform");
        command.env("WAWPFORM_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        command.args(["--", "wawpform"]).args(words).output().unwrap()
    }

    /// What is offered behind these words, without what is said of it, and without flags.
    pub(crate) fn offered(&self, words: &[&str]) -> Vec<String> {
        let output = self.asked("fish", words);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let lines = String::from_utf8(output.stdout).unwrap();
        let values = lines.lines().map(|line| line.split('\t').next().unwrap().to_owned());
        values.filter(|value| !value.starts_with("--") && *value != "-h").collect()
    }

    /// Every file and folder there is.
    pub(crate) fn files(&self) -> Vec<String> {
        fn below(folder: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                found.push(path.display().to_string());
                if path.is_dir() {
                    below(&path, found);
                }
            }
        }
        let mut found = Vec::new();
        below(self.folder.path(), &mut found);
        found.sort();
        found
    }
}

/// A state with these instances, and with a create of unknown outcome.
pub(crate) fn state(fleet: &str, names: &[&str]) -> String {
    let instance = |(index, name): (usize, &&str)| {
        format!(
            r#""{name}": {{"instance_id": "3EB0BCB2E3D{index}", "session_name": "s", "server_name": "s",
               "created_at": "2026-11-22T10:00:00Z", "protect": false, "labels": {{}}, "running": true}}"#
        )
    };
    let instances: Vec<String> = names.iter().enumerate().map(instance).collect();
    format!(
        r#"{{"format": 1, "fleet": "{fleet}", "lineage": "l", "serial": 1, "api": "https://api.wawp.net",
            "instances": {{{}}},
            "pending": {{"acme-lost": {{"call": "create", "since": "2026-11-22T10:00:00Z"}}}}}}"#,
        instances.join(", ")
    )
}
