//! One question to the server of a state, asked again where that is safe, and what is made of the answer.
//!
//! Invariant: no redirect is followed, no message holds a URL with a password or the password itself, and no body
//! is read beyond what a state can have.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Url};

use super::settings::{HttpSettings, HttpTls};
use crate::instance::{Secret, visible};
use crate::state::store::StoreError;

/// More than any state: a million instances take about a third of a GiB.
const LARGEST: usize = 1 << 30;
/// How much of an answer that is no state is shown, in characters.
const WORDS: usize = 200;
const CONTENT_MD5: &str = "content-md5";

/// A question.
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) url: Url,
    /// JSON, with its `Content-MD5`.
    pub(super) body: Option<&'a [u8]>,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    is_page: bool,
    after: Option<Duration>,
}

/// Nobody knows what came of it, or that was only "not now".
pub(super) struct Unclear {
    /// In words.
    pub(super) why: String,
    after: Option<Duration>,
}

/// The way to one server.
pub(super) struct Exchange {
    http: reqwest::Client,
    pub(super) settings: HttpSettings,
}

impl Exchange {
    pub(super) fn new(settings: HttpSettings) -> Result<Self, StoreError> {
        let unfit = |why: &str, hint| StoreError::Unfit {
            place: settings.address.to_string(),
            why: format!("cannot be spoken to: {why}"),
            hint,
        };
        // A second call of this finds the provider already there, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("wawpform/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(settings.patience.min(Duration::from_secs(10)))
            .read_timeout(settings.patience)
            .timeout(settings.patience * 10);
        if settings.address.is_loopback() {
            http = http.no_proxy();
        }
        let HttpTls { authorities, identity } = &settings.tls;
        if let Some(pem) = authorities {
            let hint = "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM holds certificates in PEM form";
            let authorities = reqwest::Certificate::from_pem_bundle(pem.as_bytes())
                .ok()
                .filter(|all| !all.is_empty())
                .ok_or_else(|| unfit("there is no certificate in the PEM text of the authorities", hint))?;
            http = http.tls_certs_only(authorities);
        } else if settings.address.url().scheme() == "http" {
            // Nothing is encrypted, so the system's certificates need not be there, nor be read.
            http = http.tls_certs_only([]);
        }
        if let Some((certificate, key)) = identity {
            let hint = "TF_HTTP_CLIENT_CERTIFICATE_PEM and TF_HTTP_CLIENT_PRIVATE_KEY_PEM hold a certificate and its \
                        key in PEM form";
            let pem = Secret::new(format!("{}\n{certificate}", key.expose()));
            let identity = reqwest::Identity::from_pem(pem.expose().as_bytes());
            http = http.identity(identity.map_err(|_| unfit("the client certificate cannot be read", hint))?);
        }
        let http = http.build().map_err(|error| {
            let hint = "see whether the certificates of TF_HTTP_CLIENT_* and of this machine can be read";
            unfit(&innermost(&error.without_url()), hint)
        })?;
        Ok(Self { http, settings })
    }

    /// As it may be shown.
    pub(super) fn place(&self) -> String {
        self.settings.address.to_string()
    }

    /// Asks, and asks again what had no clear answer: for questions that may be repeated.
    pub(super) async fn ask(&self, what: &'static str, ask: &Ask<'_>) -> Result<Answer, StoreError> {
        let mut tries = 0;
        loop {
            match self.once(ask).await {
                Ok(answer) => return Ok(answer),
                Err(unclear) => self.pause(what, tries, unclear).await?,
            }
            tries += 1;
        }
    }

    /// Waits before something is tried again, so often as it was tried already.
    ///
    /// # Errors
    /// When it was tried often enough.
    pub(super) async fn pause(
        &self,
        what: &'static str,
        tries: u32,
        unclear: Unclear,
    ) -> Result<(), StoreError> {
        let retries = self.settings.retries;
        if tries >= retries.most {
            return Err(self.failed(what, unclear));
        }
        let doubled = retries.least_wait.saturating_mul(2_u32.saturating_pow(tries));
        tokio::time::sleep(unclear.after.unwrap_or(doubled).min(retries.most_wait)).await;
        Ok(())
    }

