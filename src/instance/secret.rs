//! A text that must never be seen: the account's token, a webhook's hmac.
//!
//! Invariant: it can be neither printed nor serialised. The only way out is `expose`, which a search finds.

use secrecy::{ExposeSecret, SecretString};

/// A secret text; its `Debug` is redacted, it has no `Display` and no `Serialize`, and it is wiped on drop.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for the one place that must send or hash it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// `text` with every occurrence of the secret replaced: what came from the server may echo it
    /// (wawp-api.md §1.7).
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if self.expose().is_empty() { text.to_owned() } else { text.replace(self.expose(), "[redacted]") }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
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
    }
}
