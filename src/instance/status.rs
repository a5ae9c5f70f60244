//! What the live API says of an instance.
//!
//! Invariant: an unknown word is kept, never refused (wawp-api.md §3.1).

use std::fmt;

/// The status of a session, read without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The engine is not running; a pairing may be kept.
    Stopped,
    /// Booting; more than 60 s means stuck.
    Starting,
    /// Running, and waiting for a phone to pair.
    ScanQrCode,
    /// Paired and usable.
    Working,
    /// An error: lost auth, device unlinked.
    Failed,
    /// A word that this version does not know.
    Other(String),
}

impl Status {
    /// Reads the vendor's word.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "STOPPED" => Self::Stopped,
            "STARTING" => Self::Starting,
            "SCAN_QR_CODE" => Self::ScanQrCode,
            "WORKING" => Self::Working,
            "FAILED" => Self::Failed,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The vendor's word.
    #[must_use]
    pub fn as_word(&self) -> &str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Starting => "STARTING",
            Self::ScanQrCode => "SCAN_QR_CODE",
            Self::Working => "WORKING",
            Self::Failed => "FAILED",
            Self::Other(word) => word,
        }
    }

    /// Whether a desired `running: true` is satisfied: pairing needs a person and is not ours to reach.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Starting | Self::ScanQrCode | Self::Working)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_word_comes_back_and_an_unknown_one_is_kept() {
        for word in ["STOPPED", "STARTING", "SCAN_QR_CODE", "WORKING", "FAILED", "PAUSED"] {
            assert_eq!(Status::from_word(word).as_word(), word);
        }
        assert_eq!(Status::from_word("working"), Status::Working);
        assert!(Status::from_word("scan_qr_code").is_running());
        assert!(!Status::from_word("PAUSED").is_running());
    }
}
