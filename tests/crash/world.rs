//! A state on disk and an account in a sandbox, both of which outlive the runs that are cut off.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use wawpform::apply::{Event, Settings, Stop, run};
use wawpform::instance::{InstanceId, Name, Secret};
use wawpform::manifest::Desired;
use wawpform::plan::{Plan, Scope, diff};
use wawpform::sandbox::{self, Gate, Options, Phase, Running, Sandbox};
use wawpform::state::{Call, Document, Store, read};
use wawpform::wawp::{Client, Timeouts};

use super::contract::Place;
use super::contract::faulty::{Faulty, Mode};
use super::contract::given::{at, empty, name, open};
use super::fleet::{DELETED, after, before};

/// Where a run is cut off: after so many effects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    AtWrite(usize),
    InCall(usize),
    Never,
}

/// The runtime of all sandboxes: what has arrived there goes on when a run dies.
static SERVERS: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

/// Stops every call at its next point, from the n-th point on.
struct Fuse {
    left: AtomicUsize,
    blown: watch::Sender<bool>,
}

impl Fuse {
    fn gate(fuse: &Arc<Self>) -> Gate {
        let fuse = Arc::clone(fuse);
        Arc::new(move |_| {
            let fuse = Arc::clone(&fuse);
            Box::pin(async move {
                let down = |left: usize| left.checked_sub(1);
                if fuse.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, down).is_err() {
                    fuse.blown.send_replace(true);
                    std::future::pending::<()>().await;
                }
            })
        })
    }

    fn allow(&self, points: usize) {
        self.left.store(points, Ordering::SeqCst);
        self.blown.send_replace(false);
    }

    async fn blown(&self) {
        self.blown.subscribe().wait_for(|blown| *blown).await.unwrap();
    }
}

pub struct World {
    place: Box<dyn Place>,
    sandbox: Running,
    fuse: Arc<Fuse>,
    /// How often a create was begun for each name, over all runs.
    created: Arc<Mutex<BTreeMap<Name, usize>>>,
    begun_with: Document,
}

/// Far longer than anything takes that is not cut off.
const LONG: Duration = Duration::from_secs(60);

impl World {
    /// The fleet as it is before, with nothing else in the account.
    pub fn begin(place: Box<dyn Place>) -> Self {
        let fuse = Arc::new(Fuse { left: AtomicUsize::new(usize::MAX), blown: watch::Sender::new(false) });
        let options = Options {
            seed: 7,
            plan: sandbox::Plan::Paid,
            gate: Some(Fuse::gate(&fuse)),
            ..Options::new(Arc::new(at))
        };
        let sandbox = SERVERS.block_on(Sandbox::start(options)).unwrap();
        let begun_with = empty();
        let mut world = Self { place, sandbox, fuse, created: Arc::default(), begun_with };
        assert!(world.run_to(&before(), Cut::Never, 4));
        world.begun_with = world.document();
        world.created.lock().unwrap().clear();
        world.sandbox.clear_log();
        world
    }

    /// Plans and applies, in a runtime of its own that dies where it is cut off. Whether it ran through.
    pub fn run(&self, cut: Cut, concurrency: usize) -> bool {
        self.run_to(&after(), cut, concurrency)
    }

    fn run_to(&self, desired: &Desired, cut: Cut, concurrency: usize) -> bool {
        let (writes, points) = match cut {
            Cut::AtWrite(writes) => (writes, usize::MAX),
            Cut::InCall(points) => (usize::MAX, points),
            Cut::Never => (usize::MAX, usize::MAX),
        };
        let store = Faulty::new(self.store(), writes, Mode::Hang);
        self.fuse.allow(points);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let running =
            runtime.spawn(apply(store.clone(), desired.clone(), self.client(), self.settings(concurrency)));
        let ran_through = runtime.block_on(async {
            tokio::select! {
                biased;
                () = store.reached() => false,
                () = self.fuse.blown() => false,
                ended = running => {
                    ended.unwrap();
                    true
                }
            }
        });
        // A crash: no task of the run is polled any more.
        runtime.shutdown_background();
        self.fuse.allow(usize::MAX);
        if !ran_through {
            self.place.after_crash();
        }
        ran_through
    }

    fn store(&self) -> Arc<dyn Store> {
        self.place.open()
    }

    fn client(&self) -> Arc<Client> {
        let timeouts = Timeouts { connect: LONG, create: LONG, other: LONG };
        let (address, token) = (self.sandbox.base_url().parse().unwrap(), Secret::new("tok-7f3a91".into()));
        Arc::new(Client::with_timeouts(address, token, timeouts, Arc::new(|_| {})).unwrap())
    }

