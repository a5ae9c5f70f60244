//! A world that outlives its sandbox, and sandboxes that end.

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use wawpform::sandbox::{DiskError, Options, Plan, Sandbox, StartError, Terms};

use super::{Api, TOKEN, api_with, options, start};

fn kept_in(place: &Path) -> Options {
    Options { data: Some(place.to_owned()), ..options() }
}

#[tokio::test]
async fn a_world_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let api = start(kept_in(folder.path())).await;
    let (working, deleted, stopped) = (api.working().await, api.create().await, api.create().await);
    api.call("delete", &deleted).await;
    let instances = api.sandbox.instances();
    api.sandbox.stop().await;

    // Another seed changes nothing for a world that has begun.
    let api = start(Options { seed: 99, ..kept_in(folder.path()) }).await;
    assert_eq!(api.sandbox.instances(), instances);
    assert_eq!(api.status(&working).await, "WORKING");
    assert_eq!(api.status(&stopped).await, "STOPPED");
    assert_eq!(api.call("info", &deleted).await.status, 404);
    let made = api.create().await;
    assert!(![&working, &deleted, &stopped].contains(&&made), "no id is given twice");
}

#[tokio::test]
async fn a_world_of_an_earlier_version_opens_with_what_it_did_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let kept = concat!(
        r#"{"entry":"world","format":1,"seed":7,"counter":1,"plan":"free"}"#,
        "\n",
        r#"{"entry":"instance","number":1,"instance_id":"3EB0BCB2E3D4","numeric":false,"#,
        r#""session_name":"wawp-84729105","server_name":"server-1","account":"0123456789abcdef","#,
        r#""phase":"working","phase_before":{"starting":1},"#,
        r#""phone":{"number":"201012345678","push_name":"John"},"#,
        r#""created_at":"1970-01-01T00:00:00Z","changed_at":"1970-01-01T00:00:00Z"}"#,
        "\n",
    );
    std::fs::write(&path, kept).unwrap();
    let it = start(kept_in(&path)).await.sandbox.instances().remove(0);
    assert_eq!((it.instance_id.as_str(), it.phase.word()), ("3EB0BCB2E3D4", "WORKING"));
    assert_eq!((it.policy.as_str(), it.webhooks.len(), it.pairing.links), ("standard_policy", 0, 0));
}

#[tokio::test]
async fn policies_webhooks_and_what_is_under_way_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options {
        plan: Plan::Paid,
        terms: Terms { scan_after: Some(2), ..Terms::default() },
        ..kept_in(folder.path())
    };
    let api = start(kept()).await;
    let id = api.create().await;
    let fields = json!({ "policy_slug": "unlimited", "url": "https://a.example", "events": ["message"],
        "hmac": "k", "phone_number": "201145202826" });
    api.call("start", &id).await;
    assert_eq!([api.status(&id).await, api.status(&id).await], ["STARTING", "SCAN_QR_CODE"]);
    for (method, path) in [
        (Method::PATCH, "/v2/session/rate-limit"),
        (Method::POST, "/v2/webhook/set"),
        (Method::POST, "/v2/auth/request-code"),
    ] {
        assert_eq!(api.say(method, path, &id, fields.clone()).await.status, 200, "{path}");
    }
    assert_eq!(api.status(&id).await, "SCAN_QR_CODE");
    let instances = api.sandbox.instances();
    api.sandbox.stop().await;

    let api = start(kept()).await;
    assert_eq!(api.sandbox.instances(), instances);
    assert_eq!([api.status(&id).await, api.status(&id).await], ["SCAN_QR_CODE", "WORKING"]);
    assert_eq!(api.call("me", &id).await.json()["id"], "201145202826@c.us");
}

