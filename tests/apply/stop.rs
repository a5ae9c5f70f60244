//! A stop from outside: nothing more is started, what is in flight gets one grace, everything is recorded.

use std::sync::Arc;
use std::time::Duration;

use wawpform::apply::{Cause, End, Event, Halt, Outcome, Stop};
use wawpform::sandbox::{Gate, Options, Point};
use wawpform::state::Call;
use wawpform::wawp::Kind;
use wawpform::wawp::wire::Endpoint;

use super::given::name;
use super::scene::{How, Scene, fleet, names, options, runs, stands};

const SHORT: Duration = Duration::from_millis(300);

/// Asks for a stop when a call comes to a point.
fn stopping_at(there: (Endpoint, Point), stop: &Stop) -> Gate {
    let stop = stop.clone();
    Arc::new(move |moment| {
        if (moment.endpoint, moment.point) == there {
            stop.ask();
        }
        Box::pin(async {})
    })
}

/// Why changes failed, in their order.
fn causes(outcome: &Outcome) -> Vec<Cause> {
    let cause = |end: &End| if let End::Failed { cause, .. } = end { Some(*cause) } else { None };
    outcome.entries.iter().filter_map(|entry| cause(&entry.end)).collect()
}

#[tokio::test]
async fn what_the_api_refuses_while_a_run_stops_did_fail() {
    let stop = Stop::default();
    let gate = stopping_at((Endpoint::Create, Point::BeforeAnswering), &stop);
    let faults = "faults: [{on: create, what: answer, status: 400, code: bad_request}]";
    let scene = Scene::on(Options { gate: Some(gate), ..options(faults) }).await;
    let done = scene.apply_as(&fleet([("a", stands())]), How { stop, ..How::default() }).await;
    assert_eq!(done.halt(), &Halt::Interrupted);
    assert_eq!(causes(&done.outcome), [Cause::Call(Kind::Rejected)]);
}

