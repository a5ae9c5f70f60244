//! Where credentials are looked for, what is answered without them, and that a token is never shown.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use wawpform::instance::Secret;
use wawpform::sandbox::{Logged, Options, Place};

use super::{Api, TOKEN, api, got, options, start};

/// The same call with its credentials in each of the four places.
fn placements(api: &Api, method: &Method, call: &str, id: &str) -> [(Place, RequestBuilder); 4] {
    let path = format!("/v2/session/{call}");
    let body = json!({ "access_token": TOKEN, "instance_id": id, "else": { "x": 1 } }).to_string();
    let request = |path: &str| api.request(method.clone(), path);
    [
        (
            Place::Header,
            // The header holds the token only; the id comes in the query, as in the samples.
            request(&format!("{path}?instance_id={id}")).header("access-token", TOKEN),
        ),
        (
            Place::Bearer,
            request(&path).header("authorization", format!("Bearer {TOKEN}")).header("X-Instance-ID", id),
        ),
        (Place::Query, request(&format!("{path}?access_token={TOKEN}&instance_id={id}&else=1"))),
        (Place::Body, request(&path).header("content-type", "application/json").body(body)),
    ]
}

#[tokio::test]
async fn every_call_takes_its_credentials_from_every_place() {
    let api = api().await;
    for (call, method) in [
        ("create", Method::POST),
        ("start", Method::POST),
        ("stop", Method::GET),
        ("restart", Method::POST),
        ("logout", Method::GET),
        ("info", Method::POST),
        ("info", Method::GET),
        ("me", Method::GET),
        ("delete", Method::DELETE),
    ] {
        for n in 0..4 {
            let id = api.create().await;
            let [a, b, c, d] = placements(&api, &method, call, &id);
            let (place, request) = [a, b, c, d].into_iter().nth(n).unwrap();
            let got = got(request).await.unwrap();
            assert!((200..300).contains(&got.status), "{call} with {place:?}: {got:?}");
            let Logged { token_in, instance_id_in, .. } = api.sandbox.log().pop().unwrap();
            assert_eq!(token_in, [place], "{call}");
            let id_place = if place == Place::Header { Place::Query } else { place };
            assert_eq!(instance_id_in, [id_place], "{call}");
        }
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_answered_as_the_api_does() {
    let api = start(Options { accepted: Some(vec![Secret::new(TOKEN.to_owned())]), ..options() }).await;
    let post = |path: &str| api.request(Method::POST, path);
    let answer = |request| async { got(request).await.unwrap().code() };

    let nothing = answer(post("/v2/session/create")).await;
    assert_eq!(nothing, (400, "missing_param".to_owned()));
    let empty = answer(post("/v2/session/create").body(r#"{"access_token":""}"#)).await;
    assert_eq!(empty, (400, "missing_param".to_owned()));
    let unknown = answer(api.body("create", "another", "")).await;
    assert_eq!(unknown, (401, "invalid_access_token".to_owned()));
    let no_id = answer(api.body("info", TOKEN, "")).await;
    assert_eq!(no_id, (400, "missing_param".to_owned()));
    let unknown_id = answer(api.body("info", TOKEN, "3EB0BCB2E3D4")).await;
    assert_eq!(unknown_id, (404, "invalid_instance".to_owned()));
    let not_json = answer(post("/v2/session/create").header("access-token", TOKEN).body("{oops")).await;
    assert_eq!(not_json, (400, "invalid_json".to_owned()));

    let form = ("content-type", "application/x-www-form-urlencoded");
    let request = post("/v2/session/create").header(form.0, form.1).body(format!("access_token={TOKEN}"));
    let refused = got(request).await.unwrap();
    assert_eq!(refused.status, 401);
    assert!(refused.text.contains("missing access_token"), "{refused:?}");
    assert_eq!(api.sandbox.instances(), [], "none of these executed anything");
    let path = format!("/v2/session/create?access_token={TOKEN}");
    let beside = got(post(&path).header(form.0, form.1).body("x=y")).await.unwrap();
    assert_eq!(beside.status, 201, "a form beside credentials in the query is let through");
}

#[tokio::test]
async fn every_token_opens_an_account_of_its_own() {
    let api = api().await;
    let id = api.create().await;
    for call in ["start", "stop", "restart", "logout", "info"] {
        let theirs = got(api.body(call, "another", &id)).await.unwrap();
        assert_eq!(theirs.code(), (404, "invalid_instance".to_owned()), "{call}");
    }
    assert_eq!(api.status(&id).await, "STOPPED");
}

#[tokio::test]
async fn the_log_says_where_credentials_were_and_never_what_the_token_was() {
    let api = api().await;
    let id = api.create().await;
    api.call("delete", &id).await;
    let wrong_path = format!("/v2/{TOKEN}?access_token={TOKEN}");
    got(api.request(Method::GET, &wrong_path)).await.unwrap();
    got(api.body("info", TOKEN, TOKEN)).await.unwrap();
    got(api.body("info", TOKEN, &id).header("access-token", TOKEN)).await.unwrap();

    let log = api.control(Method::GET, "log", "").await;
    assert!(!log.text.contains(TOKEN), "{}", log.text);
    assert!(!format!("{:?}", api.sandbox.log()).contains(TOKEN));
    let log = log.json();
    let first = json!({
        "number": 1, "method": "POST", "path": "/v2/session/create", "token_in": ["body"], "instance_id_in": [],
        "instance_id": id, "fault": null, "status": 201, "executed": true, "delivered": true,
        "left": false, "hanging": false,
    });
    assert_eq!(log["requests"][0], first);
    assert_eq!(log["requests"][1]["token_in"], json!(["query"]));
    assert_eq!(log["requests"][4]["token_in"], json!(["header", "body"]));
    assert_eq!(log["requests"][4]["executed"], false, "a refusal has no effect");
    assert!(!api.control(Method::GET, "instances", "").await.text.contains(TOKEN));

    assert_eq!(api.control(Method::DELETE, "log", "").await.status, 200);
    assert_eq!(api.sandbox.log(), []);
    api.create().await;
    assert_eq!(api.sandbox.log()[0].number, 6, "numbers are never given twice");
}
