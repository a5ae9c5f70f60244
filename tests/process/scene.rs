//! A folder with a manifest, an account in a sandbox, and the program in between.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use wawpform::sandbox::{Faults, Options, Running, Sandbox};
use wawpform::state::{Document, LocalStore, LockInfo, Pen, Store as _, read};

/// Far longer than anything here takes: what waits so long has failed.
pub const LONG: Duration = Duration::from_secs(60);

/// The runtime of the sandboxes.
pub static SERVERS: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// An error with what is wrong, and below it what to do next.
    pub fn assert_refused_with_a_way_out(&self, what: &str) {
        assert_eq!(self.code, 1, "{what}: {self:?}");
        let mut lines = self.err.lines().skip_while(|line| !line.starts_with("Error: "));
        assert!(lines.next().is_some(), "{what}: {self:?}");
        let hint = lines.next().unwrap_or_default();
        assert!(hint.starts_with("  ") && hint.len() > 20, "{what}: no way out: {self:?}");
    }
}

pub struct Scene {
    pub folder: TempDir,
    pub sandbox: Running,
}

impl Scene {
    pub fn new(faults: &str) -> Self {
        let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        let options = Options { seed: 7, faults: Faults::parse(faults).unwrap(), ..Options::new(clock) };
        Self { folder: TempDir::new().unwrap(), sandbox: SERVERS.block_on(Sandbox::start(options)).unwrap() }
    }

    /// A fleet of so many, all STOPPED.
    pub fn of(instances: usize) -> Self {
        let scene = Self::new("faults: []");
        scene.wish(instances);
        scene
    }

    pub fn wish(&self, instances: usize) {
        let names: String = (0..instances).map(|n| format!("  i{n:04}: {{}}\n")).collect();
        self.manifest(&format!("defaults: {{running: false}}\ninstances:\n{names}"));
    }

    pub fn manifest(&self, rest: &str) {
        std::fs::write(self.path("wawpform.yaml"), format!("fleet: acme\n{rest}")).unwrap();
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("WAWPFORM", env!("CARGO_BIN_EXE_wawpform")).env("USER", "someone");
        command.env("WAWP_ACCESS_TOKEN", "tok-7f3a91").env("WAWP_API_URL", self.sandbox.base_url());
        command.stdin(Stdio::null());
        command
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_wawpform"), arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.program(arguments).output().unwrap())
    }

    /// Runs a script, for which the program is `"$WAWPFORM"`.
    pub fn bash(&self, script: &str) -> Ran {
        Ran::of(&self.command("bash", &["--noprofile", "--norc", "-c", script]).output().unwrap())
    }

    pub fn store(&self) -> LocalStore {
        LocalStore::new(self.path("state/acme.json"))
    }

    /// What is recorded, the journal folded in.
    pub fn document(&self) -> Option<Document> {
        SERVERS.block_on(read(&self.store())).unwrap().map(|read| read.document)
    }

    /// Holds the state's lock until it is dropped.
    pub fn hold_the_lock(&self) -> Box<dyn Pen> {
        let word = |text: &str| text.to_owned();
        let info = LockInfo {
            id: word("the-holder"),
            operation: word("apply"),
            info: word("https://ci.example/jobs/1"),
            who: word("somebody@somewhere"),
            version: word("0.1.0"),
            created: word("2026-11-22T10:00:00Z"),
            path: word("state/acme.json"),
        };
        SERVERS.block_on(self.store().lock(&info)).unwrap()
    }

    pub fn live(&self) -> BTreeSet<String> {
        self.sandbox.instances().into_iter().map(|it| it.instance_id).collect()
    }

    /// How many creates the server executed.
    pub fn creates(&self) -> usize {
        self.sandbox.log().iter().filter(|it| it.executed && it.path.ends_with("/create")).count()
    }

    /// Every live session is in it and the other way round, and nothing is open.
    pub fn assert_is_all(&self, document: &Document, what: &str) {
        let recorded: BTreeSet<String> =
            document.instances.values().map(|it| it.instance_id.to_string()).collect();
        assert_eq!(recorded, self.live(), "{what}");
        assert!(document.pending.is_empty(), "{what}: {:?}", document.pending);
    }
}

/// A run that is under way, and what it says line by line.
pub struct Started {
    pub child: Child,
    lines: Receiver<String>,
}

impl Started {
    pub fn new(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let tell = tell.clone();
            std::thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
            });
        }
        Self { child, lines }
    }

    /// Waits until it says a line with these words.
    pub fn until_it_says(&self, words: &str) -> String {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(LONG) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => said.push(line),
                Err(error) => panic!("it never said `{words}` ({error}): {said:#?}"),
            }
        }
    }

    pub fn signal(&self, signal: &str) {
        send(signal, &self.child.id().to_string());
    }

    /// Its exit code, and what it said since the last look.
    pub fn end(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        let said: Vec<String> = self.lines.iter().collect();
        (status.code().unwrap_or(-1), said.join("\n"))
    }
}

/// By the shell's own `kill`, which every machine has.
pub fn send(signal: &str, pid: &str) {
    assert!(Command::new("bash").args(["-c", &format!("kill {signal} {pid}")]).status().unwrap().success());
}
