//! Every endpoint, and what `/_sandbox/` does to what they answer.

use reqwest::Method;
use serde_json::{Value, json};
use wawpform::sandbox::{IdShape, Terms};

use super::{Api, api, got, options, start};

#[tokio::test]
async fn a_create_answers_201_with_the_documented_fields() {
    let api = api().await;
    let got = api.call("create", "").await;
    assert_eq!(got.status, 201);
    assert!(got.content_type.starts_with("application/json"));
    let body = got.json();
    let text = |key: &str| body[key].as_str().unwrap_or_else(|| panic!("{key}: {body}")).to_owned();
    let id = text("instance_id");
    assert!(id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)), "{id}");
    assert!(text("session_name").starts_with("wawp-") && text("session_name").len() == 13);
    assert!(text("server_name").starts_with("server-"));
    assert_eq!(text("status"), "STOPPED");
}

#[tokio::test]
async fn a_session_lives_from_create_to_delete_as_documented() {
    let api = api().await;
    let id = api.create().await;
    let config = json!({ "webhooks": {}, "proxy": null });
    assert_eq!(api.status(&id).await, "STOPPED");

    let started = api.call("start", &id).await.json();
    let name = started["name"].clone();
    assert_eq!(started, json!({ "name": name, "status": "STARTING", "config": config }));
    assert_eq!(api.status(&id).await, "STARTING");
    let info = api.call("info", &id).await.json();
    assert_eq!((&info["status"], &info["me"]), (&json!("SCAN_QR_CODE"), &Value::Null));
    assert!(info["qr"].is_string(), "{info}");
    assert_eq!(api.call("me", &id).await.json(), Value::Null);

    api.sandbox.scan(&id, "201012345678", "John Doe").unwrap();
    let info = api.call("info", &id).await.json();
    let me = json!({ "id": "201012345678@c.us", "pushName": "John Doe" });
    assert_eq!(info, json!({ "name": name, "status": "WORKING", "config": config, "me": me }));
    let me = json!({ "id": "201012345678@c.us", "pushName": "John Doe", "platform": "android" });
    assert_eq!(api.call("me", &id).await.json(), me);

    let stopped = api.call("stop", &id).await;
    assert_eq!(stopped.json(), json!({ "name": name, "status": "STOPPED", "config": config }));
    assert_eq!(api.call("stop", &id).await.status, 200, "a second stop changes nothing");
    let restarted = api.call("restart", &id).await.json();
    assert_eq!(restarted["status"], "STARTING");
    assert_eq!(api.status(&id).await, "STARTING");
    assert_eq!(api.status(&id).await, "WORKING", "the pairing was kept");

    let out = api.call("logout", &id).await.json();
    assert_eq!(out, json!({ "name": name, "status": "SCAN_QR_CODE", "instance_id": id }));
    let deleted = api.call("delete", &id).await;
    assert_eq!(
        (deleted.status, deleted.json()),
        (200, json!({ "name": name, "status": "DELETED", "instance_id": id }))
    );
    for call in ["start", "stop", "restart", "logout", "delete", "info", "me"] {
        assert_eq!(api.call(call, &id).await.code(), (404, "invalid_instance".to_owned()), "{call}");
    }
}

#[tokio::test]
async fn a_start_on_working_is_a_real_disconnection() {
    let api = api().await;
    let id = api.working().await;
    assert_eq!(api.call("start", &id).await.status, 200);
    assert_eq!(api.status(&id).await, "FAILED");
}

#[tokio::test]
async fn the_quota_is_per_account_and_a_delete_frees_a_slot() {
    let api = start(wawpform::sandbox::Options {
        terms: Terms { quota: Some(2), ..Terms::default() },
        ..options()
    })
    .await;
    let first = api.create().await;
    api.create().await;
    assert_eq!(api.call("create", "").await.code(), (403, "quota_reached".to_owned()));
    assert_eq!(got(api.body("create", "another", "")).await.unwrap().status, 201);
    assert_eq!(api.call("delete", &first).await.status, 200);
    api.create().await;
    assert_eq!(api.sandbox.instances().len(), 3);
}

#[tokio::test]
async fn starting_lasts_as_many_reads_as_the_terms_say() {
    let terms = Terms { starting_reads: 3, ..Terms::default() };
    let api = start(wawpform::sandbox::Options { terms, ..options() }).await;
    let id = api.create().await;
    api.call("start", &id).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(api.status(&id).await);
    }
    assert_eq!(seen, ["STARTING", "STARTING", "STARTING", "SCAN_QR_CODE"]);
}

#[tokio::test]
async fn a_world_of_numeric_ids_answers_numbers_and_takes_them_back() {
    let terms = Terms { id_shape: IdShape::Number, ..Terms::default() };
    let api = start(wawpform::sandbox::Options { terms, ..options() }).await;
    let id = api.call("create", "").await.json()["instance_id"].as_u64().unwrap();
    let body = json!({ "access_token": super::TOKEN, "instance_id": id }).to_string();
    let info = got(api.request(Method::POST, "/v2/session/info").body(body)).await.unwrap();
    assert_eq!(info.json()["status"], "STOPPED");
    assert_eq!(api.call("delete", &id.to_string()).await.json()["instance_id"], id);
}