#[tokio::test]
async fn a_call_in_flight_comes_to_its_end_and_nothing_more_is_started() {
    let stop = Stop::default();
    let gate = stopping_at((Endpoint::Create, Point::BeforeExecuting), &stop);
    let scene = Scene::on(Options { gate: Some(gate), ..options("faults: []") }).await;
    let wish = fleet([("a", runs()), ("b", stands()), ("c", stands())]);
    let done = scene.apply_as(&wish, How { stop, ..How::default() }).await;
    // A change that was begun is finished while the grace lasts.
    assert_eq!(done.end("a"), &End::Done);
    assert_eq!((done.not_started("b"), done.not_started("c")), ("interrupted", "interrupted"));
    assert_eq!(done.halt(), &Halt::Interrupted);
    assert_eq!(scene.calls(), ["create", "info", "start"]);
    assert_eq!((names(done.known()), done.pending()), (vec!["a"], vec![]));
    assert_eq!(done.events.iter().filter(|event| matches!(event, Event::Halting)).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_before_the_run_starts_nothing() {
    let scene = Scene::new().await;
    let stop = Stop::default();
    stop.ask();
    let keys: Vec<String> = (0..50).map(|n| format!("i{n}")).collect();
    let wish = fleet(keys.iter().map(|key| (key.as_str(), runs())));
    let done = scene.apply_as(&wish, How { stop, concurrency: 8.into(), ..How::default() }).await;
    assert_eq!(done.outcome.tally().not_started, 50);
    assert_eq!((done.halt(), scene.calls()), (&Halt::Interrupted, vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_that_hangs_becomes_unknown_when_the_grace_is_over() {
    let scene = Scene::with("faults: [{on: create, nth: 2, what: hang_after}]").await;
    let stop = Stop::default();
    let wish = fleet([("a", stands()), ("b", stands()), ("c", stands()), ("d", stands())]);
    let how = How { stop: stop.clone(), grace: SHORT, ..How::default() };
    let asking = async {
        scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging)).await;
        stop.ask();
    };
    let (done, ()) = tokio::join!(scene.apply_as(&wish, how), asking);
    assert_eq!(done.end("a"), &End::Done);
    assert_eq!(done.unknown("b"), "interrupted before the answer came");
    assert_eq!((done.not_started("c"), done.not_started("d")), ("interrupted", "interrupted"));
    assert_eq!(done.pending(), [("b", Call::Create)]);
    let document = scene.document().await;
    assert_eq!(&document, done.known());
    assert_eq!(document.pending[&name("b")].reason.as_deref(), Some("interrupted before the answer came"));
    assert_eq!(scene.live().len(), 2, "it was executed all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_created_session_whose_start_hangs_is_recorded_when_the_grace_is_over() {
    let faults = "faults: [{on: info, what: hang_before}]";
    let scene = Scene::with(faults).await;
    let stop = Stop::default();
    let how = How { stop: stop.clone(), grace: SHORT, ..How::default() };
    let wish = fleet([("a", runs()), ("b", runs())]);
    let asking = async {
        scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging)).await;
        stop.ask();
    };
    let (done, ()) = tokio::join!(scene.apply_as(&wish, how), asking);
    let (why, may_pass) = done.failed("a");
    assert_eq!(
        (why, may_pass),
        ("the info before the start failed: interrupted before the answer came", true)
    );
    assert_eq!(causes(&done.outcome), [Cause::Cut], "it did not fail by itself");
    assert_eq!(done.not_started("b"), "interrupted");
    assert_eq!(scene.calls(), ["create", "info"]);
    assert_eq!((names(done.known()), done.pending()), (vec!["a"], vec![]));
}

#[tokio::test]
async fn after_the_grace_a_change_that_was_begun_makes_no_further_call() {
    let scene = Scene::with("faults: [{on: logout, what: hang_before}]").await;
    scene.given(&fleet([("a", runs())])).await;
    let stop = Stop::default();
    let how = How { stop: stop.clone(), grace: SHORT, ..How::default() };
    let asking = async {
        scene.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging)).await;
        stop.ask();
    };
    let nothing = fleet([]);
    let (done, ()) = tokio::join!(scene.apply_as(&nothing, how), asking);
    assert_eq!(done.failed("a"), ("interrupted before the answer came", true));
    assert_eq!(scene.calls(), ["logout"], "its delete did not leave");
    assert_eq!(causes(&done.outcome), [Cause::Cut]);
    assert_eq!(scene.live().len(), 1);
    assert_eq!(done.pending(), [("a", Call::Delete)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_that_wait_out_a_pause_are_not_unknown_when_a_stop_comes() {
    let faults = "faults: [{on: create, what: answer, status: 429, headers: {Retry-After: '600'}}]";
    let scene = Scene::with(faults).await;
    let stop = Stop::default();
    let keys: Vec<String> = (0..8).map(|n| format!("i{n}")).collect();
    let wish = fleet(keys.iter().map(|key| (key.as_str(), stands())));
    // All four slots are taken when the stop comes.
    let begun = std::sync::atomic::AtomicUsize::new(0);
    let all = Arc::new(tokio::sync::Notify::new());
    let heard = {
        let all = Arc::clone(&all);
        Box::new(move |event: &Event| {
            let is_begun = matches!(event, Event::Begun { .. });
            if is_begun && begun.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 3 {
                all.notify_one();
            }
        })
    };
    let how = How { stop: stop.clone(), concurrency: 4.into(), heard, ..How::default() };
    let asking = async {
        all.notified().await;
        scene.sandbox.log_until(|log| log.iter().any(|entry| entry.status == Some(429))).await;
        stop.ask();
    };
    let (done, ()) = tokio::join!(scene.apply_as(&wish, how), asking);
    let tally = done.outcome.tally();
    assert_eq!(
        (tally.unknown, tally.added, tally.failed, tally.not_started),
        (0, 0, 4, 4),
        "{:#?}",
        done.outcome
    );
    assert_eq!(causes(&done.outcome), [Cause::Cut; 4]);
    assert_eq!(done.pending(), []);
    assert_eq!(done.halt(), &Halt::Interrupted);
    assert!(scene.live().is_empty());
}
