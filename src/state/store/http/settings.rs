//! Where a state of the HTTP protocol is, how its server is spoken to, and what it is shown as.
//!
//! Invariant: an address in hand holds no user and no password, and what is shown of it holds no query either;
//! passwords and keys are [`Secret`].

use std::fmt;
use std::time::Duration;

use url::{Host, Url, form_urlencoded};

use crate::instance::Secret;

/// How a state is read, written and locked. The variables that say so are those of Terraform's `http` backend
/// (formats.md F3.3).
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Where the state is.
    pub address: HttpAddress,
    /// How it is written: `POST`.
    pub update_method: String,
    /// How it is locked; `None` when somebody has said that nobody else writes.
    pub lock: Option<HttpLock>,
    /// Basic authentication: user and password.
    pub user: Option<(String, Secret)>,
    /// Certificates other than the system's.
    pub tls: HttpTls,
    /// How often and how soon something is tried again.
    pub retries: HttpRetries,
    /// The longest silence that is borne; a call takes ten times as long at most.
    pub patience: Duration,
}

/// How a state is locked.
#[derive(Debug, Clone)]
pub struct HttpLock {
    /// Where.
    pub address: HttpAddress,
    /// With which method: `LOCK`.
    pub method: String,
    /// Where it is unlocked.
    pub unlock_address: HttpAddress,
    /// With which method: `UNLOCK`.
    pub unlock_method: String,
}

/// Who is trusted, and as whom this program shows itself. All PEM.
#[derive(Debug, Clone, Default)]
pub struct HttpTls {
    /// The only authorities whose certificates the server may have; the system's when there are none.
    pub authorities: Option<String>,
    /// A certificate of this program's own, with its key.
    pub identity: Option<(String, Secret)>,
}

/// Retries of what had no answer, or one that says "not now".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpRetries {
    /// How many, after the first try.
    pub most: u32,
    /// The wait before the first of them; each next one is twice as long.
    pub least_wait: Duration,
    /// The longest wait.
    pub most_wait: Duration,
}

impl Default for HttpRetries {
    /// Terraform's: 2, from 1 s to 30 s.
    fn default() -> Self {
        Self { most: 2, least_wait: Duration::from_secs(1), most_wait: Duration::from_secs(30) }
    }
}

impl HttpSettings {
    /// A state at an address, locked by `LOCK` and `UNLOCK` at that same address.
    #[must_use]
    pub fn new(address: HttpAddress) -> Self {
        let lock = HttpLock {
            address: address.clone(),
            method: "LOCK".into(),
            unlock_address: address.clone(),
            unlock_method: "UNLOCK".into(),
        };
        Self {
            address,
            update_method: "POST".into(),
            lock: Some(lock),
            user: None,
            tls: HttpTls::default(),
            retries: HttpRetries::default(),
            patience: Duration::from_secs(30),
        }
    }
}

/// A URL without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAddress(Url);

/// Why a text is no address of a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpAddressError {
    /// Not a URL.
    #[error("not a URL")]
    NotAUrl(#[from] url::ParseError),
    /// Neither `http` nor `https`.
    #[error("only http and https are spoken")]
    NotHttp,
}

impl HttpAddress {
    /// Reads a URL, and takes what is in it of a user and a password out of it.
    ///
    /// # Errors
    /// When it is not one, or of another kind.
    pub fn parse(text: &str) -> Result<(Self, Option<(String, Secret)>), HttpAddressError> {
        let mut url = Url::parse(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpAddressError::NotHttp);
        }
        let user = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((decoded(user), Secret::new(decoded(password.unwrap_or_default())))),
        };
        // Neither can fail in a URL that has a host, as all of these schemes have.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        Ok((Self(url), user))
    }

    /// The address of something below it.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{name}", self.0.path().trim_end_matches('/')));
        Self(url)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// Whether what is said to it can be read on the way: it is plain http, and not to this machine itself.
    #[must_use]
    pub fn is_open_to_listeners(&self) -> bool {
        self.0.scheme() == "http" && !self.is_loopback()
    }

    /// Whether it is this machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    /// Whether both are served by one and the same server, which may get the same password.
    #[must_use]
    pub fn has_the_server_of(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }

    pub(super) const fn url(&self) -> &Url {
        &self.0
    }

    /// With the id of the lock, as a write carries it.
    pub(super) fn with_id(&self, id: &str) -> Url {
        let mut url = self.0.clone();
        let others: Vec<(String, String)> =
            self.0.query_pairs().filter(|(key, _)| key != "ID").map(|(k, v)| (k.into(), v.into())).collect();
        url.query_pairs_mut().clear().extend_pairs(others).append_pair("ID", id);
        url
    }
}

impl fmt::Display for HttpAddress {
    /// As it may be shown: a query may hold a token, so none of it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        let query = if url.query().is_some() { "?…" } else { "" };
        url.set_query(None);
        write!(f, "{url}{query}")
    }
}

impl fmt::Debug for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A part of a URL with its `%41` read as `A`.
fn decoded(text: &str) -> String {
    // A form means something by these two that a URL's user does not.
    let form = format!("it={}", text.replace('+', "%2B").replace('&', "%26"));
    let pair = form_urlencoded::parse(form.as_bytes()).next();
    pair.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_url_is_taken_out_of_it_and_read_as_it_was_meant() {
        let (address, user) = HttpAddress::parse("https://me%40x:a+b%26%3D&c%2F@h.example/s?t=1#x").unwrap();
        let (name, password) = user.unwrap();
        assert_eq!((name.as_str(), password.expose()), ("me@x", "a+b&=&c/"));
        assert_eq!(address.to_string(), "https://h.example/s?…");
        assert_eq!(format!("{address:?}"), "https://h.example/s?…");
        assert_eq!(address.with_id("a b").as_str(), "https://h.example/s?t=1&ID=a+b");
        assert_eq!(HttpAddress::parse("https://h.example/s").unwrap().1.map(|(name, _)| name), None);
        assert_eq!(HttpAddress::parse("ftp://h.example/s").unwrap_err(), HttpAddressError::NotHttp);
    }

    #[test]
    fn only_plain_http_to_another_machine_is_open_to_listeners() {
        let open = |text: &str| HttpAddress::parse(text).unwrap().0.is_open_to_listeners();
        assert!(open("http://h.example/") && open("http://127.0.0.1.h.example/"));
        assert!(!open("https://h.example/") && !open("http://127.9.0.1:8/") && !open("http://[::1]/"));
    }
}
