//! The test server: one state at `/state`, locked by `LOCK` and `UNLOCK` there, or by `POST` and `DELETE` at
//! `/state/lock` as GitLab does it.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::line::Lines;

/// Servers outlive the runs that are cut off.
static SERVERS: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// What the server does wrong: to requests of this method, after so many that go well, so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Does it, and answers 502.
    AnswersLate(&'static str, usize, usize),
    /// Does nothing, and answers 503.
    Refuses(&'static str, usize, usize),
    /// Answers this instead, always: status, kind of content, body.
    Says(&'static str, u16, &'static str, &'static str),
    /// Says that what it sends is something else.
    WrongSum,
    /// Gives every lock to everybody.
    LocksForAll,
}

/// What was asked: method, and path with its query.
pub type Request = (String, String);

struct Inner {
    document: Option<Vec<u8>>,
    lock: Option<Value>,
    flaws: Vec<Flaw>,
    /// `user:password` that everybody must give.
    user: Option<String>,
    log: Vec<Request>,
}

pub struct Server {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    open: Arc<watch::Sender<usize>>,
    cut: CancellationToken,
    seen: Arc<watch::Sender<usize>>,
    listens: Arc<watch::Sender<bool>>,
}

#[derive(Clone)]
struct Shared {
    inner: Arc<Mutex<Inner>>,
    seen: Arc<watch::Sender<usize>>,
    cut: CancellationToken,
}

impl Server {
    pub fn start() -> Self {
        let inner = Inner { document: None, lock: None, flaws: Vec::new(), user: None, log: Vec::new() };
        Self::serve("127.0.0.1:0".parse().unwrap(), Arc::new(Mutex::new(inner)))
    }

    fn serve(address: SocketAddr, inner: Arc<Mutex<Inner>>) -> Self {
        let (open, seen) = (Arc::new(watch::Sender::new(0)), Arc::new(watch::Sender::new(0)));
        let cut = CancellationToken::new();
        let shared = Shared { inner: Arc::clone(&inner), seen: Arc::clone(&seen), cut: cut.clone() };
        let app = Router::new().fallback(answer).with_state(shared);
        let socket = std::net::TcpListener::bind(address).unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = socket.local_addr().unwrap();
        let listens = Arc::new(watch::Sender::new(true));
        let lines = (Arc::clone(&open), cut.clone(), Arc::clone(&listens));
        SERVERS.spawn(async move {
            let (open, cut, listens) = lines;
            let lines = Lines { socket: TcpListener::from_std(socket).unwrap(), open, cut: cut.clone() };
            tokio::select! {
                _ = axum::serve(lines, app) => {}
                () = cut.cancelled() => {}
            }
            listens.send_replace(false);
        });
        Self { address, inner, open, cut, seen, listens }
    }

    /// The network is cut: nobody listens any more, and every connection breaks.
    pub fn stop(&self) {
        self.cut.cancel();
        let mut listens = self.listens.subscribe();
        block(async move { listens.wait_for(|listens| !listens).await.map(drop).unwrap() });
        self.until_nobody_is_connected();
    }

    /// The network is there again, with the server as it was.
    pub fn again(&self) -> Self {
        self.stop();
        Self::serve(self.address, Arc::clone(&self.inner))
    }

    pub fn url(&self) -> String {
        format!("http://{}/state", self.address)
    }

    /// With a user and password that everybody must give from now on.
    pub fn demand(&self, user: &str) {
        self.inner.lock().unwrap().user = Some(user.to_owned());
    }

    pub fn set(&self, flaws: &[Flaw]) {
        self.inner.lock().unwrap().flaws = flaws.to_vec();
    }

    pub fn document(&self) -> Option<Vec<u8>> {
        self.inner.lock().unwrap().document.clone()
    }

    pub fn put(&self, document: Option<Vec<u8>>) {
        self.inner.lock().unwrap().document = document;
    }

    pub fn lock(&self) -> Option<Value> {
        self.inner.lock().unwrap().lock.clone()
    }

    pub fn set_lock(&self, lock: Option<Value>) {
        self.inner.lock().unwrap().lock = lock;
    }

    pub fn log(&self) -> Vec<Request> {
        self.inner.lock().unwrap().log.clone()
    }

    pub fn clear_log(&self) {
        self.inner.lock().unwrap().log.clear();
    }

    /// How many requests of a method came in.
    pub fn count(&self, method: &str) -> usize {
        self.inner.lock().unwrap().log.iter().filter(|(it, _)| it == method).count()
    }

    /// Returns when so many requests came in, of whatever kind.
    pub fn until_so_many(&self, requests: usize) {
        let mut seen = self.seen.subscribe();
        block(async move { seen.wait_for(|seen| *seen >= requests).await.map(drop).unwrap() });
    }

    /// Returns when every request that was sent is answered, and its connection gone.
    pub fn until_nobody_is_connected(&self) {
        // What waits to be accepted comes before this one.
        let _ = std::net::TcpStream::connect(self.address);
        let mut open = self.open.subscribe();
        block(async move { open.wait_for(|open| *open == 0).await.map(drop).unwrap() });
    }
}

/// Waits on a thread of its own: the caller's may belong to a runtime.
fn block(event: impl Future<Output = ()> + Send) {
    std::thread::scope(|scope| scope.spawn(|| SERVERS.block_on(event)).join().unwrap());
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cut.cancel();
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Shared { inner, seen, cut } = shared;
    if cut.is_cancelled() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let response = inner.lock().unwrap().answer(method.as_str(), &uri, &headers, &body);
    seen.send_modify(|seen| *seen += 1);
    response
}

impl Inner {
    fn answer(&mut self, method: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        self.log.push((method.to_owned(), path));
        if let Some(user) = &self.user {
            let wanted = format!("Basic {}", BASE64_STANDARD.encode(user));
            let given = headers.get("authorization").and_then(|it| it.to_str().ok());
            if given != Some(wanted.as_str()) {
                // Whatever was given is sent back, as a careless server would.
                let given = given.and_then(|it| BASE64_STANDARD.decode(it.strip_prefix("Basic ")?).ok());
                let given = String::from_utf8(given.unwrap_or_default()).unwrap();
                return (StatusCode::UNAUTHORIZED, format!("not {given}")).into_response();
            }
        }
        let mut flawed = None;
        for flaw in &mut self.flaws {
            match flaw {
                Flaw::AnswersLate(on, after, times) | Flaw::Refuses(on, after, times) if on == &method => {
                    if *after > 0 {
                        *after -= 1;
                    } else if *times > 0 {
                        *times -= 1;
                        flawed = Some(*flaw);
                    }
                }
                Flaw::Says(on, status, kind, words) if on == &method => {
                    let status = StatusCode::from_u16(*status).unwrap();
                    let location = [("content-type", *kind), ("location", "https://u:p@elsewhere.example/")];
                    return (status, location, *words).into_response();
                }
                _ => {}
            }
        }
        if let Some(Flaw::Refuses(..)) = flawed {
            return (StatusCode::SERVICE_UNAVAILABLE, "try again").into_response();
        }
        let response = self.done(method, uri, headers, body);
        match flawed {
            Some(Flaw::AnswersLate(..)) => (StatusCode::BAD_GATEWAY, "no answer").into_response(),
            _ => response,
        }
    }

    fn done(&mut self, method: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        match (method, uri.path()) {
            ("GET", "/state") => self.read(),
            ("POST" | "PUT", "/state") => self.write(uri.query(), headers, body),
            ("LOCK", "/state") | ("POST", "/state/lock") => self.take(body),
            ("UNLOCK", "/state") | ("DELETE", "/state/lock") => self.give_back(body),
            ("DELETE", "/state") => {
                self.document = None;
                StatusCode::OK.into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn read(&self) -> Response {
        let Some(document) = &self.document else { return StatusCode::NOT_FOUND.into_response() };
        let wrong = self.flaws.contains(&Flaw::WrongSum);
        let sum = BASE64_STANDARD.encode(Md5::digest(if wrong { b"else" } else { &document[..] }));
        ([("content-md5", sum)], document.clone()).into_response()
    }

    fn write(&mut self, query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Response {
        let id = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("ID=")));
        let held = self.lock.as_ref().map(|lock| lock["ID"].as_str().unwrap());
        if id != held {
            return (StatusCode::CONFLICT, self.holder()).into_response();
        }
        let sum = BASE64_STANDARD.encode(Md5::digest(body));
        if headers.get("content-md5").and_then(|it| it.to_str().ok()) != Some(sum.as_str()) {
            return (StatusCode::BAD_REQUEST, "wrong Content-MD5").into_response();
        }
        // As GitLab demands it.
        let serial = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok()?.get("serial")?.as_u64();
        let Some(new) = serial(body) else {
            return (StatusCode::UNPROCESSABLE_ENTITY, "no serial").into_response();
        };
        let stored = self.document.as_deref().and_then(serial);
        if stored == Some(new) {
            return (StatusCode::UNPROCESSABLE_ENTITY, "this serial is stored").into_response();
        }
        self.document = Some(body.to_vec());
        StatusCode::OK.into_response()
    }

    fn take(&mut self, body: &[u8]) -> Response {
        let info: Value = serde_json::from_slice(body).unwrap_or_default();
        for key in ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"] {
            if info[key].as_str().is_none() {
                return (StatusCode::BAD_REQUEST, format!("{key} is missing")).into_response();
            }
        }
        if self.lock.is_some() && !self.flaws.contains(&Flaw::LocksForAll) {
            return (StatusCode::LOCKED, self.holder()).into_response();
        }
        self.lock = Some(info);
        StatusCode::OK.into_response()
    }

    fn give_back(&mut self, body: &[u8]) -> Response {
        // Terraform's force-unlock sends nothing.
        let id = serde_json::from_slice::<Value>(body).ok().map(|info| info["ID"].clone());
        match &self.lock {
            Some(lock) if id.as_ref().is_some_and(|id| *id != lock["ID"]) => {
                (StatusCode::CONFLICT, self.holder()).into_response()
            }
            None if id.is_some() => (StatusCode::CONFLICT, "").into_response(),
            _ => {
                self.lock = None;
                StatusCode::OK.into_response()
            }
        }
    }

    fn holder(&self) -> String {
        self.lock.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}
