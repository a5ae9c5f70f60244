//! Where commands run: an own folder with everything they may write to, an own environment, and the search.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{TOKEN, tells};

/// How a command gets the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Env,
    File,
}

/// A folder in which commands run, with home and temporary folders inside; the token's file is elsewhere.
pub(crate) struct Place {
    folder: TempDir,
    secrets: TempDir,
    route: Route,
    api: String,
}

impl Place {
    pub(crate) fn new(route: Route, api: &str, manifest: &str) -> Self {
        let (folder, secrets) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        for inside in ["home", "tmp"] {
            std::fs::create_dir(folder.path().join(inside)).unwrap();
        }
        std::fs::write(folder.path().join("wawpform.yaml"), manifest).unwrap();
        Self { folder, secrets, route, api: api.to_owned() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command that says and leaves as much as it can.
    pub(crate) fn command(&self, args: &[&str], token: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
        command.current_dir(self.path()).stdin(Stdio::null()).env_clear();
        for (name, value) in [("RUST_BACKTRACE", "1"), ("RUST_LOG", "trace"), ("WAWP_API_URL", &self.api)] {
            command.env(name, value);
        }
        command.env("HOME", self.path().join("home")).env("TMPDIR", self.path().join("tmp"));
        for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
            command.env(name, self.path().join("home").join(name));
        }
        command.args(args).arg("-vvv");
        match self.route {
            Route::Env => command.env("WAWP_ACCESS_TOKEN", token),
            Route::File => {
                let file = self.secrets.path().join("token");
                std::fs::write(&file, format!("{token}\n")).unwrap();
                command.arg("--token-file").arg(file)
            }
        };
        command
    }

    /// Runs a command with the marked token, and looks through everything that it said and left.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args, TOKEN).output().unwrap();
        self.search(args, &output, &[]);
        output
    }

    /// Fails when the token is in what was said or left. The files in `but` were written by the test.
    pub(crate) fn search(&self, args: &[&str], output: &Output, but: &[&str]) {
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        let text = String::from_utf8_lossy(&said);
        let tells = tells();
        let told = tells.iter().find(|tell| text.contains(tell.as_str()));
        assert!(told.is_none(), "{args:?} {:?} said {told:?}:\n{text}", self.route);
        assert!(!text.contains("panicked"), "{args:?}:\n{text}");
        for file in self.files() {
            let name = file.strip_prefix(self.path()).unwrap().to_str().unwrap();
            let bytes = std::fs::read(&file).unwrap();
            let text = format!("{name}\n{}", String::from_utf8_lossy(&bytes));
            let told = tells.iter().find(|tell| text.contains(tell.as_str()) && !but.contains(&name));
            assert!(told.is_none(), "{args:?} {:?} left {told:?} in {text}", self.route);
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let (mut folders, mut files) = (vec![self.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}
