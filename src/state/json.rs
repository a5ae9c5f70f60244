//! JSON as the state needs it: encoding that cannot fail, maps that refuse a key twice, faults with a place.
//!
//! Invariant: words that come from a file are escaped before they stand in a fault.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::Serialize;

use crate::instance::visible;

/// One compact line of JSON, without a newline.
pub(super) fn compact(value: &impl Serialize) -> Vec<u8> {
    certain(serde_json::to_vec(value))
}

/// JSON for people and for git: indented, one entry a line, without a newline at the end.
pub(super) fn pretty(value: &impl Serialize) -> Vec<u8> {
    certain(serde_json::to_vec_pretty(value))
}

/// Encoding fails only for a map whose keys are not strings, or for a failing writer. The state's types have
/// no such map and a `Vec` does not fail, so no input can lead here.
#[allow(clippy::expect_used, reason = "cannot be reached by any input; see above")]
fn certain(encoded: serde_json::Result<Vec<u8>>) -> Vec<u8> {
    encoded.expect("the state's types always encode")
}

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Counted from 1.
    pub(super) line: usize,
    /// In bytes, counted from 1.
    pub(super) column: usize,
    /// In words, escaped.
    pub(super) what: String,
    /// True when it is JSON, but not what is expected there.
    pub(super) is_shape: bool,
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let words = error.to_string();
        let what = words.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&words);
        Self { line, column, what: visible(what).into_owned(), is_shape: error.is_data() }
    }
}

/// Reads a map and refuses a key that is there twice; `serde_json` alone silently keeps the last one.
///
/// # Errors
/// Names the key.
pub(super) fn checked_map<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Checked<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> Visitor<'de> for Checked<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = access.next_key::<K>()? {
                match map.entry(key) {
                    Entry::Occupied(twice) => {
                        return Err(A::Error::custom(format_args!("`{}` is there twice", twice.key())));
                    }
                    Entry::Vacant(vacant) => vacant.insert(access.next_value()?),
                };
            }
            Ok(map)
        }
    }
    deserializer.deserialize_map(Checked(PhantomData))
}
