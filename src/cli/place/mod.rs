//! Where the state of a fleet lives, and which API its instances live in.

mod http;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::App;
use super::exit::Fault;
use crate::instance::Name;
use crate::state::{HttpAddress, LocalStore, Reader, Store};
use crate::wawp::ApiAddress;
use crate::wawp::address::ApiAddressError;

#[cfg(feature = "object-storage")]
mod blob;
#[cfg(feature = "postgres")]
mod postgres;

/// Where the sandbox's world and the states made in it live.
pub(super) const SANDBOX: &str = "state/sandbox";
/// The API of Wawp itself.
const WAWP: &str = "https://api.wawp.net";

/// The API that a command is about.
pub(super) enum Api {
    /// The sandbox built into this program.
    Sandbox,
    /// An API at an address.
    At(ApiAddress),
}

impl Api {
    /// As the state records it: the built-in sandbox has another port every time, and is one place all the same.
    pub(super) fn recorded(&self) -> String {
        match self {
            Self::Sandbox => "sandbox".into(),
            Self::At(address) => address.to_string(),
        }
    }
}

/// The API that was asked for.
///
/// # Errors
/// When its address is not https, or not a URL.
pub(super) fn api(app: &App) -> anyhow::Result<Api> {
    if app.global.sandbox {
        return Ok(Api::Sandbox);
    }
    let (text, origin) = match (&app.global.api_url, app.env.var("WAWP_API_URL")) {
        (Some(text), _) => (text.clone(), "--api-url"),
        (None, Some(text)) => (text, "WAWP_API_URL"),
        (None, None) => (WAWP.into(), "the default"),
    };
    let address = text.parse().map_err(|error: ApiAddressError| {
        let message = format!("{origin} cannot be used: {error}");
        Fault::error(message, "write the base URL of the API with its scheme, such as https://api.wawp.net")
    })?;
    Ok(Api::At(address))
}

/// Where a fleet's state can be read, for a command that only looks: what it holds cannot write.
///
/// # Errors
/// As [`store`] has.
pub(super) fn reader(
    app: &App,
    fleet: impl FnOnce() -> anyhow::Result<Name>,
) -> anyhow::Result<Arc<dyn Reader>> {
    Ok(store(app, fleet)?)
}

/// The store of a fleet's state. The fleet may be left out when the place is named. Nothing is called yet.
///
/// # Errors
/// When the place is of a kind that this version, or this build of it, does not know.
pub(super) fn store(
    app: &App,
    fleet: impl FnOnce() -> anyhow::Result<Name>,
) -> anyhow::Result<Arc<dyn Store>> {
    match named(app) {
        None => Ok(local(usual(app, &fleet()?))),
        Some(named) => at(app, &named, "--state", fleet),
    }
}

/// Where a fleet's state is, if that is a file of this machine.
pub(super) fn on_this_machine(app: &App, fleet: impl FnOnce() -> Option<Name>) -> Option<PathBuf> {
    match named(app) {
        None => Some(usual(app, &fleet()?)),
        Some(named) => file(&named),
    }
}

/// The place that somebody named.
fn named(app: &App) -> Option<String> {
    if app.global.sandbox {
        return None;
    }
    app.global.state.clone().or_else(|| app.env.var("WAWPFORM_STATE"))
}

/// The place of a fleet's state when none is named.
fn usual(app: &App, fleet: &Name) -> PathBuf {
    Path::new(if app.global.sandbox { SANDBOX } else { "state" }).join(format!("{fleet}.json"))
}

/// The file that a place names, if it is one.
fn file(named: &str) -> Option<PathBuf> {
    match named.split_once("://") {
        None => Some(PathBuf::from(named)),
        Some(("file", path)) => Some(PathBuf::from(path)),
        Some(_) => None,
    }
}

/// The store at a place as people write it; `flag` is what said so. Nothing is called yet. The fleet is asked for where a
/// place holds several and does not name one.
///
/// # Errors
/// When the place is of a kind that this version, or this build of it, does not know.
pub(super) fn at(
    app: &App,
    named: &str,
    flag: &str,
    fleet: impl FnOnce() -> anyhow::Result<Name>,
) -> anyhow::Result<Arc<dyn Store>> {
    #[cfg(not(feature = "postgres"))]
    let _ = fleet;
    if let Some(path) = file(named) {
        return Ok(local(path));
    }
    match named.split_once("://") {
        Some(("http" | "https", _)) => http::store(named, flag, &|name| app.env.var(name)),
        #[cfg(feature = "object-storage")]
        Some(("s3", address)) => blob::store(app, crate::state::Cloud::S3, address),
        #[cfg(feature = "object-storage")]
        Some(("gs", address)) => blob::store(app, crate::state::Cloud::Google, address),
        #[cfg(feature = "object-storage")]
        Some(("az", address)) => blob::store(app, crate::state::Cloud::Azure, address),
        #[cfg(not(feature = "object-storage"))]
        Some(("s3" | "gs" | "az", _)) => Err(left_out("object-storage")),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => postgres::store(app, named, flag, fleet),
        #[cfg(not(feature = "postgres"))]
        Some(("postgres" | "postgresql", _)) => Err(left_out("postgres")),
        other => {
            let scheme = other.map_or(named, |(scheme, _)| scheme);
            let message =
                format!("{flag}: `{scheme}://` is not a place that this version can keep a state in");
            Err(Fault::error(
                message,
                "use a path, https://server/path, s3://bucket/key, gs://bucket/key, az://container/key or \
                 postgres://host/database",
            )
            .into())
        }
    }
}

/// A place as it may be shown: what it holds of a password is not.
pub(super) fn shown(named: &str) -> String {
    match named.split_once("://") {
        Some(("http" | "https", _)) => HttpAddress::parse(named)
            .map_or_else(|_| "[not a URL]".into(), |(address, _)| address.to_string()),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => postgres::shown(named),
        _ => named.to_owned(),
    }
}

/// A place that this build was made without.
#[cfg(not(all(feature = "object-storage", feature = "postgres")))]
fn left_out(feature: &'static str) -> anyhow::Error {
    let message =
        format!("--state: this build of wawpform was made without `{feature}`, which this place needs");
    Fault::error(message, "take the released binary, or build it with `--features all-stores`").into()
}

fn local(path: PathBuf) -> Arc<dyn Store> {
    Arc::new(LocalStore::new(path))
}
