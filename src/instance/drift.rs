//! The classes of drift: how a live instance can differ from what is recorded of it.
//!
//! Invariant: their words are in manifests and in machine-readable output, so they are never changed.

use std::fmt;
use std::str::FromStr;

/// One way to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftClass {
    /// The API does not know it any more.
    Gone,
    /// It failed: the pairing was lost, or the phone dropped it.
    Failed,
    /// It should run and was stopped.
    Stopped,
    /// It should stand and was started.
    Started,
    /// Another sending policy is in force.
    Policy,
    /// A webhook is missing, or is not as it was set.
    Webhook,
    /// Another phone is paired than the manifest expects.
    Phone,
    /// What the API says is not clear.
    Unknown,
}

impl DriftClass {
    /// All of them, the worst first.
    pub const ALL: [Self; 8] = [
        Self::Gone,
        Self::Failed,
        Self::Phone,
        Self::Stopped,
        Self::Started,
        Self::Policy,
        Self::Webhook,
        Self::Unknown,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Started => "started",
            Self::Policy => "policy",
            Self::Webhook => "webhook",
            Self::Phone => "phone",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for DriftClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_word())
    }
}

/// A word that names no class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a class of drift")]
pub struct NoDriftClass;

impl FromStr for DriftClass {
    type Err = NoDriftClass;

    fn from_str(word: &str) -> Result<Self, NoDriftClass> {
        Self::ALL.into_iter().find(|class| class.as_word() == word).ok_or(NoDriftClass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_found_by_its_word_and_only_by_it() {
        for class in DriftClass::ALL {
            assert_eq!(class.as_word().parse(), Ok(class));
        }
        assert_eq!("Gone".parse::<DriftClass>(), Err(NoDriftClass));
        assert_eq!("".parse::<DriftClass>(), Err(NoDriftClass));
    }
}
