//! A text that must never be seen: the account's token, a webhook's hmac.
//!
//! Invariant: it can be neither printed nor serialised. The only way out is `expose`, which a search finds.

use std::fmt::Write;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

/// So many bytes of a secret, or less, may stand somewhere by chance: a secret that short is only looked for as it is,
/// because what others make of it stands in ordinary texts as well.
const BY_CHANCE: usize = 5;

/// A secret text; its `Debug` is redacted, it has no `Display` and no `Serialize`, and it is wiped on drop.
#[derive(Clone)]
pub struct Secret {
    text: SecretString,
    /// The text and what others make of it when they send it back, the longest first.
    forms: Arc<[SecretString]>,
}

const REDACTED: &str = "[redacted]";

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        let mut forms = forms(&text);
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self { forms: forms.into_iter().map(SecretString::from).collect(), text: SecretString::from(text) }
    }

    /// The text itself, for the one place that must send or hash it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// `text` with every occurrence of the secret replaced: what came from the server may echo it
    /// (wawp-api.md §1.7), also encoded as URLs, JSON, base64 and hexadecimal digits do.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for form in self.forms.iter().map(ExposeSecret::expose_secret) {
            if out.contains(form) {
                out = out.replace(form, REDACTED);
            }
        }
        out
    }

    /// [`redact`](Self::redact) for a text that may have been cut off within the secret: a beginning of it at
    /// the end is replaced as well.
    #[must_use]
    pub fn redact_cut_off(&self, text: &str) -> String {
        let text = self.redact(text);
        let beginnings = (BY_CHANCE..self.expose().len()).rev().filter_map(|end| self.expose().get(..end));
        match beginnings.into_iter().find_map(|beginning| text.strip_suffix(beginning)) {
            Some(before) => format!("{before}{REDACTED}"),
            None => text,
        }
    }

    /// Whether a text would give the secret away if it were kept. A very short secret is given away by itself
    /// only: in anything longer it may stand by chance.
    #[must_use]
    pub fn is_given_away_by(&self, text: &str) -> bool {
        let secret = self.expose();
        text == secret || (secret.len() > BY_CHANCE && self.redact(text) != text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// The text and its usual encodings.
fn forms(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![text.to_owned()];
    if text.len() <= BY_CHANCE {
        return forms;
    }
    let bytes = text.as_bytes();
    let each = |write: fn(&mut String, u8) -> std::fmt::Result| {
        bytes.iter().fold(String::with_capacity(3 * bytes.len()), |mut out, byte| {
            // Writing into a text does not fail.
            let _ = write(&mut out, *byte);
            out
        })
    };
    forms.push(each(|out, byte| write!(out, "{byte:02x}")));
    forms.push(each(|out, byte| write!(out, "{byte:02X}")));
    forms.push(each(|out, byte| percent(out, byte, |byte| format!("%{byte:02X}"))));
    forms.push(each(|out, byte| percent(out, byte, |byte| format!("%{byte:02x}"))));
    if let Ok(json) = serde_json::to_string(text) {
        forms.push(json.trim_matches('"').to_owned());
    }
    // In base64 three bytes are four digits: what a text becomes depends on how many stand before it.
    for before in 0..3 {
        for digits in [b"+/", b"-_"] {
            forms.push(base64(bytes, before, *digits));
        }
    }
    forms
}

fn percent(out: &mut String, byte: u8, code: impl Fn(u8) -> String) -> std::fmt::Result {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        return out.write_char(char::from(byte));
    }
    out.write_str(&code(byte))
}

/// The base64 digits that are made of these bytes alone, when `before` others stand in front of them.
fn base64(bytes: &[u8], before: usize, last: [u8; 2]) -> String {
    let bit = |at: usize| {
        let byte = (at / 8).checked_sub(before).and_then(|index| bytes.get(index)).copied().unwrap_or(0);
        usize::from((byte >> (7 - at % 8)) & 1)
    };
    let (first, end) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
    let digit = |place: usize| {
        let value = (place * 6..place * 6 + 6).fold(0, |value, at| value * 2 + bit(at));
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        letters.iter().chain(&last).nth(value).copied().map_or('=', char::from)
    };
    (first..end).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_seen_in_debug_output_or_in_redacted_text() {
        let secret = Secret::new("tok-123".into());
        assert_eq!(format!("{secret:?}"), "Secret([redacted])");
        assert_eq!(secret.redact("a tok-123 b tok-123"), "a [redacted] b [redacted]");
        assert_eq!(Secret::new(String::new()).redact("abc"), "abc");
        assert_eq!(Secret::new("any".into()).redact("company 616e79"), "comp[redacted] 616e79");
    }

    #[test]
    fn a_secret_is_not_seen_in_the_message_of_a_panic() {
        fn fails() -> Result<(), Secret> {
            Err(Secret::new("tok-123".into()))
        }
        let panic = std::panic::catch_unwind(|| fails().unwrap()).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("[redacted]") && !message.contains("tok-123"), "{message}");
    }

    #[test]
    fn an_encoded_secret_is_redacted_as_well() {
        let redact = |text: &str| Secret::new("tok/\"123".into()).redact(text);
        for echo in ["tok%2F%22123", "tok%2f%22123", "tok/\\\"123", "746f6b2f22313233", "746F6B2F22313233"] {
            assert_eq!(redact(&format!("<{echo}>")), "<[redacted]>", "{echo}");
        }
        // The base64 of the token, of `:token`, `u:token`, `me:token`, and of `token:x`.
        for (echo, left) in [
            ("dG9rLyIxMjM=", "[redacted]M="),
            ("OnRvay8iMTIz", "On[redacted]"),
            ("dTp0b2svIjEyMw==", "dTp[redacted]w=="),
            ("bWU6dG9rLyIxMjM=", "bWU6[redacted]M="),
            ("dG9rLyIxMjM6eA==", "[redacted]M6eA=="),
        ] {
            assert_eq!(redact(echo), left, "{echo}");
        }
    }

    #[test]
    fn a_text_that_breaks_off_within_a_secret_does_not_show_its_beginning() {
        let secret = Secret::new("tok-123".into());
        assert_eq!(secret.redact_cut_off("tok-123 is wrong: tok-12"), "[redacted] is wrong: [redacted]");
        assert_eq!(secret.redact_cut_off("it is tok-"), "it is tok-", "which may be a word");
        assert_eq!(Secret::new("é".repeat(4)).redact_cut_off("ééé"), "[redacted]");
    }

    #[test]
    fn a_secret_is_given_away_by_what_holds_it_but_a_short_one_not_by_chance() {
        let given_away = |secret: &str, text: &str| Secret::new(secret.into()).is_given_away_by(text);
        assert!(given_away("tok-123", "tok-123") && given_away("tok-123", "x-tok-123"));
        assert!(given_away("A", "A") && !given_away("A", "3EB0BCB2E3DA"));
        assert!(!given_away("", "3EB0BCB2E3D4"));
    }
}
