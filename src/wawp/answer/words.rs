//! The server's words, as far as they may be kept in a message.
//!
//! Invariant: the token is taken out before a text is cut, or a part of it would stay; a body may break off
//! inside the token: of JSON that did nothing is quoted, and other text is quoted without that beginning.

use crate::instance::{InstanceId, Secret};

/// How much of the server's words is kept for a message, in characters.
const EXCERPT: usize = 200;
/// How every gzip file begins.
const GZIP: &[u8] = b"\x1f\x8b";
/// The codes that are known by name, wherever they stand in a body that is not JSON.
const CODES: [&str; 6] = [
    "quota_reached",
    "invalid_access_token",
    "missing_param",
    "subscription_required",
    "invalid_instance",
    "invalid_session",
];

/// A text from the server, short and without the token.
pub(super) fn shown(text: &str, token: &Secret) -> String {
    let text = token.redact(text);
    match text.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}

/// The beginning of a body that is not JSON, on one line and without markup.
pub(super) fn excerpt(body: &[u8], token: &Secret) -> String {
    if cut_off(body) {
        return "it breaks off, or is not JSON after all".into();
    }
    if body.starts_with(GZIP) {
        return "it is compressed, which was not asked for; check what stands in front of the API".into();
    }
    let text = String::from_utf8_lossy(body);
    let text = if text.trim_start().starts_with('<') { without_markup(&text) } else { text.into_owned() };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "an empty body".into() } else { shown(&token.redact_cut_off(&line), token) }
}

/// Whether a body that is no JSON began as JSON (§6.8: the first non-blank byte decides).
pub(super) fn cut_off(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The error code that a body names which is not JSON.
pub(super) fn named_code(body: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(body);
    CODES.into_iter().find(|code| text.contains(code))
}

/// The instance_id that stands whole in a body which is not whole.
pub(super) fn instance_id_in(body: &[u8]) -> Option<InstanceId> {
    let text = String::from_utf8_lossy(body);
    ["\"instance_id\"", "\"instanceId\""].iter().find_map(|key| {
        let (_, rest) = text.split_once(key)?;
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let id = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?.0,
            // A number is whole when something follows it.
            None => value.split_once(|c: char| !c.is_ascii_digit())?.0,
        };
        InstanceId::new(id).ok()
    })
}

fn without_markup(text: &str) -> String {
    let pieces = text.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, words)| words));
    pieces.collect::<Vec<_>>().join(" ")
}
