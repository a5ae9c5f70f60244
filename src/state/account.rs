//! The mark of an account: enough to see that a token belongs to another one.
//!
//! Invariant: the mark says so little about the token that it may stand in a public repository.

use sha2::{Digest, Sha256};

use super::document::AccountMark;
use crate::instance::Secret;

/// Bytes of the hash that are kept. Tokens are short (13 or 14 characters, wawp-api.md §1.6), so a whole hash
/// could be searched backwards; of three bytes millions of tokens are the origin, while another account is
/// taken for this one once in 16 million times.
const KEPT: usize = 3;

impl AccountMark {
    /// Marks the account of a token. The salt is any text that differs from state to state.
    #[must_use]
    pub fn new(salt: &str, token: &Secret) -> Self {
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        hash.update([0]);
        hash.update(token.expose().as_bytes());
        let kept: String = hash.finalize().iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect();
        Self(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_knows_its_own_token_and_no_other() {
        let mark = |salt, token: &str| AccountMark::new(salt, &Secret::new(token.into()));
        assert_eq!(mark("lineage-1", "token-a"), mark("lineage-1", "token-a"));
        assert_ne!(mark("lineage-1", "token-a"), mark("lineage-1", "token-b"));
        assert_ne!(mark("lineage-1", "token-a"), mark("lineage-2", "token-a"));
        assert_eq!(mark("lineage-1", "token-a").0.len(), 2 * KEPT);
    }
}
