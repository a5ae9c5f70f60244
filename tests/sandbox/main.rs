//! The sandbox over real HTTP: what a client of the session API would see.
//!
//! Each test has a sandbox of its own on a free port and a fixed clock; nothing waits for time to pass.

// Clippy's leave for tests does not reach what tests call.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod calls;
mod credentials;
mod faults;
mod gate;
mod keeping;
mod outside;
mod pairing;
mod policies;
mod served;
mod webhooks;

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use wawpform::sandbox::{Faults, Options, Running, Sandbox};

const TOKEN: &str = "s3cr3t-t0ken-1";

/// A sandbox and a client that knows nothing of ours.
struct Api {
    sandbox: Running,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
struct Got {
    status: u16,
    content_type: String,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn options() -> Options {
    Options { seed: 7, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) }
}

fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    // Every request has a connection of its own, so that a cut one says nothing about the next.
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

async fn api() -> Api {
    start(options()).await
}

async fn api_with(faults: &str) -> Api {
    start(Options { faults: Faults::parse(faults).unwrap(), ..options() }).await
}

async fn start(options: Options) -> Api {
    Api { sandbox: Sandbox::start(options).await.unwrap(), http: client() }
}

async fn got(request: reqwest::RequestBuilder) -> Result<Got, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let content_type = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
    Ok(Got { status, content_type: content_type.unwrap_or_default(), text: response.text().await? })
}

impl Api {
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.sandbox.base_url()))
    }

    /// A POST with credentials in a JSON body.
    fn body(&self, call: &str, token: &str, id: &str) -> reqwest::RequestBuilder {
        let body = json!({ "access_token": token, "instance_id": id }).to_string();
        self.request(Method::POST, &format!("/v2/session/{call}"))
            .header("content-type", "application/json")
            .body(body)
    }

    /// The usual way of each call.
    async fn try_call(&self, call: &str, id: &str) -> Result<Got, reqwest::Error> {
        let method = match call {
            "delete" => Method::DELETE,
            "me" => Method::GET,
            _ => return got(self.body(call, TOKEN, id)).await,
        };
        let path = format!("/v2/session/{call}?access_token={TOKEN}&instance_id={id}");
        got(self.request(method, &path)).await
    }

    async fn call(&self, call: &str, id: &str) -> Got {
        self.try_call(call, id).await.unwrap()
    }

    async fn create(&self) -> String {
        let got = self.call("create", "").await;
        assert_eq!(got.status, 201, "{got:?}");
        got.json()["instance_id"].as_str().unwrap().to_owned()
    }

    /// A session that is WORKING.
    async fn working(&self) -> String {
        let id = self.create().await;
        self.call("start", &id).await;
        self.sandbox.scan(&id, "201012345678", "John Doe").unwrap();
        id
    }

    async fn status(&self, id: &str) -> String {
        let got = self.call("info", id).await;
        got.json()["status"].as_str().unwrap_or_else(|| panic!("{got:?}")).to_owned()
    }

    /// A call by its whole path, with its fields in a JSON body.
    async fn say(&self, method: Method, path: &str, id: &str, fields: Value) -> Got {
        let mut body = fields;
        body["access_token"] = json!(TOKEN);
        body["instance_id"] = json!(id);
        got(self.request(method, path).body(body.to_string())).await.unwrap()
    }

    /// A call by its whole path, with its fields in the query: anything but a text as JSON.
    async fn ask(&self, method: Method, path: &str, id: &str, fields: Value) -> Got {
        let mut url = reqwest::Url::parse(&self.sandbox.base_url()).unwrap().join(path).unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields = fields.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value)));
        url.query_pairs_mut()
            .append_pair("access_token", TOKEN)
            .append_pair("instance_id", id)
            .extend_pairs(fields);
        got(self.http.request(method, url)).await.unwrap()
    }

    /// A GET.
    async fn read(&self, path: &str, id: &str) -> Got {
        self.ask(Method::GET, path, id, json!({})).await
    }

    /// `/_sandbox/…`
    async fn control(&self, method: Method, path: &str, body: &str) -> Got {
        got(self.request(method, &format!("/_sandbox/{path}")).body(body.to_owned())).await.unwrap()
    }
}
