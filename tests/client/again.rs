//! Which failures are made good by calling again, and which are not.

use wawpform::wawp::{Kind, Notice};

use super::listener::{Listener, answer};
use super::{Caller, api, id, patient};

#[tokio::test]
async fn calls_that_may_be_repeated_are_made_again_after_a_server_error() {
    for call in ["info", "stop", "delete"] {
        let api = api(&format!("faults: [{{on: {call}, nth: 1, what: answer, status: 503}}]")).await;
        let id = api.create().await;
        let client = api.client();
        match call {
            "info" => drop(client.info(&id).await.unwrap()),
            "stop" => client.stop(&id).await.unwrap(),
            _ => client.delete(&id).await.unwrap(),
        }
        assert_eq!(api.called(), ["create", call, call]);
        let notices = api.caller.notices();
        assert!(
            matches!(&notices[..], [Notice::Again { error, .. }] if error.status == Some(503)),
            "{notices:?}"
        );
    }
}

#[tokio::test]
async fn a_delete_that_was_executed_and_lost_its_answer_is_found_to_be_done() {
    let api = api("faults: [{on: delete, nth: 1, what: drop_after}]").await;
    let id = api.create().await;
    let error = api.client().delete(&id).await.unwrap_err();
    assert_eq!((error.kind, api.called().len()), (Kind::Gone, 3));
    assert_eq!(api.sandbox.instances(), []);
}

#[tokio::test]
async fn what_does_something_is_not_made_again_after_a_server_error() {
    for call in ["start", "logout"] {
        let api = api(&format!("faults: [{{on: {call}, what: answer, status: 503}}]")).await;
        let id = api.create().await;
        let error = match call {
            "start" => api.client().start(&id).await.unwrap_err(),
            _ => api.client().logout(&id).await.unwrap_err(),
        };
        assert_eq!(error.kind, Kind::Unknown);
        assert_eq!(api.called(), ["create", call]);
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    for status in [403, 404, 409, 410, 422] {
        let api = api(&format!("faults: [{{on: info, what: answer, status: {status}}}]")).await;
        let error = api.client().info(&id("3EB0BCB2E3D4")).await.unwrap_err();
        assert_eq!((error.status, api.called().len()), (Some(status), 1));
        assert!(error.surely_not_executed(), "{error}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = api("faults: []").await;
    let location = format!("location: {}/v2/session/create", elsewhere.sandbox.base_url());
    for (status, kind) in
        [(301, Kind::Unknown), (302, Kind::Unknown), (307, Kind::Rejected), (308, Kind::Rejected)]
    {
        let server = Listener::serving([answer(&format!("{status} Elsewhere\r\n{location}"), "")]).await;
        let error = Caller::new(&server.base_url(), patient()).no_create().await;
        assert_eq!(error.kind, kind, "{status}");
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
    }
    assert_eq!(elsewhere.called(), [""; 0]);
}

#[tokio::test]
async fn who_waits_no_more_gets_the_failure_that_is_there() {
    let api = api("faults: [{on: info, what: answer, status: 503}]").await;
    let client = api.client();
    client.wait_no_more();
    assert_eq!(client.info(&id("3EB0BCB2E3D4")).await.unwrap_err().status, Some(503));
    assert_eq!(api.called(), ["info"]);
    // What does not have to wait still goes out.
    api.create().await;
}
