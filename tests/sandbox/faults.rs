//! Each kind of fault, as a client meets it and as the log tells it.

use reqwest::Method;
use serde_json::json;
use wawpform::sandbox::{Logged, Options, Plan};

use super::{Api, TOKEN, api, api_with, got, options, start};

/// What matters of the last request: status, executed, delivered.
fn last(api: &Api) -> (Option<u16>, bool, bool) {
    let Logged { status, executed, delivered, fault, .. } = api.sandbox.log().pop().unwrap();
    assert_eq!(fault, Some(1), "the fault fired");
    (status, executed, delivered)
}

#[tokio::test]
async fn a_status_before_executing_leaves_the_world_alone() {
    let api = api_with("faults: [{on: create, nth: 1, what: answer, status: 503, message: try later}]").await;
    let got = api.call("create", "").await;
    assert_eq!(got.code(), (503, "wawp_upstream_error".to_owned()));
    assert_eq!(got.json()["message"], "try later");
    assert_eq!(last(&api), (Some(503), false, true));
    assert_eq!(api.sandbox.instances(), []);
    api.create().await;
}

#[tokio::test]
async fn too_many_requests_come_with_and_without_retry_after() {
    let rules = "faults:\n\
        - {on: create, nth: 1, what: answer, status: 429, headers: {Retry-After: '1'}}\n\
        - {on: create, nth: 2, what: answer, status: 429}\n";
    let api = api_with(rules).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let response = api.body("create", TOKEN, "").send().await.unwrap();
        let after = response.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        seen.push((response.status().as_u16(), after));
    }
    assert_eq!(seen, [(429, Some("1".to_owned())), (429, None), (201, None)]);
}

#[tokio::test]
async fn a_status_after_executing_loses_a_slot() {
    let api = api_with("faults: [{on: create, what: answer_after, status: 502, shape: html}]").await;
    let got = api.call("create", "").await;
    assert_eq!((got.status, got.content_type.as_str()), (502, "text/html"));
    assert!(got.text.starts_with("<html>"), "{got:?}");
    assert_eq!(last(&api), (Some(502), true, true));
    assert_eq!(api.sandbox.instances().len(), 1);
}

#[tokio::test]
async fn a_dropped_connection_tells_nothing_about_what_was_executed() {
    for (what, executed) in [("drop_before", false), ("drop_after", true)] {
        let api = api_with(&format!("faults: [{{on: create, nth: 1, what: {what}}}]")).await;
        let error = api.try_call("create", "").await.unwrap_err();
        assert!(!error.is_connect(), "it was sent: {error:?}");
        assert_eq!(last(&api), (None, executed, false), "{what}");
        assert_eq!(api.sandbox.instances().len(), usize::from(executed), "{what}");
        assert_eq!(api.sandbox.log().len(), 1, "nobody sent it again");
        api.create().await;
    }
}

#[tokio::test]
async fn a_call_that_hangs_goes_on_when_it_is_released() {
    for (what, executed) in [("hang_before", false), ("hang_after", true)] {
        let api = api_with(&format!("faults: [{{on: create, nth: 1, what: {what}}}]")).await;
        let release = async {
            api.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging)).await;
            assert_eq!(api.sandbox.log()[0].executed, executed, "{what}");
            assert_eq!(api.control(Method::POST, "release", "").await.status, 200);
        };
        let (created, ()) = tokio::join!(api.call("create", ""), release);
        assert_eq!(created.status, 201, "{what}");
        assert_eq!(last(&api), (Some(201), true, true), "{what}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_hanging_call_gets_nothing() {
    for (what, executed) in [("hang_before", false), ("hang_after", true)] {
        let api = api_with(&format!("faults: [{{on: create, nth: 1, what: {what}}}]")).await;
        let hangs = api.sandbox.log_until(|log| log.iter().any(|entry| entry.hanging));
        tokio::select! {
            got = api.try_call("create", "") => panic!("{got:?}"),
            () = hangs => {}
        }
        // A release now comes too late: neither to execute it nor to deliver anything.
        api.sandbox.log_until(|log| log[0].left).await;
        api.sandbox.release();
        api.sandbox.log_until(|log| !log[0].hanging).await;
        let entry = api.sandbox.log().remove(0);
        assert_eq!((entry.executed, entry.delivered), (executed, false), "{what}");
        assert_eq!(api.sandbox.instances().len(), usize::from(executed), "{what}");
    }
}

#[tokio::test]
async fn half_an_answer_arrives_whole_or_cut() {
    let api = api_with("faults: [{on: create, what: garble}]").await;
    let got = api.call("create", "").await;
    assert_eq!(got.status, 201);
    assert!(
        serde_json::from_str::<serde_json::Value>(&got.text).is_err() && got.text.starts_with('{'),
        "{got:?}"
    );
    assert_eq!(last(&api), (Some(201), true, true));

    let api = api_with("faults: [{on: create, what: truncate}]").await;
    let response = api.body("create", TOKEN, "").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    assert!(response.text().await.is_err(), "the body is shorter than it promised");
    assert_eq!(last(&api), (Some(201), true, false));
    assert_eq!(api.sandbox.instances().len(), 1);
}

