//! The scene of every test here: a fleet's state in a temporary folder, and an account in a sandbox.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use wawpform::apply::{End, Entry, Event, Halt, Outcome, Settings, Stop, run};
use wawpform::instance::{InstanceId, Name, Secret, Spec};
use wawpform::manifest::{Desired, MaxDeletes, Wanted};
use wawpform::plan::{Plan, Scope, diff};
use wawpform::sandbox::{Faults, Instance, Logged, Options, Running, Sandbox};
use wawpform::state::{
    AccountMark, Call, CloseError, Closed, Document, HmacMark, LocalStore, Opened, Store, read,
};
use wawpform::wawp::{Client, Concurrency, Timeouts};

use super::given::{at, name, open};

/// Far longer than anything takes that is not meant to be cut off.
const LONG: Duration = Duration::from_secs(60);

/// A running instance.
pub fn runs() -> Wanted {
    Wanted::default()
}

/// An instance that is left STOPPED.
pub fn stands() -> Wanted {
    Wanted { spec: Spec { running: false, ..Spec::default() }, ..Wanted::default() }
}

/// A label on top.
pub fn labelled(mut wanted: Wanted, value: &str) -> Wanted {
    wanted.spec.labels.insert("team".into(), value.into());
    wanted
}

/// A fleet of these.
pub fn fleet<'a>(instances: impl IntoIterator<Item = (&'a str, Wanted)>) -> Desired {
    Desired {
        fleet: name("acme"),
        token_env: "WAWP_ACCESS_TOKEN".into(),
        max_instances: None,
        max_concurrency: None,
        max_deletes: MaxDeletes::default(),
        defaults: Default::default(),
        instances: instances.into_iter().map(|(key, wanted)| (name(key), wanted)).collect(),
        released: std::collections::BTreeSet::new(),
        accepted_drift: Vec::new(),
    }
}

/// How a run goes about it.
pub struct How {
    pub concurrency: Concurrency,
    pub grace: Duration,
    pub stop: Stop,
    pub heard: Box<dyn Fn(&Event) + Send + Sync>,
    /// Where the API is said to be, if it is not the sandbox.
    pub elsewhere: Option<String>,
}

impl Default for How {
    fn default() -> Self {
        let (stop, heard) = (Stop::default(), Box::new(|_: &Event| {}));
        Self { concurrency: 1.into(), grace: LONG, stop, heard, elsewhere: None }
    }
}

/// What came of it.
pub struct Done {
    pub outcome: Outcome,
    pub closed: Result<Closed, CloseError>,
    pub events: Vec<Event>,
}

/// A state and an account.
pub struct Scene {
    folder: TempDir,
    pub sandbox: Running,
}

pub fn options(faults: &str) -> Options {
    let faults = Faults::parse(faults).unwrap();
    Options { seed: 7, faults, ..Options::new(Arc::new(at)) }
}

impl Scene {
    pub async fn new() -> Self {
        Self::with("faults: []").await
    }

    pub async fn with(faults: &str) -> Self {
        Self::on(options(faults)).await
    }

