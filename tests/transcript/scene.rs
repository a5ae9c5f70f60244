//! Where a transcript is told: an own folder, an own environment, one shell.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Ends what one command printed; the number behind it is its exit code.
const MARK: &str = "==transcript-mark==";

/// Stands for cargo, because a test may not build.
const CARGO: &str = r#"#!/bin/sh
[ "$1 $2 $3" = 'run --release --' ] || exit 99
shift 3
exec wawpform "$@"
"#;

/// What every shell begins with: one stream, nobody who answers, and a way to ask the sandbox at `$URL` for
/// what only it has.
const PREAMBLE: &str = r#"exec 2>&1 </dev/null
trap 'kill $(jobs -p) 2>/dev/null' EXIT
sandbox() {
  exec 3<>"/dev/tcp/127.0.0.1/${URL##*:}"
  printf '%s /_sandbox/%s HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" "${#3}" "$3" >&3
  sed '1,/^\r$/d' <&3; echo
  exec 3>&-
}
"#;

/// A folder with the program on its path.
pub(crate) struct Scene {
    folder: TempDir,
    bin: TempDir,
}

impl Scene {
    /// A folder as a fresh clone has it, as far as commands need it: the examples, and `cargo run --release --`
    /// standing for the program that is being tested.
    pub(crate) fn new() -> Self {
        let (folder, bin) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wawpform"), bin.path().join("wawpform")).unwrap();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let copied = Command::new("cp").arg("-r").arg(examples).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        let cargo = bin.path().join("cargo");
        std::fs::write(&cargo, CARGO).unwrap();
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, bin }
    }

    /// Runs the commands one after the other in one shell, and returns what each printed, with its exit code
    /// when that is not 0.
    pub(crate) fn run(&self, commands: &[&str]) -> Vec<String> {
        let mut script = PREAMBLE.to_owned();
        for (index, command) in commands.iter().enumerate() {
            let (minute, seed) = (index % 60, index + 1);
            script += &format!(
                "export WAWPFORM_TEST_SEED={seed} WAWPFORM_TEST_CLOCK=2026-11-22T10:{minute:02}:00Z\n"
            );
            script += &format!("{command}\necho \"{MARK}$?\"\n");
        }
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-c", &script])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.bin.path().display()))
            .env("HOME", self.folder.path())
            .env("USER", "someone")
            .env("LC_ALL", "C.UTF-8")
            .env("COLUMNS", "100")
            .env("WAWPFORM_CONCURRENCY", "1")
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let printed = self.neutral(&String::from_utf8(output.stdout).unwrap());
        let mut told = Vec::new();
        let mut rest = printed.as_str();
        while let Some((text, after)) = rest.split_once(MARK) {
            let (code, after) = after.split_once('\n').expect("a mark ends its line");
            let mut text = text.to_owned();
            if !text.is_empty() && !text.ends_with('\n') {
                text += "\n[no line break]\n";
            }
            if code != "0" {
                text += &format!("[exit {code}]\n");
            }
            told.push(text);
            rest = after;
        }
        assert_eq!(told.len(), commands.len(), "the shell ended early:\n{printed}");
        told
    }

    /// What differs from machine to machine, by a word that does not.
    fn neutral(&self, text: &str) -> String {
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let text = text.replace(&format!("someone@{host}"), "someone@HOST");
        let text = text.replace(&*self.folder.path().to_string_lossy(), "FOLDER");
        let text = with_word_for_number(&text, "127.0.0.1:", "PORT");
        with_word_for_number(&text, "pid ", "PID")
    }
}

/// The text with a word for each number behind `before`.
fn with_word_for_number(text: &str, before: &str, word: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((start, after)) = rest.split_once(before) {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        out += start;
        out += before;
        out += if digits > 0 { word } else { "" };
        rest = &after[digits..];
    }
    out + rest
}