#[tokio::test]
async fn a_success_can_come_in_other_shapes() {
    let api = api_with("faults: [{on: create, what: envelope}]").await;
    let body = api.call("create", "").await.json();
    assert!(body["data"]["instance_id"].is_string() && body.get("instance_id").is_none(), "{body}");

    let api = api_with("faults: [{on: create, nth: 1, what: numeric_id}]").await;
    let id = api.call("create", "").await.json()["instance_id"].as_u64().unwrap();
    assert_eq!(api.status(&id.to_string()).await, "STOPPED");
    api.create().await;

    let api = api_with("faults: [{what: echo_token}]").await;
    let created = api.call("create", "").await.json();
    assert_eq!(created["config"]["metadata"]["access_token"], TOKEN);
    let info = api.call("info", created["instance_id"].as_str().unwrap()).await.json();
    assert_eq!(info["config"]["metadata"]["access_token"], TOKEN);
    assert_eq!(info["config"]["proxy"], json!(null), "what was there stays");
    assert!(!format!("{:?}", api.sandbox.log()).contains(TOKEN));
}

#[tokio::test]
async fn an_error_can_come_under_200_or_as_xml_text_or_nothing() {
    let api = api_with("faults: [{what: answer, status: 200, code: invalid_session, message: no}]").await;
    assert_eq!(api.call("create", "").await.code(), (200, "invalid_session".to_owned()));
    for (shape, content_type, start) in [
        ("xml", "application/xml", "<?xml"),
        ("text", "text/plain; charset=utf-8", "Missing"),
        ("empty", "", ""),
        ("wordpress", "application/json; charset=utf-8", "{"),
        ("numeric", "application/json; charset=utf-8", "{"),
        ("nested", "application/json; charset=utf-8", "{\"error\":{"),
    ] {
        let message = if shape == "empty" { "" } else { ", message: Missing" };
        let api =
            api_with(&format!("faults: [{{what: answer, status: 400, shape: {shape}{message}}}]")).await;
        let got = api.call("create", "").await;
        assert_eq!((got.status, got.content_type.as_str()), (400, content_type), "{shape}");
        assert!(got.text.starts_with(start), "{shape}: {got:?}");
    }
    let own = "faults: [{what: answer, status: 521, body: '<b>down</b>', content_type: text/html}]";
    let got = api_with(own).await.call("create", "").await;
    assert_eq!((got.status, got.content_type.as_str(), got.text.as_str()), (521, "text/html", "<b>down</b>"));
}

#[tokio::test]
async fn a_create_may_start_at_once_a_start_may_be_stuck_and_a_read_stale() {
    let api = api_with("faults: [{on: create, what: starting}]").await;
    let created = api.call("create", "").await.json();
    assert_eq!(created["status"], "STARTING");

    let api = api_with("faults: [{on: start, times: 1, what: stuck}]").await;
    let id = api.create().await;
    api.call("start", &id).await;
    for _ in 0..10 {
        assert_eq!(api.status(&id).await, "STARTING");
    }
    api.call("restart", &id).await;
    assert_eq!([api.status(&id).await, api.status(&id).await], ["STARTING", "SCAN_QR_CODE"]);

    let api = api_with("faults: [{on: info, times: 2, what: stale}]").await;
    let id = api.create().await;
    api.call("start", &id).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(api.status(&id).await);
    }
    assert_eq!(seen, ["STOPPED", "STOPPED", "STARTING", "SCAN_QR_CODE"]);
}

#[tokio::test]
async fn one_instance_can_be_singled_out() {
    let api = api().await;
    let (bad, good) = (api.create().await, api.create().await);
    let rule = json!({ "faults": [{
        "on": "info", "instance_id": bad, "what": "answer", "status": 404, "code": "invalid_session",
    }]});
    assert_eq!(api.control(Method::PUT, "faults", &rule.to_string()).await.status, 200);
    assert_eq!(api.call("info", &bad).await.code(), (404, "invalid_session".to_owned()));
    assert_eq!(api.call("info", &good).await.status, 200);
}

#[tokio::test]
async fn faults_are_replaced_and_counted_over_http() {
    let api = api().await;
    let rules = "faults:\n  - {on: create, times: 2, what: answer, status: 500}\n";
    for method in [Method::PUT, Method::POST] {
        let set = api.control(method, "faults", rules).await.json();
        assert_eq!(set["faults"][0]["left"], 2, "counting begins again");
        assert_eq!(api.call("create", "").await.status, 500);
        let left = api.control(Method::GET, "faults", "").await.json();
        let rule = json!({ "on": "create", "times": 2, "what": "answer", "status": 500 });
        assert_eq!(left, json!({ "faults": [{ "rule": rule, "seen": 1, "fired": 1, "left": 1 }] }));
    }
    let wrong = api.control(Method::PUT, "faults", "faults: [{what: explode}]").await;
    assert_eq!(wrong.code(), (400, "bad_faults".to_owned()));
    assert_eq!(api.sandbox.faults()[0].fired, 1, "a bad list replaces nothing");
    assert_eq!(api.control(Method::PUT, "faults", "faults: []").await.status, 200);
    api.create().await;
}

