//! The typed reading of one source: fast, and all that is needed while nothing is wrong.
//!
//! Invariant: no map keeps the last of two equal keys, no number or `true` passes for a text, and nothing
//! (`~`) passes for a value except where the manifest says that nothing means empty. What it refuses is read a
//! second time by [`tree`](super::tree) and [`shape`](super::shape), which say where and why.

mod strict;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use self::strict::{Count, CountOrText, Fields, Flag, Items, Labels, OneOrMany, Text, Wrapped};

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
    pub(super) instances: Vec<Instances>,
    #[serde(default, deserialize_with = "texts")]
    pub(super) released: Option<Vec<String>>,
    #[serde(default, deserialize_with = "accepted")]
    pub(super) accepted_drift: Vec<Accepted>,
}

/// Instances by name: sorted, and no name is there twice, nor in two parts of one source.
pub(super) type Instances = Vec<(String, Instance)>;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    #[serde(default, deserialize_with = "text")]
    pub(super) token_env: Option<String>,
    #[serde(default, deserialize_with = "count")]
    pub(super) max_instances: Option<u32>,
    #[serde(default, deserialize_with = "count")]
    pub(super) max_concurrency: Option<u32>,
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

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepted {
    #[serde(deserialize_with = "one_text")]
    pub(super) name: String,
    /// One is a list of one.
    #[serde(deserialize_with = "one_or_many")]
    pub(super) class: Vec<String>,
    #[serde(deserialize_with = "one_text")]
    pub(super) reason: String,
    #[serde(deserialize_with = "one_text")]
    pub(super) until: String,
}

/// A whole source.
pub(super) struct Root(pub(super) File);

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(Fields(PhantomData)).map(Self)
    }
}

/// A part of the instances of a source.
pub(super) struct Part(pub(super) Instances);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let Listed(all) = Listed::deserialize(de)?;
        each_once(all).map(Self)
    }
}

/// Instances as they are written, perhaps of several sources: not sorted, and a name may be there twice.
pub(super) struct Listed(pub(super) Vec<(String, Instance)>);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(Roll { nothing_is_empty: false }).map(Self)
    }
}

/// In the order of their names; `None` when one is there twice.
pub(super) fn sorted(all: Vec<(String, Instance)>) -> Option<Instances> {
    strict::sorted(all)
}

fn each_once<E: Error>(all: Vec<(String, Instance)>) -> Result<Instances, E> {
    sorted(all).ok_or_else(|| E::custom("a key is there twice"))
}

/// The parts of one source as they follow each other, or as one when names are not in order; `None` when a name is
/// in two of them.
pub(super) fn together(parts: Vec<Instances>) -> Option<Vec<Instances>> {
    fn ends(part: &Instances) -> Option<(&str, &str)> {
        match part.as_slice() {
            [] => None,
            [(only, _)] => Some((only.as_str(), only.as_str())),
            [(first, _), .., (last, _)] => Some((first.as_str(), last.as_str())),
        }
    }
    let follow = parts.iter().filter_map(ends).is_sorted_by(|(_, last), (first, _)| last < first);
    if follow {
        return Some(parts);
    }
    sorted(parts.into_iter().flatten().collect()).map(|all| vec![all])
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

fn one_or_many<'de, D: Deserializer<'de>>(de: D) -> Result<Vec<String>, D::Error> {
    de.deserialize_any(OneOrMany)
}

fn accepted<'de, D: Deserializer<'de>>(de: D) -> Result<Vec<Accepted>, D::Error> {
    let entries: Vec<Wrapped<Accepted>> = de.deserialize_any(Items(PhantomData))?;
    Ok(entries.into_iter().map(|Wrapped(entry)| entry).collect())
}

fn labels<'de, D: Deserializer<'de>>(de: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    de.deserialize_any(Labels).map(Some)
}

fn instances<'de, D: Deserializer<'de>>(de: D) -> Result<Vec<Instances>, D::Error> {
    let all = de.deserialize_any(Roll { nothing_is_empty: true })?;
    each_once(all).map(|all| vec![all])
}

fn webhooks<'de, D: Deserializer<'de>>(de: D) -> Result<Option<Vec<Webhook>>, D::Error> {
    let hooks: Vec<Wrapped<Webhook>> = de.deserialize_any(Items(PhantomData))?;
    Ok(Some(hooks.into_iter().map(|Wrapped(hook)| hook).collect()))
}

fn block<'de, D: Deserializer<'de>, T: Deserialize<'de>>(de: D) -> Result<Option<T>, D::Error> {
    de.deserialize_any(Fields(PhantomData)).map(Some)
}

/// An instance's block, or nothing, which means all defaults.
struct Blocks;

impl<'de> DeserializeSeed<'de> for Blocks {
    type Value = Instance;
    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Instance, D::Error> {
        de.deserialize_any(self)
    }
}

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

/// The instances of a source, or of a part of it.
struct Roll {
    nothing_is_empty: bool,
}

impl<'de> Visitor<'de> for Roll {
    type Value = Vec<(String, Instance)>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        if self.nothing_is_empty {
            return Ok(Vec::new());
        }
        Err(E::invalid_type(serde::de::Unexpected::Unit, &self))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            all.push((name, map.next_value_seed(Blocks)?));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests;
