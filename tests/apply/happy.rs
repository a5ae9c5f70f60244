//! When nothing goes wrong: what is called, in which order, and what is recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wawpform::apply::{End, Event};
use wawpform::instance::InstanceId;
use wawpform::manifest::Wanted;
use wawpform::sandbox::{Gate, Options, Point, Terms};

use super::given::name;
use super::scene::{How, Scene, fleet, labelled, options, runs, stands};

#[tokio::test]
async fn a_fleet_is_created_and_started_as_wished() {
    let scene = Scene::new().await;
    let wish = fleet([("a", runs()), ("b", stands()), ("c", labelled(runs(), "sales"))]);
    let done = scene.apply_as(&wish, How { concurrency: 3.into(), ..How::default() }).await;
    done.all_done();
    assert_eq!(done.outcome.tally().added, 3);
    let statuses = scene.statuses().await;
    let expected = [("a", "STARTING"), ("b", "STOPPED"), ("c", "STARTING")];
    assert_eq!(statuses, expected.map(|(name, status)| (name.to_owned(), Some(status))));
    let document = scene.document().await;
    for (name, recorded) in &document.instances {
        let live = &scene.live()[recorded.instance_id.as_str()];
        assert_eq!(recorded.session_name.as_ref(), Some(&live.session_name));
        assert_eq!(recorded.server_name.as_ref(), Some(&live.server_name));
        assert_eq!(recorded.running, name.as_str() != "b");
        assert_eq!(done.entry(name.as_str()).instance_id.as_ref(), Some(&recorded.instance_id));
    }
    assert_eq!(document.instances[&name("c")].labels["team"], "sales");
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn only_what_info_says_is_stopped_is_started() {
    let scene = Scene::with("faults: [{on: create, what: starting}]").await;
    scene.apply(&fleet([("a", runs())])).await.all_done();
    assert_eq!(scene.calls(), ["create", "info"]);
    assert!(scene.document().await.instances[&name("a")].running);

    // One that is started by its create, and should be stopped, is stopped.
    let scene = Scene::with("faults: [{on: create, what: starting}]").await;
    scene.apply(&fleet([("a", stands())])).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "stop"]);
    assert!(!scene.document().await.instances[&name("a")].running);

    let scene = Scene::new().await;
    scene.apply(&fleet([("a", runs())])).await.all_done();
    assert_eq!(scene.calls(), ["create", "info", "start"]);

    let scene = Scene::new().await;
    scene.apply(&fleet([("a", stands())])).await.all_done();
    assert_eq!(scene.calls(), ["create"]);
}

#[tokio::test]
async fn a_swap_in_a_full_account_works_because_deletes_go_first() {
    let terms = Terms { quota: Some(2), ..Terms::default() };
    let scene = Scene::on(Options { terms, ..options("faults: []") }).await;
    scene.given(&fleet([("x", runs()), ("y", runs())])).await;
    let wish = fleet([("a", stands()), ("b", stands())]);
    let done = scene.apply_as(&wish, How { concurrency: 4.into(), ..How::default() }).await;
    done.all_done();
    let calls = scene.calls();
    let last_delete = calls.iter().rposition(|call| call == "delete").unwrap();
    assert!(calls[last_delete..].iter().skip(1).all(|call| call == "create"), "{calls:?}");
    assert_eq!(scene.live().len(), 2);
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn a_rename_and_a_release_call_nothing() {
    let scene = Scene::new().await;
    scene.given(&fleet([("x", runs()), ("y", runs())])).await;
    let (before, x) = (scene.live(), scene.id("x").await);
    let mut wish = fleet([("a", Wanted { previously: Some(name("x")), ..runs() })]);
    wish.released.insert(name("y"));
    let done = scene.apply(&wish).await;
    done.all_done();
    let tally = done.outcome.tally();
    assert_eq!((tally.renamed, tally.forgotten), (1, 1));
    assert_eq!(scene.calls(), [""; 0]);
    assert_eq!((scene.id("a").await, scene.live()), (x, before));
    assert_eq!(scene.document().await.instances.len(), 1);
}

#[tokio::test]
async fn an_adoption_is_verified_by_info_and_brought_to_the_wished_run_state() {
    let scene = Scene::new().await;
    scene.given(&fleet([("x", runs()), ("y", stands())])).await;
    let ids = [scene.id("x").await, scene.id("y").await];
    let mut release = fleet([]);
    release.released.extend([name("x"), name("y")]);
    scene.given(&release).await;

    let adopt = |id: &InstanceId, wanted| Wanted { adopt: Some(id.clone()), ..wanted };
    let lost = InstanceId::new("000000000000").unwrap();
    let wish = fleet([
        ("a", adopt(&ids[0], runs())),
        ("b", labelled(adopt(&ids[1], runs()), "sales")),
        ("c", adopt(&lost, runs())),
    ]);
    let done = scene.apply(&wish).await;
    assert_eq!((done.end("a"), done.end("b")), (&End::Done, &End::Done));
    assert!(done.failed("c").0.contains("invalid_instance"));
    assert_eq!(
        scene.calls(),
        ["info", "info", "info", "start", "info"],
        "b is looked at once more before its start"
    );
    let document = scene.document().await;
    assert_eq!(super::scene::names(&document), ["a", "b"]);
    assert_eq!([scene.id("a").await, scene.id("b").await], ids);
    assert!(document.instances.values().all(|it| it.running && it.session_name.is_some()));
    assert_eq!(document.instances[&name("b")].labels["team"], "sales");
}

#[tokio::test]
async fn an_update_starts_stops_or_only_describes() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", runs()), ("b", stands()), ("c", runs())])).await;
    let wish = fleet([("a", stands()), ("b", runs()), ("c", labelled(runs(), "sales"))]);
    let done = scene.apply(&wish).await;
    done.all_done();
    assert_eq!(done.outcome.tally().changed, 3);
    assert_eq!(scene.calls(), ["info", "stop", "info", "start"]);
    let running: Vec<bool> = scene.document().await.instances.values().map(|it| it.running).collect();
    assert_eq!(running, [false, true, true]);
    assert!(scene.plan(&wish).await.is_converged());
}