#[tokio::test]
async fn a_delay_is_only_a_delay() {
    let api = api_with("faults: [{on: create, what: delay, delay_ms: 1}]").await;
    assert_eq!(got(api.body("create", TOKEN, "")).await.unwrap().status, 201);
    assert_eq!(last(&api), (Some(201), true, true));
}

/// Every call by its name in the faults file.
const CALLS: [(&str, &str, &str); 10] = [
    ("read_policy", "GET", "/v2/session/rate-limit"),
    ("set_policy", "PATCH", "/v2/session/rate-limit"),
    ("read_webhooks", "GET", "/v2/session/webhook"),
    ("set_webhook", "POST", "/v2/webhook/set"),
    ("delete_webhook", "DELETE", "/v2/webhook/delete"),
    ("read_link", "GET", "/v2/session/temp-link"),
    ("make_link", "POST", "/v2/session/temp-link"),
    ("revoke_links", "DELETE", "/v2/session/temp-link"),
    ("qr", "GET", "/v2/auth/qr"),
    ("request_code", "POST", "/v2/auth/request-code"),
];

/// A paid account with an instance that every call finds as it needs it.
async fn furnished() -> (Api, String) {
    let api = start(Options { plan: Plan::Paid, ..options() }).await;
    let id = api.create().await;
    api.call("start", &id).await;
    api.status(&id).await;
    api.status(&id).await;
    (api, id)
}

#[tokio::test]
async fn the_calls_of_the_whole_life_are_known_by_name_and_go_wrong_like_the_others() {
    let (api, id) = furnished().await;
    let url = "https://a.example";
    let fields = json!({
        "policy_slug": "strict", "url": url, "events": ["message"], "phone_number": "201145202826",
    });
    for (name, method, path) in CALLS {
        let ask = || api.ask(method.parse().unwrap(), path, &id, fields.clone());
        for (what, more, status) in [
            ("answer", ", status: 503", Some(503)),
            ("answer_after", ", status: 502", Some(502)),
            ("envelope", "", Some(200)),
            ("echo_token", "", Some(200)),
            ("garble", "", Some(200)),
        ] {
            // What a delete takes away was there.
            let hook = json!({ "instance_id": id, "url": url, "events": [] }).to_string();
            assert_eq!(api.control(Method::POST, "webhook", &hook).await.status, 200);
            let rule = format!("faults: [{{on: {name}, times: 1, what: {what}{more}}}]");
            assert_eq!(api.control(Method::PUT, "faults", &rule).await.status, 200, "{rule}");
            // The rule is not about any other call.
            assert_eq!(api.call("info", &id).await.status, 200);
            let got = ask().await;
            assert_eq!(Some(got.status), status, "{name} {what}: {got:?}");
            let entry = api.sandbox.log().pop().unwrap();
            assert_eq!((entry.fault, entry.executed), (Some(1), what != "answer"), "{name} {what}");
            match what {
                "envelope" => assert!(got.json()["data"].is_object(), "{name}: {got:?}"),
                "echo_token" => assert_eq!(got.json()["config"]["metadata"]["access_token"], TOKEN, "{name}"),
                "garble" => assert!(serde_json::from_str::<serde_json::Value>(&got.text).is_err(), "{name}"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_policy_or_webhook_is_set_even_if_its_answer_is_lost() {
    let (api, id) = furnished().await;
    let rules = "faults: [{on: set_policy, what: drop_after}, {on: set_webhook, what: drop_after}]";
    api.control(Method::PUT, "faults", rules).await;
    for (method, path, fields) in [
        (Method::PATCH, "/v2/session/rate-limit", json!({ "policy_slug": "strict" })),
        (Method::POST, "/v2/webhook/set", json!({ "url": "https://a.example", "events": [] })),
    ] {
        let mut body = fields;
        body["access_token"] = json!(TOKEN);
        body["instance_id"] = json!(id);
        got(api.request(method, path).body(body.to_string())).await.unwrap_err();
    }
    let it = api.sandbox.instances().remove(0);
    assert_eq!((it.policy.as_str(), it.webhooks.len()), ("strict", 1));
}

#[tokio::test]
async fn a_stale_read_tells_the_policy_and_the_webhooks_of_before() {
    let (api, id) = furnished().await;
    let rules =
        "faults: [{on: read_policy, times: 1, what: stale}, {on: read_webhooks, times: 1, what: stale}]";
    api.control(Method::PUT, "faults", rules).await;
    let fields = json!({ "policy_slug": "strict", "url": "https://a.example", "events": [] });
    api.say(Method::PATCH, "/v2/session/rate-limit", &id, fields.clone()).await;
    api.say(Method::POST, "/v2/webhook/set", &id, fields).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let policy = api.read("/v2/session/rate-limit", &id).await.json()["current_policy"].clone();
        let webhooks = api.read("/v2/session/webhook", &id).await.json()["webhooks"].clone();
        seen.push((policy, webhooks.as_array().unwrap().len()));
    }
    assert_eq!(seen, [(json!("standard_policy"), 0), (json!("strict"), 1)]);
}
