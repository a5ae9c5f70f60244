//! A `postgres://` URL, read: which server, which fleet's row, how the way there is encrypted.
//!
//! Invariant: the password is taken out before anything else looks at the URL, and is not in what is shown.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use url::form_urlencoded;

use crate::instance::{Name, Secret};

/// The schema of the tables, when the URL names no other.
const SCHEMA: &str = "wawpform";
/// How long a lock outlives a holder that is never heard of again. It is renewed after a third of it.
const LEASE: Duration = Duration::from_secs(30);
/// How long the network may leave unanswered what was sent, before the connection counts as cut.
const UNANSWERED: Duration = Duration::from_secs(5);

/// How the way to the server is encrypted, and whom it must prove to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// Not at all.
    Off,
    /// When the server offers it, and whoever it is: within this machine.
    IfOffered,
    /// Always, and whoever it is.
    Encrypted,
    /// Always; its certificate is of a known authority.
    KnownAuthority,
    /// Always; its certificate is of a known authority, and for this host.
    KnownHost,
}

/// Where a state in PostgreSQL lives.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) password: Option<Secret>,
    pub(super) tls: Tls,
    /// A file of certificates; the system's authorities when there is none.
    pub(super) authorities: Option<PathBuf>,
    pub(super) schema: String,
    pub(super) lease: Duration,
    fleet: Option<Name>,
    /// The URL up to its parameters, without a password.
    shown: String,
    /// The whole URL, without a password.
    given: String,
}

/// Why a URL cannot be used. It never holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(String);

