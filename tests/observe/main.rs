//! Looking at recorded instances, against the sandbox behind real HTTP. Each test has a sandbox of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod halts;
mod sightings;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use wawpform::instance::{InstanceId, Name, Secret};
use wawpform::observe::{Observation, Settings, Sighting, observe};
use wawpform::sandbox::{Faults, Options, Running, Sandbox};
use wawpform::wawp::{Client, Notice, Timeouts, Viewer};

/// Far longer than anything takes that is not meant to be cut off.
const LONG: Duration = Duration::from_secs(60);

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// An account with instances `a`, `b`, …, all of them started and waiting for a phone.
struct Scene {
    sandbox: Running,
    client: Arc<Client>,
    whom: Vec<(Name, InstanceId)>,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Scene {
    async fn of(instances: u8) -> Self {
        let options = Options { seed: 7, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) };
        let sandbox = Sandbox::start(options).await.unwrap();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let client = Arc::new(client(&sandbox.base_url(), LONG, &notices));
        let mut whom = Vec::new();
        for letter in (b'a'..).take(usize::from(instances)) {
            let id = client.create().await.unwrap().instance_id;
            client.start(&id).await.unwrap();
            whom.push((name(&char::from(letter).to_string()), id));
        }
        sandbox.clear_log();
        Self { sandbox, client, whom, notices }
    }

    /// From here on these faults are played; `$a` in them is the id of the instance `a`.
    fn faults(&self, rules: &str) {
        let text = self
            .whom
            .iter()
            .fold(rules.to_owned(), |text, (name, id)| text.replace(&format!("${name}"), &format!("'{id}'")));
        self.sandbox.set_faults(Faults::parse(&format!("faults: [{text}]")).unwrap());
    }

    fn id(&self, text: &str) -> &str {
        self.whom.iter().find(|(known, _)| *known == name(text)).unwrap().1.as_str()
    }

    /// A line of its own, on which an answer may take so long.
    fn viewer(&self, patience: Duration) -> Viewer {
        client(&self.sandbox.base_url(), patience, &self.notices).viewer()
    }

    async fn observe(&self, concurrency: usize) -> Observation {
        self.observe_as(&self.client.viewer(), settings(concurrency)).await
    }

    async fn observe_as(&self, viewer: &Viewer, settings: Settings) -> Observation {
        observe(viewer, self.whom.clone(), settings).await
    }

    fn calls(&self) -> usize {
        self.sandbox.log().len()
    }
}

fn client(api: &str, other: Duration, notices: &Arc<Mutex<Vec<Notice>>>) -> Client {
    let notices = Arc::clone(notices);
    let timeouts = Timeouts { connect: LONG, create: LONG, other };
    let token = Secret::new("tok-7f3a91".into());
    let listener = Arc::new(move |notice| notices.lock().unwrap().push(notice));
    Client::with_timeouts(api.parse().unwrap(), token, timeouts, listener).unwrap()
}

fn settings(concurrency: usize) -> Settings {
    Settings {
        concurrency: concurrency.into(),
        listener: Arc::new(|_, _| {}),
        stop: CancellationToken::new(),
    }
}

/// The sightings as words, by name.
fn words(observation: &Observation) -> Vec<(&str, String)> {
    let word = |sighting: &Sighting| match sighting {
        Sighting::Seen(look) => look.info.status.to_string(),
        Sighting::Gone => "gone".into(),
        Sighting::Unclear { why } => format!("unclear: {why}"),
    };
    observation.sightings.iter().map(|(name, sighting)| (name.as_str(), word(sighting))).collect()
}
