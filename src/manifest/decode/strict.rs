//! Values as they must be written: a text is in quotes where it could be something else, a number is not, and a
//! map keeps every key once.
//!
//! Invariant: nothing is taken for a value of another kind than it is.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::CountOrPercent;

pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        struct Texts;
        impl Visitor<'_> for Texts {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
                Ok(Text(text))
            }
        }
        // `deserialize_any` and not `deserialize_str`: the latter would take 8841 for a text.
        de.deserialize_any(Texts)
    }
}

pub(super) struct Flag;

impl Visitor<'_> for Flag {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<bool, E> {
        Ok(flag)
    }
}

pub(super) struct Count;

impl Visitor<'_> for Count {
    type Value = u32;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 0 to 4294967295")
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        u32::try_from(number).map_err(|_| E::custom("this number is too large"))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<u32, E> {
        // `-0` comes this way.
        u32::try_from(number).map_err(|_| E::custom("this number is negative"))
    }
}

pub(super) struct CountOrText;

impl Visitor<'_> for CountOrText {
    type Value = CountOrPercent;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number or a percentage")
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<CountOrPercent, E> {
        Count.visit_u64(number).map(CountOrPercent::Count)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<CountOrPercent, E> {
        Count.visit_i64(number).map(CountOrPercent::Count)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<CountOrPercent, E> {
        Ok(CountOrPercent::Text(text.to_owned()))
    }
}

pub(super) struct Items<T>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Vec<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}

/// A text, which is a list of one, or a list of texts.
pub(super) struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Vec<String>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        Ok(vec![text.to_owned()])
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<String>, A::Error> {
        let texts: Vec<Text> = Items(PhantomData).visit_seq(list)?;
        Ok(texts.into_iter().map(|Text(text)| text).collect())
    }
}

/// A map with known fields, through the derived reading of `T`, which refuses unknown and repeated ones.
pub(super) struct Fields<T>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block of fields")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

pub(super) struct Wrapped<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wrapped<T> {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(Fields(PhantomData)).map(Self)
    }
}

/// A map of texts whose keys the user chose. Two equal keys are refused: keeping the last of them, as maps usually do,
/// could delete somebody's session.
pub(super) struct Labels;

impl<'de> Visitor<'de> for Labels {
    type Value = BTreeMap<String, String>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut labels = BTreeMap::new();
        while let Some((key, Text(value))) = map.next_entry::<String, Text>()? {
            if labels.insert(key, value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(labels)
    }
}

/// The entries by key; `None` when a key is there twice. Manifests are usually written in this order.
pub(super) fn sorted<V>(mut entries: Vec<(String, V)>) -> Option<Vec<(String, V)>> {
    let is_sorted = |entries: &[(String, V)]| entries.is_sorted_by(|(a, _), (b, _)| a < b);
    if !is_sorted(&entries) {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    is_sorted(&entries).then_some(entries)
}
