//! Waiting for instances, against the sandbox behind real HTTP, with no time between two looks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use wawpform::instance::{InstanceId, Name, Secret, Status};
use wawpform::observe::{Halt, Sighting};
use wawpform::sandbox::{Faults, Options, Running, Sandbox};
use wawpform::wait::{Goal, Missing, Pace, Restart, Settings, Waiting};
use wawpform::wawp::{Client, Timeouts};

/// Far longer than anything takes that is not meant to be cut off.
const LONG: Duration = Duration::from_secs(60);
const AT_ONCE: Pace = Pace { least: Duration::ZERO, most: Duration::ZERO, stuck_after: Duration::ZERO };

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// An account with started instances `a`, `b`, ….
struct Scene {
    sandbox: Running,
    client: Arc<Client>,
    whom: BTreeMap<Name, InstanceId>,
}

impl Scene {
    async fn of(names: &[&str], faults: &str) -> Self {
        let faults = Faults::parse(&format!("faults: [{faults}]")).unwrap();
        let options = Options { seed: 7, faults, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) };
        let sandbox = Sandbox::start(options).await.unwrap();
        let timeouts = Timeouts { connect: LONG, create: LONG, other: LONG };
        let address = sandbox.base_url().parse().unwrap();
        let token = Secret::new("tok-7f3a91".into());
        let client = Arc::new(Client::with_timeouts(address, token, timeouts, Arc::new(|_| {})).unwrap());
        let mut whom = BTreeMap::new();
        for text in names {
            let id = client.create().await.unwrap().instance_id;
            client.start(&id).await.unwrap();
            whom.insert(name(text), id);
        }
        sandbox.clear_log();
        Self { sandbox, client, whom }
    }

    fn id(&self, text: &str) -> &str {
        self.whom[&name(text)].as_str()
    }

    fn scan(&self, text: &str) {
        self.sandbox.scan(self.id(text), "201012345678", "Sales").unwrap();
    }

    fn faults(&self, rules: &str) {
        self.sandbox.set_faults(Faults::parse(&format!("faults: [{rules}]")).unwrap());
    }

    fn waiting(&self, goal: Goal, timeout: Duration) -> (Waiting, CancellationToken) {
        let stop = CancellationToken::new();
        let settings = Settings { goal, timeout, pace: AT_ONCE, concurrency: 2.into(), stop: stop.clone() };
        (Waiting::new(Arc::clone(&self.client), self.whom.clone(), settings), stop)
    }

    /// The calls so far, by the last word of their paths, without the looks.
    fn acts(&self) -> Vec<String> {
        let log = self.sandbox.log();
        let words = log.iter().map(|entry| entry.path.rsplit('/').next().unwrap().to_owned());
        words.filter(|word| word != "info").collect()
    }
}

/// Waits to the end, restarting whoever is due. Who got there, in order; what became of the restarts.
async fn to_the_end(waiting: &mut Waiting) -> Result<(Vec<String>, Vec<Restart>), Halt> {
    let (mut there, mut restarts) = (Vec::new(), Vec::new());
    loop {
        let round = waiting.round().await?;
        there.extend(round.there.into_iter().map(|(name, status)| format!("{name} {status}")));
        for name in round.due {
            restarts.push(waiting.restart(&name).await?);
        }
        if !waiting.pause().await {
            return Ok((there, restarts));
        }
    }
}

fn last_seen(missing: &[Missing]) -> Vec<(&str, Option<&Status>)> {
    let status = |one: &'_ Missing| one.seen.as_ref().and_then(Sighting::seen).is_some();
    assert!(missing.iter().all(status), "{missing:?}");
    let seen = missing.iter().map(|one| (one.name.as_str(), one.seen.as_ref().and_then(Sighting::seen)));
    seen.map(|(name, look)| (name, look.map(|look| &look.info.status))).collect()
}

#[tokio::test]
async fn running_is_satisfied_at_once_and_nothing_is_done() {
    let scene = Scene::of(&["a", "b"], "").await;
    scene.scan("b");
    let (mut waiting, _) = scene.waiting(Goal::Running, LONG);
    let (there, restarts) = to_the_end(&mut waiting).await.unwrap();
    assert_eq!((there, restarts), (vec!["a STARTING".into(), "b WORKING".into()], vec![]));
    assert_eq!((waiting.missing(), scene.acts(), scene.sandbox.log().len()), (vec![], vec![], 2));
}

#[tokio::test]
async fn working_is_waited_for_until_a_phone_is_paired() {
    let scene = Scene::of(&["a", "b"], "").await;
    scene.scan("a");
    let (mut waiting, _) = scene.waiting(Goal::Working, LONG);
    let first = waiting.round().await.unwrap();
    assert_eq!(first.there.keys().map(Name::as_str).collect::<Vec<_>>(), ["a"]);
    assert!(waiting.pause().await);
    scene.scan("b");
    let (there, _) = to_the_end(&mut waiting).await.unwrap();
    assert_eq!((there, waiting.missing(), scene.acts()), (vec!["b WORKING".into()], vec![], vec![]));
}

