//! `http://` and `https://` as a place: which of Terraform's `TF_HTTP_*` variables hold for it.
//!
//! Invariant: a password goes to no other server than the one it was meant for, and never in the clear over a
//! network; a lock is the one of this state, not of another that the same job works on.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::exit::Fault;
use crate::instance::Secret;
use crate::state::{HttpAddress, HttpLock, HttpRetries, HttpSettings, HttpStore, HttpTls, Store};

/// Looks up a variable that is set and not empty.
type Var<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The store at a URL.
///
/// # Errors
/// When the URL or one of the variables cannot be used.
pub(super) fn store(text: &str, flag: &str, var: Var<'_>) -> anyhow::Result<Arc<dyn Store>> {
    let settings = settings(text, flag, var)?;
    let store = HttpStore::new(settings).map_err(|error| Fault::error(error.to_string(), error.hint()))?;
    Ok(Arc::new(store))
}

fn settings(text: &str, flag: &str, var: Var<'_>) -> anyhow::Result<HttpSettings> {
    let (address, in_url) = parsed(text, flag)?;
    let terraforms = var("TF_HTTP_ADDRESS").map(|text| parsed(&text, "TF_HTTP_ADDRESS")).transpose()?;
    // Without an address of their own the variables are about this state. With another one they are about a state
    // of Terraform's in the same job: its lock is not ours; its password is, when the server is the same.
    let is_same_state = terraforms.as_ref().is_none_or(|(other, _)| *other == address);
    let is_same_server = terraforms.as_ref().is_none_or(|(other, _)| other.has_the_server_of(&address));
    let of_server = |name: &str| var(name).filter(|_| is_same_server);
    let user = in_url
        .or_else(|| {
            let password = of_server("TF_HTTP_PASSWORD").unwrap_or_default();
            Some((of_server("TF_HTTP_USERNAME")?, Secret::new(password)))
        })
        .or_else(|| terraforms.filter(|_| is_same_server)?.1)
        .or_else(|| gitlab_job(&address, var));
    let lock = match var("WAWPFORM_HTTP_LOCK").as_deref() {
        None => Some(lock(&address, is_same_state, of_server, var)?),
        Some("none") => None,
        Some(_) => {
            let hint = "`none` goes without a lock, where nobody else ever writes this state";
            return Err(Fault::error("WAWPFORM_HTTP_LOCK can only be `none`", hint).into());
        }
    };
    let mut settings = HttpSettings {
        update_method: of_server("TF_HTTP_UPDATE_METHOD").unwrap_or_else(|| "POST".into()),
        lock,
        user,
        tls: tls(of_server)?,
        retries: retries(var)?,
        ..HttpSettings::new(address)
    };
    if let Some(text) = var("WAWPFORM_HTTP_TIMEOUT") {
        settings.patience = number("WAWPFORM_HTTP_TIMEOUT", &text).map(Duration::from_secs)?;
    }
    encrypted(&settings, var)?;
    Ok(settings)
}

fn parsed(text: &str, origin: &str) -> anyhow::Result<(HttpAddress, Option<(String, Secret)>)> {
    HttpAddress::parse(text).map_err(|error| {
        Fault::error(format!("{origin} is no address of a state: {error}"), "write https://server/path")
            .into()
    })
}

/// GitLab's own states, by the shape of their address.
fn is_gitlabs(address: &HttpAddress) -> bool {
    let path = address.path();
    path.contains("/api/v4/projects/") && path.contains("/terraform/state/")
}

/// In a job of GitLab, for a state on that same GitLab, the job's own token will do.
fn gitlab_job(address: &HttpAddress, var: Var<'_>) -> Option<(String, Secret)> {
    let (api, _) = HttpAddress::parse(&var("CI_API_V4_URL")?).ok()?;
    if !(is_gitlabs(address) && api.has_the_server_of(address)) {
        return None;
    }
    Some(("gitlab-ci-token".into(), Secret::new(var("CI_JOB_TOKEN")?)))
}

