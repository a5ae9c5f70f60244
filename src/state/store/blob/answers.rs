//! What servers answer: their clock, their refusals, and their errors in words that may be shown.
//!
//! Invariant: nothing of an address or a body gets into a message but a status and a short code, because a
//! signed address and some bodies hold what nobody may read.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, Error};

use crate::state::store::StoreError;

/// When the server answered, by its own clock: seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerTime(pub(super) i64);

/// Connects as usual, and keeps the `Date` of each answer.
#[derive(Debug, Default)]
pub(super) struct Dated(ReqwestConnector);

#[derive(Debug)]
struct Dating(HttpClient);

impl HttpConnector for Dated {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Dating(self.0.connect(options)?)))
    }
}

#[async_trait]
impl HttpService for Dating {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut response = self.0.execute(request).await?;
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        if let Some(now) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            response.extensions_mut().insert(ServerTime(now.timestamp().as_second()));
        }
        Ok(response)
    }
}

/// Whether a conditional write was refused because of its condition. A plain 409 is among them: S3 says it when
/// two write at once, so it says nothing about what is there.
pub(super) const fn refused(error: &Error) -> bool {
    matches!(error, Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. })
}

/// An error of a server, or of the way there.
#[derive(Debug)]
pub(super) struct Fault {
    kind: io::ErrorKind,
    words: String,
    status: Option<u16>,
    code: Option<String>,
}

impl Fault {
    pub(super) fn words(words: impl Into<String>) -> Self {
        Self { kind: io::ErrorKind::Other, words: words.into(), status: None, code: None }
    }

    pub(super) fn of(error: &Error) -> Self {
        let text = error.to_string();
        let status = after(&text, "status code: ", |c| c.is_ascii_digit()).and_then(|it| it.parse().ok());
        let code = after(&text, "<Code>", |c| c.is_ascii_alphanumeric()).filter(|code| code.len() < 50);
        let (kind, what) = match error {
            Error::NotFound { .. } => (io::ErrorKind::NotFound, "it is not there"),
            Error::PermissionDenied { .. } => (
                io::ErrorKind::PermissionDenied,
                "access is denied (reading, writing and listing must be allowed: without listing, S3 denies also what \
                 is not there)",
            ),
            Error::Unauthenticated { .. } => {
                (io::ErrorKind::PermissionDenied, "the credentials are not accepted")
            }
            Error::NotImplemented { .. } => (io::ErrorKind::Unsupported, "the server cannot do this"),
            _ => of_the_way(error),
        };
        let mut words = what.to_owned();
        match (status, &code) {
            (Some(status), Some(code)) => words += &format!(" ({status} {code})"),
            (Some(status), None) => words += &format!(" ({status})"),
            (None, Some(code)) => words += &format!(" ({code})"),
            (None, None) => {}
        }
        Self { kind, words, status, code }
    }

    /// Whether only the object is missing, and not its bucket.
    pub(super) fn is_missing_object(&self) -> bool {
        let bucket = ["NoSuchBucket", "ContainerNotFound"];
        self.kind == io::ErrorKind::NotFound && !self.code.as_deref().is_some_and(|it| bucket.contains(&it))
    }

    /// Whether the server said no for good, and did nothing.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self.status, Some(400..=407 | 410..=428 | 430..=499 | 501))
            || matches!(self.kind, io::ErrorKind::Unsupported | io::ErrorKind::ConnectionRefused)
    }
}

/// What went wrong on the way, as far as it says so.
fn of_the_way(error: &Error) -> (io::ErrorKind, &'static str) {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Connect => (io::ErrorKind::ConnectionRefused, "there is no connection to it"),
                HttpErrorKind::Timeout => (io::ErrorKind::TimedOut, "it does not answer in time"),
                _ => (io::ErrorKind::ConnectionAborted, "the connection broke"),
            };
        }
        cause = error.source();
    }
    (io::ErrorKind::Other, "the server did not do it")
}

/// The word behind a sign.
fn after(text: &str, sign: &str, belongs: fn(char) -> bool) -> Option<String> {
    let (_, rest) = text.split_once(sign)?;
    Some(rest.chars().take_while(|c| belongs(*c)).collect()).filter(|word: &String| !word.is_empty())
}

pub(super) fn failed(what: &'static str, place: &str, fault: Fault) -> StoreError {
    let source = io::Error::new(fault.kind, fault.words);
    StoreError::Io { what, place: place.to_owned(), source }
}

pub(super) fn late(what: &'static str, place: &str, patience: Duration) -> StoreError {
    let words = format!("no answer within {} s", patience.as_secs_f32());
    failed(what, place, Fault { kind: io::ErrorKind::TimedOut, ..Fault::words(words) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: Error) -> String {
        match failed("read", "s3://b/k", Fault::of(&error)) {
            StoreError::Io { source, .. } => source.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_an_answer_only_its_status_and_code_are_shown() {
        let text = "Error performing GET https://host/b/k?sig=hush in 1ms - Server returned non-2xx status code: 403 \
                    Forbidden: <Error><Code>AccessDenied</Code><Key>hush</Key></Error>";
        let denied = Error::PermissionDenied { path: "k".into(), source: text.into() };
        let words = said(denied);
        assert!(words.contains("(403 AccessDenied)") && !words.contains("hush"), "{words}");
        let generic = Error::Generic { store: "S3", source: "hush <Code>a b</Code>".into() };
        assert_eq!(said(generic), "the server did not do it (a)");
    }

    #[test]
    fn a_bucket_that_is_missing_is_not_a_missing_object() {
        let missing = |code: &str| {
            let source = format!("status code: 404 Not Found: <Code>{code}</Code>").into();
            Fault::of(&Error::NotFound { path: "k".into(), source }).is_missing_object()
        };
        assert!(missing("NoSuchKey") && missing("BlobNotFound"));
        assert!(!missing("NoSuchBucket") && !missing("ContainerNotFound"));
    }
}