    pub async fn on(options: Options) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), options).await
    }

    pub async fn in_folder(folder: TempDir, options: Options) -> Self {
        Self { folder, sandbox: Sandbox::start(options).await.unwrap() }
    }

    pub fn store(&self) -> Arc<dyn Store> {
        Arc::new(LocalStore::new(self.folder.path().join("acme.json")))
    }

    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("acme.json.journal")
    }

    pub fn client(&self) -> Arc<Client> {
        self.client_of(&self.sandbox.base_url())
    }

    fn client_of(&self, api: &str) -> Arc<Client> {
        let timeouts = Timeouts { connect: LONG, create: LONG, other: LONG };
        let (address, token) = (api.parse().unwrap(), Secret::new("tok-7f3a91".into()));
        Arc::new(Client::with_timeouts(address, token, timeouts, Arc::new(|_| {})).unwrap())
    }

    /// Plans and applies; it is not expected that anything is left to do.
    pub async fn apply(&self, desired: &Desired) -> Done {
        self.apply_as(desired, How::default()).await
    }

    pub async fn apply_as(&self, desired: &Desired, how: How) -> Done {
        self.apply_on(&*self.store(), desired, how).await
    }

    pub async fn apply_on(&self, store: &dyn Store, desired: &Desired, how: How) -> Done {
        let opened = open(store).await;
        let plan = planned(desired, Some(&opened.document));
        self.carry_out(&plan, opened, how).await
    }

    pub async fn carry_out(&self, plan: &Plan, opened: Opened, how: How) -> Done {
        let How { concurrency, grace, stop, heard, elsewhere } = how;
        let client = self.client_of(&elsewhere.unwrap_or_else(|| self.sandbox.base_url()));
        let events = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let events = Arc::clone(&events);
            Arc::new(move |event: Event| {
                events.lock().unwrap().push(event.clone());
                heard(&event);
            })
        };
        // As the command line does: the mark is only handed over while the state does not have it.
        let account = opened.document.account.is_none().then(|| AccountMark("the-account".into()));
        let secrets = secrets();
        let settings = Settings { concurrency, grace, account, secrets, clock: Arc::new(at), listener, stop };
        let ledger = opened.ledger;
        let outcome = run(plan, client, ledger.recorder(), settings).await;
        let closed = ledger.close().await;
        let events = events.lock().unwrap().clone();
        Done { outcome, closed, events }
    }

    pub async fn document(&self) -> Document {
        read(&*self.store()).await.unwrap().unwrap().document
    }

    pub async fn plan(&self, desired: &Desired) -> Plan {
        planned(desired, Some(&self.document().await))
    }

    /// The id of a recorded name.
    pub async fn id(&self, text: &str) -> InstanceId {
        self.document().await.instances[&name(text)].instance_id.clone()
    }

    /// The live instances by id.
    pub fn live(&self) -> BTreeMap<String, Instance> {
        self.sandbox.instances().into_iter().map(|it| (it.instance_id.clone(), it)).collect()
    }

    /// The status of each recorded name as it is at the API; `None` where it is gone.
    pub async fn statuses(&self) -> Vec<(String, Option<&'static str>)> {
        let live = self.live();
        let document = self.document().await;
        let status = |id: &InstanceId| live.get(id.as_str()).map(|it| it.phase.word());
        document.instances.iter().map(|(name, it)| (name.to_string(), status(&it.instance_id))).collect()
    }

    /// The calls since the last look: the last word of their paths, and another one where that says too little.
    pub fn calls(&self) -> Vec<String> {
        let word = |it: &Logged| match (it.method.as_str(), it.path.as_str()) {
            ("PATCH", "/v2/session/rate-limit") => "set_policy".to_owned(),
            (_, "/v2/webhook/set") => "set_webhook".to_owned(),
            (_, "/v2/webhook/delete") => "delete_webhook".to_owned(),
            (_, path) => path.rsplit('/').next().unwrap().to_owned(),
        };
        let calls = self.sandbox.log().iter().map(word).collect();
        self.sandbox.clear_log();
        calls
    }

    /// Gets a fleet to exist, and forgets how.
    pub async fn given(&self, desired: &Desired) {
        self.apply(desired).await.all_done();
        self.sandbox.clear_log();
    }
}

pub fn planned(desired: &Desired, document: Option<&Document>) -> Plan {
    let salt = document.map_or("", |document| &document.lineage.0);
    let marks = secrets().iter().map(|(key, secret)| (key.clone(), HmacMark::new(salt, secret))).collect();
    let plan = diff(desired, document, &Scope { marks, ..Scope::default() });
    assert_eq!(plan.clashes, []);
    plan
}

/// The signing secrets that a run has at hand, by variable.
pub fn secrets() -> BTreeMap<String, Secret> {
    [("WAWP_HOOK_SECRET".to_owned(), Secret::new("hook-MARKED-1".to_owned()))].into()
}

impl Done {
    /// Everything is done, and the state is in its place.
    pub fn all_done(&self) -> &Self {
        assert!(self.outcome.tally().is_complete(), "{:#?}", self.outcome);
        assert_eq!(self.outcome.halt, None);
        self.closed.as_ref().unwrap();
        self
    }

    pub fn entry(&self, text: &str) -> &Entry {
        let mut of_name = self.outcome.entries.iter().filter(|entry| entry.name == name(text));
        let entry = of_name.next().unwrap_or_else(|| panic!("no {text}: {:#?}", self.outcome));
        assert_eq!(of_name.next(), None, "{text} has two entries");
        entry
    }

    pub fn end(&self, text: &str) -> &End {
        &self.entry(text).end
    }

    /// Why a change failed, and whether it may pass.
    pub fn failed(&self, text: &str) -> (&str, bool) {
        match self.end(text) {
            End::Failed { why, may_pass, cause: _ } => (why, *may_pass),
            end => panic!("{text}: {end:?}"),
        }
    }

    pub fn unknown(&self, text: &str) -> &str {
        match self.end(text) {
            End::Unknown { why } => why,
            end => panic!("{text}: {end:?}"),
        }
    }

    pub fn not_started(&self, text: &str) -> &str {
        match self.end(text) {
            End::NotStarted { why } => why,
            end => panic!("{text}: {end:?}"),
        }
    }

    pub fn halt(&self) -> &Halt {
        self.outcome.halt.as_ref().expect("a halt")
    }

    /// The document that the ledger had at its end, written or not.
    pub fn known(&self) -> &Document {
        match &self.closed {
            Ok(closed) => &closed.document,
            Err(CloseError::Unwritten { document, .. }) => document,
            Err(error) => panic!("{error}"),
        }
    }

    /// The names with a call of unknown outcome.
    pub fn pending(&self) -> Vec<(&str, Call)> {
        self.known().pending.iter().map(|(name, it)| (name.as_str(), it.call)).collect()
    }
}

/// Names that are recorded in it.
pub fn names(document: &Document) -> Vec<&str> {
    document.instances.keys().map(Name::as_str).collect()
}
