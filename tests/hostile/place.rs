//! A folder, the program under limits of memory and time, and the search for what acts.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use wawpform::instance::is_unseen;

/// The address space that a run gets, in KiB, its seconds of processor time, and its seconds until it counts as
/// waiting for ever. All are far above what these manifests take, and far below what an expansion or a square would.
const LIMITS: &str = "ulimit -v 6000000 -t 20; exec timeout 120 \"$0\" \"$@\"";

/// What acts when it stands anywhere in a line of a log.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new("bash");
        command.args(["-c", LIMITS, env!("CARGO_BIN_EXE_wawpform")]).args(args);
        command.current_dir(self.path()).stdin(Stdio::null()).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("GITHUB_ACTIONS", "true");
        command.output().unwrap()
    }

    /// Runs a command that is to fail with `words`, and returns what it said.
    pub(crate) fn refused(&self, args: &[&str], words: &str) -> String {
        let output = self.run(args);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {:?}\n{}", output.status, head(&said));
        assert!(said.contains(words), "{args:?} does not say {words:?}:\n{}", head(&said));
        assert!(said.len() < 1 << 20, "{args:?} says {} bytes", said.len());
        assert_inert(&said, args.contains(&"github"));
        said
    }

    /// Runs a command that is to succeed, and returns what it said.
    pub(crate) fn accepted(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", head(&said(&output)));
        said(&output)
    }
}

/// Both streams.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

/// Fails when anything in a text acts on a terminal, a reader or a runner.
pub(crate) fn assert_inert(text: &str, is_github: bool) {
    let unseen = text.chars().find(|c| *c != '\n' && is_unseen(*c));
    assert_eq!(unseen, None, "{}", head(text).escape_debug());
    for line in text.lines() {
        let own = ["::error file=", "::warning file="].iter().any(|begin| line.starts_with(begin));
        // A diagnostic's second place has a line of its own; a runner reads it as the command `:`, which is none.
        let begins = line.trim_start().starts_with("::") && !line.trim_start().starts_with("::: ");
        assert!(!begins || (is_github && own), "{line}");
        assert!(!COMMANDS.iter().any(|command| line.contains(command)), "{line}");
    }
}

fn head(text: &str) -> String {
    text.chars().take(3_000).collect()
}