    fn settings(&self, concurrency: usize) -> Settings {
        let created = Arc::clone(&self.created);
        let listener = Arc::new(move |event| {
            if let Event::Begun { name, action: "create" } = event {
                *created.lock().unwrap().entry(name).or_default() += 1;
            }
        });
        Settings {
            concurrency: concurrency.into(),
            grace: LONG,
            account: None,
            secrets: [].into(),
            clock: Arc::new(at),
            listener,
            stop: Stop::default(),
        }
    }

    fn document(&self) -> Document {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(read(&*self.store())).unwrap().unwrap().document
    }

    /// What must hold when the last run came to its end.
    pub fn assert_nothing_is_lost(&self, what: &str, was_never_cut: bool) {
        let (document, desired) = (self.document(), after());
        let plan = planned(&desired, &document);
        assert_eq!(plan.changes, [], "{what}: nothing is left to do");
        let unsettled = plan.unsettled.iter().filter(|it| it.call != Call::Create).count();
        assert_eq!(unsettled, 0, "{what}: only creates may be unsettled: {:?}", plan.unsettled);
        assert!(!was_never_cut || plan.unsettled.is_empty(), "{what}: {:?}", plan.unsettled);

        let instances = self.sandbox.instances();
        for (name, recorded) in &document.instances {
            let one = instances.iter().find(|it| it.instance_id == recorded.instance_id.as_str());
            let one = one.unwrap_or_else(|| panic!("{what}: {name} is recorded and does not exist"));
            let wanted = &desired.instances[name].spec;
            assert_eq!(
                one.policy,
                wanted.rate_limit.as_deref().unwrap_or("standard_policy"),
                "{what}: {name}"
            );
            let live: BTreeMap<_, _> = one.webhooks.iter().map(|it| (&it.url, &it.events)).collect();
            let hooks: BTreeMap<_, _> = wanted.webhooks.iter().map(|it| (&it.url, &it.events)).collect();
            assert_eq!(live, hooks, "{what}: the webhooks of {name}");
        }
        let live: BTreeMap<String, Phase> =
            instances.into_iter().map(|it| (it.instance_id, it.phase)).collect();
        for (name, recorded) in &document.instances {
            let phase = live.get(recorded.instance_id.as_str());
            let phase = phase.unwrap_or_else(|| panic!("{what}: {name} is recorded and does not exist"));
            let is_running = *phase != Phase::Stopped;
            assert_eq!(is_running, desired.instances[name].spec.running, "{what}: {name} is {phase:?}");
        }
        self.assert_old_ones_are_as_they_should_be(&document, &live, what);

        let held = |id: &String| document.instances.values().any(|it| it.instance_id.as_str() == id);
        let released = self.id_before("let-go");
        let orphans = live.keys().filter(|id| !held(id) && id.as_str() != released.as_str()).count();
        let pending = document.pending.values().filter(|it| it.call == Call::Create).count();
        assert!(orphans <= pending, "{what}: {orphans} sessions that no name has, {pending} pending creates");

        let created = self.created.lock().unwrap();
        assert!(created.values().all(|times| *times == 1), "{what}: created twice: {created:?}");
        let log = self.sandbox.log();
        let requests = log.iter().filter(|it| it.path.ends_with("/create")).count();
        assert!(requests <= created.len(), "{what}: {requests} creates were sent for {created:?}");
    }

    fn assert_old_ones_are_as_they_should_be(
        &self,
        now: &Document,
        live: &BTreeMap<String, Phase>,
        what: &str,
    ) {
        for key in DELETED {
            assert!(!live.contains_key(self.id_before(key).as_str()), "{what}: {key} still exists");
        }
        for (key, renamed) in [("old-name", "new-name"), ("wakes", "wakes"), ("rests", "rests")] {
            assert_eq!(now.instances[&name(renamed)].instance_id, self.id_before(key), "{what}: {key}");
        }
        assert!(live.contains_key(self.id_before("let-go").as_str()), "{what}: the released one is gone");
    }

    fn id_before(&self, key: &str) -> InstanceId {
        self.begun_with.instances[&name(key)].instance_id.clone()
    }
}

/// One run, as a process would do it.
async fn apply(store: Faulty, desired: Desired, client: Arc<Client>, settings: Settings) {
    let opened = open(&store).await;
    let plan = planned(&desired, &opened.document);
    let outcome = run(&plan, client, opened.ledger.recorder(), settings).await;
    assert!(outcome.tally().is_complete(), "{outcome:#?}");
    opened.ledger.close().await.unwrap();
}

fn planned(desired: &Desired, document: &Document) -> Plan {
    let plan = diff(desired, Some(document), &Scope::default());
    assert_eq!(plan.clashes, []);
    plan
}