#[tokio::test]
async fn what_was_answered_is_on_file_and_the_token_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let api = start(kept_in(&path)).await;
    let id = api.create().await;
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept.lines().count(), 2, "a line for the world, a line for the change");
    assert!(kept.ends_with('\n') && kept.contains(&id) && !kept.contains(TOKEN), "{kept}");
    api.call("info", &id).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), kept, "a read that changes nothing is not kept");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_kept_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let faults = wawpform::sandbox::Faults::parse("faults: [{on: create, what: drop_after}]").unwrap();
    let api = start(Options { faults, ..kept_in(folder.path()) }).await;
    api.try_call("create", "").await.unwrap_err();
    api.sandbox.stop().await;
    assert_eq!(start(kept_in(folder.path())).await.sandbox.instances().len(), 1);
}

#[tokio::test]
async fn a_torn_last_line_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let api = start(kept_in(&path)).await;
    let (first, _second) = (api.create().await, api.create().await);
    api.sandbox.stop().await;
    let mut kept = std::fs::read(&path).unwrap();
    kept.truncate(kept.len() - 5);
    std::fs::write(&path, kept).unwrap();

    let api = start(kept_in(&path)).await;
    let ids = api.sandbox.instances().into_iter().map(|it| it.instance_id).collect::<Vec<_>>();
    assert_eq!(ids, [first]);
    api.create().await;
    api.sandbox.stop().await;
    assert_eq!(
        start(kept_in(&path)).await.sandbox.instances().len(),
        2,
        "nothing was glued to the torn line"
    );
}

#[tokio::test]
async fn two_sandboxes_never_share_a_world() {
    let folder = tempfile::tempdir().unwrap();
    let held = start(kept_in(folder.path())).await;
    let error = Sandbox::start(kept_in(folder.path())).await.unwrap_err();
    assert!(matches!(&error, StartError::Disk(DiskError::InUse { path }) if path.ends_with("world.jsonl")));
    assert!(error.to_string().contains("world.jsonl"), "{error}");
    held.create().await;
    held.sandbox.stop().await;
    let next = start(kept_in(folder.path())).await;
    assert_eq!(next.sandbox.instances().len(), 1);
    // Dropping lets go as well.
    drop(next);
    start(kept_in(folder.path())).await;
}

#[tokio::test]
async fn a_stop_waits_for_no_client() {
    let api = api_with("faults: [{on: create, what: hang_after}, {on: info, what: hang_before}]").await;
    let base_url = api.sandbox.base_url();
    let idle = tokio::net::TcpStream::connect(api.sandbox.address()).await.unwrap();
    let Api { sandbox, http } = api;
    let post = |call: &str| {
        let url = format!("{base_url}/v2/session/{call}?access_token={TOKEN}&instance_id=x");
        http.post(url).send()
    };
    let stop = async {
        sandbox.log_until(|log| log.iter().filter(|entry| entry.hanging).count() == 2).await;
        sandbox.stop().await;
    };
    let (create, info, ()) = tokio::join!(post("create"), post("info"), stop);
    assert!(create.is_err() && info.is_err(), "{create:?} {info:?}");
    idle.readable().await.unwrap();
    assert_eq!(idle.try_read(&mut [0; 1]).unwrap_or(0), 0, "the idle connection was closed");
    assert!(post("create").await.unwrap_err().is_connect(), "nobody listens any more");
}

#[tokio::test]
async fn a_stop_wakes_a_gate_that_never_opens() {
    let gate: wawpform::sandbox::Gate = std::sync::Arc::new(|_| Box::pin(std::future::pending()));
    let api = start(Options { gate: Some(gate), ..options() }).await;
    let Api { sandbox, http } = api;
    let url = format!("{}/v2/session/create?access_token={TOKEN}", sandbox.base_url());
    let stop = async {
        sandbox.log_until(|log| log.len() == 1).await;
        sandbox.stop().await;
    };
    let (create, ()) = tokio::join!(http.post(url).send(), stop);
    assert!(create.is_err());
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let held = start(options()).await;
    let listen = held.sandbox.address();
    let error = Sandbox::start(Options { listen, ..options() }).await.unwrap_err();
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}
