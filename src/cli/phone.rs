//! The telephone: a client of the API that was asked for, with the token where it needs one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::App;
use super::exit::{Exit, Fault};
use super::place::{Api, SANDBOX};
use crate::apply::Stop;
use crate::instance::Secret;
use crate::sandbox::{DiskError, Options, Plan, Running, Sandbox, StartError};
use crate::state::{AccountMark, Document};
use crate::wawp::{ApiAddress, Client, Listener, Viewer};

/// The only account of the built-in sandbox. Not a word that a message could hold: it would be redacted there.
const SANDBOX_TOKEN: &str = "built-in-sandbox-token";

/// The token of a run.
///
/// # Errors
/// When there is none, or its file cannot be read.
pub(super) fn token(app: &App, api: &Api, token_env: &str) -> anyhow::Result<Secret> {
    if matches!(api, Api::Sandbox) {
        return Ok(Secret::new(SANDBOX_TOKEN.into()));
    }
    let (text, origin) = match &app.global.token_file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the token file {}", path.display()))?;
            (text, path.display().to_string())
        }
        None => {
            let text = app.env.var(token_env).ok_or_else(|| {
                let hint = "put the Wawp access token there, or use --token-file PATH; the manifest's `account.token_env` \
                            names the variable. --sandbox needs no token";
                Fault::error(format!("the environment variable {token_env} is not set"), hint)
            })?;
            (text, token_env.to_owned())
        }
    };
    let trimmed = text.trim_matches(is_blank);
    if trimmed.is_empty() {
        return Err(Fault::error(
            format!("the token in {origin} is empty"),
            "put the Wawp access token there",
        )
        .into());
    }
    // A token from a dashboard often brings blanks along (the vendor's page warns of them). A line break at
    // the end of a file is how files end, and not worth a word.
    if trimmed.len() != text.trim_end_matches(['\n', '\r']).len() {
        app.out.warning(&format!(
            "white space or invisible characters around the token in {origin} were ignored"
        ));
    }
    Ok(Secret::new(trimmed.to_owned()))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A client, and the sandbox behind it when it is the built-in one.
pub(super) struct Phone {
    pub(super) client: Arc<Client>,
    sandbox: Option<Running>,
}

/// A telephone that can only look, and the sandbox behind it when it is the built-in one.
pub(super) struct Lookout {
    pub(super) viewer: Viewer,
    sandbox: Option<Running>,
}

/// Gets ready to call: starts the built-in sandbox if that is what was asked for.
///
/// # Errors
/// When the client cannot be set up, or the sandbox's world is in use.
pub(super) async fn connect(
    app: &App,
    api: Api,
    token: Secret,
    listener: Listener,
    stop: &Stop,
) -> anyhow::Result<Phone> {
    connect_near(app, api, token, listener, stop, None).await
}

/// The same, with a phone near the built-in sandbox that scans by itself after so many looks.
///
/// # Errors
/// As [`connect`].
pub(super) async fn connect_near(
    app: &App,
    api: Api,
    token: Secret,
    listener: Listener,
    stop: &Stop,
    scan_after: Option<u32>,
) -> anyhow::Result<Phone> {
    let (address, sandbox) = reached(app, api, stop, scan_after).await?;
    let client = Client::new(address, token, listener).context("the API cannot be called")?;
    Ok(Phone { client: Arc::new(client), sandbox })
}

/// Gets ready to look, and to do nothing else.
///
/// # Errors
/// As [`connect`].
pub(super) async fn look_out(
    app: &App,
    api: Api,
    token: Secret,
    listener: Listener,
    stop: &Stop,
) -> anyhow::Result<Lookout> {
    let (address, sandbox) = reached(app, api, stop, None).await?;
    let viewer = Viewer::new(address, token, listener).context("the API cannot be called")?;
    Ok(Lookout { viewer, sandbox })
}

/// Where the API is, and the sandbox that is started for it.
async fn reached(
    app: &App,
    api: Api,
    stop: &Stop,
    scan_after: Option<u32>,
) -> anyhow::Result<(ApiAddress, Option<Running>)> {
    match api {
        Api::At(address) => Ok((address, None)),
        Api::Sandbox => {
            let running = sandbox(app, stop, scan_after).await?;
            Ok((running.base_url().parse().context("the sandbox has no usable address")?, Some(running)))
        }
    }
}

/// Starts the built-in sandbox on its kept world. Another run that uses the same world is waited for, as for
/// the lock of a state.
async fn sandbox(app: &App, stop: &Stop, scan_after: Option<u32>) -> anyhow::Result<Running> {
    let deadline = tokio::time::Instant::now() + app.global.lock_timeout;
    loop {
        let mut options = Options::new(app.env.clock());
        options.data = Some(Path::new(SANDBOX).join("world.jsonl"));
        options.seed = app.env.seed()?;
        options.terms.scan_after = scan_after;
        // Everything of a manifest can be tried.
        options.plan = Plan::Paid;
        match Sandbox::start(options).await {
            Ok(running) => return Ok(running),
            Err(StartError::Disk(error @ DiskError::InUse { .. })) => {
                if tokio::time::Instant::now() >= deadline {
                    let hint = "another command is using the sandbox; wait for it, or give --lock-timeout";
                    return Err(Fault::error(error.to_string(), hint).with(Exit::Locked).into());
                }
            }
            Err(error) => return Err(error).context("the built-in sandbox does not start"),
        }
        tokio::select! {
            biased;
            () = stop.asked() => return Err(super::fleet::interrupted()),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    }
}

impl Lookout {
    /// Hangs up: stops the sandbox, if there is one.
    pub(super) async fn hang_up(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

impl Phone {
    /// Hangs up: stops the sandbox, if there is one.
    pub(super) async fn hang_up(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

/// The mark of the token's account, when the state does not have it yet.
///
/// # Errors
/// When the state was made with another token, and that was not accepted.
pub(super) fn account(
    document: &Document,
    token: &Secret,
    accept: bool,
) -> anyhow::Result<Option<AccountMark>> {
    let mark = AccountMark::new(&document.lineage.0, token);
    match &document.account {
        Some(recorded) if *recorded == mark => Ok(None),
        Some(_) if !accept => {
            let hint = "with another account's token every instance would look deleted; use the token of the account \
                        this state was made with, or apply with --accept-account-change if only the token was renewed";
            Err(Fault::error("the token is not the one this state was made with", hint)
                .with(Exit::Refused)
                .into())
        }
        _ => Ok(Some(mark)),
    }
}
