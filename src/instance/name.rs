//! The name of an instance or of a fleet, as the manifest writes it.
//!
//! Invariant: a `Name` in hand matches `[a-z0-9][a-z0-9-]{0,62}`, so it is safe in a file name, a URL
//! segment, a shell word and a Markdown cell.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A valid name. Cheap to clone: a fleet of 100,000 passes its names from room to room.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("a name cannot be empty")]
    Empty,
    /// More than 63 characters.
    #[error("a name has at most {most} characters, this one has {0}", most = Name::LONGEST)]
    TooLong(usize),
    /// The first character is not a lower-case letter or a digit.
    #[error("a name starts with a lower-case letter or a digit, not with {0:?}")]
    BadStart(char),
    /// Some later character is outside the alphabet.
    #[error("a name is made of lower-case letters, digits and `-`; {0:?} is not allowed")]
    BadCharacter(char),
}

impl Name {
    /// The longest name, in bytes (which are characters here).
    pub const LONGEST: usize = 63;

    /// Whether a name may begin with this.
    #[must_use]
    pub fn may_begin(c: char) -> bool {
        c.is_ascii_lowercase() || c.is_ascii_digit()
    }

    /// Whether a name may have this in it.
    #[must_use]
    pub fn may_hold(c: char) -> bool {
        Self::may_begin(c) || c == '-'
    }

    /// Reads a name.
    ///
    /// # Errors
    /// Says which rule of the alphabet the text breaks.
    pub fn new(text: &str) -> Result<Self, NameError> {
        match text.chars().next() {
            None => return Err(NameError::Empty),
            Some(first) if !Self::may_begin(first) => return Err(NameError::BadStart(first)),
            Some(_) => {}
        }
        if let Some(bad) = text.chars().find(|c| !Self::may_hold(*c)) {
            return Err(NameError::BadCharacter(bad));
        }
        if text.len() > Self::LONGEST {
            return Err(NameError::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }

    /// The nearest valid name, for a hint: `Acme Sales` becomes `acme-sales`. None when nothing is left.
    #[must_use]
    pub fn suggest(text: &str) -> Option<Self> {
        let mut out = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                out.push(c);
            } else if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
        }
        out.truncate(Self::LONGEST);
        Self::new(out.trim_end_matches('-')).ok()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Name, E> {
                Name::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_the_alphabet_allows() {
        for good in ["a", "0", "acme-sales", "a--b-", &"x".repeat(63)] {
            assert_eq!(Name::new(good).unwrap().as_str(), good);
        }
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new("-a"), Err(NameError::BadStart('-')));
        assert_eq!(Name::new("Acme"), Err(NameError::BadStart('A')));
        assert_eq!(Name::new("a_b"), Err(NameError::BadCharacter('_')));
        assert_eq!(Name::new("a\u{202e}b"), Err(NameError::BadCharacter('\u{202e}')));
        assert_eq!(Name::new(&"x".repeat(64)), Err(NameError::TooLong(64)));
    }

    #[test]
    fn a_bad_name_suggests_the_nearest_good_one() {
        assert_eq!(Name::suggest("Acme Sales!").unwrap().as_str(), "acme-sales");
        assert_eq!(Name::suggest("__x").unwrap().as_str(), "x");
        assert_eq!(Name::suggest("???"), None);
    }
}
