//! A browser, started for one test and ended with it: Chromium, driven by chromedriver. It is started without what
//! calls anywhere by itself. `.ci/run` installs both; a machine without them says so, but CI may not go without.

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::http::Method;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, PrintConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// One window of it.
pub(crate) struct Window {
    driver: Client,
    folder: TempDir,
}

/// Runs a test in a browser of its own, if there is one on this machine.
pub(crate) fn in_browser<F: Future<Output = ()> + Send + 'static>(
    test: impl FnOnce(&'static Window) -> F + Send + 'static,
) {
    let Some((browser, driver)) = installed() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = TempDir::new().unwrap();
        let (_driver, address) = start(&driver, folder.path());
        let capabilities = capabilities(&browser, folder.path());
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let driver = builder.capabilities(capabilities).connect(&address).await.expect("the browser starts");
        let closes = driver.clone();
        // Never freed, so that a test is written without counting who holds it; it ends with the process.
        let window: &'static Window = Box::leak(Box::new(Window { driver, folder }));
        let ended = tokio::spawn(async move {
            window.driver.goto("about:blank").await.unwrap();
            test(window).await;
        })
        .await;
        let closed = closes.close().await;
        let _ = std::fs::remove_dir_all(window.folder.path());
        ended.expect("the test passes");
        closed.expect("the browser ends");
    });
}

/// The driver, which ends with the test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where a browser and its driver are.
fn installed() -> Option<(String, String)> {
    let path = std::env::var("PATH").unwrap_or_default();
    let find = |names: &[&str]| {
        let places =
            names.iter().flat_map(|name| path.split(':').map(move |folder| format!("{folder}/{name}")));
        places.into_iter().find(|place| Path::new(place).is_file())
    };
    let found = find(&["chromium", "google-chrome", "chrome"]).zip(find(&["chromedriver"]));
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "chromium or chromedriver is missing; .ci/run installs them"
        );
        println!("skipped: there is no chromium with a chromedriver on this machine");
    }
    found
}

/// Starts the driver at a port that the kernel chooses, and says where it listens.
fn start(driver: &str, folder: &Path) -> (Driver, String) {
    let mut command = Command::new(driver);
    command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).env_clear();
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", folder).env("TMPDIR", folder);
    let mut process = command.spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = lines.map(Result::unwrap).find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse::<u16>().ok()
    });
    (Driver(process), format!("http://127.0.0.1:{}", port.expect("the driver says where it listens")))
}

fn capabilities(browser: &str, folder: &Path) -> Capabilities {
    let data = format!("--user-data-dir={}", folder.join("data").display());
    let arguments: Vec<&str> =
        ARGUMENTS.into_iter().chain([data.as_str(), "--window-size=1280,900"]).collect();
    let capabilities = json!({
        "goog:chromeOptions": {"binary": browser, "args": arguments},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        // For a machine that does much else.
        "timeouts": {"script": 300_000, "pageLoad": 300_000},
    });
    serde_json::from_value(capabilities).unwrap()
}

/// What the driver understands beside the standard.
#[derive(Debug)]
struct Call {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Call {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Window {
    /// Opens a page from a file. What was said and asked for before is forgotten.
    pub(crate) async fn open(&self, page: &str) {
        self.complaints().await;
        self.requests().await;
        let path = self.folder.path().join("page.html");
        std::fs::write(&path, page).unwrap();
        self.driver.goto(&format!("file://{}", path.display())).await.unwrap();
    }

    /// What a script says, which runs as the user of a console would run it.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        let said = self.driver.execute(&format!("return ({script})"), vec![]).await;
        said.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script says in the end, by calling `tell`.
    pub(crate) async fn wait_for(&self, script: &str) -> Value {
        let script = format!("const tell = arguments[arguments.length - 1];\n{script}");
        self.driver.execute_async(&script, vec![]).await.unwrap()
    }

    pub(crate) async fn texts(&self, selector: &str) -> Vec<String> {
        let shown = format!(
            "[...document.querySelectorAll({})].filter((it) => it.checkVisibility()).map((it) => it.textContent)",
            json!(selector)
        );
        serde_json::from_value(self.ask(&shown).await).unwrap()
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        self.texts(selector).await.concat()
    }

    /// Types as a person does.
    pub(crate) async fn types(&self, selector: &str, keys: &str) {
        let field = self.driver.find(Locator::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(keys).await.unwrap();
    }

    pub(crate) async fn clicks(&self, selector: &str) {
        self.driver.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    pub(crate) async fn presses(&self, key: Key) {
        let value = char::from(key);
        let keys =
            KeyActions::new("keys".into()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
        self.driver.perform_actions(keys).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Shows the page as on paper or on a screen, light or dark, so many pixels wide.
    pub(crate) async fn shows(&self, media: &str, scheme: &str, width: u32) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.tell("Emulation.setEmulatedMedia", json!({"media": media, "features": features})).await;
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Whether scripts of a page run.
    pub(crate) async fn runs_scripts(&self, runs: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": !runs})).await;
    }

    /// A command of the browser's own protocol, and its answer.
    async fn tell(&self, command: &str, what: Value) -> Value {
        let call = Call { path: "goog/cdp/execute", body: json!({"cmd": command, "params": what}) };
        self.driver.issue_cmd(call).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    async fn log(&self, kind: &str) -> Vec<String> {
        let call = Call { path: "se/log", body: json!({"type": kind}) };
        let log = self.driver.issue_cmd(call).await.unwrap();
        log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// How long the page has kept a processor busy, in seconds, whatever else this machine does.
    pub(crate) async fn busy(&self) -> f64 {
        self.tell("Performance.enable", json!({"timeDomain": "threadTicks"})).await;
        let told = self.tell("Performance.getMetrics", json!({})).await;
        let busy = told["metrics"].as_array().unwrap().iter().find(|it| it["name"] == "TaskDuration");
        busy.unwrap()["value"].as_f64().unwrap()
    }

    /// The page as it is printed.
    pub(crate) async fn printed(&self) -> Vec<u8> {
        self.driver.print(PrintConfiguration::default()).await.unwrap()
    }

    /// What the browser said since it was last asked: what a policy refused, and errors of scripts.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        self.log("browser").await
    }

    /// What was asked for since then, of whomever.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let sent = self.log("performance").await.into_iter().filter_map(|entry| {
            let event: Value = serde_json::from_str(&entry).ok()?;
            let event = &event["message"];
            let is_sent = event["method"] == "Network.requestWillBeSent";
            is_sent.then(|| event["params"]["request"]["url"].as_str().unwrap().to_owned())
        });
        sent.collect()
    }
}
