//! A create is made at most once: whatever becomes of its answer, there is one request and no guess.

use std::time::Duration;

use tokio::net::TcpSocket;
use wawpform::wawp::{CallError, Kind, Notice, Timeouts};

use super::listener::{Listener, Reply, answer};
use super::{Api, Caller, api, api_with, options, patient};

/// One request was sent and its outcome is unknown, also to a caller who would have waited for more.
fn assert_unknown(api: &Api, error: &CallError, executed: bool, fault: &str) {
    assert_eq!(error.kind, Kind::Unknown, "{fault}: {error}");
    assert_eq!(api.called(), ["create"], "{fault}");
    assert_eq!(api.executed(), usize::from(executed), "{fault}");
    assert_eq!(api.caller.notices(), [], "{fault}");
}

#[tokio::test]
async fn a_lost_or_unreadable_answer_leaves_one_request_of_unknown_outcome() {
    for (fault, executed, status) in [
        ("drop_before", false, None),
        ("drop_after", true, None),
        ("garble", true, Some(201)),
        ("truncate", true, Some(201)),
        ("answer, status: 500", false, Some(500)),
        ("answer_after, status: 500", true, Some(500)),
        ("answer_after, status: 502, shape: html", true, Some(502)),
        ("answer_after, status: 524, shape: empty", true, Some(524)),
        ("answer_after, status: 200, shape: empty", true, Some(200)),
        ("answer_after, status: 200, body: '{}'", true, Some(200)),
        ("answer_after, status: 200, code: surprise, message: what", true, Some(200)),
        ("answer_after, status: 408, shape: text", true, Some(408)),
        ("answer_after, status: 303, shape: empty", true, Some(303)),
    ] {
        let api = api(&format!("faults: [{{on: create, what: {fault}}}]")).await;
        let error = api.caller.no_create().await;
        assert_unknown(&api, &error, executed, fault);
        assert_eq!(error.status, status, "{fault}");
    }
}

#[tokio::test]
async fn a_create_without_an_answer_in_time_is_of_unknown_outcome() {
    for (fault, executed) in [("hang_before", false), ("hang_after", true)] {
        let timeouts = Timeouts { create: Duration::from_millis(200), ..patient() };
        let faults = format!("faults: [{{on: create, what: {fault}}}]");
        let api = api_with(options(&faults), timeouts).await;
        let error = api.caller.no_create().await;
        assert_eq!(error.to_string(), "no answer in time");
        api.sandbox.log_until(|log| log[0].left).await;
        assert_unknown(&api, &error, executed, fault);
    }
}

#[tokio::test]
async fn a_reset_after_the_request_is_of_unknown_outcome() {
    let good = answer("201 Created", r#"{"instance_id":"3EB0BCB2E3D4"}"#);
    let server = Listener::serving([Reply::Reset, good]).await;
    let error = Caller::new(&server.base_url(), patient()).no_create().await;
    assert_eq!(error.kind, Kind::Unknown, "{error}");
    assert!(error.to_string().starts_with("the connection broke before an answer came"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_breaks_off_after_the_id_names_it_so_that_it_can_be_imported() {
    for fault in ["garble", "truncate"] {
        let api = api(&format!("faults: [{{on: create, what: {fault}}}]")).await;
        let error = api.caller.no_create().await;
        let made = api.sandbox.instances().remove(0).instance_id;
        let expected = format!("HTTP 201: the answer breaks off; it names the instance_id {made}");
        assert_eq!(error.to_string(), expected, "{fault}");
    }
}

#[tokio::test]
async fn a_refusal_is_one_request_that_was_not_executed() {
    for (fault, kind) in [
        ("status: 400, code: bad_request", Kind::Rejected),
        ("status: 403", Kind::Quota),
        ("status: 403, shape: nested", Kind::Quota),
        ("status: 403, shape: numeric", Kind::Quota),
        ("status: 403, shape: wordpress", Kind::Quota),
        ("status: 403, shape: xml", Kind::Quota),
        ("status: 403, code: subscription_required", Kind::Rejected),
        ("status: 200, code: quota_reached", Kind::Quota),
        ("status: 404, shape: html, code: not_found", Kind::NotFound { api_spoke: false }),
    ] {
        let api = api(&format!("faults: [{{on: create, what: answer, {fault}}}]")).await;
        let error = api.caller.no_create().await;
        assert_eq!(error.kind, kind, "{fault}: {error}");
        assert!(error.surely_not_executed(), "{fault}");
        assert_eq!((api.called().len(), api.executed()), (1, 0), "{fault}");
    }
}

#[tokio::test]
async fn a_create_that_was_never_sent_is_made_again_and_then_exactly_once() {
    // Bound, and not listening: every connection is refused, and nobody else gets the port.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let base_url = format!("http://{}", socket.local_addr().unwrap());
    let (refused, heard) = tokio::sync::oneshot::channel();
    let refused = std::sync::Mutex::new(Some(refused));
    let caller = Caller::telling(&base_url, patient(), move |_| {
        if let Some(refused) = refused.lock().unwrap().take() {
            refused.send(()).unwrap();
        }
    });
    let serve = async {
        heard.await.unwrap();
        let good = answer("201 Created", r#"{"instance_id":"3EB0BCB2E3D4"}"#);
        Listener::on(socket.listen(8).unwrap(), [good])
    };
    let (created, server) = tokio::join!(caller.client.create(), serve);
    assert_eq!(created.unwrap().instance_id.as_str(), "3EB0BCB2E3D4");
    assert_eq!(server.requests().len(), 1);
    let notices = caller.notices();
    let [Notice::Again { error, .. }] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(error.kind, Kind::NotSent);
}

#[tokio::test]
async fn a_refused_connection_says_so_and_was_not_sent() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let caller = Caller::new(&format!("http://{}", socket.local_addr().unwrap()), patient());
    caller.client.wait_no_more();
    let error = caller.no_create().await;
    assert_eq!((error.kind, error.status), (Kind::NotSent, None));
    let text = error.to_string();
    assert!(
        text.starts_with("no connection to http://127.0.0.1:") && text.to_lowercase().contains("refused"),
        "{text}"
    );
}
