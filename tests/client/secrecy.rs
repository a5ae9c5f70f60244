//! The token is in no error, no notice and no value that a call returns, whatever the server says.

use super::listener::{Listener, answer};
use super::{Caller, TOKEN, api, id, patient};

/// A telling part of the token.
const PART: &str = "MARKED";

async fn all_that_is_known_after(reply: super::listener::Reply) -> String {
    let server = Listener::serving([reply]).await;
    let caller = Caller::new(&server.base_url(), patient());
    caller.client.wait_no_more();
    let shown = match caller.client.create().await {
        Ok(created) => format!("{created:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    format!("{shown} {:?}", caller.notices())
}

#[tokio::test]
async fn a_server_that_echoes_the_token_does_not_get_it_into_any_text() {
    let late = format!("{}{TOKEN}", "x".repeat(194));
    let bodies = [
        format!(r#"{{"code":"{TOKEN}","message":"{TOKEN} is not known"}}"#),
        format!(r#"{{"message":"{late}"}}"#),
        format!(r#"{{"error":"{TOKEN}"}}"#),
        format!("the token {TOKEN} is wrong"),
        late.clone(),
        format!("<html><p class=\"{TOKEN}\">{TOKEN}</p></html>"),
        format!(r#"{{"config":{{"metadata":{{"access_token":"{TOKEN}"}}}}}}"#),
        format!(r#"{{"config":{{"metadata":{{"access_token":"{TOKEN}""#),
        format!(r#"{{"config":{{"metadata":{{"access_token":"{}"#, &TOKEN[..13]),
        format!(r#"{{"instance_id":"{TOKEN}"}}"#),
        format!(r#"{{"instance_id":"A{TOKEN}","session_name":"s"}}"#),
        format!(r#"{{"instance_id":"3EB0BCB2E3D4","session_name":"{TOKEN}","server_name":"on {TOKEN}"}}"#),
    ];
    for body in bodies {
        for head in ["200 OK", "201 Created", "400 Bad Request", "401 Unauthorized", "429 Slow", "500 Oops"] {
            let shown = all_that_is_known_after(answer(head, &body)).await;
            assert!(!shown.contains(PART), "{head} {body}\n{shown}");
        }
    }
}

#[tokio::test]
async fn a_token_in_the_metadata_of_a_good_answer_is_left_there() {
    let api = api("faults: [{what: echo_token}]").await;
    let created = api.client().create().await.unwrap();
    let observed = api.client().info(&created.instance_id).await.unwrap();
    assert!(!format!("{created:?} {observed:?}").contains(PART));
    assert!(created.session_name.is_some() && created.server_name.is_some());
}

#[tokio::test]
async fn a_status_or_a_paired_number_that_holds_the_token_is_not_taken_over() {
    for body in [
        format!(r#"{{"status":"{TOKEN}"}}"#),
        format!(r#"{{"status":"WORKING","me":{{"id":"{TOKEN}@c.us"}},"name":"{TOKEN}"}}"#),
        format!(r#"{{"status":"WORKING","instance_id":"{TOKEN}"}}"#),
    ] {
        // An info of unknown outcome would be made again.
        let server = Listener::serving([answer("200 OK", &body)]).await;
        let caller = Caller::new(&server.base_url(), patient());
        caller.client.wait_no_more();
        let shown = match caller.client.info(&id("3EB0BCB2E3D4")).await {
            Ok(observed) => format!("{observed:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!format!("{shown} {:?}", caller.notices()).contains(PART), "{body}\n{shown}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut_and_does_no_harm() {
    let long = format!(r#"{{"instance_id":"3EB0BCB2E3D4","more":"{}"}}"#, "x".repeat(3 << 20));
    let server = Listener::serving([answer("201 Created", &long)]).await;
    let error = Caller::new(&server.base_url(), patient()).no_create().await;
    assert_eq!(error.to_string(), "HTTP 201: the answer breaks off; it names the instance_id 3EB0BCB2E3D4");
    let server = Listener::serving([answer("500 Oops", &"y".repeat(3 << 20))]).await;
    let error = Caller::new(&server.base_url(), patient()).no_create().await;
    assert!(error.message.len() < 300, "{} bytes", error.message.len());
}