    pub(super) fn failed(&self, what: &'static str, Unclear { why, after: _ }: Unclear) -> StoreError {
        StoreError::Io { what, place: self.place(), source: std::io::Error::other(why) }
    }

    /// Asks once.
    pub(super) async fn once(&self, ask: &Ask<'_>) -> Result<Answer, Unclear> {
        let Ask { method, url, body } = ask;
        let unclear = |why: String| Unclear { why, after: None };
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| unclear(format!("`{}` is no HTTP method", visible(method))))?;
        let mut request = self.http.request(method, url.clone());
        if let Some((user, password)) = &self.settings.user {
            request = request.basic_auth(user, Some(password.expose()));
        }
        if let Some(body) = body {
            let sum = BASE64_STANDARD.encode(Md5::digest(body));
            request =
                request.header(CONTENT_TYPE, "application/json").header(CONTENT_MD5, sum).body(body.to_vec());
        }
        let mut response = request.send().await.map_err(|error| unclear(lost(error)))?;
        let status = response.status().as_u16();
        let (sum, is_page, after) = {
            let headers = response.headers();
            (text(headers, CONTENT_MD5), is_page(headers), after(headers))
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unclear(lost(error)))? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(unclear("it answers with more than 1 GiB: is it the right URL?".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        if status == 200 && sum.is_some_and(|sum| sum != BASE64_STANDARD.encode(Md5::digest(&bytes))) {
            return Err(unclear("what arrived is not what its Content-MD5 says".into()));
        }
        let answer = Answer { status, is_page: is_page || bytes.starts_with(b"<"), body: bytes, after };
        match status {
            // 501 says that it never will.
            429 | 500 | 502..=599 => {
                Err(Unclear { why: self.words(&answer, "answered"), after: answer.after })
            }
            _ => Ok(answer),
        }
    }

    /// What an answer says that is neither a state nor a yes.
    fn words(&self, answer: &Answer, verb: &str) -> String {
        let mut said = String::from_utf8_lossy(&answer.body).trim().to_owned();
        if let Some((_, password)) = &self.settings.user {
            said = password.redact(&said);
        }
        let shown: String = said.chars().take(WORDS).collect();
        match (answer.is_page, shown.is_empty()) {
            (true, _) => format!("{verb} HTTP {} and a web page", answer.status),
            (_, true) => format!("{verb} HTTP {}", answer.status),
            _ => format!("{verb} HTTP {}: {}", answer.status, visible(&shown)),
        }
    }

    /// The answer is final and is not the one that was hoped for.
    pub(super) fn refused(&self, to: &str, answer: &Answer) -> StoreError {
        let hint = match answer.status {
            200..=299 if answer.is_page => {
                "this is not the URL of a state: perhaps of a login, or of a page that shows it"
            }
            300..=399 => {
                "name the URL where the state is: redirects are not followed, they could lead a password astray"
            }
            401 => {
                "the server wants a user and a password, or does not know these: TF_HTTP_USERNAME, TF_HTTP_PASSWORD"
            }
            403 => {
                "the user of TF_HTTP_USERNAME and TF_HTTP_PASSWORD may not do this; ask who runs the server"
            }
            413 => "the state is larger than the server takes; ask who runs it to raise the limit",
            _ => {
                "see whether the URL is the one of a state, and whether the server speaks Terraform's HTTP protocol"
            }
        };
        let why = self.words(answer, &format!("answers {to} with"));
        StoreError::Unfit { place: self.place(), why, hint }
    }
}

impl Answer {
    pub(super) const fn is_page(&self) -> bool {
        self.is_page
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_owned())
}

fn is_page(headers: &HeaderMap) -> bool {
    text(headers, CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
}

fn after(headers: &HeaderMap) -> Option<Duration> {
    text(headers, RETRY_AFTER.as_str())?.parse().ok().map(Duration::from_secs)
}

/// Why no answer came, without the URL.
fn lost(error: reqwest::Error) -> String {
    let error = error.without_url();
    match () {
        () if error.is_timeout() && error.is_connect() => "no connection in time".into(),
        () if error.is_timeout() => "no answer in time".into(),
        () if error.is_connect() => format!("no connection: {}", innermost(&error)),
        () => format!("the connection broke before an answer came: {}", innermost(&error)),
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}
