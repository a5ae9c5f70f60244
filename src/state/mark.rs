//! Marks of secrets: enough to see that a token or a signing secret is another one.
//!
//! Invariant: a mark says so little about its secret that it may stand in a public repository.

use sha2::{Digest, Sha256};

use super::document::{AccountMark, HmacMark};
use crate::instance::Secret;

/// Bytes of the hash that are kept. Tokens are short (13 or 14 characters, wawp-api.md §1.6), so a whole hash
/// could be searched backwards; of three bytes millions of tokens are the origin, while another secret is
/// taken for this one once in 16 million times.
const KEPT: usize = 3;

impl AccountMark {
    /// Marks the account of a token. The salt is any text that differs from state to state.
    #[must_use]
    pub fn new(salt: &str, token: &Secret) -> Self {
        Self(mark(salt, "", token))
    }
}

impl HmacMark {
    /// Marks a signing secret, with the salt of the state it is recorded in.
    #[must_use]
    pub fn new(salt: &str, secret: &Secret) -> Self {
        Self(mark(salt, "hmac\0", secret))
    }
}

/// `purpose` keeps a signing secret that happens to be the token from having the token's mark.
fn mark(salt: &str, purpose: &str, secret: &Secret) -> String {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update([0]);
    hash.update(purpose.as_bytes());
    hash.update(secret.expose().as_bytes());
    hash.finalize().iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_knows_its_own_secret_and_no_other() {
        let mark = |salt, token: &str| AccountMark::new(salt, &Secret::new(token.into()));
        assert_eq!(mark("lineage-1", "token-a"), mark("lineage-1", "token-a"));
        assert_ne!(mark("lineage-1", "token-a"), mark("lineage-1", "token-b"));
        assert_ne!(mark("lineage-1", "token-a"), mark("lineage-2", "token-a"));
        assert_eq!(mark("lineage-1", "token-a").0.len(), 2 * KEPT);
        let hmac = HmacMark::new("lineage-1", &Secret::new("token-a".into()));
        assert_ne!(hmac.0, mark("lineage-1", "token-a").0, "the same secret for another purpose");
        assert_eq!(hmac.0.len(), 2 * KEPT);
    }
}
