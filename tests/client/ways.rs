//! Servers that look for credentials in one place only: the documented alternatives are tried, each once, what works
//! is kept, and a token that had to go into a URL is told.

use wawpform::sandbox::{Options, Place};
use wawpform::wawp::way::Carrier;
use wawpform::wawp::{Kind, Notice};

use super::listener::{Listener, answer};
use super::{Api, Caller, NO_FAULTS, TOKEN, api_with, id, options, patient};

async fn looking_at(place: Place) -> Api {
    api_with(Options { looked_at: vec![place], ..options(NO_FAULTS) }, patient()).await
}

fn ways_tried(api: &Api) -> Vec<Carrier> {
    let tried = |notice| if let Notice::OtherWay { way, .. } = notice { Some(way.carrier) } else { None };
    api.caller.notices().into_iter().filter_map(tried).collect()
}

#[tokio::test]
async fn a_server_that_looks_in_one_place_only_works_and_each_way_is_found_once() {
    let once = ["create", "info", "start", "stop", "logout", "delete"];
    for (place, tried, refused) in [
        (Place::Header, vec![], 0),
        (Place::Body, vec![Carrier::Body], 1),
        (Place::Query, vec![Carrier::Query; 6].into_iter().chain([Carrier::Body]).collect(), 7),
    ] {
        let api = looking_at(place).await;
        let client = api.client();
        for _ in 0..2 {
            let id = client.create().await.unwrap().instance_id;
            client.info(&id).await.unwrap();
            client.start(&id).await.unwrap();
            client.stop(&id).await.unwrap();
            client.logout(&id).await.unwrap();
            client.delete(&id).await.unwrap();
        }
        let mut found = ways_tried(&api);
        found.sort_unstable_by_key(|carrier| std::cmp::Reverse(*carrier));
        assert_eq!(found, tried, "{place:?}");
        assert_eq!(api.executed(), 2 * once.len(), "{place:?}");
        assert_eq!(
            api.called().len(),
            2 * once.len() + refused,
            "{place:?}: the second time nothing is refused"
        );
        let told = api.caller.notices().iter().filter(|it| matches!(it, Notice::TokenInUrl { .. })).count();
        assert_eq!(told, usize::from(place == Place::Query), "{place:?}");
        let in_url = api.sandbox.log().iter().any(|entry| entry.token_in.contains(&Place::Query));
        assert_eq!(in_url, place == Place::Query, "{place:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_wrong_everywhere_is_tried_once_in_each_place_and_told_as_the_first_refusal() {
    let first = answer("401 Unauthorized", r#"{"code":"invalid_access_token","message":"first"}"#);
    let second = answer("401 Unauthorized", r#"{"code":"invalid_access_token","message":"second"}"#);
    let server = Listener::serving([first, second]).await;
    let caller = Caller::new(&server.base_url(), patient());
    let error = caller.client.create().await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Unauthorized, "first"));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].starts_with(&format!("POST /v2/session/create?access_token={TOKEN} HTTP/1.1\r\n")));
    assert!(requests[1].ends_with("\r\n\r\n"), "a call that carries its credentials in the URL has no body");
    let told = caller.notices();
    assert!(matches!(&told[..], [Notice::OtherWay { .. }]), "nothing worked, so nothing is kept: {told:?}");
}

#[tokio::test]
async fn every_form_of_a_missing_parameter_is_answered_with_the_other_way() {
    for (head, body) in [
        ("400 Bad Request", r#"{"code":"missing_param","message":"no"}"#),
        ("400 Bad Request", r#"{"error":{"code":"missing_param"}}"#),
        ("400 Bad Request\r\ncontent-type: text/xml", "<error><code>missing_param</code></error>"),
        ("400 Bad Request\r\ncontent-type: text/plain", "Missing required parameter: access_token"),
        ("401 Unauthorized\r\ncontent-type: text/plain", "missing access_token"),
        ("401 Unauthorized", ""),
        ("200 OK", r#"{"code":"missing_param","message":"no"}"#),
    ] {
        let made = answer("201 Created", r#"{"instance_id":"3EB0BCB2E3D4"}"#);
        let server = Listener::serving([answer(head, body), made]).await;
        let caller = Caller::new(&server.base_url(), patient());
        let created = caller.client.create().await.unwrap_or_else(|error| panic!("{head} {body}: {error}"));
        assert_eq!(created.instance_id, id("3EB0BCB2E3D4"));
    }
}

#[tokio::test]
async fn what_the_other_way_leaves_unknown_is_unknown_and_not_the_first_refusal() {
    let refused = answer("401 Unauthorized", "");
    for (second, kind) in [
        (answer("502 Bad Gateway", "<html>"), Kind::Unknown),
        (answer("403 Forbidden", r#"{"code":"quota_reached"}"#), Kind::Quota),
    ] {
        let server = Listener::serving([refused.clone(), second]).await;
        let error = Caller::new(&server.base_url(), patient()).client.create().await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_token_that_stops_working_is_not_tried_in_a_url() {
    let works = answer("200 OK", r#"{"status":"WORKING"}"#);
    let refused = answer("401 Unauthorized", r#"{"code":"invalid_access_token"}"#);
    let server = Listener::serving([works, refused]).await;
    let caller = Caller::new(&server.base_url(), patient());
    caller.client.info(&id("X1")).await.unwrap();
    let error = caller.client.info(&id("X1")).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert_eq!(server.requests().len(), 2);
    assert_eq!(caller.notices(), []);
}

#[tokio::test]
async fn no_other_way_is_tried_once_nothing_is_waited_for() {
    let server = Listener::serving([answer("401 Unauthorized", "")]).await;
    let caller = Caller::new(&server.base_url(), patient());
    caller.client.wait_no_more();
    let error = caller.client.create().await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert_eq!(server.requests().len(), 1);
}
