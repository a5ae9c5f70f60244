//! Real servers for tests: each started once in a process, on a port that the kernel chose, in a folder of its own.
//!
//! Invariant: a server ends with the process that started it, however that ends: a shell watches over it and reads
//! from a pipe, which the kernel closes. One that is not installed is skipped with a word, but not in CI.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "no test file needs everything")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says why")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub mod proxy;

/// A server takes some seconds on a machine that is busy.
const LONG: Duration = Duration::from_secs(120);

/// Runs a program until its input ends; then the program and its folder go.
const WATCH: &str = r#"cd "$DIR" || exit
"$@" >log 2>&1 </dev/null &
read -r _
kill -9 $!; wait 2>/dev/null; cd /; rm -rf "$DIR""#;

/// A server that runs as long as this process.
pub struct Server {
    pub port: u16,
    folder: PathBuf,
    /// Its input stays open as long as this process lives.
    _watch: Child,
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(program: &Path, arguments: &[String], port: impl Fn(&str) -> Option<u16>) -> Self {
        let folder = tempfile::Builder::new().prefix("wawpform-server-").tempdir().unwrap().keep();
        let mut watch = Command::new("bash");
        watch.args(["-c", WATCH, "watch"]).arg(program).args(arguments).env("DIR", &folder);
        // With a key of its own in the environment, SeaweedFS would ask for it.
        watch.env_remove("AWS_ACCESS_KEY_ID");
        // In a group of its own: what ends the tests at the terminal must not end the watch.
        watch.process_group(0);
        let watch = watch.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("bash runs");
        let begun = Instant::now();
        let log = folder.join("log");
        let port = loop {
            let said = std::fs::read(&log).unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            if let Some(port) = port(&said) {
                break port;
            }
            assert!(begun.elapsed() < LONG, "{} does not come up: {said}", program.display());
            std::thread::sleep(Duration::from_millis(20));
        };
        Self { port, folder, _watch: watch }
    }
}

/// A program that the tests want: in the folder that is named, or on the path.
pub fn program(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("WAWPFORM_TEST_SERVERS").map(PathBuf::from);
    let folders = named.iter().flat_map(|it| [it.join("venv/bin"), it.join("node_modules/.bin")]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = folders.chain(std::env::split_paths(&path)).map(|folder| folder.join(name));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let wanted = named.is_some() || std::env::var_os("CI").is_some();
        assert!(!wanted, "{name} is not installed");
        eprintln!("skipped: {name} is not installed");
    }
    found
}

fn strings<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).into()
}

/// The port behind the last `:` of the line that says where a server listens.
fn told(sign: &'static str) -> impl Fn(&str) -> Option<u16> {
    move |log| {
        // The line is whole when the next has begun.
        let (lines, _) = log.rsplit_once('\n')?;
        let line = lines.lines().find(|line| line.contains(sign))?;
        let (_, port) = line.trim_end().rsplit_once(':')?;
        port.trim_end_matches('/').parse().ok()
    }
}

/// S3, by an emulator that keeps to conditions; with the bucket `fleet`.
pub fn moto() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        let arguments = strings(["-H", "127.0.0.1", "-p", "0"]);
        let server = Server::start(&program("moto_server")?, &arguments, told("Running on"));
        assert_eq!(ask(server.port, "PUT", "/fleet", &[], b"").unwrap(), 200);
        Some(server)
    };
    SERVER.get_or_init(start).as_ref()
}

/// S3, by a server that people run; with the bucket `fleet`.
pub fn seaweed() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        let ports: Vec<u16> = free_ports(8);
        let mut arguments =
            strings(["server", "-dir=.", "-ip=127.0.0.1", "-s3", "-s3.iam=false", "-volume.max=5"]);
        arguments.extend(strings(["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64"]));
        let names = ["master", "volume", "filer", "s3"];
        for (name, ports) in names.iter().zip(ports.chunks(2)) {
            arguments.push(format!("-{name}.port={}", ports[0]));
            arguments.push(format!("-{name}.port.grpc={}", ports[1]));
        }
        let port = ports[6];
        // It listens before it can do anything.
        let able = |_: &str| {
            let made = matches!(ask(port, "PUT", "/fleet", &[], b""), Some(200 | 409));
            (made && ask(port, "PUT", "/fleet/able", &[], b"x") == Some(200)).then_some(port)
        };
        Some(Server::start(&program("weed")?, &arguments, able))
    };
    SERVER.get_or_init(start).as_ref()
}

/// Azure Blob Storage, by Microsoft's own emulator; with the container `fleet`.
pub fn azurite() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        let options = ["--blobPort", "0", "--silent", "--skipApiVersionCheck", "--disableTelemetry"];
        let server =
            Server::start(&program("azurite-blob")?, &strings(options), told("successfully listens"));
        azure_container(&server);
        Some(server)
    };
    SERVER.get_or_init(start).as_ref()
}

/// S3, by a server that ignores every condition; with the bucket `fleet`.
pub fn s3rver() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        let arguments = strings(["-p", "0", "-a", "127.0.0.1", "-d", "data", "--configure-bucket", "fleet"]);
        Some(Server::start(&program("s3rver")?, &arguments, told("listening on")))
    };
    SERVER.get_or_init(start).as_ref()
}

/// For a server that can only be told its ports. All are held until all are chosen.
fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    held.iter().map(|it| it.local_addr().unwrap().port()).collect()
}

/// One request, unsigned; the status of the answer, if there is one.
fn ask(port: u16, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

/// The account that every Azurite has, and its key, which is no secret: both stand in Microsoft's manual.
pub const AZURE_ACCOUNT: &str = "devstoreaccount1";
pub const AZURE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Creates the container `fleet`, signed as the manual says ("Authorize with Shared Key").
fn azure_container(server: &Server) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as base64;
    let version = "2021-08-06";
    let now = jiff::Timestamp::now();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    let resource = format!("/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/fleet\nrestype:container");
    let text = format!("PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{version}\n{resource}");
    let signature = base64.encode(hmac(&base64.decode(AZURE_KEY).unwrap(), text.as_bytes()));
    let headers = [
        ("x-ms-date", date),
        ("x-ms-version", version.to_owned()),
        ("Authorization", format!("SharedKey {AZURE_ACCOUNT}:{signature}")),
    ];
    let path = format!("/{AZURE_ACCOUNT}/fleet?restype=container");
    assert_eq!(ask(server.port, "PUT", &path, &headers, b""), Some(201));
}

/// RFC 2104 with SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    assert!(key.len() <= 64);
    let padded =
        |with: u8| -> Vec<u8> { (0..64).map(|index| key.get(index).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

/// What a program is told so that it finds a bucket of S3 at an address.
pub fn s3_variables(url: &str) -> Vec<(String, String)> {
    let pairs = [
        ("AWS_ENDPOINT_URL_S3", url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "hush-5c1d"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
