//! Which path and method goes where, and how a request becomes a call and a reply an HTTP answer.
//!
//! Invariant: apart from what is under `/_sandbox/`, no path answers that the real API does not have.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::routing::any;
use tokio_util::sync::CancellationToken;

use super::answers::Answer;
use super::calls::{Call, Reply, perform};
use super::control;
use super::credentials::Credentials;
use super::line::Switch;
use super::operation::Operation;
use super::shared::Shared;

/// No request of this API is anywhere near this long, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let mut router = control::router();
    for path in Operation::all().map(Operation::path).collect::<BTreeSet<_>>() {
        let here = Operation::all().filter(|operation| operation.path() == path).collect::<Arc<[_]>>();
        let serve = move |state, line, request| session(here, state, line, request);
        router = router.route(path, any(serve));
    }
    router.fallback(unknown_path).with_state(shared)
}

async fn session(
    here: Arc<[Operation]>,
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Switch>,
    request: Request,
) -> Response {
    let (arrived, credentials) = match arrive(&shared, request).await {
        Ok(arrived) => arrived,
        Err(response) => return response,
    };
    let Arrived { number, method } = arrived;
    let Some(operation) = here.iter().copied().find(|it| it.methods().contains(&method)) else {
        let allowed = here.iter().flat_map(|operation| operation.methods());
        let names = allowed.map(Method::as_str).collect::<Vec<_>>().join(", ");
        let mut answer = Answer::error(405, "method_not_allowed", &format!("Use {names}."));
        answer.headers.push(("allow".to_owned(), names));
        return deliver(&shared, number, answer);
    };
    let id = credentials.instance_id.as_deref();
    let fault = shared.with_faults(|faults| faults.pick(operation.endpoint(), id));
    if let Some(fault) = &fault {
        shared.log(|log| log.note(number, |entry| entry.fault = Some(fault.rule)));
    }
    let call = Call { number, operation, credentials, fault };
    // The connection drops this future when its client leaves, and with it the guard. The call itself goes on.
    let gone = CancellationToken::new();
    let mut client = Client { shared: &shared, number, gone: gone.clone(), is_answered: false };
    let performing = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move { shared.stop.run_until_cancelled(perform(&shared, &call, &gone)).await }
    });
    let performed = performing.await;
    client.is_answered = true;
    match performed {
        Ok(Some(Reply::Answer(answer))) => deliver(&shared, number, answer),
        Ok(Some(Reply::Instead { bytes, status })) => {
            shared.log(|log| log.note(number, |entry| entry.status = status));
            line.send_instead(bytes);
            Response::default()
        }
        // Stopped in the middle of it, or the gate panicked: the client learns nothing.
        Ok(None) | Err(_) => {
            line.send_instead(Vec::new());
            Response::default()
        }
    }
}

/// The client of one call, as far as its connection tells.
struct Client<'a> {
    shared: &'a Shared,
    number: u64,
    gone: CancellationToken,
    is_answered: bool,
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.gone.cancel();
            self.shared.log(|log| log.note(self.number, |entry| entry.left = true));
        }
    }
}

struct Arrived {
    number: u64,
    method: Method,
}

/// Reads a request to its end and notes it.
async fn arrive(shared: &Shared, request: Request) -> Result<(Arrived, Credentials), Response> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await;
    let read = body.as_ref().map_or(&[][..], Bytes::as_ref);
    let credentials =
        Credentials::read(&shared.looked_at, &head.headers, head.uri.query().unwrap_or_default(), read);
    let number = shared.log(|log| log.begin(head.method.as_str(), head.uri.path(), &credentials));
    if body.is_err() {
        let message = format!("The body is longer than {LONGEST_BODY} bytes.");
        let mut answer = Answer::error(413, "body_too_large", &message);
        // The rest of the body is not read.
        answer.headers.push(("connection".to_owned(), "close".to_owned()));
        return Err(deliver(shared, number, answer));
    }
    Ok((Arrived { number, method: head.method }, credentials))
}

async fn unknown_path(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (Arrived { number, method: _ }, _) = match arrive(&shared, request).await {
        Ok(arrived) => arrived,
        Err(response) => return response,
    };
    // Without a code: a wrong path must not read as a missing instance.
    let body = serde_json::json!({ "message": "The sandbox has no such path." });
    deliver(&shared, number, Answer::json(404, &body))
}

fn deliver(shared: &Shared, number: u64, answer: Answer) -> Response {
    shared.log(|log| {
        log.note(number, |entry| {
            entry.status = Some(answer.status);
            entry.delivered = true;
        });
    });
    response(answer)
}

pub(super) fn response(answer: Answer) -> Response {
    let Answer { status, headers, content_type, body } = answer;
    let mut response = Response::builder().status(status);
    if let Some(content_type) = content_type {
        response = response.header(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    // Every part was checked when the answer or the rule was made.
    response.body(Body::from(body)).unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
