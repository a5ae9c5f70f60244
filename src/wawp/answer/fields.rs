//! The named fields of a JSON body, in whatever envelope they come (wawp-api.md §6.1 to §6.4).
//!
//! Invariant: what is taken over is short and does not hold the token.

use serde_json::{Map, Value};

use crate::instance::Secret;

/// The objects in which fields may be, outermost first.
const ENVELOPES: [&str; 7] =
    ["", "/data", "/session", "/data/session", "/data/metadata", "/error", "/config/metadata"];
/// The longest name, node or status that is taken over, in bytes: far above anything seen.
const LONGEST: usize = 128;
/// The key under which a v1 consumer found an error in a 2xx body (§1.3).
const UPSTREAM_ERROR: &str = "wawp_upstream_error";

/// The objects of a body that may hold fields.
pub(super) struct Fields<'a>(Vec<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    pub(super) fn of(body: &'a Value) -> Self {
        let inside = |path: &&str| body.pointer(path).and_then(Value::as_object);
        Self(ENVELOPES.iter().filter_map(inside).collect())
    }

    /// Whether the body was no object at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A field as it is; not one that says nothing.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.find(|object| object.get(key))
    }

    /// A field as text; a whole number counts as its digits. Not a larger one than 64 bits: its last digits
    /// are lost, and an id with other digits would be another instance.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.find(|object| match object.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => number.as_u64().map(|number| number.to_string()),
            _ => None,
        })
    }

    /// A field that may be recorded and shown.
    pub(super) fn label(&self, key: &str, token: &Secret) -> Option<String> {
        self.text(key).filter(|text| may_be_kept(text, token))
    }

    /// The vendor's name of the session: `session_name` on create, `name` elsewhere (§1.6).
    pub(super) fn session_name(&self, token: &Secret) -> Option<String> {
        self.label("session_name", token).or_else(|| self.label("name", token))
    }

    /// The status of a session. The word of an envelope and the number of an error are none (§6.4).
    pub(super) fn status(&self, token: &Secret) -> Option<String> {
        let word = self.find(|object| {
            let word = object.get("status")?.as_str()?;
            (!word.is_empty() && !is_verdict(word)).then_some(word)
        })?;
        may_be_kept(word, token).then(|| word.to_owned())
    }

    /// The WhatsApp id of the paired phone.
    pub(super) fn paired(&self, token: &Secret) -> Option<String> {
        let id = self.find(|object| object.get("me")?.as_object()?.get("id")?.as_str())?;
        may_be_kept(id, token).then(|| id.to_owned())
    }

    /// The error code: `code`, or `error` where it holds one (§1.3, shapes 1 to 4).
    pub(super) fn code(&self) -> Option<String> {
        let is_code = |text: &&str| !text.is_empty() && text.len() <= 64 && text.bytes().all(is_code_byte);
        let code = self.find(|object| object.get("code")?.as_str().filter(is_code));
        let code = code.filter(|code| !is_success(code));
        let in_error = || {
            let word = |object: &&'a Map<String, Value>| object.get("error")?.as_str().filter(is_code);
            self.0.iter().find_map(word).filter(|word| word.contains('_'))
        };
        let as_key = || self.0.iter().any(|object| object.contains_key(UPSTREAM_ERROR));
        code.or_else(in_error).or_else(|| as_key().then_some(UPSTREAM_ERROR)).map(str::to_owned)
    }

    /// Whether the body says that something went wrong, in any of the known ways.
    pub(super) fn say_error(&self) -> bool {
        self.code().is_some() || self.say_failure()
    }

    /// The same where `code` may be what was asked for (§1.3).
    pub(super) fn say_failure(&self) -> bool {
        let says = |object: &Map<String, Value>| {
            let failed = |key| object.get(key) == Some(&Value::Bool(false));
            let error = match object.get("error") {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::String(text)) => !text.is_empty(),
                Some(_) => true,
            };
            let status = match object.get("status") {
                Some(Value::Number(number)) => number.as_u64().is_some_and(|number| number >= 400),
                Some(Value::String(word)) => is_verdict(word) && !is_success(word),
                _ => false,
            };
            error || status || failed("success") || failed("ok")
        };
        self.0.iter().any(|object| says(object))
    }

    /// The API's own words for what went wrong.
    pub(super) fn said(&self) -> Option<String> {
        self.text("message").or_else(|| self.text("error"))
    }

    fn find<T>(&self, what: impl Fn(&&'a Map<String, Value>) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(what)
    }
}

fn may_be_kept(text: &str, token: &Secret) -> bool {
    text.len() <= LONGEST && token.redact(text) == text
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The words that an envelope puts into `status`.
fn is_verdict(word: &str) -> bool {
    is_success(word) || ["error", "fail", "failure"].iter().any(|bad| word.eq_ignore_ascii_case(bad))
}

fn is_success(word: &str) -> bool {
    ["success", "ok"].iter().any(|good| word.eq_ignore_ascii_case(good))
}
