//! The client over real HTTP, against the built-in sandbox with its faults, and against bare sockets for what
//! the sandbox cannot do. Each test has a server of its own on a free port.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod again;
mod answers;
mod listener;
mod once;
mod pairing;
mod pauses;
mod placement;
mod rows;
mod secrecy;
mod ways;
mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use wawpform::instance::{InstanceId, Secret};
use wawpform::sandbox::{Faults, Logged, Options, Running, Sandbox};
use wawpform::wawp::{CallError, Client, Notice, Timeouts};

/// A token that is found wherever it gets to.
const TOKEN: &str = "tok-MARKED-7f3a";

fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

/// Long enough for any answer that comes at all.
fn patient() -> Timeouts {
    let long = Duration::from_secs(60);
    Timeouts { connect: long, create: long, other: long }
}

/// A client, and what it told on the way.
struct Caller {
    client: Arc<Client>,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl Caller {
    fn new(base_url: &str, timeouts: Timeouts) -> Self {
        Self::telling(base_url, timeouts, |_| {})
    }

    fn telling(base_url: &str, timeouts: Timeouts, tell: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        let notices = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let notices = Arc::clone(&notices);
            Arc::new(move |notice: Notice| {
                tell(&notice);
                notices.lock().unwrap().push(notice);
            })
        };
        let token = Secret::new(TOKEN.to_owned());
        let client = Client::with_timeouts(base_url.parse().unwrap(), token, timeouts, listener).unwrap();
        Self { client: Arc::new(client), notices }
    }

    fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap().clone()
    }

    /// The failure of a create.
    async fn no_create(&self) -> CallError {
        self.client.create().await.unwrap_err()
    }
}

fn options(faults: &str) -> Options {
    let faults = Faults::parse(faults).unwrap();
    Options { seed: 7, faults, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) }
}

/// A sandbox and a caller.
struct Api {
    sandbox: Running,
    caller: Caller,
}

async fn api(faults: &str) -> Api {
    api_with(options(faults), patient()).await
}

async fn api_with(options: Options, timeouts: Timeouts) -> Api {
    let sandbox = Sandbox::start(options).await.unwrap();
    let caller = Caller::new(&sandbox.base_url(), timeouts);
    Api { sandbox, caller }
}

impl Api {
    fn client(&self) -> &Client {
        &self.caller.client
    }

    async fn create(&self) -> InstanceId {
        self.client().create().await.unwrap().instance_id
    }

    /// The paths that were called, by their last word.
    fn called(&self) -> Vec<String> {
        let last = |entry: &Logged| entry.path.rsplit('/').next().unwrap().to_owned();
        self.sandbox.log().iter().map(last).collect()
    }

    fn executed(&self) -> usize {
        self.sandbox.log().iter().filter(|entry| entry.executed).count()
    }
}

const NO_FAULTS: &str = "faults: []";
