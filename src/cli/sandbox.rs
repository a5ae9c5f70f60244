//! `sandbox`: the built-in emulator of the Wawp session API, as a server.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::App;
use super::args::duration;
use super::exit::{Exit, Fault};
use super::signals;
use crate::instance::Secret;
use crate::sandbox::{Faults, Options, Place, Plan, Sandbox};

/// Serve the built-in emulator of the Wawp session API.
///
/// It prints its address and serves until a signal ends it. What a phone, the dashboard or a bad day would do is done under
/// /_sandbox/, which lists its paths: scan a QR code, make a session vanish, read the log of calls.
///
/// Faults: a YAML file such as `faults: [{on: create, nth: 1, what: drop_after}]`; also to be put to /_sandbox/faults while
/// it serves.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform sandbox --listen 127.0.0.1:8460 --quota 5 &\n  \
    WAWP_ACCESS_TOKEN=any wawpform apply --api-url http://127.0.0.1:8460")]
pub(super) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one. Keep it on this machine: /_sandbox/ has no password.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8460")]
    listen: SocketAddr,
    /// Keep the world in this file or folder; without it the world ends with the server.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// How many instances an account may hold.
    #[arg(long, value_name = "N")]
    quota: Option<u32>,
    /// The accounts' plan.
    #[arg(long, value_enum, default_value_t = Tier::Free)]
    plan: Tier,
    /// A phone scans by itself after this many reads of a session's QR code or status in SCAN_QR_CODE: the one that
    /// a pairing code was asked for, else one of the sandbox's own.
    #[arg(long, value_name = "N")]
    scan_after: Option<u32>,
    /// How long every call takes: 20ms, 1s.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    latency: Duration,
    /// How many calls a second are carried out; more are answered with 429 and Retry-After.
    #[arg(long, value_name = "N")]
    rate_limit: Option<NonZeroU32>,
    /// A file with faults to play.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Where ids come from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// A token that opens an account; without any, every token opens one of its own. Repeatable.
    #[arg(long, value_name = "TOKEN")]
    token: Vec<String>,
    /// Where credentials are looked for, as the vendor's pages disagree about it; what is elsewhere counts as
    /// missing.
    #[arg(
        long,
        value_enum,
        value_name = "PLACE",
        value_delimiter = ',',
        default_value = "header,bearer,query,body"
    )]
    credentials_in: Vec<CredentialsIn>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CredentialsIn {
    /// `access-token: TOKEN`; the instance_id in query or body.
    Header,
    /// `Authorization: Bearer TOKEN`, `X-Instance-ID: ID`.
    Bearer,
    /// `?access_token=TOKEN&instance_id=ID`.
    Query,
    /// A JSON body.
    Body,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tier {
    /// No webhooks, few policies.
    Free,
    /// Everything.
    Paid,
}

/// Runs the command.
///
/// # Errors
/// When the faults cannot be read, the world is in use, or the address cannot be listened on.
pub(super) async fn run(app: &App, args: &SandboxArgs) -> anyhow::Result<Exit> {
    let SandboxArgs {
        listen,
        data,
        quota,
        plan,
        scan_after,
        latency,
        rate_limit,
        faults,
        seed,
        token,
        credentials_in,
    } = args;
    let stop = signals::listen()?;
    let mut options = Options::new(app.env.clock());
    options.listen = *listen;
    options.data.clone_from(data);
    options.terms.quota = *quota;
    options.terms.scan_after = *scan_after;
    options.plan = match plan {
        Tier::Free => Plan::Free,
        Tier::Paid => Plan::Paid,
    };
    options.latency = *latency;
    options.rate = *rate_limit;
    options.seed = *seed;
    options.accepted =
        (!token.is_empty()).then(|| token.iter().map(|token| Secret::new(token.clone())).collect());
    options.looked_at = credentials_in
        .iter()
        .map(|place| match place {
            CredentialsIn::Header => Place::Header,
            CredentialsIn::Bearer => Place::Bearer,
            CredentialsIn::Query => Place::Query,
            CredentialsIn::Body => Place::Body,
        })
        .collect();
    if let Some(path) = faults {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the faults {}", path.display()))?;
        options.faults = Faults::parse(&text)
            .map_err(|error| Fault::error(format!("{}: {error}", path.display()), error.hint()))?;
    }
    if !listen.ip().is_loopback() {
        app.out.warning("whoever can reach this address can use the sandbox: /_sandbox/ has no password");
    }
    let running = Sandbox::start(options).await?;
    app.out.data(&format!("{}\n", running.base_url()));
    app.out.talk(
        "The sandbox serves the Wawp session API there; Ctrl-C ends it. What else it can do is listed at /_sandbox/.",
    );
    stop.asked().await;
    running.stop().await;
    Ok(Exit::Done)
}
