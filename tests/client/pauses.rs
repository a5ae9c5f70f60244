//! 429: everybody waits, as long as the API asks for, and nothing is sent in between.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wawpform::sandbox::{Gate, Options, Sandbox};
use wawpform::wawp::{Kind, Notice};

use super::{Caller, api, options, patient};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_429_nobody_sends_anything_until_the_wait_is_over() {
    let faults = "faults: [{on: create, nth: 1, what: answer, status: 429, headers: {Retry-After: '1'}}]";
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let gate: Gate = {
        let arrived = Arc::clone(&arrived);
        Arc::new(move |moment| {
            arrived.lock().unwrap().push((moment.number, Instant::now()));
            Box::pin(async {})
        })
    };
    let sandbox = Sandbox::start(Options { gate: Some(gate), ..options(faults) }).await.unwrap();
    let (paused, heard) = tokio::sync::oneshot::channel();
    let paused = Mutex::new(Some(paused));
    let caller = Caller::telling(&sandbox.base_url(), patient(), move |_| {
        paused.lock().unwrap().take().unwrap().send(Instant::now()).unwrap();
    });
    let first = tokio::spawn({
        let client = Arc::clone(&caller.client);
        async move { client.create().await }
    });
    let since = heard.await.unwrap();
    // Whoever comes now has to keep the pause.
    let others = (0..8).map(|_| {
        let client = Arc::clone(&caller.client);
        tokio::spawn(async move { client.create().await })
    });
    for create in others.collect::<Vec<_>>().into_iter().chain([first]) {
        create.await.unwrap().unwrap();
    }
    assert_eq!(caller.notices(), [Notice::Paused { wait: SECOND }]);
    assert_eq!(sandbox.instances().len(), 9, "what was refused was made again, and nothing twice");
    let arrived = arrived.lock().unwrap();
    assert!(arrived.iter().all(|(number, at)| *number == 1 || *at >= since + SECOND), "{arrived:?}");
}

async fn paused_for(headers: &str) -> Duration {
    let rule = format!("faults: [{{on: create, nth: 1, what: answer, status: 429{headers}}}]");
    let api = api(&rule).await;
    // Not waited for: what was refused is told at once.
    api.client().wait_no_more();
    let error = api.caller.no_create().await;
    assert!(matches!(error.kind, Kind::RateLimited), "{error}");
    assert_eq!((api.called().len(), api.executed()), (1, 0));
    match api.caller.notices()[..] {
        [Notice::Paused { wait }] => wait,
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_wait_is_read_against_the_servers_own_clock() {
    let headers =
        ", headers: {Date: 'Sun, 06 Nov 1994 08:49:37 GMT', Retry-After: 'Sun, 06 Nov 1994 08:50:07 GMT'}";
    assert_eq!(paused_for(headers).await, Duration::from_secs(30));
    assert_eq!(paused_for(", headers: {Retry-After: '7'}").await, Duration::from_secs(7));
}

#[tokio::test]
async fn without_a_usable_wait_the_pause_is_a_backoff() {
    for headers in ["", ", headers: {Retry-After: soon}", ", headers: {Retry-After: '0'}"] {
        let wait = paused_for(headers).await;
        assert!(wait >= SECOND / 4 && wait <= SECOND / 2, "{headers}: {wait:?}");
    }
}

#[tokio::test]
async fn a_call_that_waits_out_a_pause_does_not_leave_when_nobody_waits_any_more() {
    let faults = "faults: [{on: create, what: answer, status: 429, headers: {Retry-After: '600'}}]";
    let sandbox = Sandbox::start(options(faults)).await.unwrap();
    let (paused, heard) = tokio::sync::oneshot::channel();
    let paused = Mutex::new(Some(paused));
    let caller = Caller::telling(&sandbox.base_url(), patient(), move |_| {
        paused.lock().unwrap().take().unwrap().send(()).unwrap();
    });
    let refused = tokio::spawn({
        let client = Arc::clone(&caller.client);
        async move { client.create().await }
    });
    heard.await.unwrap();
    // Polled first, so that it waits when the hurry comes.
    let behind = caller.client.create();
    let hurry = async { caller.client.wait_no_more() };
    let (behind, ()) = tokio::join!(behind, hurry);
    let (refused, behind) = (refused.await.unwrap().unwrap_err(), behind.unwrap_err());
    assert!(matches!(refused.kind, Kind::RateLimited), "{refused}");
    assert_eq!((behind.kind, behind.status), (Kind::NotSent, None), "{behind}");
    assert_eq!(sandbox.log().len(), 1);
}
