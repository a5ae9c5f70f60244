//! What pairs a phone: a page, a QR code, a code to type (wawp-api.md §2.10, §2.13, §2.15).
//!
//! Invariant: whoever sees one of these can pair, so each is a [`Secret`], and no error quotes a word that may be one.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::{Host, Url};

use super::failure::not_understood;
use super::fields::Fields;
use super::{Raw, about, success};
use crate::instance::{InstanceId, Secret};
use crate::wawp::error::CallError;

/// A page on which whoever opens it can pair a phone.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its address: https, in plain ASCII.
    pub url: Secret,
    /// When it ends; `None` when the answer does not tell.
    pub expiry: Option<Expiry>,
}

/// A QR code to scan.
#[derive(Debug, Clone)]
pub enum Qr {
    /// What it says.
    Value {
        /// The text to draw.
        value: Secret,
        /// When the next one takes its place; `None` when the answer does not tell.
        expiry: Option<Expiry>,
    },
    /// A finished picture, which cannot be drawn on a terminal.
    Picture,
}

/// When something ends, as the API tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At this moment of the server's clock.
    At(Timestamp),
    /// So long after the answer.
    After(SignedDuration),
}

impl Expiry {
    /// The moment, for an answer that came at `now`.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::After(time) => now.checked_add(time).unwrap_or(Timestamp::MAX),
        }
    }
}

/// The names under which the address of a page may be.
const LINK: [&str; 4] = ["link", "url", "temp_link", "tempLink"];
/// The names under which a QR code may be, other than `value` and `data`.
const QR: [&str; 5] = ["qr", "qrcode", "qr_code", "raw", "base64"];
/// The names under which a pairing code may be, the surest first.
const CODE: [&str; 3] = ["pairing_code", "pairingCode", "code"];
/// The names under which an expiry may be.
const EXPIRY: [&str; 9] = [
    "expires_at",
    "expiresAt",
    "expiry",
    "expires",
    "expiration",
    "valid_until",
    "validUntil",
    "expires_in",
    "expiresIn",
];
/// The longest address that is taken for one, in bytes.
const LONGEST_LINK: usize = 2048;
/// The longest text of a QR code, in bytes; WhatsApp's have about 240.
const LONGEST_VALUE: usize = 1024;
/// How a PNG, a JPEG or a GIF begins.
const PICTURES: [&[u8]; 3] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8"];

/// Reads the answer to a look at the pairing page of `asked`, or to the making of one.
///
/// # Errors
/// As the call failed; also when there is neither a page nor a word that there is none.
pub fn link(raw: Raw<'_>, asked: &InstanceId) -> Result<Option<Link>, CallError> {
    let body = body(raw)?;
    let fields = Fields::of(&body);
    if fields.say_error() {
        return Err(refused(raw, &fields, "an error under a success status"));
    }
    about(raw, &fields, asked)?;
    let Some(value) = LINK.into_iter().find_map(|key| fields.value(key)) else {
        return Err(refused(raw, &fields, "no link in the answer"));
    };
    let (value, inner) = match value {
        Value::Object(object) => (LINK.into_iter().find_map(|key| object.get(key)), Fields::of(value)),
        value => (Some(value), Fields::of(&body)),
    };
    match value {
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) if is_link(text.trim(), raw.token) => {
            let expiry = expiry(&inner).or_else(|| expiry(&fields));
            Ok(Some(Link { url: Secret::new(text.trim().to_owned()), expiry }))
        }
        Some(_) => Err(refused(raw, &fields, "a link that is none")),
    }
}

/// The error of an answer that should hold a page and says that there is none.
#[must_use]
pub fn no_link(raw: Raw<'_>) -> CallError {
    refused(raw, &Fields::of(&Value::Null), "no link in the answer")
}

/// Reads the answer to a look at the QR code of `asked`.
///
/// # Errors
/// As the call failed; also when the answer has no QR code.
pub fn qr(raw: Raw<'_>, asked: &InstanceId) -> Result<Qr, CallError> {
    let body = body(raw)?;
    let fields = Fields::of(&body);
    if fields.say_error() {
        return Err(refused(raw, &fields, "an error under a success status"));
    }
    about(raw, &fields, asked)?;
    let texts = ["value", "data"].into_iter().chain(QR).filter_map(|key| fields.text(key));
    let found = texts.into_iter().find_map(|text| drawn(text.trim(), expiry(&fields), raw.token));
    found.ok_or_else(|| refused(raw, &fields, "no QR code in the answer"))
}

/// Reads the answer to a request for a pairing code for `asked`, and groups it: `ABCD-1234`.
///
/// # Errors
/// As the call failed; also when the answer has no such code.
pub fn code(raw: Raw<'_>, asked: &InstanceId) -> Result<Secret, CallError> {
    let body = body(raw)?;
    let fields = Fields::of(&body);
    about(raw, &fields, asked)?;
    if fields.say_failure() {
        return Err(refused(raw, &fields, "an error under a success status"));
    }
    // Beside a message, a word without digit or dash is the code of an error.
    let is_bare = fields.said().is_none();
    let found = CODE.into_iter().filter_map(|key| fields.text(key)).find_map(|text| {
        let has_mark = text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-');
        grouped(&text).filter(|_| is_bare || has_mark)
    });
    found.map(Secret::new).ok_or_else(|| refused(raw, &fields, "no pairing code in the answer"))
}

