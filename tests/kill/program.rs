//! The program as a process: run to its end, or killed at a moment.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::home::Home;
use super::trap::{Told, Trap};

/// When a run is killed. The microseconds are waited behind the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After its start.
    Started(u64),
    /// After so many points of calls, of three a call.
    InCalls(usize, u64),
    /// While a document is being written whole: when [`Home::writes`] has changed.
    AtCheckpoint(u64),
}

/// The program in its folder, with nothing of this machine's environment.
pub struct Program {
    pub folder: PathBuf,
    pub url: String,
    pub home: Arc<dyn Home>,
}

impl Program {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
        command.args(arguments).current_dir(&self.folder).env_clear();
        command.env("WAWP_ACCESS_TOKEN", "tok-7f3a91").env("WAWP_API_URL", &self.url);
        command.envs(self.home.variables());
        command.stdin(Stdio::null());
        command
    }

    /// Runs to the end: the exit code, and everything that was said.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.command(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
    }

    /// Starts, and kills at a moment. Whether the kill met a running process.
    pub fn kill(&self, arguments: &[&str], when: When, trap: &Trap) -> bool {
        let (tell, told) = channel();
        if let When::InCalls(points, _) = when {
            trap.set(points, tell.clone());
        }
        let before = self.home.writes();
        let mut child = self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let listener = watch(&mut child, tell);
        let wait = match when {
            When::Started(wait) => wait,
            When::InCalls(_, wait) => {
                told.recv().unwrap();
                wait
            }
            When::AtCheckpoint(wait) => {
                until(&told, || self.home.writes() != before);
                wait
            }
        };
        spin(Duration::from_micros(wait));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        trap.disarm();
        let said = listener.join().unwrap();
        assert!(status.signal().is_some() || matches!(status.code(), Some(0 | 4)), "{status}: {said}");
        status.signal() == Some(9)
    }
}

/// Tells when the program has ended: then its standard error is closed.
fn watch(child: &mut Child, tell: Sender<Told>) -> std::thread::JoinHandle<String> {
    let mut talk = child.stderr.take().unwrap();
    std::thread::spawn(move || {
        let mut said = String::new();
        let _ = talk.read_to_string(&mut said);
        let _ = tell.send(Told::Ended);
        said
    })
}

/// Looks often, until it is so or the program has ended.
fn until(told: &Receiver<Told>, is_so: impl Fn() -> bool) {
    while !is_so() && told.recv_timeout(Duration::from_micros(100)).is_err() {}
}

/// Shorter than a sleep can be.
fn spin(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}
