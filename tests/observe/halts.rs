//! What ends the looking, and that it ends at once.

use std::sync::{Arc, Mutex};

use wawpform::observe::{Halt, Settings};
use wawpform::wawp::Notice;

use super::{LONG, Scene, client, settings, words};

#[tokio::test]
async fn a_token_that_is_refused_midway_ends_it_with_what_was_seen() {
    let scene = Scene::of(5).await;
    scene.faults("{on: info, nth: 3, what: answer, status: 401, message: revoked}");
    let observation = scene.observe(1).await;
    assert_eq!(words(&observation).iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["a", "b"]);
    let Some(Halt::Unauthorized(said)) = &observation.halt else { panic!("{:?}", observation.halt) };
    assert!(said.contains("revoked"), "{said}");
    assert_eq!(scene.calls(), 3, "nobody is asked about after it");
}

#[tokio::test]
async fn looks_on_the_line_are_not_waited_for_when_the_token_is_refused() {
    let scene = Scene::of(3).await;
    scene.faults(
        "{on: info, instance_id: $a, what: hang_before}, {on: info, instance_id: $b, what: hang_before}, \
         {on: info, instance_id: $c, what: answer, status: 401}",
    );
    let observation = scene.observe(3).await;
    assert!(matches!(observation.halt, Some(Halt::Unauthorized(_))), "{:?}", observation.halt);
    assert_eq!(words(&observation), []);
}

#[tokio::test]
async fn a_stop_ends_it_and_no_more_looks_than_allowed_were_on_the_line() {
    let scene = Scene::of(5).await;
    scene.faults("{on: info, what: hang_before}");
    let settings = settings(2);
    let stop = settings.stop.clone();
    let viewer = scene.client.viewer();
    let looking = scene.observe_as(&viewer, settings);
    let stopping = async {
        scene.sandbox.log_until(|log| log.iter().filter(|entry| entry.hanging).count() == 2).await;
        stop.cancel();
    };
    let (observation, ()) = tokio::join!(looking, stopping);
    assert_eq!((observation.halt.clone(), words(&observation)), (Some(Halt::Interrupted), vec![]));
    assert_eq!(scene.calls(), 2);
}

#[tokio::test]
async fn nothing_is_asked_when_the_stop_came_before() {
    let scene = Scene::of(2).await;
    let settings = settings(2);
    settings.stop.cancel();
    let observation =
        scene.observe_as(&scene.client.viewer(), Settings { concurrency: 2.into(), ..settings }).await;
    assert_eq!(observation.halt, Some(Halt::Interrupted));
    assert_eq!(scene.calls(), 0);
}

#[tokio::test]
async fn an_api_that_is_not_there_is_tried_by_one_look_for_all_of_them() {
    let scene = Scene::of(6).await;
    // A port of its own, on which nobody listens.
    let kept = tokio::net::TcpSocket::new_v4().unwrap();
    kept.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("http://{}", kept.local_addr().unwrap());
    let viewer = client(&nobody, LONG, &scene.notices).viewer();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let told = Arc::clone(&told);
        Arc::new(move |name: &wawpform::instance::Name, sighting: Option<&_>| {
            told.lock().unwrap().push((name.to_string(), sighting.is_some()));
        })
    };
    let observation = scene.observe_as(&viewer, Settings { listener, ..settings(2) }).await;
    assert_eq!(observation.halt, None);
    let seen = words(&observation);
    assert_eq!(seen.len(), 6);
    assert!(
        seen.iter()
            .all(|(_, it)| *it == seen[0].1
                && it.starts_with(&format!("unclear: no connection to {nobody}: "))),
        "{seen:?}"
    );
    // Two looks began, and both are told to have ended; they tried again at most three times each.
    let mut told = told.lock().unwrap().clone();
    told.sort();
    assert_eq!(told, [("a".into(), false), ("a".into(), true), ("b".into(), false), ("b".into(), true)]);
    let again = scene.notices.lock().unwrap().iter().filter(|it| matches!(it, Notice::Again { .. })).count();
    assert!((3..=6).contains(&again), "{again}");
}
