//! A real shell at a terminal: keys go in, and what is printed is waited for.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// No machine is so busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// What every shell prompts with. It is never typed like this.
pub(crate) const PROMPT: &str = "READY>";

pub(crate) struct Terminal {
    child: Child,
    keys: ChildStdin,
    printed: Receiver<u8>,
    text: Vec<u8>,
    /// How much of the text was waited for.
    seen: usize,
}

impl Terminal {
    /// Starts a command line at a terminal.
    pub(crate) fn start(mut script: Command, line: &str) -> Self {
        let mut child = script
            .args(["--quiet", "--flush", "--return", "--command", line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keys, mut out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, printed) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                if bytes[..count].iter().any(|byte| sender.send(*byte).is_err()) {
                    return;
                }
            }
        });
        Self { child, keys, printed, text: Vec::new(), seen: 0 }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until this is printed, behind what was waited for before, and returns what stands between.
    pub(crate) fn until(&mut self, wanted: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let new = String::from_utf8_lossy(&self.text[self.seen..]).into_owned();
            if let Some(at) = new.find(wanted) {
                self.seen += at + wanted.len();
                return new[..at].to_owned();
            }
            match self.printed.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(byte) => self.text.push(byte),
                Err(error) => panic!("{error}: no {wanted:?} in {new:?}"),
            }
        }
    }

    /// Types a command and presses keys behind it; returns the words that the shell then has on its line, all of them
    /// shown by `printf`, which Ctrl-A puts in front.
    pub(crate) fn line(&mut self, typed: &str) -> Vec<String> {
        self.press(&format!("{typed}\u{1}printf '<%s>' BEGIN \r"));
        self.until("<BEGIN>");
        let words = self.until(PROMPT);
        words.split('<').filter_map(|word| word.split_once('>')).map(|(word, _)| word.to_owned()).collect()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