/// The body of a success. Nothing is quoted of one that cannot be read: it may be what was asked for.
fn body(raw: Raw<'_>) -> Result<Value, CallError> {
    success(raw).map_err(|error| match raw.status {
        200..300 => CallError {
            code: None,
            message: "the answer cannot be read; it is not shown, because it may hold what pairs a phone"
                .into(),
            ..error
        },
        _ => concealed(error),
    })
}

fn refused(raw: Raw<'_>, fields: &Fields<'_>, why: &str) -> CallError {
    concealed(not_understood(raw, fields, why))
}

/// The error without any word that may pair a phone.
fn concealed(error: CallError) -> CallError {
    let word = |word: &str| if may_pair(word) { "[redacted]".to_owned() } else { word.to_owned() };
    let message = error.message.split(' ').map(word).collect::<Vec<_>>().join(" ");
    CallError { message, code: error.code.filter(|code| !may_pair(code)), ..error }
}

fn may_pair(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    word.len() > 32 || word.contains("://") || word.split(|c| !is_part(c)).any(is_code_in_text)
}

/// Whether a word of a sentence may be a pairing code: with a digit, or in two halves.
fn is_code_in_text(word: &str) -> bool {
    let word = word.trim_matches('-');
    grouped(word).is_some_and(|code| code == word || word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A pairing code, in two halves: eight letters or digits. Letters are capitals, unless digits are with them.
fn grouped(text: &str) -> Option<String> {
    let code: String = text.trim().chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let is_code = code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let has_digit = code.bytes().any(|byte| byte.is_ascii_digit());
    let is_loud = code.bytes().all(|byte| !byte.is_ascii_lowercase());
    let (first, second) = code.split_at_checked(4).filter(|_| is_code && (has_digit || is_loud))?;
    Some(format!("{first}-{second}").to_ascii_uppercase())
}

fn is_link(text: &str, token: &Secret) -> bool {
    let is_plain = text.len() <= LONGEST_LINK && text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_safe = |url: &Url| match url.host() {
        Some(Host::Domain(host)) => url.scheme() == "https" || host == "localhost",
        Some(Host::Ipv4(ip)) => url.scheme() == "https" || ip.is_loopback(),
        Some(Host::Ipv6(ip)) => url.scheme() == "https" || ip.is_loopback(),
        None => false,
    };
    let is_web = |url: &Url| matches!(url.scheme(), "https" | "http");
    is_plain && token.redact(text) == text && Url::parse(text).is_ok_and(|url| is_web(&url) && is_safe(&url))
}

/// The QR code that a text is or holds: plain, as JSON, as base64 of either, or a picture.
fn drawn(text: &str, outer: Option<Expiry>, token: &Secret) -> Option<Qr> {
    let (head, text) = text.strip_prefix("data:").and_then(|rest| rest.split_once(',')).unwrap_or(("", text));
    if head.starts_with("image/") {
        return Some(Qr::Picture);
    }
    let text = match from_base64(text) {
        Some(bytes) if PICTURES.iter().any(|magic| bytes.starts_with(magic)) => return Some(Qr::Picture),
        Some(bytes) => String::from_utf8(bytes).ok()?,
        None => text.to_owned(),
    };
    let Ok(json) = serde_json::from_str::<Value>(&text) else { return plain(&text, outer, token) };
    let fields = Fields::of(&json);
    let value = ["value", "qr"].into_iter().find_map(|key| fields.text(key))?;
    plain(&value, expiry(&fields).or(outer), token)
}

/// A text as the value of a code. WhatsApp's have parts behind an `@`; a sentence of an error has none.
fn plain(text: &str, expiry: Option<Expiry>, token: &Secret) -> Option<Qr> {
    let is_value =
        text.contains('@') && text.len() <= LONGEST_VALUE && text.bytes().all(|b| b.is_ascii_graphic());
    (is_value && token.redact(text) == text)
        .then(|| Qr::Value { value: Secret::new(text.to_owned()), expiry })
}

/// Either alphabet, with or without padding or line breaks.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text: String = text.split_whitespace().collect();
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(&text).ok())
}

fn expiry(fields: &Fields<'_>) -> Option<Expiry> {
    EXPIRY.into_iter().find_map(|key| match fields.value(key)? {
        Value::Number(number) => from_number(number.as_f64()?),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) => from_number(number),
            Err(_) => text.trim().parse().ok().map(Expiry::At),
        },
        _ => None,
    })
}

/// Milliseconds since 1970 above 10^12 (§6.19), else seconds since 1970; up to a day, seconds from now.
fn from_number(number: f64) -> Option<Expiry> {
    #[expect(clippy::cast_possible_truncation, reason = "as large as any time, by the ranges below")]
    let whole = number as i64;
    match whole {
        1..=86_400 => Some(Expiry::After(SignedDuration::from_secs(whole))),
        1_000_000_000..=1_000_000_000_000 => Timestamp::from_second(whole).ok().map(Expiry::At),
        1_000_000_000_001.. => Timestamp::from_millisecond(whole).ok().map(Expiry::At),
        _ => None,
    }
}
