//! An answer of the API: read as a success only with what the call needs, as rejected only where that is sure,
//! and nothing is kept of it that is long or holds the token.

use std::time::Duration;

use wawpform::instance::{InstanceId, Secret};
use wawpform::wawp::answer::{Raw, created, done, observed};
use wawpform::wawp::{CallError, Created, Kind, Observed};

use super::pick;

/// A token that is found wherever it gets to.
const TOKEN: &str = "tok-MARKED-7f3a";
/// The longest text that may be kept of an answer, in characters: 200 of the server's words, and ours.
const LONGEST: usize = 360;
/// The codes that are only given before anything is executed.
const REFUSALS: [&str; 6] = [
    "quota_reached",
    "invalid_access_token",
    "missing_param",
    "subscription_required",
    "invalid_instance",
    "already_deleted",
];

/// An answer as it goes over the wire: a status line, headers, an empty line, a body. What stands before the
/// status line (in the fixtures: what is expected) is left out.
pub(crate) fn check(input: &[u8]) {
    let Some((status, retry_after, body)) = read(input) else { return };
    let token = Secret::new(TOKEN.to_owned());
    read_by_every_call(Raw { status, retry_after, body, token: &token });
    // The same answer, but it breaks off within the token.
    let beginning = &TOKEN.as_bytes()[..6];
    let Some(at) = body.windows(beginning.len()).position(|window| window == beginning) else { return };
    let end = at + beginning.len() + pick(body, TOKEN.len() - beginning.len());
    let cut = body.get(..end).filter(|cut| TOKEN.as_bytes().starts_with(&cut[at..]));
    if let Some(body) = cut {
        let all = read_by_every_call(Raw { status, retry_after, body, token: &token });
        assert!(!all.contains("tok-MA"), "{all}");
    }
}

/// Reads an answer in every way there is; returns all that would be kept of it.
fn read_by_every_call(raw: Raw<'_>) -> String {
    let Raw { status, body, .. } = raw;
    let asked = InstanceId::new("3EB0BCB2E3D4").expect("an id");
    let (create, info, done) = (created(raw), observed(raw, &asked), done(raw, &asked));
    match &create {
        Ok(read) => a_create(read, status, body),
        Err(error) => a_failure(error, &raw),
    }
    match &info {
        Ok(read) => an_info(read, status),
        Err(error) => a_failure(error, &raw),
    }
    match &done {
        Ok(()) => assert!(is_success(status)),
        Err(error) => a_failure(error, &raw),
    }
    format!("{create:?} {info:?} {done:?}")
}

/// Status, seconds of `Retry-After`, body.
fn read(input: &[u8]) -> Option<(u16, Option<Duration>, &[u8])> {
    let begin = input.windows(9).position(|window| window == b"HTTP/1.1 ")?;
    let answer = &input[begin + 9..];
    let (head, body) = match answer.windows(2).position(|window| window == b"\n\n") {
        Some(at) => (&answer[..at], &answer[at + 2..]),
        None => (answer, &b""[..]),
    };
    let head = String::from_utf8_lossy(head);
    let status = head.get(..3)?.parse().ok()?;
    let seconds = |line: &str| line.strip_prefix("retry-after: ")?.parse().ok();
    Some((status, head.lines().find_map(seconds).map(Duration::from_secs), body))
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn a_create(read: &Created, status: u16, body: &[u8]) {
    assert!(is_success(status));
    let Created { instance_id, session_name, server_name, status: _ } = read;
    kept(instance_id.as_str());
    [session_name, server_name].into_iter().flatten().for_each(|text| kept(text));
    let body: serde_json::Value = serde_json::from_slice(body).expect("a success is JSON");
    assert!(holds(&body, instance_id.as_str()), "an id from nowhere: {instance_id}");
}

/// Whether a text, or a number of these digits, is a value of a field somewhere in a body.
fn holds(body: &serde_json::Value, text: &str) -> bool {
    match body {
        serde_json::Value::Object(fields) => fields.values().any(|value| {
            value.as_str() == Some(text)
                || value.as_u64().is_some_and(|number| number.to_string() == text)
                || holds(value, text)
        }),
        _ => false,
    }
}

fn an_info(read: &Observed, status: u16) {
    assert!(is_success(status));
    let Observed { status, session_name, server_name, paired } = read;
    kept(status.as_word());
    assert!(!status.as_word().is_empty());
    [session_name, server_name, paired].into_iter().flatten().for_each(|text| kept(text));
}

/// A short text without the token.
fn kept(text: &str) {
    assert!(text.len() <= 128, "{text:?}");
    assert!(!text.contains(TOKEN), "{text:?}");
}

fn a_failure(error: &CallError, raw: &Raw<'_>) {
    let CallError { kind, status, code, retry_after, message } = error;
    assert_eq!(*retry_after, raw.retry_after);
    assert_eq!(*status, Some(raw.status));
    assert!(message.chars().count() <= LONGEST, "{message:?}");
    assert!(code.as_ref().is_none_or(|code| code.len() <= 64), "{code:?}");
    let all = format!("{error} {error:?}");
    assert!(!all.contains(TOKEN), "{all}");
    let names = |codes: &[&str]| codes.iter().any(|code| code_of(raw.body).contains(code));
    let sure = match raw.status {
        408 | 499 => false,
        307 | 308 | 400..=498 => true,
        // Only a code that says so.
        200..=299 => names(&REFUSALS),
        _ => false,
    };
    assert!(sure || *kind == Kind::Unknown, "{kind:?} of {} {:?}", raw.status, code);
    assert_eq!(error.surely_not_executed(), *kind != Kind::Unknown);
    match kind {
        Kind::RateLimited => assert_eq!(raw.status, 429),
        Kind::Quota => assert!(names(&["quota_reached"])),
        Kind::Unauthorized => assert!(raw.status == 401 || names(&["invalid_access_token"])),
        Kind::Gone => assert!(raw.status == 410 || names(&["invalid_instance", "already_deleted"])),
        Kind::NotFound { .. } => assert_eq!(raw.status, 404),
        Kind::Rejected | Kind::Unknown | Kind::NotSent | Kind::Untrusted => {}
    }
    assert!(!matches!(kind, Kind::NotSent | Kind::Untrusted), "an answer came");
}

/// The body as text in which a code would stand as it is: JSON may write it with escapes.
fn code_of(body: &[u8]) -> String {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => value.to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}
