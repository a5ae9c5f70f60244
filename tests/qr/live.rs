//! The binary against a sandbox: what it draws is the code of the moment, it is renewed, and nothing of it stays on a
//! terminal.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use tempfile::TempDir;
use wawpform::instance::{InstanceId, Secret};
use wawpform::sandbox::{Options, Running, Sandbox};
use wawpform::wawp::{Client, Qr};

use super::reading::{of_png, of_text};

const TOKEN: &str = "a-token-of-this-test";
/// Later than every moment of the sandbox, so that every code seems to have ended.
const LATE: &str = "2026-11-22T12:00:00Z";

/// A folder with one applied instance, and the sandbox that it lives in.
struct Scene {
    folder: TempDir,
    sandbox: Running,
}

impl Scene {
    /// `step` is how many seconds the sandbox's clock goes at each look at it.
    async fn new(step: i64, scan_after: Option<u32>) -> Self {
        let now = AtomicI64::new(1_795_338_000);
        let clock = Arc::new(move || Timestamp::from_second(now.fetch_add(step, Ordering::SeqCst)).unwrap());
        let mut options = Options { seed: 7, ..Options::new(clock) };
        options.terms.scan_after = scan_after;
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = TempDir::new().unwrap();
        let manifest = "fleet: acme\ninstances: {acme-sales: {}}\n";
        std::fs::write(folder.path().join("wawpform.yaml"), manifest).unwrap();
        let scene = Self { folder, sandbox };
        let applied = scene.run(env!("CARGO_BIN_EXE_wawpform"), &["apply", "--auto-approve"]);
        assert!(applied.contains("1 added"), "{applied}");
        scene
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.folder.path().join(file)
    }

    /// Runs a program to a good end while the sandbox goes on in other threads, and returns what went to standard output.
    fn run(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color");
        command.env("WAWPFORM_TEST_CLOCK", LATE).env("WAWP_ACCESS_TOKEN", TOKEN);
        command.env("WAWP_API_URL", self.sandbox.base_url());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn wawpform(&self, args: &[&str]) -> String {
        self.run(env!("CARGO_BIN_EXE_wawpform"), args)
    }

    /// The code as the API tells it.
    async fn told(&self) -> String {
        let address = self.sandbox.base_url().parse().unwrap();
        let client = Client::new(address, Secret::new(TOKEN.to_owned()), Arc::new(|_| {})).unwrap();
        let id = InstanceId::new(&self.sandbox.instances()[0].instance_id).unwrap();
        match client.qr(&id).await.unwrap() {
            Qr::Value { value, .. } => value.expose().to_owned(),
            Qr::Picture => panic!("a picture"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drawn_and_what_is_in_the_picture_is_the_code_of_the_moment() {
    let scene = Scene::new(0, None).await;
    let drawn = scene.wawpform(&["qr", "acme-sales", "--interval", "1ms"]);
    let told = scene.told().await;
    assert_eq!(of_text(&drawn, false), told);
    let painted = scene.wawpform(&["qr", "acme-sales", "--color", "always"]);
    assert_eq!(of_text(&painted, true), told);
    scene.wawpform(&["qr", "acme-sales", "--png", "code.png"]);
    assert_eq!(of_png(&std::fs::read(scene.path("code.png")).unwrap()), told);
    assert!(!everything_below(scene.folder.path()).contains("2@"), "no code is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_ends_is_replaced_by_the_next_until_a_phone_is_there() {
    let scene = Scene::new(7, Some(40)).await;
    let drawn = scene.wawpform(&["qr", "acme-sales", "--watch", "--interval", "1ms"]);
    let values: Vec<String> = drawn.split("\n\n").map(|text| of_text(text, false)).collect();
    assert!(values.len() >= 3, "{} codes", values.len());
    assert!(values.windows(2).all(|pair| pair[0] != pair[1]), "the same is not drawn twice");
    assert!(values.iter().all(|value| value.starts_with("2@")));
    assert_eq!(scene.sandbox.instances()[0].phase.word(), "WORKING");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_code_is_on_a_screen_of_its_own_and_gone_at_the_end() {
    let scene = Scene::new(7, Some(12)).await;
    let command = format!("{} qr acme-sales --interval 1ms", env!("CARGO_BIN_EXE_wawpform"));
    let shown = scene.run("script", &["-qec", &command, "/dev/null"]);
    let (before, inside) = shown.split_once("\u{1b}[?1049h\u{1b}[?25l").expect("a screen is opened");
    let (inside, after) = inside.split_once("\u{1b}[?25h\u{1b}[?1049l").expect("and closed");
    assert!(!before.contains(['█', '▀', '▄']) && !after.contains(['█', '▀', '▄']));
    assert!(after.contains("acme-sales is paired with ") && after.contains(" and WORKING."), "{after}");
    let inside = inside.replace('\r', "");
    let frames: Vec<&str> = inside.split("\u{1b}[H").filter(|frame| frame.contains('█')).collect();
    let last = frames.last().expect("a code is drawn").replace("\u{1b}[K", "").replace("\u{1b}[J", "");
    let (code, below) = last.split_once("acme-sales: scan it").expect("what to do is below");
    assert!(of_text(code, true).starts_with("2@"));
    assert!(below.contains("Linked devices") && below.contains("Ctrl-C"), "{below}");
}

fn everything_below(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &everything_below(&path);
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
        }
    }
    all
}
