//! One fleet and its account, over some rounds of kills.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use wawpform::sandbox::{Logged, Options, Running, Sandbox};
use wawpform::state::{Document, read};

use super::Tally;
use super::home::{Home, MakeHome};
use super::program::{Program, When};
use super::trap::Trap;
use super::wish::{Wish, key};

/// The runtime of the sandboxes: they live on when a run is killed.
pub static SERVERS: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

pub struct World {
    _folder: TempDir,
    pub sandbox: Running,
    pub program: Program,
    trap: Arc<Trap>,
    pub wish: Wish,
    /// The sessions that were let go on purpose.
    pub let_go: BTreeSet<String>,
}

impl World {
    /// An account with nothing in it, and no state.
    pub fn begin(seed: u64, make_home: MakeHome) -> Self {
        let trap = Arc::new(Trap::default());
        let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        let options = Options { seed, gate: Some(Trap::gate(&trap)), ..Options::new(clock) };
        let sandbox = SERVERS.block_on(Sandbox::start(options)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home: Arc<dyn Home> = make_home(folder.path()).into();
        let program = Program { folder: folder.path().to_owned(), url: sandbox.base_url(), home };
        Self { _folder: folder, sandbox, program, trap, wish: Wish::default(), let_go: BTreeSet::new() }
    }

    /// A new wish is applied, killed once or twice, taken up again and brought to its end.
    pub fn round(&mut self, seed: u64) -> Tally {
        let mut random = fastrand::Rng::with_seed(seed);
        let before = self.document();
        self.wish = self.wish.next(&mut random);
        std::fs::write(self.program.folder.join("wawpform.yaml"), self.wish.manifest()).unwrap();
        self.sandbox.clear_log();
        for name in &self.wish.released {
            let id = before.as_ref().unwrap().instances[&key(name)].instance_id.to_string();
            self.let_go.insert(id);
        }
        let concurrency = *["1", "4", "16", "16"].get(random.usize(..4)).unwrap();
        // Every third round applies a plan that was saved before, as often as it takes: it is never stale, as nobody else
        // changes anything, and what a person settles was reviewed as a create.
        let is_saved = seed.is_multiple_of(3);
        let how = if is_saved { "saved.plan" } else { "--auto-approve" };
        let apply = ["apply", how, "--concurrency", concurrency, "--lock-timeout", "1m"];
        let mut tally = Tally { rounds: 1, saved: usize::from(is_saved), ..Tally::default() };
        if is_saved {
            let (code, said) = self.program.run(&["plan", "--out", "saved.plan"]);
            assert_eq!(code, 0, "seed {seed}: {said}");
        }
        // Now and then the run that goes on is killed as well.
        for _ in 0..=usize::from(random.u32(..5) == 0) {
            let when = moment(&mut random, self.wish.calls);
            let met = self.program.kill(&apply, when, &self.trap);
            self.quiet();
            self.program.home.after_kill(&self.program);
            let what = format!("seed {seed}, {concurrency} at once, killed at {when:?}");
            tally += self.check_after_kill(&what);
            match (met, when) {
                (false, _) => tally.too_late += 1,
                (true, When::Started(_)) => tally.early += 1,
                (true, When::InCalls(..)) => tally.in_calls += 1,
                (true, When::AtCheckpoint(_)) => tally.at_checkpoint += 1,
            }
            tally.killed += usize::from(met);
        }
        tally += self.go_on(&apply, before.as_ref(), &format!("seed {seed}, {concurrency} at once"));
        tally
    }

    /// Waits until nothing that the killed one had sent is still on its way.
    fn quiet(&self) {
        // What was sent is in the server's hands; a call of our own comes behind it.
        let mut seen = usize::MAX;
        while seen != self.requests() || !self.trap.is_quiet() {
            seen = self.requests();
            for _ in 0..3 {
                std::net::TcpStream::connect(self.sandbox.address()).unwrap();
                SERVERS.block_on(SERVERS.spawn(tokio::task::yield_now())).unwrap();
            }
        }
    }

    fn requests(&self) -> usize {
        self.sandbox.log().len()
    }

    pub fn document(&self) -> Option<Document> {
        let store = self.program.home.store();
        let read = SERVERS.block_on(read(&*store)).expect("what a killed run leaves can be read");
        read.map(|read| read.document)
    }

    /// The creates of this round that the server executed.
    pub fn creates(&self) -> Vec<Logged> {
        let is_create = |entry: &Logged| entry.executed && entry.path.ends_with("/create");
        self.sandbox.log().into_iter().filter(is_create).collect()
    }
}

/// Any moment: mostly between calls, else before the first or at the end.
fn moment(random: &mut fastrand::Rng, calls: usize) -> When {
    match random.u32(..10) {
        0 => When::Started(random.u64(..120_000)),
        1 | 2 => When::AtCheckpoint(random.u64(..20_000)),
        _ => When::InCalls(
            random.usize(1..calls * 3),
            [0, 100, 1000, 5000][random.usize(..4)] * random.u64(..=100) / 100,
        ),
    }
}