#[tokio::test]
async fn each_path_answers_the_documented_methods_and_405_to_the_others() {
    let api = api().await;
    for (call, allowed) in [
        ("session/create", vec!["POST"]),
        ("session/start", vec!["POST", "GET"]),
        ("session/stop", vec!["POST", "GET"]),
        ("session/restart", vec!["POST", "GET"]),
        ("session/logout", vec!["POST", "GET"]),
        ("session/delete", vec!["DELETE"]),
        ("session/info", vec!["POST", "GET"]),
        ("session/me", vec!["GET"]),
        ("session/rate-limit", vec!["GET", "PATCH"]),
        ("session/temp-link", vec!["GET", "POST", "DELETE"]),
        ("session/webhook", vec!["GET", "POST"]),
        ("webhook/set", vec!["POST"]),
        ("webhook/update", vec!["PATCH"]),
        ("webhook/delete", vec!["DELETE"]),
        ("auth/qr", vec!["POST", "GET"]),
        ("auth/qr-image", vec!["POST", "GET"]),
        ("auth/request-code", vec!["POST"]),
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let id = api.create().await;
            let path = format!("/v2/{call}?access_token={}&instance_id={id}", super::TOKEN);
            let got = got(api.request(method.parse().unwrap(), &path)).await.unwrap();
            if !allowed.contains(&method) {
                assert_eq!(got.code(), (405, "method_not_allowed".to_owned()), "{method} {call}");
            } else if call.starts_with("session/") && method != "PATCH" && call != "session/webhook" {
                assert!((200..300).contains(&got.status), "{method} {call}: {got:?}");
                got.json();
            } else {
                // It is known, and wants more than this test says.
                assert!([400, 403, 422].contains(&got.status), "{method} {call}: {got:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_that_wawp_does_not_have_is_a_404_that_no_client_takes_for_a_deleted_instance() {
    let api = api().await;
    for path in ["/", "/v2/session/list", "/v2/session/delete/", "/v2/status"] {
        let got = got(api.request(Method::GET, path)).await.unwrap();
        assert_eq!((got.status, got.json().get("code")), (404, None), "{path}");
    }
    assert_eq!(api.sandbox.log().len(), 4);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_executes_nothing() {
    let api = api().await;
    let body = json!({ "access_token": super::TOKEN, "x": "x".repeat(70_000) }).to_string();
    let answered = got(api.request(Method::POST, "/v2/session/create").body(body)).await;
    // The sandbox stops reading, so the client may see the cut before the answer.
    assert!(answered.is_err() || answered.unwrap().status == 413);
    assert_eq!(api.sandbox.instances(), []);
    assert_eq!(api.sandbox.log()[0].status, Some(413));
}

#[tokio::test]
async fn a_phone_and_a_dashboard_reach_in_over_http() {
    let api = api().await;
    let id = api.create().await;
    let scan = json!({ "instance_id": id, "phone": "201012345678", "name": "Jane" }).to_string();
    assert_eq!(api.control(Method::POST, "scan", &scan).await.code(), (409, "no_qr_code".to_owned()));
    api.call("start", &id).await;
    assert_eq!(api.control(Method::POST, "scan", &scan).await.json()["status"], "WORKING");
    assert_eq!(api.call("info", &id).await.json()["me"]["pushName"], "Jane");

    let which = json!({ "instance_id": id }).to_string();
    assert_eq!(api.control(Method::POST, "unlink", &which).await.json()["status"], "FAILED");
    assert_eq!(api.control(Method::POST, "unlink", &which).await.code(), (409, "not_paired".to_owned()));

    let all = api.control(Method::GET, "instances", "").await.json();
    assert_eq!(all["instances"][0]["instance_id"], id);
    assert_eq!(all["instances"][0]["status"], "FAILED");
    assert_eq!(api.control(Method::POST, "vanish", &which).await.status, 200);
    assert_eq!(api.call("info", &id).await.code(), (404, "invalid_instance".to_owned()));
    assert_eq!(api.control(Method::GET, "instances", "").await.json(), json!({ "instances": [] }));

    for (body, part) in [("{", "EOF"), ("{\"instance_id\":\"x\",\"phnoe\":\"1\"}", "phnoe")] {
        let got = api.control(Method::POST, "scan", body).await;
        assert!(got.status == 400 && got.text.contains(part), "{got:?}");
    }
    assert_eq!(api.control(Method::PUT, "scan", "").await.code(), (405, "method_not_allowed".to_owned()));
}

#[tokio::test]
async fn looking_at_the_instances_does_not_let_a_starting_go_on() {
    let api = api().await;
    let id = api.create().await;
    api.call("start", &id).await;
    for _ in 0..5 {
        assert_eq!(
            api.control(Method::GET, "instances", "").await.json()["instances"][0]["status"],
            "STARTING"
        );
    }
    assert_eq!(api.status(&id).await, "STARTING");
}

#[tokio::test]
async fn many_clients_at_once_get_an_instance_each() {
    let api = std::sync::Arc::new(api().await);
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let api: std::sync::Arc<Api> = std::sync::Arc::clone(&api);
        clients.spawn(async move { api.create().await });
    }
    let ids = clients.join_all().await.into_iter().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ids.len(), 200);
    assert_eq!(api.sandbox.instances().len(), 200);
    let log = api.sandbox.log();
    assert!(log.iter().zip(1..).all(|(entry, number)| entry.number == number && entry.delivered));
}
