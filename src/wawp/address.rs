//! The base URL of the API.
//!
//! Invariant: an address in hand is https, or plain http to this machine itself; the token goes nowhere else
//! in the clear.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// A checked base URL, without credentials, query or trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAddress(Url);

/// Why a text is not an API address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiAddressError {
    /// Not a URL.
    #[error("not a URL")]
    NotAUrl(#[from] url::ParseError),
    /// Neither https nor loopback.
    #[error("only https is spoken, except to this machine itself (127.0.0.1, ::1, localhost)")]
    NotHttps,
    /// `https://user:password@…`.
    #[error(
        "a user or password in the URL is not allowed; the token comes from the environment or --token-file"
    )]
    Credentials,
    /// `?…` or `#…`.
    #[error("a base URL has neither `?` nor `#`")]
    NotABase,
}

impl ApiAddress {
    /// Whether it is this machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether it is spoken to without encryption; only this machine itself is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address of a path below it.
    #[must_use]
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

impl FromStr for ApiAddress {
    type Err = ApiAddressError;

    fn from_str(text: &str) -> Result<Self, ApiAddressError> {
        let url = Url::parse(text)?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(ApiAddressError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ApiAddressError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ApiAddressError::NotABase);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ApiAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine_is_an_address() {
        for good in
            ["https://api.wawp.net", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9/x"]
        {
            assert_eq!(good.parse::<ApiAddress>().unwrap().to_string(), good);
        }
        let refused = |text: &str| text.parse::<ApiAddress>().unwrap_err();
        assert_eq!(refused("http://api.wawp.net"), ApiAddressError::NotHttps);
        assert_eq!(refused("http://127.0.0.1.evil.example"), ApiAddressError::NotHttps);
        assert_eq!(refused("ftp://127.0.0.1"), ApiAddressError::NotHttps);
        assert_eq!(refused("https://me:secret@api.wawp.net"), ApiAddressError::Credentials);
        assert_eq!(refused("https://api.wawp.net/?access_token=x"), ApiAddressError::NotABase);
        assert!(matches!(refused("api.wawp.net"), ApiAddressError::NotAUrl(_)));
    }

    #[test]
    fn a_path_is_put_below_the_base() {
        let at = |base: &str| base.parse::<ApiAddress>().unwrap().at("/v2/session/create").to_string();
        assert_eq!(at("https://api.wawp.net/"), "https://api.wawp.net/v2/session/create");
        assert_eq!(at("https://proxy.example/wawp/"), "https://proxy.example/wawp/v2/session/create");
    }
}