#[tokio::test]
async fn what_is_already_as_wished_is_only_recorded() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", stands()), ("b", runs())])).await;
    let (a, b) = (scene.id("a").await, scene.id("b").await);
    // Somebody started one by hand and paired it, and stopped the other.
    let client = scene.client();
    client.start(&a).await.unwrap();
    scene.sandbox.scan(a.as_str(), "201012345678", "John").unwrap();
    client.stop(&b).await.unwrap();
    scene.sandbox.clear_log();
    scene.apply(&fleet([("a", runs()), ("b", stands())])).await.all_done();
    assert_eq!(scene.calls(), ["info", "info"]);
    assert_eq!(scene.live()[a.as_str()].phase.word(), "WORKING", "a start would have disconnected it");
}

#[tokio::test]
async fn a_delete_logs_out_first_and_is_done_also_when_it_was_gone() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", runs()), ("b", runs())])).await;
    scene.sandbox.vanish(scene.id("b").await.as_str()).unwrap();
    let done = scene.apply(&fleet([])).await;
    done.all_done();
    assert_eq!(scene.calls(), ["logout", "delete", "logout", "delete"]);
    assert_eq!(done.entry("a").notes, [""; 0]);
    assert_eq!(done.entry("b").notes, ["it was already gone"]);
    assert_eq!(done.outcome.tally().destroyed, 2);
    assert!(scene.document().await.instances.is_empty() && scene.live().is_empty());
}

#[tokio::test]
async fn a_failed_logout_is_noted_and_does_not_keep_a_delete_from_happening() {
    let scene = Scene::with("faults: [{on: logout, what: answer, status: 500, message: oops}]").await;
    scene.given(&fleet([("a", runs())])).await;
    let done = scene.apply(&fleet([])).await;
    done.all_done();
    let expected = "the logout before the delete failed: HTTP 500 wawp_upstream_error: oops";
    assert_eq!(done.entry("a").notes, [expected]);
    assert!(scene.live().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_calls_are_in_flight_than_there_are_slots() {
    let (flying, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate: Gate = {
        let (flying, most) = (Arc::clone(&flying), Arc::clone(&most));
        Arc::new(move |moment| {
            let (flying, most) = (Arc::clone(&flying), Arc::clone(&most));
            Box::pin(async move {
                match moment.point {
                    Point::BeforeExecuting => {
                        most.fetch_max(flying.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                    }
                    Point::Executed => {}
                    Point::BeforeAnswering => drop(flying.fetch_sub(1, Ordering::SeqCst)),
                }
            })
        })
    };
    let latency = std::time::Duration::from_millis(5);
    let scene = Scene::on(Options { gate: Some(gate), latency, ..options("faults: []") }).await;
    let keys: Vec<String> = (0..24).map(|n| format!("i{n}")).collect();
    let wish = fleet(keys.iter().map(|key| (key.as_str(), runs())));
    scene.apply_as(&wish, How { concurrency: 3.into(), ..How::default() }).await.all_done();
    assert_eq!(flying.load(Ordering::SeqCst), 0);
    let most = most.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most} at once");
}

#[tokio::test]
async fn every_change_has_one_entry_in_the_order_of_the_plan_and_is_told_once() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", stands()), ("x", runs()), ("y", runs())])).await;
    let mut wish =
        fleet([("a", runs()), ("b", runs()), ("z", Wanted { previously: Some(name("y")), ..runs() })]);
    wish.released.insert(name("nobody"));
    let plan = scene.plan(&wish).await;
    let done = scene.apply_as(&wish, How { concurrency: 4.into(), ..How::default() }).await;
    done.all_done();
    let planned: Vec<_> = plan.changes.iter().map(|it| (&it.name, it.action.word())).collect();
    let entries: Vec<_> = done.outcome.entries.iter().map(|it| (&it.name, it.action)).collect();
    assert_eq!(entries, planned);
    let ended = done.events.iter().filter(|event| matches!(event, Event::Ended(_))).count();
    assert_eq!(ended, planned.len());
}
