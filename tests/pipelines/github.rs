//! GitHub's REST API, as far as the pipelines use it: pull requests, comments, issues, in pages, with authors, and
//! 422 for bodies that are too long.
//!
//! Invariant: as poor as the real one: whoever asks without a token gets 401, and nothing else is offered.

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

pub static SERVERS: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

pub const BOT: &str = "github-actions[bot]";
pub const TOKEN: &str = "ghs_of_the_job";
/// Smaller than anybody asks for, so that there is always another page.
const PAGE: usize = 2;

/// One repository.
#[derive(Debug, Default)]
pub struct World {
    pub pulls: Vec<Value>,
    /// Issues and what is said about them and about pull requests; a comment knows its issue.
    pub issues: Vec<Value>,
    pub comments: Vec<Value>,
    /// Which pull requests a commit belongs to.
    pub commits: Vec<(String, u64)>,
    /// The longest body, in characters.
    pub longest: usize,
    /// The writing calls, and how each was answered.
    pub writes: Vec<String>,
    next: u64,
}

/// The server.
#[derive(Debug, Clone)]
pub struct GitHub {
    pub url: String,
    pub world: Arc<Mutex<World>>,
}

impl GitHub {
    pub fn start() -> Self {
        let world = World { longest: 65_536, next: 100, ..World::default() };
        let world = Arc::new(Mutex::new(world));
        let listener = SERVERS.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router =
            Router::new().fallback(answer).with_state(Self { url: url.clone(), world: Arc::clone(&world) });
        SERVERS.spawn(async move { axum::serve(listener, router).await });
        Self { url, world }
    }

    /// Whatever was written since the last look.
    pub fn writes(&self) -> Vec<String> {
        std::mem::take(&mut self.world.lock().unwrap().writes)
    }

    /// The bodies of the comments on a pull request, oldest first, by who wrote them.
    pub fn comments_by(&self, login: &str, issue: u64) -> Vec<String> {
        let world = self.world.lock().unwrap();
        let of = world.comments.iter().filter(|it| it["issue"] == issue && it["user"]["login"] == login);
        of.map(|it| it["body"].as_str().unwrap().to_owned()).collect()
    }

    pub fn say(&self, login: &str, issue: u64, body: &str) {
        let mut world = self.world.lock().unwrap();
        let id = world.id();
        world.comments.push(json!({"id": id, "issue": issue, "user": {"login": login}, "body": body}));
    }
}

impl World {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn handle(&mut self, method: &Method, path: &str, query: &str, body: &Value) -> (u16, Value) {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let Some(["repos", "acme", "fleet", rest @ ..]) = parts.get(..) else { return missing() };
        let id = |text: &str| text.parse::<u64>().unwrap_or(0);
        if body["body"].as_str().is_some_and(|text| text.chars().count() > self.longest) {
            let message =
                format!("Validation Failed: body is too long (maximum is {} characters)", self.longest);
            return (422, json!({"message": message}));
        }
        match (method.as_str(), rest) {
            ("GET", ["pulls", number]) => found(self.pulls.iter().find(|it| it["number"] == id(number))),
            ("GET", ["commits", sha, "pulls"]) => {
                let numbers = self.commits.iter().filter(|(of, _)| of == sha).map(|(_, number)| *number);
                let pulls = numbers.filter_map(|number| self.pulls.iter().find(|it| it["number"] == number));
                (200, pulls.cloned().collect())
            }
            ("GET", ["issues", number, "comments"]) => {
                (200, self.comments.iter().filter(|it| it["issue"] == id(number)).cloned().collect())
            }
            ("POST", ["issues", number, "comments"]) => {
                let comment = json!({"id": self.id(), "issue": id(number), "user": {"login": BOT}, "body": body["body"]});
                self.comments.push(comment.clone());
                (201, comment)
            }
            ("PATCH", ["issues", "comments", number]) => {
                edited(self.comments.iter_mut().find(|it| it["id"] == id(number)), body)
            }
            ("GET", ["issues"]) => {
                let open = query.contains("state=open");
                (200, self.issues.iter().filter(|it| !open || it["state"] == "open").cloned().collect())
            }
            ("POST", ["issues"]) => {
                let mut issue = json!({"number": self.id(), "user": {"login": BOT}, "state": "open"});
                let _ = edited(Some(&mut issue), body);
                self.issues.push(issue.clone());
                (201, issue)
            }
            ("PATCH", ["issues", number]) => {
                edited(self.issues.iter_mut().find(|it| it["number"] == id(number)), body)
            }
            _ => missing(),
        }
    }
}

fn missing() -> (u16, Value) {
    (404, json!({"message": "Not Found"}))
}

fn found(value: Option<&Value>) -> (u16, Value) {
    value.map_or_else(missing, |it| (200, it.clone()))
}

fn edited(value: Option<&mut Value>, fields: &Value) -> (u16, Value) {
    let Some(value) = value else { return missing() };
    for (key, field) in fields.as_object().unwrap() {
        value[key] = field.clone();
    }
    (200, value.clone())
}

async fn answer(
    State(github): State<GitHub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let bearer = headers.get("authorization").and_then(|it| it.to_str().ok());
    let query = uri.query().unwrap_or_default();
    let (status, mut value) = if bearer == Some(&format!("Bearer {TOKEN}")) {
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let mut world = github.world.lock().unwrap();
        let answer = world.handle(&method, uri.path(), query, &body);
        if method != Method::GET {
            world.writes.push(format!(
                "{method} {} {}",
                uri.path().trim_start_matches("/repos/acme/fleet"),
                answer.0
            ));
        }
        answer
    } else {
        (401, json!({"message": "Bad credentials"}))
    };
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    if let Value::Array(all) = &mut value {
        let page = query.split('&').find_map(|it| it.strip_prefix("page=")?.parse().ok()).unwrap_or(1_usize);
        let last = all.len().div_ceil(PAGE).max(1);
        let link = |page: usize, rel: &str| {
            let kept: String =
                query.split('&').filter(|it| !it.starts_with("page=")).map(|it| format!("{it}&")).collect();
            format!("<{}{}?{kept}page={page}>; rel=\"{rel}\"", github.url, uri.path())
        };
        let links = if page < last {
            vec![link(page + 1, "next"), link(last, "last")]
        } else {
            vec![link(1, "first")]
        };
        response = response.header("link", links.join(", "));
        *all = all.iter().skip((page - 1) * PAGE).take(PAGE).cloned().collect();
    }
    response.body(Body::from(value.to_string())).unwrap()
}