impl Address {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETERS`. The parameters are libpq's, and `fleet`,
    /// `schema` and `lease` (seconds). `variable` gives `PGPASSWORD`, `PGSSLMODE` and `PGSSLROOTCERT`.
    ///
    /// # Errors
    /// When it is no such URL, or asks for what is not known.
    pub fn parse(url: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, AddressError> {
        let refused = |what: String| AddressError(what);
        let (scheme, rest) = url.split_once("://").ok_or_else(|| refused("it is not a URL".into()))?;
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = match before.split_once('/') {
            Some((authority, database)) => (authority, format!("/{database}")),
            None => (before, String::new()),
        };
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        let (user, mut password) = match user.and_then(|user| user.split_once(':')) {
            Some((user, password)) => (Some(user), Some(decoded(password))),
            None => (user, None),
        };
        let (mut own, mut others) = (Own::default(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match key {
                "password" => password = Some(decoded(value)),
                "fleet" => own.fleet = Some(decoded(value)),
                "schema" => own.schema = Some(decoded(value)),
                "lease" => own.lease = Some(decoded(value)),
                "sslmode" => own.mode = Some(decoded(value)),
                "sslrootcert" => own.authorities = Some(decoded(value)),
                _ => others.push(pair),
            }
        }
        let user = user.filter(|user| !user.is_empty()).map(|user| format!("{user}@")).unwrap_or_default();
        let shown = format!("{scheme}://{user}{hosts}{database}");
        let kept: Vec<&str> =
            query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("password=")).collect();
        let mark = if kept.is_empty() { "" } else { "?" };
        let given = format!("{shown}{mark}{}", kept.join("&"));
        let mut config: Config =
            format!("{shown}?{}", others.join("&")).parse().map_err(|error: tokio_postgres::Error| {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                refused(cause.unwrap_or_else(|| error.to_string()))
            })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("it names no host".into()));
        }
        let password = password.filter(|text| !text.is_empty()).or_else(|| variable("PGPASSWORD"));
        let mode = own.mode.or_else(|| variable("PGSSLMODE"));
        let authorities = own.authorities.or_else(|| variable("PGSSLROOTCERT"));
        let tls = tls(mode.as_deref(), authorities.is_some(), is_local(&config)).map_err(refused)?;
        config.ssl_mode(match tls {
            Tls::Off => SslMode::Disable,
            Tls::IfOffered => SslMode::Prefer,
            Tls::Encrypted | Tls::KnownAuthority | Tls::KnownHost => SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name("wawpform");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        Ok(Self {
            config,
            password: password.map(Secret::new),
            tls,
            authorities: authorities.filter(|path| path != "system").map(PathBuf::from),
            schema: schema(own.schema).map_err(refused)?,
            lease: lease(own.lease.as_deref()).map_err(refused)?,
            fleet: match own.fleet.as_deref().map(Name::new).transpose() {
                Ok(fleet) => fleet,
                Err(error) => return Err(refused(format!("`fleet`: {error}"))),
            },
            shown,
            given,
        })
    }

    /// The fleet that the URL names.
    #[must_use]
    pub fn fleet(&self) -> Option<&Name> {
        self.fleet.as_ref()
    }

    /// The URL as it was given, without its password.
    #[must_use]
    pub fn as_given(&self) -> &str {
        &self.given
    }

    /// The URL of a fleet's state as it may be shown.
    pub(super) fn shown(&self, fleet: &Name) -> String {
        let schema = match self.schema.as_str() {
            SCHEMA => String::new(),
            other => format!("&schema={other}"),
        };
        format!("{}?fleet={fleet}{schema}", self.shown)
    }

    /// A statement that was written for the usual schema.
    pub(super) fn sql(&self, statement: &str) -> String {
        match self.schema.as_str() {
            SCHEMA => statement.to_owned(),
            // Letters, digits and `_`: it needs no quotes, inside or outside of a text.
            other => statement.replace(&format!("{SCHEMA}."), &format!("{other}.")),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// The parameters that are not for the server's client.
#[derive(Default)]
struct Own {
    fleet: Option<String>,
    schema: Option<String>,
    lease: Option<String>,
    mode: Option<String>,
    authorities: Option<String>,
}

/// A part of a URL as it is meant. A plus is a plus here, as libpq has it.
fn decoded(text: &str) -> String {
    let plain = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(plain.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn schema(named: Option<String>) -> Result<String, String> {
    let Some(named) = named else { return Ok(SCHEMA.into()) };
    let begins_well = named.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let fits = named.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if begins_well && fits && named.len() <= 63 && !named.starts_with("pg_") {
        Ok(named)
    } else {
        Err("`schema` is a name of small letters, digits and `_`".into())
    }
}

fn lease(named: Option<&str>) -> Result<Duration, String> {
    let Some(named) = named else { return Ok(LEASE) };
    match named.parse() {
        Ok(seconds @ 1..=3600) => Ok(Duration::from_secs(seconds)),
        _ => Err("`lease` is a number of seconds, 1 to 3600".into()),
    }
}

/// Whether every host is this machine.
fn is_local(config: &Config) -> bool {
    let host = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        Host::Unix(_) => true,
    };
    config.get_hostaddrs().iter().all(IpAddr::is_loopback)
        && (config.get_hosts().iter().all(host) || !config.get_hostaddrs().is_empty())
}

/// libpq's modes, made safe where nothing is said: in the open, the server must prove who it is.
fn tls(mode: Option<&str>, has_authorities: bool, is_local: bool) -> Result<Tls, String> {
    Ok(match mode {
        None if is_local && !has_authorities => Tls::IfOffered,
        None | Some("verify-full") => Tls::KnownHost,
        Some("disable") => Tls::Off,
        Some("prefer") if is_local => Tls::IfOffered,
        // What is in plain to whoever asks for it is not to be had by accident.
        Some("prefer" | "require") if !has_authorities => Tls::Encrypted,
        // As libpq has it.
        Some("prefer" | "require" | "verify-ca") => Tls::KnownAuthority,
        Some(_) => {
            return Err("`sslmode` is one of disable, prefer, require, verify-ca and verify-full".into());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url, |_| None).unwrap()
    }

    fn refusal(url: &str) -> String {
        Address::parse(url, |_| None).unwrap_err().to_string()
    }

    #[test]
    fn the_password_is_taken_out_wherever_it_stands() {
        for url in [
            "postgres://ci:se%2Bcret@db.example.com:5433/wawp?fleet=acme",
            "postgres://ci@db.example.com:5433/wawp?fleet=acme&password=se+cret",
            "postgres://ci:other@db.example.com:5433/wawp?password=se%2bcret",
        ] {
            let address = parse(url);
            assert_eq!(address.password.as_ref().map(Secret::expose), Some("se+cret"), "{url}");
            assert_eq!(
                address.shown(&Name::new("acme").unwrap()),
                "postgres://ci@db.example.com:5433/wawp?fleet=acme"
            );
            assert!(!format!("{address:?} {:?} {}", address.config, address.as_given()).contains("cret"));
        }
        let from_outside = |name: &str| (name == "PGPASSWORD").then(|| "outside".to_owned());
        let address = Address::parse("postgres://ci@h/d", from_outside).unwrap();
        assert_eq!(address.password.as_ref().map(Secret::expose), Some("outside"));
        let address = Address::parse("postgres://ci:inside@h/d", from_outside).unwrap();
        assert_eq!(address.password.as_ref().map(Secret::expose), Some("inside"));
        assert!(!refusal("postgres://ci:secret@h/d?nothing=1").contains("secret"));
        assert!(!refusal("postgres://ci:secret@h:port/d").contains("secret"));
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_plain_unless_it_is_said() {
        for (url, expected) in [
            ("postgres://db.example.com/d", Tls::KnownHost),
            ("postgres://db.example.com/d?sslmode=prefer", Tls::Encrypted),
            ("postgres://db.example.com/d?sslmode=require", Tls::Encrypted),
            ("postgres://db.example.com/d?sslmode=require&sslrootcert=/ca.pem", Tls::KnownAuthority),
            ("postgres://db.example.com/d?sslmode=verify-ca", Tls::KnownAuthority),
            ("postgres://db.example.com/d?sslmode=verify-full", Tls::KnownHost),
            ("postgres://db.example.com/d?sslmode=disable", Tls::Off),
            ("postgres://localhost/d", Tls::IfOffered),
            ("postgres://127.0.0.1,[::1]:5/d", Tls::IfOffered),
            ("postgres:///d?host=/run/postgresql", Tls::IfOffered),
            ("postgres://localhost/d?sslrootcert=/ca.pem", Tls::KnownHost),
            ("postgres://localhost,db.example.com/d", Tls::KnownHost),
            ("postgres://localhost/d?hostaddr=192.0.2.1", Tls::KnownHost),
        ] {
            assert_eq!(parse(url).tls, expected, "{url}");
        }
        assert!(refusal("postgres://h/d?sslmode=allow").contains("verify-full"));
    }

    #[test]
    fn the_row_and_the_tables_are_named_by_parameters() {
        let address = parse("postgres://h/d?fleet=acme&schema=tenant_7&lease=5");
        assert_eq!(address.fleet().map(Name::as_str), Some("acme"));
        assert_eq!(address.lease, Duration::from_secs(5));
        assert_eq!(address.sql("to_regclass('wawpform.fleet')"), "to_regclass('tenant_7.fleet')");
        assert_eq!(address.shown(&Name::new("acme").unwrap()), "postgres://h/d?fleet=acme&schema=tenant_7");
        assert_eq!(parse("postgres://h/d").fleet(), None);
        let url = "postgres://u:p@h/d?password=x&fleet=acme&sslmode=require";
        assert_eq!(parse(url).as_given(), "postgres://u@h/d?fleet=acme&sslmode=require");
        for bad in ["fleet=No", "schema=a.b", "schema=7", "schema=pg_x", "lease=0", "lease=x", "what=1"] {
            refusal(&format!("postgres://h/d?{bad}"));
        }
        assert_eq!(refusal("postgres:///d"), "it names no host");
    }
}
