//! The typed reading of one source: fast, and all that is needed while nothing is wrong.
//!
//! Invariant: no map keeps the last of two equal keys, no number or `true` passes for a text, and nothing
//! (`~`) passes for a value except where the manifest says that nothing means empty. What it refuses is read a
//! second time by [`tree`](super::tree) and [`shape`](super::shape), which say where and why.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// One source as it is written. Texts are not looked into: that is [`check`](super::check)'s.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default, deserialize_with = "text")]
    pub(super) fleet: Option<String>,
    #[serde(default, deserialize_with = "block")]
    pub(super) account: Option<Account>,
    #[serde(default, deserialize_with = "block")]
    pub(super) guards: Option<Guards>,
    #[serde(default, deserialize_with = "block")]
    pub(super) defaults: Option<Shared>,
    #[serde(default, deserialize_with = "instances")]
    pub(super) instances: BTreeMap<String, Instance>,
    #[serde(default, deserialize_with = "texts")]
    pub(super) released: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    #[serde(default, deserialize_with = "text")]
    pub(super) token_env: Option<String>,
    #[serde(default, deserialize_with = "count")]
    pub(super) max_instances: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guards {
    #[serde(default, deserialize_with = "count_or_percent")]
    pub(super) max_deletes: Option<CountOrPercent>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum CountOrPercent {
    Count(u32),
    Text(String),
}

/// What `defaults` and an instance share.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    #[serde(default, deserialize_with = "labels")]
    pub(super) labels: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) running: Option<bool>,
    #[serde(default, deserialize_with = "text")]
    pub(super) rate_limit: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) protect: Option<bool>,
    #[serde(default, deserialize_with = "text")]
    pub(super) expect_number: Option<String>,
    #[serde(default, deserialize_with = "webhooks")]
    pub(super) webhooks: Option<Vec<Webhook>>,
}

/// One instance's block. The shared fields are written out again: serde's `flatten` would buffer every value
/// and forget where it was.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceFields {
    #[serde(default, deserialize_with = "labels")]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "flag")]
    running: Option<bool>,
    #[serde(default, deserialize_with = "text")]
    rate_limit: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    protect: Option<bool>,
    #[serde(default, deserialize_with = "text")]
    expect_number: Option<String>,
    #[serde(default, deserialize_with = "webhooks")]
    webhooks: Option<Vec<Webhook>>,
    #[serde(default, deserialize_with = "text")]
    previously: Option<String>,
    #[serde(default, deserialize_with = "text")]
    adopt: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Instance {
    pub(super) shared: Shared,
    pub(super) previously: Option<String>,
    pub(super) adopt: Option<String>,
}

impl From<InstanceFields> for Instance {
    fn from(fields: InstanceFields) -> Self {
        let InstanceFields {
            labels,
            running,
            rate_limit,
            protect,
            expect_number,
            webhooks,
            previously,
            adopt,
        } = fields;
        let shared = Shared { labels, running, rate_limit, protect, expect_number, webhooks };
        Self { shared, previously, adopt }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    #[serde(deserialize_with = "one_text")]
    pub(super) url: String,
    #[serde(deserialize_with = "some_texts")]
    pub(super) events: Vec<String>,
    #[serde(default, deserialize_with = "block")]
    pub(super) retries: Option<Retries>,
    #[serde(default, deserialize_with = "text")]
    pub(super) hmac_env: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retries {
    #[serde(default, deserialize_with = "count")]
    pub(super) delay: Option<u32>,
    #[serde(default, deserialize_with = "count")]
    pub(super) attempts: Option<u32>,
}

/// A whole source.
pub(super) struct Root(pub(super) File);

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(Fields(PhantomData)).map(Self)
    }
}

fn text<'de, D: Deserializer<'de>>(de: D) -> Result<Option<String>, D::Error> {
    one_text(de).map(Some)
}

fn one_text<'de, D: Deserializer<'de>>(de: D) -> Result<String, D::Error> {
    Text::deserialize(de).map(|Text(text)| text)
}

fn flag<'de, D: Deserializer<'de>>(de: D) -> Result<Option<bool>, D::Error> {
    de.deserialize_any(Flag).map(Some)
}

fn count<'de, D: Deserializer<'de>>(de: D) -> Result<Option<u32>, D::Error> {
    de.deserialize_any(Count).map(Some)
}

fn count_or_percent<'de, D: Deserializer<'de>>(de: D) -> Result<Option<CountOrPercent>, D::Error> {
    de.deserialize_any(CountOrText).map(Some)
}

fn texts<'de, D: Deserializer<'de>>(de: D) -> Result<Option<Vec<String>>, D::Error> {
    some_texts(de).map(Some)
}

fn some_texts<'de, D: Deserializer<'de>>(de: D) -> Result<Vec<String>, D::Error> {
    let texts: Vec<Text> = de.deserialize_any(Items(PhantomData))?;
    Ok(texts.into_iter().map(|Text(text)| text).collect())
}

fn labels<'de, D: Deserializer<'de>>(de: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    de.deserialize_any(Entries { convert: |Text(text)| text, nothing_is_empty: false }).map(Some)
}

fn instances<'de, D: Deserializer<'de>>(de: D) -> Result<BTreeMap<String, Instance>, D::Error> {
    de.deserialize_any(Entries { convert: |MaybeInstance(instance)| instance, nothing_is_empty: true })
}

fn webhooks<'de, D: Deserializer<'de>>(de: D) -> Result<Option<Vec<Webhook>>, D::Error> {
    let hooks: Vec<Wrapped<Webhook>> = de.deserialize_any(Items(PhantomData))?;
    Ok(Some(hooks.into_iter().map(|Wrapped(hook)| hook).collect()))
}

fn block<'de, D: Deserializer<'de>, T: Deserialize<'de>>(de: D) -> Result<Option<T>, D::Error> {
    de.deserialize_any(Fields(PhantomData)).map(Some)
}

struct Text(String);

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

struct Flag;

impl Visitor<'_> for Flag {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<bool, E> {
        Ok(flag)
    }
}

struct Count;

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

struct CountOrText;

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

struct Items<T>(PhantomData<T>);

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

/// A map with known fields, through the derived reading of `T`, which refuses unknown and repeated ones.
struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block of fields")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

struct Wrapped<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wrapped<T> {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(Fields(PhantomData)).map(Self)
    }
}

/// An instance's block, or nothing, which means all defaults.
struct MaybeInstance(Instance);

impl<'de> Deserialize<'de> for MaybeInstance {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        struct Blocks;
        impl<'de> Visitor<'de> for Blocks {
            type Value = Instance;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a block of fields, or nothing")
            }
            fn visit_unit<E: Error>(self) -> Result<Instance, E> {
                Ok(Instance::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Instance, A::Error> {
                InstanceFields::deserialize(MapAccessDeserializer::new(map)).map(Instance::from)
            }
        }
        de.deserialize_any(Blocks).map(Self)
    }
}

/// A map whose keys the user chose. Two equal keys are refused: keeping the last of them, as maps usually do,
/// could delete somebody's session.
struct Entries<W, V> {
    convert: fn(W) -> V,
    nothing_is_empty: bool,
}

impl<'de, W: Deserialize<'de>, V> Visitor<'de> for Entries<W, V> {
    type Value = BTreeMap<String, V>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        if self.nothing_is_empty {
            return Ok(BTreeMap::new());
        }
        Err(E::invalid_type(serde::de::Unexpected::Unit, &self))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, wrapped)) = map.next_entry::<String, W>()? {
            if entries.insert(key, (self.convert)(wrapped)).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests;
