//! A real PostgreSQL server, and a real pooling proxy in front of one, from Debian's packages.
//!
//! Invariant: a server lives in a folder of its own and ends with the process that started it, however that ends: a
//! shell watches over it and reads from a pipe, which the kernel closes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "no test file needs everything")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says why")]

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// What the shell does that watches over a server: `start` and `kill` as it is told, and the end of it all when
/// nobody can tell it anything any more.
const WATCH: &str = r#"
start() {
  eval "$START" >>"$DIR/log" 2>&1 &
  pid=$!
  until eval "$READY"; do
    kill -0 $pid 2>/dev/null || { echo failed; cat "$DIR/log"; return; }
    sleep 0.02
  done
  echo ready
}
end() { kill -$END $pid 2>/dev/null; wait $pid 2>/dev/null; }
cd "$DIR" && eval "$PREPARE" >>"$DIR/log" 2>&1 && start
while read -r word; do
  case $word in
    start) start ;;
    kill) end; echo killed ;;
    stop) kill -STOP $pid; echo stopped ;;
  esac
done
end
cd / && rm -rf "$DIR"
"#;

/// Debian's folder of the newest version, or the one that `pg_config` names.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let named = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    let all = versions.into_iter().rev().map(|(_, path)| path).chain(named());
    all.into_iter().find(|path| path.join("initdb").exists())
}

/// A program of the system, or `None` with a word why a test is skipped; in CI it must be there.
fn required<T>(found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        let wanted = ["CI", "WAWPFORM_TEST_SERVERS"].iter().any(|name| std::env::var_os(name).is_some());
        assert!(!wanted, "{what} is not installed");
        eprintln!("skipped: {what} is not installed");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Who runs a server: they refuse to be run by root.
fn other_user() -> Option<&'static str> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    if id(&["-u"]).as_deref() != Some("0") {
        return None;
    }
    Some(if id(&["-u", "postgres"]).is_some() { "postgres" } else { "nobody" })
}

fn shell(script: &str) -> Command {
    match other_user() {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--", "sh", "-c", script]);
            command
        }
        None => {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        }
    }
}

/// A program that is watched over.
struct Watched {
    pub folder: PathBuf,
    talk: Mutex<(Child, Lines<BufReader<ChildStdout>>)>,
}

impl Watched {
    /// `None` when it does not come up, such as when another one took its port meanwhile.
    fn start(folder: PathBuf, prepare: &str, start: &str, ready: &str, end: &str) -> Option<Self> {
        let mut child = shell(WATCH)
            .env("DIR", &folder)
            .env("PREPARE", prepare)
            .env("START", start)
            .env("READY", ready)
            .env("END", end)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Whoever waits for the end of what the tests say does not wait for it.
            .stderr(Stdio::null())
            // What ends the tests at the terminal must not end the watch.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if lines.next().is_some_and(|line| line.unwrap() == "ready") {
            return Some(Self { folder, talk: Mutex::new((child, lines)) });
        }
        drop(child.stdin.take());
        lines.map_while(Result::ok).for_each(|line| eprintln!("{line}"));
        let _ = child.wait();
        None
    }

    /// Tells the shell a word, and waits for its answer.
    fn tell(&self, word: &str, answer: &str) {
        let mut talk = self.talk.lock().unwrap();
        writeln!(talk.0.stdin.as_mut().unwrap(), "{word}").unwrap();
        assert_eq!(talk.1.next().unwrap().unwrap(), answer);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let (child, _) = self.talk.get_mut().unwrap();
        drop(child.stdin.take());
        let _ = child.wait();
    }
}

/// A folder that belongs to whoever runs the server.
fn folder() -> PathBuf {
    let output = shell("mktemp -d /tmp/wawpform-server-XXXXXX").output().unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// A PostgreSQL server with nothing in it.
pub struct Server {
    watched: Watched,
    bin: PathBuf,
    pub port: u16,
}

impl Server {
    /// Starts one; `None`, and a word why, on a machine that has none.
    pub fn start() -> Option<Self> {
        Self::start_with(&[], &[])
    }

    /// The same with settings, and with files in its folder that only it can read.
    pub fn start_with(settings: &[&str], files: &[(&str, &str)]) -> Option<Self> {
        let bin = required(binaries(), "PostgreSQL (Debian's package `postgresql`)")?;
        let quoted = bin.display();
        let settings: String = settings.iter().map(|setting| format!(" -c {setting}")).collect();
        let mut prepare = format!("{quoted}/initdb -D data -A trust -U postgres --no-sync");
        for (name, text) in files {
            prepare += &format!(" && (umask 077; cat > {name} <<'END'\n{text}\nEND\n)");
        }
        for _ in 0..5 {
            let (folder, port) = (folder(), free_port());
            let start = format!(
                "exec {quoted}/postgres -D data -p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off \
                 -c max_connections=200{settings}",
                folder.display()
            );
            let ready = format!("{quoted}/pg_isready -q -h 127.0.0.1 -p {port}");
            if let Some(watched) = Watched::start(folder, &prepare, &start, &ready, "QUIT") {
                return Some(Self { watched, bin: bin.clone(), port });
            }
        }
        panic!("no PostgreSQL server comes up");
    }

    /// Where its socket is.
    pub fn folder(&self) -> &Path {
        &self.watched.folder
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&self) {
        self.watched.tell("kill", "killed");
    }

    /// Starts it again after that.
    pub fn start_again(&self) {
        self.watched.tell("start", "ready");
    }

    /// Makes statements, past the program; what they give, a row a line.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        let port = self.port.to_string();
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"]);
        psql.args(["-p", &port, "-d", database]).env("PGOPTIONS", "-c client_min_messages=warning");
        let mut psql =
            psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        psql.stdin.take().unwrap().write_all(statements.as_bytes()).unwrap();
        let output = psql.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// A database of its own; the beginning of URLs that name it.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

/// `pgbouncer`, which gives each transaction whichever connection is free.
pub struct Bouncer {
    watched: Watched,
    pub port: u16,
}

impl Bouncer {
    /// One in front of a server; `None`, and a word why, on a machine that has none.
    pub fn start(server: &Server) -> Option<Self> {
        let bin = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].map(Path::new);
        let bin = required(bin.into_iter().find(|path| path.exists()), "pgbouncer (Debian's package)")?;
        for _ in 0..5 {
            let (folder, port) = (folder(), free_port());
            let settings = format!(
                "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = users\npool_mode = transaction\n\
                 default_pool_size = 4\nserver_round_robin = 1\nmax_client_conn = 500\n",
                server.port
            );
            let prepare =
                format!("printf '\"postgres\" \"\"\\n' > users && cat > settings <<'END'\n{settings}END\n");
            let ready = format!("{}/pg_isready -q -h 127.0.0.1 -p {port} -d postgres", server.bin.display());
            let start = format!("exec {} settings", bin.display());
            if let Some(watched) = Watched::start(folder, &prepare, &start, &ready, "TERM") {
                return Some(Self { watched, port });
            }
        }
        panic!("no proxy comes up");
    }
}
