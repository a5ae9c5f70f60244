//! The program itself with its state in PostgreSQL: a run, a line that is cut, and a process that sleeps too long.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc::unbounded_channel;
use wawpform::sandbox::{Options, Running, Sandbox};
use wawpform::state::{Document, Store as _, StoreError, read};

use crate::contract::given::lock_info;
use crate::line::{Fate, Line};
use crate::place::{FleetPlace, Fleets, server};

const COUNT: usize = 8;
const APPEND: &str = "INSERT INTO wawpform.journal";

/// A fleet of its own in a folder, with its state behind a line.
struct Scene {
    folder: tempfile::TempDir,
    sandbox: Running,
    line: Line,
    place: FleetPlace,
}

impl Scene {
    async fn begin() -> Option<Self> {
        let place = Fleets::direct()?.fresh();
        let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        let sandbox = Sandbox::start(Options { seed: 7, ..Options::new(clock) }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let names: String = (0..COUNT).map(|n| format!("  i{n}: {{running: false}}\n")).collect();
        let manifest = format!("fleet: acme\ninstances:\n{names}");
        std::fs::write(folder.path().join("wawpform.yaml"), manifest).unwrap();
        Some(Self { folder, sandbox, line: Line::to(server()?.port), place })
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wawpform"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("WAWP_ACCESS_TOKEN", "tok-7f3a91").env("WAWP_API_URL", self.sandbox.base_url());
        // A password that nobody asks for is nobody's to see either.
        let url = self.place.over(self.line.port).replace("postgres@", "postgres:hush-5c1d@");
        command.env("WAWPFORM_STATE", format!("{url}&lease=2"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    async fn run(&self, arguments: &[&str]) -> (i32, String) {
        ended(self.start(arguments)).await
    }

    async fn document(&self) -> Document {
        read(&self.place.store()).await.unwrap().unwrap().document
    }

    fn creates(&self) -> usize {
        self.sandbox.log().iter().filter(|it| it.executed && it.path.ends_with("/create")).count()
    }

    /// From the record with this number on, this becomes of records; and something is done before that.
    fn spoil_records(&self, number: usize, fate: Fate, mut then: impl FnMut() + Send + 'static) {
        let mut records = 0;
        self.line.rule(move |statement| {
            records += usize::from(statement.contains(APPEND));
            if records < number {
                return Fate::Pass;
            }
            then();
            fate
        });
    }
}

async fn ended(child: Child) -> (i32, String) {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(!said.contains("hush-5c1d"), "{said}");
    (output.status.code().unwrap_or(-1), said)
}

fn errored(folder: &Path) -> Document {
    Document::decode(&std::fs::read(folder.join("errored.state.json")).unwrap()).unwrap()
}

fn signal(which: &str, pid: u32) {
    assert!(Command::new("kill").args([which, &pid.to_string()]).status().unwrap().success());
}

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--concurrency", "1"];

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_and_a_plan_after_it_find_the_state_in_the_database() {
    let Some(scene) = Scene::begin().await else { return };
    let (code, said) = scene.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 2, "{said}");
    let (code, said) = scene.run(&APPLY).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!((scene.document().await.instances.len(), scene.creates()), (COUNT, COUNT));
    assert_eq!(
        scene.place.sql("SELECT count(*) FROM wawpform.instances WHERE fleet = $fleet"),
        COUNT.to_string()
    );
    let (code, said) = scene.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 0, "{said}");
    let pen = scene.place.store().lock(&lock_info("them")).await.unwrap();
    let (code, said) = scene.run(&APPLY).await;
    assert!(code == 5 && said.contains("somebody@somewhere"), "{code} {said}");
    pen.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_for_a_moment_in_mid_run_changes_nothing() {
    let Some(scene) = Scene::begin().await else { return };
    let mut statements = 0;
    scene.line.rule(move |statement| {
        statements += usize::from(statement.contains(APPEND));
        match statements % 4 {
            1 if statement.contains(APPEND) => Fate::LoseAnswer,
            3 if statement.contains(APPEND) => Fate::LoseStatement,
            _ => Fate::Pass,
        }
    });
    let (code, said) = scene.run(&APPLY).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!((scene.document().await.instances.len(), scene.creates()), (COUNT, COUNT));
    let records =
        "SELECT count(*), count(DISTINCT (record, name)) FROM wawpform.records WHERE fleet = $fleet";
    let counted = scene.place.sql(records);
    let (all, different) = counted.split_once('|').unwrap();
    assert_eq!(all, different, "no record twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_stays_cut_lets_nothing_more_begin_and_what_is_known_is_kept() {
    for cut_at in [2, 5, 8] {
        let Some(scene) = Scene::begin().await else { return };
        scene.spoil_records(cut_at, Fate::LoseStatement, || {});
        let (code, said) = scene.run(&APPLY).await;
        assert!(code != 0 && said.contains("errored.state.json"), "{cut_at}: {code} {said}");
        let (known, there) = (errored(scene.folder.path()), scene.document().await);
        // Every session that was made is known, and none was made whose intent is not in the database.
        assert_eq!(known.instances.len(), scene.creates(), "{cut_at}: {said}");
        assert!(scene.creates() <= there.instances.len() + there.pending.len(), "{cut_at}: {said}");
        assert!(scene.creates() < COUNT && known.serial >= there.serial, "{cut_at}: {said}");

        // The line is there again, and the lock lapses.
        scene.line.rule(|_| Fate::Pass);
        let (code, said) = scene.run(&["state", "push", "errored.state.json", "--lock-timeout", "1m"]).await;
        assert_eq!(code, 0, "{cut_at}: {said}");
        assert_eq!(scene.document().await.instances, known.instances, "{cut_at}");
        let (code, said) = scene.run(&APPLY).await;
        assert_eq!((code, scene.creates()), (0, COUNT), "{cut_at}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_slept_longer_than_its_lease_and_was_overtaken_writes_nothing_and_says_so() {
    let Some(scene) = Scene::begin().await else { return };
    let pid = Arc::new(AtomicU32::new(0));
    let (asleep, mut fell_asleep) = unbounded_channel();
    let (sleeper, mut done) = (Arc::clone(&pid), false);
    // Before it hears of its fourth record.
    scene.spoil_records(4, Fate::Pass, move || {
        if !std::mem::replace(&mut done, true) {
            while sleeper.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            signal("-STOP", sleeper.load(Ordering::SeqCst));
            let _ = asleep.send(());
        }
    });
    let child = scene.start(&APPLY);
    pid.store(child.id(), Ordering::SeqCst);
    fell_asleep.recv().await.unwrap();
    let store = scene.place.store();
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
    assert!(code != 0 && said.contains("taken over by someone else during this run"), "{code} {said}");
    // One call at most whose intent it was told of before it slept.
    assert!(scene.creates() <= made + 1, "{said}");
    assert_eq!(scene.document().await, before, "{said}");
    assert!(scene.creates() <= before.instances.len() + before.pending.len(), "{said}");
    pen.checkpoint(&Document { serial: before.serial + 1, ..before }).await.unwrap();
    pen.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_the_line_is_dead_is_obeyed_before_a_pipeline_kills() {
    let Some(scene) = Scene::begin().await else { return };
    let (dead, mut is_dead) = unbounded_channel();
    scene.spoil_records(4, Fate::Swallow, move || {
        let _ = dead.send(());
    });
    let child = scene.start(&APPLY);
    is_dead.recv().await.unwrap();
    let begun = std::time::Instant::now();
    signal("-TERM", child.id());
    let (code, said) = ended(child).await;
    // What the program promises: a pipeline kills after 7.5 s.
    assert!(begun.elapsed().as_secs_f32() < 7.5, "{:?}: {said}", begun.elapsed());
    assert!(code != 0 && said.contains("errored.state.json"), "{code} {said}");
    assert_eq!(errored(scene.folder.path()).instances.len(), scene.creates(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_carried_into_the_database_and_out_of_it() {
    let Some(scene) = Scene::begin().await else { return };
    let url = scene.place.url.as_str();
    let (code, said) = scene.run(&["apply", "--auto-approve", "--state", "here.json"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = scene.run(&["state", "migrate", "--state", "here.json", "--to", url]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(scene.document().await.instances.len(), COUNT);
    let (code, said) = scene.run(&["plan", "--state", "here.json"]).await;
    assert!(code == 1 && said.contains("moved to postgres://postgres@127.0.0.1"), "{code} {said}");
    let (code, said) = scene.run(&["state", "migrate", "--to", "there.json"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = scene.run(&["plan", "--detailed-exitcode", "--state", "there.json"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = scene.run(&APPLY).await;
    assert!(code == 1 && said.contains("moved to"), "{code} {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_cannot_be_used_is_said_without_its_password() {
    let Some(scene) = Scene::begin().await else { return };
    for (url, why) in [
        ("postgres://ci:hush-5c1d@h/d?sslmode=maybe", "sslmode"),
        ("postgres://ci:hush-5c1d@h:port/d", "--state: "),
        ("postgresql://ci:hush-5c1d@127.0.0.1:1/d", "cannot read postgresql://ci@127.0.0.1:1/d?fleet=acme"),
        (
            "postgres://ci@127.0.0.1:1/d?password=hush-5c1d",
            "cannot read postgres://ci@127.0.0.1:1/d?fleet=acme",
        ),
    ] {
        let (code, said) = scene.run(&["plan", "--state", url]).await;
        assert!(code == 1 && said.contains(why), "{code} {said}");
    }
}
