//! What each kind of answer makes of an instance.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wawpform::instance::Name;
use wawpform::observe::{Settings, Sighting, suspicious};
use wawpform::wawp::Notice;

use super::{LONG, Scene, settings, words};

#[tokio::test]
async fn what_the_api_says_of_each_is_seen_and_told_once() {
    let scene = Scene::of(3).await;
    scene.client.info(&scene.whom[1].1).await.unwrap();
    scene.client.info(&scene.whom[1].1).await.unwrap();
    scene.sandbox.scan(scene.id("b"), "201012345678", "Sales").unwrap();
    scene.client.stop(&scene.whom[2].1).await.unwrap();
    let (begun, told) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let listener = {
        let (begun, told) = (Arc::clone(&begun), Arc::clone(&told));
        Arc::new(move |name: &Name, sighting: Option<&Sighting>| match sighting {
            None => begun.lock().unwrap().push(name.clone()),
            Some(sighting) => {
                assert!(begun.lock().unwrap().contains(name), "{name} was seen before it was looked at");
                told.lock().unwrap().push((name.clone(), sighting.clone()));
            }
        })
    };
    let observation = scene.observe_as(&scene.client.viewer(), Settings { listener, ..settings(2) }).await;
    assert_eq!(observation.halt, None);
    let seen = words(&observation);
    assert_eq!(seen[1..], [("b", "WORKING".to_owned()), ("c", "STOPPED".to_owned())]);
    let paired = observation.sightings[&super::name("b")].seen().unwrap().info.paired.clone();
    assert_eq!(paired.as_deref(), Some("201012345678@c.us"));
    let mut told = told.lock().unwrap().clone();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(begun.lock().unwrap().len(), told.len());
    assert_eq!(told, observation.sightings.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn gone_is_only_what_the_api_calls_gone() {
    let scene = Scene::of(7).await;
    scene.sandbox.vanish(scene.id("a")).unwrap();
    scene.faults(
        "{on: info, instance_id: $b, what: answer, status: 410}, \
         {on: info, instance_id: $c, what: answer, status: 404, code: invalid_session, message: re-scan}, \
         {on: info, instance_id: $d, what: answer, status: 404, shape: html, code: Not Found, message: nginx}, \
         {on: info, instance_id: $e, what: answer, status: 403, code: banned, message: no}, \
         {on: info, instance_id: $f, what: answer, status: 200, body: '{\"code\":\"odd\",\"message\":\"hm\"}'}",
    );
    let observation = scene.observe(3).await;
    assert_eq!(observation.halt, None);
    let seen = words(&observation);
    let is = |index: usize, word: &str| assert_eq!(seen[index].1, word, "{}", seen[index].0);
    is(0, "gone");
    is(1, "gone");
    is(2, "unclear: HTTP 404 invalid_session: re-scan");
    is(3, "unclear: HTTP 404: 404 Not Found 404 Not Found nginx");
    is(4, "unclear: HTTP 403 banned: no");
    assert!(seen[5].1.starts_with("unclear: HTTP 200 odd: "), "{}", seen[5].1);
    assert!(!seen[6].1.contains(' '), "{} is seen", seen[6].1);
    assert!(!suspicious(&observation));
}

#[tokio::test]
async fn a_server_that_fails_or_keeps_silent_is_unclear() {
    let scene = Scene::of(2).await;
    scene.faults(
        "{on: info, instance_id: $a, what: answer, status: 502, shape: html, code: x, message: down}, \
         {on: info, instance_id: $b, what: hang_before}",
    );
    let viewer = scene.viewer(Duration::from_millis(50));
    // What failed is told at once.
    viewer.wait_no_more();
    let observation = scene.observe_as(&viewer, settings(2)).await;
    assert_eq!(observation.halt, None);
    let seen = words(&observation);
    assert!(seen[0].1.starts_with("unclear: "), "{}", seen[0].1);
    assert_eq!(seen[1].1, "unclear: no answer in time");
}

#[tokio::test]
async fn too_fast_is_a_pause_and_no_sighting_is_lost_by_it() {
    let scene = Scene::of(4).await;
    scene.faults("{on: info, times: 2, what: answer, status: 429}");
    let observation = scene.observe(2).await;
    assert_eq!((observation.halt, observation.sightings.len()), (None, 4));
    assert!(observation.sightings.values().all(|sighting| sighting.seen().is_some()));
    let notices = scene.notices.lock().unwrap();
    assert!(matches!(notices[..], [Notice::Paused { .. }, ..]), "{notices:?}");
}

#[tokio::test]
async fn with_another_accounts_token_everything_is_gone_and_that_is_suspicious() {
    let scene = Scene::of(3).await;
    let token = wawpform::instance::Secret::new("tok-other".into());
    let timeouts = wawpform::wawp::Timeouts { connect: LONG, create: LONG, other: LONG };
    let address = scene.sandbox.base_url().parse().unwrap();
    let viewer = wawpform::wawp::Viewer::with_timeouts(address, token, timeouts, Arc::new(|_| {})).unwrap();
    let observation = scene.observe_as(&viewer, settings(2)).await;
    assert!(words(&observation).iter().all(|(_, word)| word == "gone"));
    assert!(suspicious(&observation));
}
