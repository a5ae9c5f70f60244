//! What is measured on: a sandbox with threads of its own, a fleet, and a state that is synced to the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::runtime::Runtime;
use wawpform::apply::{Event, GRACE, Settings, Stop, run};
use wawpform::instance::{Name, Secret, Spec};
use wawpform::manifest::{Desired, MaxDeletes, Wanted};
use wawpform::observe::{self, observe};
use wawpform::plan::{Scope, diff, effort};
use wawpform::render::eta::Eta;
use wawpform::sandbox::{Options, Running, Sandbox};
use wawpform::state::{Closed, Expect, Ledger, Lineage, LocalStore, LockInfo, LockWait, Opened, Store};
use wawpform::wawp::{Client, Concurrency};

/// What the token is here.
pub(crate) const TOKEN: &str = "tok-7f3a91";

/// How the API answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api {
    pub(crate) latency: Duration,
    pub(crate) rate: Option<u32>,
}

impl Api {
    pub(crate) const fn after(latency: Duration) -> Self {
        Self { latency, rate: None }
    }
}

/// An API that serves on threads of its own, as a server elsewhere would.
pub(crate) struct Served {
    pub(crate) sandbox: Running,
    runtime: Runtime,
}

impl Served {
    pub(crate) async fn new(api: Api) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let rate = api.rate.and_then(NonZeroU32::new);
        let options =
            Options { latency: api.latency, rate, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) };
        let sandbox = runtime.spawn(Sandbox::start(options)).await??;
        Ok(Self { sandbox, runtime })
    }

    pub(crate) fn client(&self) -> anyhow::Result<Arc<Client>> {
        let address = self.sandbox.base_url().parse()?;
        Ok(Arc::new(Client::new(address, Secret::new(TOKEN.into()), Arc::new(|_| {}))?))
    }

    pub(crate) async fn end(self) -> anyhow::Result<()> {
        let Self { sandbox, runtime } = self;
        runtime.spawn(sandbox.stop()).await?;
        runtime.shutdown_background();
        Ok(())
    }
}

/// What an apply took.
pub(crate) struct Applied {
    /// Its calls, and all of them recorded.
    pub(crate) run: Duration,
    /// The writing of the document at its end.
    pub(crate) end: Duration,
    pub(crate) closed: Closed,
    /// What the estimate after the first tenth of the work was off by, as a part of what was left then.
    pub(crate) estimate_off: f64,
}

impl Applied {
    pub(crate) fn all(&self) -> Duration {
        self.run + self.end
    }
}

/// Creates so many instances.
pub(crate) async fn apply(
    served: &Served,
    store: &dyn Store,
    creates: u32,
    concurrency: Concurrency,
) -> anyhow::Result<Applied> {
    let desired = desired(creates)?;
    let opened = Ledger::open(store, lock_info(), LockWait::none(), expect(&desired.fleet)).await?;
    let Opened { ledger, document, .. } = opened;
    let plan = diff(&desired, Some(&document), &Scope::default());
    let eta = Mutex::new(Eta::new(plan.changes.iter().map(effort).sum()));
    let each = plan.changes.first().map(effort).unwrap_or_default();
    let tenth = Arc::new(Mutex::new(None));
    let begun = Instant::now();
    let first_tenth = Arc::clone(&tenth);
    let listener: wawpform::apply::Listener = Arc::new(move |event| {
        let (Event::Ended(_), Ok(mut eta)) = (event, eta.lock()) else { return };
        eta.done(each, begun.elapsed());
        let left = eta.left(begun.elapsed()).filter(|_| eta.share() >= 0.1);
        if let (Some(left), Ok(mut tenth)) = (left, first_tenth.lock()) {
            tenth.get_or_insert((begun.elapsed(), left));
        }
    });
    let settings = Settings {
        concurrency,
        grace: GRACE,
        account: None,
        secrets: BTreeMap::new(),
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        listener,
        stop: Stop::default(),
    };
    let outcome = run(&plan, served.client()?, ledger.recorder(), settings).await;
    let took = begun.elapsed();
    anyhow::ensure!(
        outcome.tally().added == creates as usize,
        "not everything was created: {:?}",
        outcome.tally()
    );
    let begun = Instant::now();
    let closed = ledger.close().await?;
    let end = begun.elapsed();
    let told = tenth.lock().ok().and_then(|tenth| *tenth);
    let estimate_off = told.map_or(0.0, |(at, left)| {
        let truth = took.saturating_sub(at).as_secs_f64();
        (left.as_secs_f64() - truth).abs() / truth
    });
    Ok(Applied { run: took, end, closed, estimate_off })
}

/// A state on the disk that nobody wrote yet.
pub(crate) fn local(folder: &Path, name: &str) -> LocalStore {
    LocalStore::new(folder.join(format!("{name}.json")))
}

/// Looks at everybody who is recorded, and plans from it.
pub(crate) async fn refresh(
    served: &Served,
    document: &wawpform::state::Document,
    at_once: usize,
) -> anyhow::Result<Duration> {
    let viewer = served.client()?.viewer();
    let begun = Instant::now();
    let whom = document.instances.iter().map(|(name, it)| (name.clone(), it)).collect();
    let settings = observe::Settings {
        concurrency: at_once.into(),
        listener: Arc::new(|_, _| {}),
        stop: Default::default(),
    };
    let seen = observe(&viewer, whom, settings).await;
    anyhow::ensure!(seen.sightings.len() == document.instances.len(), "not everybody was seen");
    let desired = desired(u32::try_from(document.instances.len())?)?;
    let refreshed = wawpform::plan::refresh(&desired, document, &seen, &Default::default());
    let plan = diff(&desired, Some(&refreshed.document), &Scope::default());
    anyhow::ensure!(plan.is_converged(), "there is nothing to do");
    Ok(begun.elapsed())
}

fn desired(creates: u32) -> anyhow::Result<Desired> {
    let spec = Spec { running: false, ..Spec::default() };
    let each = (0..creates).map(|number| {
        let wanted = Wanted { spec: spec.clone(), ..Wanted::default() };
        Ok((Name::new(&format!("customer-{number:05}"))?, wanted))
    });
    Ok(Desired {
        fleet: Name::new("acme")?,
        token_env: "WAWP_ACCESS_TOKEN".into(),
        max_instances: None,
        max_concurrency: None,
        max_deletes: MaxDeletes::default(),
        defaults: Default::default(),
        instances: each.collect::<anyhow::Result<BTreeMap<_, _>>>()?,
        released: BTreeSet::new(),
        accepted_drift: Vec::new(),
    })
}

fn expect(fleet: &Name) -> Expect {
    Expect { fleet: fleet.clone(), api: "sandbox".into(), lineage: None, begin: Lineage("bench".into()) }
}

fn lock_info() -> LockInfo {
    LockInfo {
        id: "bench".into(),
        operation: "apply".into(),
        info: String::new(),
        who: "bench".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        created: Timestamp::UNIX_EPOCH.to_string(),
        path: "bench".into(),
    }
}
