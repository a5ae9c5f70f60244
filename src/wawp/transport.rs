//! What the transport itself says: why no answer came, and the headers of one that did.
//!
//! Invariant: only a connection that was never made counts as not sent; no message holds a URL.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::address::ApiAddress;
use super::error::{CallError, Kind};

/// How long the steps of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// A connection.
    pub connect: Duration,
    /// A create, with its connection: giving up early is what makes its outcome unknown.
    pub create: Duration,
    /// Any other call, with its connection.
    pub other: Duration,
}

impl Default for Timeouts {
    /// 10 s to connect, 120 s for a create, 30 s for any other call.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), create: seconds(120), other: seconds(30) }
    }
}

/// What a failure of transport means. The library's words hold the URL, which may hold the token; only the base of the
/// API is told.
pub(super) fn lost(error: reqwest::Error, api: &ApiAddress) -> CallError {
    let error = error.without_url();
    let kind = match () {
        () if !(error.is_connect() || error.is_builder()) => Kind::Unknown,
        () if causes(&error).any(is_about_a_certificate) => Kind::Untrusted,
        () => Kind::NotSent,
    };
    let what = match kind {
        Kind::Untrusted => format!("the certificate of {api} is not trusted"),
        Kind::NotSent if error.is_timeout() => format!("no connection to {api} in time"),
        Kind::NotSent => format!("no connection to {api}"),
        _ if error.is_timeout() => "no answer in time".to_owned(),
        _ => "the connection broke before an answer came".to_owned(),
    };
    match causes(&error).last() {
        Some(cause) if !error.is_timeout() => CallError::unanswered(kind, format!("{what}: {cause}")),
        _ => CallError::unanswered(kind, what),
    }
}

type Cause = dyn std::error::Error + 'static;

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &Cause> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

/// Whether the other side could not show who it is. The TLS library's error sits inside I/O errors, and the source
/// that these name is the one behind what is inside them.
fn is_about_a_certificate(cause: &Cause) -> bool {
    use rustls::Error;
    if let Some(io) = cause.downcast_ref::<std::io::Error>() {
        return io.get_ref().is_some_and(|inside| is_about_a_certificate(inside));
    }
    matches!(
        cause.downcast_ref(),
        Some(
            Error::InvalidCertificate(_)
                | Error::InvalidCertRevocationList(_)
                | Error::NoCertificatesPresented
                | Error::UnsupportedNameType
        )
    )
}

/// The wait that the server asks for: seconds, or a date, which is read against the server's own clock.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let parse = |date: &str| jiff::fmt::rfc2822::parse(date).ok();
    let (then, now) = (parse(asked)?, parse(text(DATE)?)?);
    Some(Duration::try_from(then.timestamp().duration_since(now.timestamp())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(after: &str, date: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, after.parse().unwrap());
        headers.insert(DATE, date.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date_on_the_servers_own_clock() {
        let date = "Sun, 22 Nov 2026 13:00:00 GMT";
        assert_eq!(asked("7", date), Some(Duration::from_secs(7)));
        assert_eq!(asked(" 0 ", date), Some(Duration::ZERO));
        assert_eq!(asked("Sun, 22 Nov 2026 13:01:30 GMT", date), Some(Duration::from_secs(90)));
        assert_eq!(asked("Sun, 22 Nov 2026 12:00:00 GMT", date), Some(Duration::ZERO), "it is past");
        for unclear in ["", "soon", "-3", "1.5", "99999999999999999999"] {
            assert_eq!(asked(unclear, date), None, "{unclear:?}");
        }
        assert_eq!(asked("Sun, 22 Nov 2026 13:01:30 GMT", "today"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