/// Terraform does not lock without TF_HTTP_LOCK_ADDRESS. At most one create a name cannot be promised then, so here
/// a state has a lock: GitLab's where it is GitLab's, else `LOCK` and `UNLOCK` at its own address.
fn lock(
    address: &HttpAddress,
    is_same_state: bool,
    of_server: impl Fn(&str) -> Option<String>,
    var: Var<'_>,
) -> anyhow::Result<HttpLock> {
    let named = |name: &'static str| -> anyhow::Result<Option<HttpAddress>> {
        let text = var(name).filter(|_| is_same_state);
        Ok(text.map(|text| parsed(&text, name)).transpose()?.map(|(address, _)| address))
    };
    let (address, default) = match is_gitlabs(address) {
        true => (address.below("lock"), ("POST", "DELETE")),
        false => (address.clone(), ("LOCK", "UNLOCK")),
    };
    let address = named("TF_HTTP_LOCK_ADDRESS")?.unwrap_or(address);
    Ok(HttpLock {
        unlock_address: named("TF_HTTP_UNLOCK_ADDRESS")?.unwrap_or_else(|| address.clone()),
        method: of_server("TF_HTTP_LOCK_METHOD").unwrap_or_else(|| default.0.into()),
        unlock_method: of_server("TF_HTTP_UNLOCK_METHOD").unwrap_or_else(|| default.1.into()),
        address,
    })
}

fn tls(of_server: impl Fn(&str) -> Option<String>) -> anyhow::Result<HttpTls> {
    let (certificate, key) =
        (of_server("TF_HTTP_CLIENT_CERTIFICATE_PEM"), of_server("TF_HTTP_CLIENT_PRIVATE_KEY_PEM"));
    if certificate.is_some() != key.is_some() {
        let message = "TF_HTTP_CLIENT_CERTIFICATE_PEM and TF_HTTP_CLIENT_PRIVATE_KEY_PEM go together";
        return Err(Fault::error(message, "set both, or neither").into());
    }
    Ok(HttpTls {
        authorities: of_server("TF_HTTP_CLIENT_CA_CERTIFICATE_PEM"),
        identity: certificate.zip(key.map(Secret::new)),
    })
}

fn retries(var: Var<'_>) -> anyhow::Result<HttpRetries> {
    let default = HttpRetries::default();
    let seconds = |name: &str, default: Duration| -> anyhow::Result<Duration> {
        var(name).map_or(Ok(default), |text| number(name, &text).map(Duration::from_secs))
    };
    Ok(HttpRetries {
        most: match var("TF_HTTP_RETRY_MAX") {
            None => default.most,
            Some(text) => u32::try_from(number("TF_HTTP_RETRY_MAX", &text)?).unwrap_or(u32::MAX),
        },
        least_wait: seconds("TF_HTTP_RETRY_WAIT_MIN", default.least_wait)?,
        most_wait: seconds("TF_HTTP_RETRY_WAIT_MAX", default.most_wait)?,
    })
}

fn number(name: &str, text: &str) -> anyhow::Result<u64> {
    text.parse().map_err(|_| Fault::error(format!("{name} is not a number"), "write a whole number").into())
}

/// Whoever can listen to plain http can also answer it, so it is for this machine itself, or has to be allowed; a
/// password is not sent over it in any case.
fn encrypted(settings: &HttpSettings, var: Var<'_>) -> anyhow::Result<()> {
    let HttpSettings { address, lock, user, .. } = settings;
    let locks = lock.iter().flat_map(|lock| [&lock.address, &lock.unlock_address]);
    let Some(open) = std::iter::once(address).chain(locks).find(|it| it.is_open_to_listeners()) else {
        return Ok(());
    };
    let (what, hint) = match (user, var("WAWPFORM_ALLOW_PLAIN_HTTP")) {
        (Some(_), _) => ("a password would go in the clear to", "use https, or give no user and password"),
        (None, Some(_)) => return Ok(()),
        (None, None) => (
            "there is no encryption on the way to",
            "use https; within a network that you trust, WAWPFORM_ALLOW_PLAIN_HTTP=1 allows plain http without a password",
        ),
    };
    Err(Fault::error(format!("{what} {open}"), hint).into())
}

#[cfg(test)]
mod tests;
