//! A state that cannot be written: nothing more is started, and nothing that is known is lost.

use wawpform::apply::{End, Halt};
use wawpform::state::CloseError;

use super::faulty::{Faulty, Mode};
use super::scene::{Done, How, Scene, fleet, runs, stands};

fn wish() -> wawpform::manifest::Desired {
    fleet([("a", runs()), ("b", stands()), ("c", runs()), ("z", stands())])
}

async fn given() -> Scene {
    let scene = Scene::new().await;
    scene.given(&fleet([("x", runs()), ("y", runs()), ("z", runs())])).await;
    scene
}

/// What exists is recorded, or its name is pending; what is recorded exists, or its delete is pending.
fn assert_nothing_is_lost(scene: &Scene, done: &Done, what: &str) {
    let (known, live) = (done.known(), scene.live());
    let held = |id: &str| known.instances.values().any(|it| it.instance_id.as_str() == id);
    let orphans = live.keys().filter(|id| !held(id)).count();
    assert_eq!(orphans, 0, "{what}: every answer came, so every instance is known: {:#?}", done.outcome);
    for (name, recorded) in &known.instances {
        assert!(
            live.contains_key(recorded.instance_id.as_str()),
            "{what}: {name} is gone and still recorded"
        );
    }
    assert!(known.pending.is_empty(), "{what}: every outcome is known: {:?}", known.pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_any_write_that_fails_nothing_more_is_started_and_all_is_known() {
    for concurrency in [1, 3] {
        let how = || How { concurrency: concurrency.into(), ..How::default() };
        let effects = {
            let scene = given().await;
            let store = Faulty::counting(scene.store());
            scene.apply_on(&store, &wish(), how()).await.all_done();
            store.effects()
        };
        assert!(effects > 8, "{effects}");
        for (after, mode) in (0..effects).flat_map(|after| [(after, Mode::Fail), (after, Mode::Lose)]) {
            let what = format!("{mode:?} after {after} of {effects}, {concurrency} at once");
            let scene = given().await;
            let store = Faulty::new(scene.store(), after, mode);
            let done = scene.apply_on(&store, &wish(), how()).await;
            if store.effects() <= after {
                // More records shared a batch this time.
                done.all_done();
                continue;
            }
            assert!(matches!(&done.closed, Err(CloseError::Unwritten { .. })), "{what}: {:?}", done.closed);
            assert_nothing_is_lost(&scene, &done, &what);
            let Some(halt) = &done.outcome.halt else {
                // The last effects are those of closing; with luck at once, of the batches in between.
                assert!(done.outcome.tally().is_complete(), "{what}: {:#?}", done.outcome);
                continue;
            };
            let Halt::StateUnwritable(why) = halt else { panic!("{what}: {halt:?}") };
            let place = scene.journal().with_extension("");
            let expected = format!("the state cannot be written: cannot write {}: ", place.display());
            assert!(why.starts_with(&expected), "{what}: {why}");
            for entry in &done.outcome.entries {
                match &entry.end {
                    End::Done => {}
                    End::NotStarted { why } => assert_eq!(why, "the state could not be written", "{what}"),
                    End::Failed { why, .. } => assert!(why.contains("the state c"), "{what}: {why}"),
                    End::Unknown { why } => panic!("{what}: every answer came: {why}"),
                }
            }
            // A call without a durable intent was never made: there are no more calls than intents.
            let begun =
                done.outcome.entries.iter().filter(|it| !matches!(it.end, End::NotStarted { .. })).count();
            let calls = scene
                .sandbox
                .log()
                .iter()
                .filter(|it| it.path.ends_with("/create") || it.path.ends_with("/delete"))
                .count();
            assert!(calls <= begun, "{what}: {calls} calls, {begun} begun: {:#?}", done.outcome);
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_gone_is_said_and_nothing_is_called() {
    let scene = Scene::new().await;
    scene.given(&fleet([("a", stands())])).await;
    let opened = super::given::open(&*scene.store()).await;
    let plan = super::scene::planned(
        &fleet([("a", stands()), ("b", stands()), ("c", stands())]),
        Some(&opened.document),
    );
    let folder = scene.journal().parent().unwrap().to_owned();
    std::fs::remove_dir_all(&folder).unwrap();
    let done = scene.carry_out(&plan, opened, How::default()).await;
    assert!(
        matches!(done.halt(), Halt::StateUnwritable(why) if why.contains("was removed by someone else")),
        "{:?}",
        done.halt()
    );
    assert_eq!(done.not_started("b"), "the state could not be written");
    assert_eq!(done.not_started("c"), "the state could not be written");
    assert_eq!(scene.calls(), [""; 0]);
    assert_eq!((super::scene::names(done.known()), done.pending()), (vec!["a"], vec![]));
}

#[tokio::test]
async fn a_result_that_is_not_on_disk_says_that_the_call_was_made() {
    // The intent goes through, the result does not.
    let scene = Scene::new().await;
    let store = Faulty::new(scene.store(), 2, Mode::Fail);
    let done = scene.apply_on(&store, &fleet([("a", stands()), ("b", stands())]), How::default()).await;
    let entry = done.entry("a");
    assert_eq!(entry.notes, ["the session was created; only its record is missing"]);
    let id = entry.instance_id.as_ref().unwrap();
    assert_eq!(done.known().instances[&entry.name].instance_id, *id);
    assert_eq!(done.not_started("b"), "the state could not be written");
    let Err(CloseError::Unwritten { durable: false, .. }) = done.closed else { panic!("{:?}", done.closed) };
}
