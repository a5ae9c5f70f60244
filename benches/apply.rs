//! How close an apply comes to what the API's latency allows: 5,000 creates, 32 at once, 20 ms each, with a
//! state on disk. Prints the wall time against the ideal, and how many records shared a sync. With the feature
//! `postgres` also what a state in PostgreSQL costs against one on disk, in one run on one machine.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use wawpform::apply::{GRACE, Settings, Stop, run};
use wawpform::instance::{Name, Secret, Spec};
use wawpform::manifest::{Desired, MaxDeletes, Wanted};
use wawpform::plan::{Scope, diff};
use wawpform::sandbox::{Options, Sandbox};
use wawpform::state::{Closed, Expect, Ledger, Lineage, LocalStore, LockInfo, LockWait, Opened, Store};
use wawpform::wawp::Client;

const CREATES: u32 = 5_000;
const AT_ONCE: u32 = 32;
const LATENCY: Duration = Duration::from_millis(20);
/// The wall time may be at most so many times the ideal.
const MOST: f64 = 1.3;

#[cfg(feature = "postgres")]
#[path = "../tests/servers/postgres.rs"]
mod servers;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ideal = LATENCY * CREATES / AT_ONCE;
    println!("{CREATES} creates, {AT_ONCE} at once, {} ms each: ideally {ideal:.3?}", LATENCY.as_millis());
    for round in 1..=3 {
        let store = LocalStore::new(folder.path().join(format!("{round}.json")));
        let (wall, _, Closed { batches, records, .. }) = measure(&store, CREATES).await;
        let ratio = wall.as_secs_f64() / ideal.as_secs_f64();
        let shared = records as f64 / batches as f64;
        let verdict = if ratio <= MOST { "good" } else { "too slow" };
        println!(
            "{wall:.3?}, {ratio:.3} times the ideal ({verdict}, at most {MOST}); {records} records with {batches} \
             syncs, {shared:.1} each"
        );
    }
    #[cfg(feature = "postgres")]
    against_postgres(folder.path()).await;
}

/// The same creates with a state on disk and in PostgreSQL, in turns; the server syncs as servers do.
#[cfg(feature = "postgres")]
async fn against_postgres(folder: &std::path::Path) {
    const CREATES: u32 = 2_000;
    let Some(server) = servers::Server::start_with(&["fsync=on"], &[]) else { return };
    let url = server.database("bench");
    println!("{CREATES} creates, with the writing of the document at the end");
    for round in 1..=3 {
        let local = LocalStore::new(folder.join(format!("against-{round}.json")));
        let url = format!("{url}?fleet=acme-{round}");
        let address = wawpform::state::PostgresAddress::parse(&url, |_| None).unwrap();
        let fleet = address.fleet().unwrap().clone();
        let postgres = wawpform::state::PostgresStore::new(address, fleet);
        let (disk, disk_end, _) = measure(&local, CREATES).await;
        let (rows, rows_end, closed) = measure(&postgres, CREATES).await;
        let ratio = (rows + rows_end).as_secs_f64() / (disk + disk_end).as_secs_f64();
        println!(
            "on disk {disk:.3?} + {disk_end:.3?}, in PostgreSQL {rows:.3?} + {rows_end:.3?}: {ratio:.3} times, {} \
             transactions",
            closed.batches
        );
    }
}

/// The time of the run alone, the time of the end of its ledger, and what that did.
async fn measure(store: &dyn Store, creates: u32) -> (Duration, Duration, Closed) {
    let clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let sandbox = Sandbox::start(Options { latency: LATENCY, ..Options::new(clock.clone()) }).await.unwrap();
    let desired = desired(creates);
    let Opened { ledger, document, .. } =
        Ledger::open(store, lock_info(), LockWait::none(), expect(&desired.fleet)).await.unwrap();
    let plan = diff(&desired, Some(&document), &Scope::default());
    let address = sandbox.base_url().parse().unwrap();
    let client = Client::new(address, Secret::new("tok-7f3a91".into()), Arc::new(|_| {})).unwrap();
    let settings = Settings {
        concurrency: (AT_ONCE as usize).into(),
        grace: GRACE,
        account: None,
        secrets: BTreeMap::new(),
        clock,
        listener: Arc::new(|_| {}),
        stop: Stop::default(),
    };
    let begun = Instant::now();
    let outcome = run(&plan, Arc::new(client), ledger.recorder(), settings).await;
    let wall = begun.elapsed();
    assert_eq!(outcome.tally().added, creates as usize, "not everything was created");
    let begun = Instant::now();
    let closed = ledger.close().await.unwrap();
    let end = begun.elapsed();
    assert_eq!(sandbox.instances().len(), closed.document.instances.len());
    sandbox.stop().await;
    (wall, end, closed)
}

fn desired(creates: u32) -> Desired {
    let spec = Spec { running: false, ..Spec::default() };
    let each = (0..creates).map(|number| {
        let wanted = Wanted { spec: spec.clone(), ..Wanted::default() };
        (Name::new(&format!("customer-{number:05}")).unwrap(), wanted)
    });
    Desired {
        fleet: Name::new("acme").unwrap(),
        token_env: "WAWP_ACCESS_TOKEN".into(),
        max_instances: None,
        max_concurrency: None,
        max_deletes: MaxDeletes::default(),
        defaults: Default::default(),
        instances: each.collect::<BTreeMap<_, _>>(),
        released: BTreeSet::new(),
        accepted_drift: Vec::new(),
    }
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