#[tokio::test]
async fn a_start_that_is_stuck_is_restarted_once() {
    let scene = Scene::of(&["a"], "{on: start, what: stuck}, {on: restart, what: stuck}").await;
    let (mut waiting, stop) = scene.waiting(Goal::Working, LONG);
    let mut restarts = Vec::new();
    for _ in 0..8 {
        for name in waiting.round().await.unwrap().due {
            restarts.push(waiting.restart(&name).await.unwrap());
        }
        assert!(waiting.pause().await);
    }
    stop.cancel();
    assert_eq!((restarts, scene.acts()), (vec![Restart::Made], vec!["restart".into()]));
    let missing = waiting.missing();
    assert_eq!(last_seen(&missing), [("a", Some(&Status::Starting))]);
    assert!(missing[0].restarted);
}

#[tokio::test]
async fn what_failed_is_restarted_and_gets_there() {
    let scene = Scene::of(&["a"], "").await;
    scene.scan("a");
    // A start on a WORKING session disconnects it, and the pairing is kept.
    scene.client.start(scene.whom.values().next().unwrap()).await.unwrap();
    scene.sandbox.clear_log();
    let (mut waiting, _) = scene.waiting(Goal::Working, LONG);
    let (there, restarts) = to_the_end(&mut waiting).await.unwrap();
    assert_eq!((there, restarts), (vec!["a WORKING".into()], vec![Restart::Made]));
    assert_eq!(scene.acts(), ["restart"]);
}

#[tokio::test]
async fn a_restart_of_unknown_outcome_is_never_made_again() {
    let scene = Scene::of(&["a"], "{on: start, what: stuck}, {on: restart, what: drop_before}").await;
    let (mut waiting, _) = scene.waiting(Goal::Working, LONG);
    let mut restarts = Vec::new();
    for _ in 0..8 {
        for name in waiting.round().await.unwrap().due {
            restarts.push(waiting.restart(&name).await.unwrap());
        }
    }
    assert!(matches!(restarts[..], [Restart::Failed(_)]), "{restarts:?}");
    assert_eq!(scene.acts(), ["restart"]);
}

#[tokio::test]
async fn what_healed_before_its_restart_is_left_alone() {
    let scene = Scene::of(&["a"], "").await;
    scene.scan("a");
    scene.client.start(scene.whom.values().next().unwrap()).await.unwrap();
    let (mut waiting, _) = scene.waiting(Goal::Working, LONG);
    let due = waiting.round().await.unwrap().due;
    assert_eq!(due, [name("a")]);
    // Somebody else was faster.
    scene.client.restart(scene.whom.values().next().unwrap()).await.unwrap();
    scene.sandbox.clear_log();
    assert_eq!(waiting.restart(&due[0]).await, Ok(Restart::NotMade));
    assert_eq!(scene.acts(), [""; 0]);
}

#[tokio::test]
async fn without_time_everybody_is_looked_at_once_and_nobody_is_restarted() {
    let scene = Scene::of(&["a", "b", "c"], "").await;
    scene.scan("a");
    scene.scan("b");
    scene.client.start(&scene.whom[&name("b")]).await.unwrap();
    let (mut waiting, _) = scene.waiting(Goal::Working, Duration::ZERO);
    let (there, restarts) = to_the_end(&mut waiting).await.unwrap();
    assert_eq!((there, restarts), (vec!["a WORKING".into()], vec![Restart::NotMade]));
    let missing = waiting.missing();
    assert_eq!(last_seen(&missing), [("b", Some(&Status::Failed)), ("c", Some(&Status::Starting))]);
    assert_eq!(scene.acts(), ["start"], "that was before the wait");
}

#[tokio::test]
async fn silence_does_not_outlast_the_timeout() {
    let scene = Scene::of(&["a", "b"], "").await;
    scene.faults(&format!("{{on: info, instance_id: '{}', what: hang_before}}", scene.id("b")));
    let (mut waiting, _) = scene.waiting(Goal::Running, Duration::from_millis(300));
    let (there, _) = to_the_end(&mut waiting).await.unwrap();
    assert!(there.len() <= 1, "{there:?}");
    let missing = waiting.missing();
    let unseen = missing.iter().find(|one| one.name == name("b")).unwrap();
    assert_eq!(unseen.seen, None);
}

#[tokio::test]
async fn who_is_gone_is_not_waited_for_any_longer() {
    let scene = Scene::of(&["a", "b"], "").await;
    scene.sandbox.vanish(scene.id("a")).unwrap();
    let (mut waiting, _) = scene.waiting(Goal::Running, LONG);
    let (there, _) = to_the_end(&mut waiting).await.unwrap();
    assert_eq!(there, ["b STARTING"]);
    let missing = waiting.missing();
    assert_eq!((missing.len(), &missing[0].seen), (1, &Some(Sighting::Gone)));
}

#[tokio::test]
async fn a_refused_token_and_a_stop_end_it() {
    let scene = Scene::of(&["a"], "").await;
    scene.faults("{on: info, skip: 1, what: answer, status: 401}");
    let (mut waiting, _) = scene.waiting(Goal::Working, LONG);
    let ended = to_the_end(&mut waiting).await;
    assert!(matches!(ended, Err(Halt::Unauthorized(_))), "{ended:?}");
    scene.faults("{on: info, what: hang_before}");
    let (mut waiting, stop) = scene.waiting(Goal::Working, LONG);
    let stopping = async {
        scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging)).await;
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(to_the_end(&mut waiting), stopping);
    assert_eq!(ended, Err(Halt::Interrupted));
}
