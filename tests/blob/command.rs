//! The program itself with its state in a bucket: a run, a line that is cut, and a process that sleeps too long.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wawpform::sandbox::{Options, Running, Sandbox};
use wawpform::state::{Document, StoreError, read};

use crate::contract::Place as _;
use crate::contract::given::lock_info;
use crate::place::{Bucket, InBucket};
use crate::servers;
use crate::servers::proxy::{Fate, Proxy};

/// A fleet of its own in a folder, with its state in a bucket behind a line.
struct Scene {
    folder: tempfile::TempDir,
    sandbox: Running,
    proxy: Proxy,
    place: InBucket,
}

const COUNT: usize = 8;

impl Scene {
    async fn begin() -> Option<Self> {
        let server = servers::moto()?;
        let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        let sandbox = Sandbox::start(Options { seed: 7, ..Options::new(clock) }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let names: String = (0..COUNT).map(|n| format!("  i{n}: {{running: false}}\n")).collect();
        let manifest = format!("fleet: acme\ninstances:\n{names}");
        std::fs::write(folder.path().join("wawpform.yaml"), manifest).unwrap();
        let place = Bucket::s3(&server.url()).fresh();
        Some(Self { folder, sandbox, proxy: Proxy::to(server.port), place })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("WAWP_ACCESS_TOKEN", "tok-7f3a91").env("WAWP_API_URL", self.sandbox.base_url());
        command.env("WAWPFORM_STATE", format!("s3://fleet/{}", self.place.key));
        command.env("WAWPFORM_TEST_LEASE", "2s").envs(servers::s3_variables(&self.proxy.url()));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> (i32, String) {
        let child = self.command(arguments).spawn().unwrap();
        ended(child).await
    }

    async fn document(&self) -> Document {
        read(&*self.place.open()).await.unwrap().unwrap().document
    }

    fn creates(&self) -> usize {
        self.sandbox.log().iter().filter(|it| it.executed && it.path.ends_with("/create")).count()
    }
}

async fn ended(child: std::process::Child) -> (i32, String) {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(!said.contains("hush-5c1d"), "{said}");
    (output.status.code().unwrap_or(-1), said)
}

fn errored(folder: &Path) -> Document {
    Document::decode(&std::fs::read(folder.join("errored.state.json")).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_and_a_plan_after_it_find_the_state_in_the_bucket() {
    let Some(scene) = Scene::begin().await else { return };
    let (code, said) = scene.run(&["apply", "--auto-approve"]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!((scene.document().await.instances.len(), scene.creates()), (COUNT, COUNT));
    let (code, said) = scene.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 0, "{said}");
    let pen = scene.place.open().lock(&lock_info("them")).await.unwrap();
    let (code, said) = scene.run(&["apply", "--auto-approve"]).await;
    assert!(code == 5 && said.contains("somebody@somewhere"), "{code} {said}");
    pen.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_in_mid_run_lets_nothing_more_begin_and_what_is_known_is_kept() {
    for cut_after in [2, 4, 7] {
        let Some(scene) = Scene::begin().await else { return };
        let mut documents = 0;
        scene.proxy.rule(move |method, path| {
            documents += usize::from(method == "PUT" && path.ends_with("acme.json"));
            if documents > cut_after { Fate::LoseRequest } else { Fate::Pass }
        });
        let (code, said) = scene.run(&["apply", "--auto-approve", "--concurrency", "1"]).await;
        assert!(code != 0 && said.contains("errored.state.json"), "{cut_after}: {code} {said}");
        let (known, there) = (errored(scene.folder.path()), scene.document().await);
        // Every session that was made is known, and none was made whose intent is not in the bucket.
        assert_eq!(known.instances.len(), scene.creates(), "{cut_after}: {said}");
        assert!(scene.creates() <= there.instances.len() + there.pending.len(), "{cut_after}: {said}");
        assert!(scene.creates() < COUNT && known.serial >= there.serial, "{cut_after}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_slept_longer_than_its_lease_and_was_overtaken_writes_nothing_and_says_so() {
    let Some(scene) = Scene::begin().await else { return };
    let pid = Arc::new(AtomicU32::new(0));
    let (asleep, mut fell_asleep) = tokio::sync::mpsc::unbounded_channel();
    let (sleeper, mut documents) = (Arc::clone(&pid), 0);
    scene.proxy.rule(move |method, path| {
        let writes = method == "PUT" && path.ends_with("acme.json");
        documents += usize::from(writes);
        // Before it hears of its fourth write.
        if writes && documents == 4 {
            while sleeper.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            signal("-STOP", sleeper.load(Ordering::SeqCst));
            let _ = asleep.send(());
        }
        Fate::Pass
    });
    let child = scene.command(&["apply", "--auto-approve", "--concurrency", "1"]).spawn().unwrap();
    pid.store(child.id(), Ordering::SeqCst);
    fell_asleep.recv().await.unwrap();
    scene.proxy.quiet();
    let store = scene.place.open();
    let mut pen = loop {
        match store.lock(&lock_info("them")).await {
            Ok(pen) => break pen,
            Err(StoreError::Locked(_)) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            Err(error) => panic!("{error:?}"),
        }
    };
    pen.read().await.unwrap();
    let (before, made) = (scene.document().await, scene.creates());
    signal("-CONT", child.id());
    let (code, said) = ended(child).await;
    assert!(code != 0 && said.contains("by someone else during this run"), "{code} {said}");
    assert_eq!((scene.document().await, scene.creates()), (before.clone(), made), "{said}");
    // Whoever overtook it goes on as if nothing had happened.
    pen.checkpoint(&Document { serial: before.serial + 1, ..before }).await.unwrap();
    pen.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_the_line_is_dead_is_obeyed_before_a_pipeline_kills() {
    let Some(scene) = Scene::begin().await else { return };
    let (dead, mut is_dead) = tokio::sync::mpsc::unbounded_channel();
    let mut documents = 0;
    scene.proxy.rule(move |method, path| {
        documents += usize::from(method == "PUT" && path.ends_with("acme.json"));
        if documents < 4 {
            return Fate::Pass;
        }
        let _ = dead.send(());
        Fate::Swallow
    });
    let child = scene.command(&["apply", "--auto-approve", "--concurrency", "1"]).spawn().unwrap();
    is_dead.recv().await.unwrap();
    let begun = std::time::Instant::now();
    signal("-TERM", child.id());
    let (code, said) = ended(child).await;
    // What the program promises: a pipeline kills after 7.5 s.
    assert!(begun.elapsed().as_secs_f32() < 7.5, "{:?}: {said}", begun.elapsed());
    assert!(code != 0 && said.contains("errored.state.json"), "{code} {said}");
    assert_eq!(errored(scene.folder.path()).instances.len(), scene.creates(), "{said}");
}

fn signal(which: &str, pid: u32) {
    assert!(Command::new("kill").args([which, &pid.to_string()]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_not_read_are_said() {
    let Some(scene) = Scene::begin().await else { return };
    let mut command = scene.command(&["state", "list"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env("AWS_PROFILE", "work");
    let (code, said) = ended(command.spawn().unwrap()).await;
    assert!(code == 1 && said.contains("AWS_PROFILE") && said.contains("export-credentials"), "{said}");
}
