//! The vendor's handle of an instance.
//!
//! Invariant: opaque, never empty, and of characters that act on nobody: it is shown in logs and in commands that
//! people paste into a shell. Its usual shape (12 letters or
//! digits, wawp-api.md §1.6) is a fact to warn about, never one to rely on.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stands for an id that is not known. No text from outside can be it: `new` refuses it.
const UNKNOWN: &str = "(unknown)";

/// An `instance_id` as the vendor gave it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(Arc<str>);

/// Why a text cannot be an instance id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstanceIdError {
    /// Nothing was written.
    #[error("an instance_id cannot be empty")]
    Empty,
    /// Longer than any id this tool is willing to keep.
    #[error("an instance_id has at most {most} characters, this one has {0}", most = InstanceId::LONGEST)]
    TooLong(usize),
    /// A character that some reader may take for more than a character.
    #[error(
        "an instance_id is made of letters, digits and, behind the first, of `-._:@+=`; {0:?} is not allowed"
    )]
    BadCharacter(char),
}

impl InstanceId {
    /// The longest id accepted, in bytes: far above anything seen, and low enough to bound a journal record.
    pub const LONGEST: usize = 128;

    /// Whether an id may begin with this.
    #[must_use]
    pub fn may_begin(c: char) -> bool {
        c.is_ascii_alphanumeric()
    }

    /// Whether an id may have this in it.
    #[must_use]
    pub fn may_hold(c: char) -> bool {
        Self::may_begin(c) || "-._:@+=".contains(c)
    }

    /// Reads an id.
    ///
    /// # Errors
    /// Says why the text cannot be one.
    pub fn new(text: &str) -> Result<Self, InstanceIdError> {
        if text.is_empty() {
            return Err(InstanceIdError::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(InstanceIdError::TooLong(text.len()));
        }
        let fits = |at: usize, c: char| if at == 0 { Self::may_begin(c) } else { Self::may_hold(c) };
        if let Some((_, bad)) = text.char_indices().find(|(at, c)| !fits(*at, *c)) {
            return Err(InstanceIdError::BadCharacter(bad));
        }
        Ok(Self(text.into()))
    }

    /// The id of a session that is not looked up anywhere, because two manifests are compared and neither has it. No
    /// state and no saved plan can hold it.
    #[must_use]
    pub fn unknown() -> Self {
        Self(UNKNOWN.into())
    }

    /// Whether it is an id at all.
    #[must_use]
    pub fn is_known(&self) -> bool {
        &*self.0 != UNKNOWN
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the documented shape: 12 letters or digits.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.0.len() == 12 && self.0.bytes().all(|b| b.is_ascii_alphanumeric())
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for InstanceId {
    type Err = InstanceIdError;
    fn from_str(text: &str) -> Result<Self, InstanceIdError> {
        Self::new(text)
    }
}

impl Serialize for InstanceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for InstanceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = InstanceId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instance_id")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<InstanceId, E> {
                InstanceId::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_opaque_but_never_blank() {
        for good in ["3EB0BCB2E3D4", "123456789", "609ACF283abcd", "x", "a-b_c.d:1@e=+"] {
            assert_eq!(InstanceId::new(good).unwrap().as_str(), good);
        }
        assert_eq!(InstanceId::new(""), Err(InstanceIdError::Empty));
        assert_eq!(InstanceId::new("3EB0 BCB2"), Err(InstanceIdError::BadCharacter(' ')));
        assert_eq!(InstanceId::new("3EB0\u{200b}"), Err(InstanceIdError::BadCharacter('\u{200b}')));
        for bad in ["-rf", "=1+1", "a;id", "a$(id)", "a`id`", "a|b", "a&b", "a'b", "a#b", "a/b", "a>b"] {
            assert!(matches!(InstanceId::new(bad), Err(InstanceIdError::BadCharacter(_))), "{bad}");
        }
        assert_eq!(InstanceId::new(&"A".repeat(129)), Err(InstanceIdError::TooLong(129)));
    }

    #[test]
    fn the_unknown_id_is_none_that_anybody_can_write() {
        let unknown = InstanceId::unknown();
        assert!(!unknown.is_known() && InstanceId::new("unknown").unwrap().is_known());
        assert!(InstanceId::new(unknown.as_str()).is_err());
    }

    #[test]
    fn only_the_documented_shape_is_usual() {
        assert!(InstanceId::new("3EB0BCB2E3D4").unwrap().is_usual());
        assert!(!InstanceId::new("3EB0BCB2E3D45").unwrap().is_usual());
        assert!(!InstanceId::new("3EB0-BCB2E3D").unwrap().is_usual());
    }
}
