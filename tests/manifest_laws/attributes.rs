//! What `defaults` and an instance can say, as a test means it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wawpform::instance::{EVENTS, FREE_POLICIES, Retries, Spec, Webhook};

use crate::scalars::{Text, text};
use crate::yaml::Y;

#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) labels: Option<BTreeMap<Text, Text>>,
    pub(crate) running: Option<bool>,
    pub(crate) protect: Option<bool>,
    pub(crate) rate_limit: Option<Text>,
    pub(crate) expect_number: Option<Text>,
    pub(crate) webhooks: Option<Vec<Hook>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Hook {
    url: String,
    events: Vec<Text>,
    /// Seconds, and how many.
    retries: Option<(Option<u32>, Option<u32>)>,
    hmac_env: Option<String>,
}

pub(crate) fn attributes() -> impl Strategy<Value = Attributes> {
    let usable = |key: &String| {
        let plain = key.to_lowercase();
        // Without quotes `<<` is no key but a merge.
        key != "<<"
            && !["token", "secret", "password", "key", "hmac", "passwd"]
                .iter()
                .any(|word| plain.contains(word))
    };
    let labels = prop::collection::btree_map(text().prop_filter("a secret's name", usable), text(), 0..4);
    (
        prop::option::of(labels),
        prop::option::of(any::<bool>()),
        prop::option::of(any::<bool>()),
        prop::option::of(policy()),
        prop::option::of("[1-9][0-9]{5,14}"),
        prop::option::weighted(0.3, hooks()),
    )
        .prop_map(|(labels, running, protect, rate_limit, expect_number, webhooks)| Attributes {
            labels,
            running,
            protect,
            rate_limit,
            expect_number,
            webhooks,
        })
}

/// A free policy, or one that looks like neither of them.
fn policy() -> impl Strategy<Value = Text> {
    prop_oneof![prop::sample::select(&FREE_POLICIES[..]).prop_map(str::to_owned), "paid_[xyz]{1,8}"]
}

/// A list of webhooks: no URL twice.
fn hooks() -> impl Strategy<Value = Vec<Hook>> {
    let other = text().prop_filter("an event has a name", |text| !text.trim().is_empty());
    let event = prop_oneof![prop::sample::select(&EVENTS[..]).prop_map(str::to_owned), other];
    let retries = (prop::option::of(any::<u32>()), prop::option::of(any::<u32>()));
    let hook = (
        "[a-z]{1,8}",
        prop::collection::vec(event, 1..3),
        prop::option::of(retries),
        // Longer than any name of a token's variable here.
        prop::option::of("WAWP_SIGNING_SECRET_[A-Z]{1,4}"),
    );
    prop::collection::vec(hook, 0..3).prop_map(|hooks| {
        let hooks = hooks.into_iter().enumerate();
        hooks
            .map(|(index, (host, events, retries, hmac_env))| Hook {
                url: format!("https://{host}.example.com/hooks/{index}"),
                events,
                retries,
                hmac_env,
            })
            .collect()
    })
}

impl Hook {
    pub(crate) fn desired(&self) -> Webhook {
        let Self { url, events, retries, hmac_env } = self.clone();
        let retries = retries
            .map(|(delay, attempts)| Retries { delay: delay.unwrap_or(2), attempts: attempts.unwrap_or(15) });
        Webhook { url, events, retries, hmac_env }
    }

    fn tree(&self) -> Y {
        let Self { url, events, retries, hmac_env } = self.clone();
        let count = |count: u32| Y::Number(count as usize);
        let retries = retries.map(|(delay, attempts)| {
            entries([("delay", delay.map(count)), ("attempts", attempts.map(count))])
        });
        Y::map(entries([
            ("url", Some(Y::Text(url))),
            ("events", Some(Y::List(events.into_iter().map(Y::Text).collect()))),
            ("retries", retries.map(Y::map)),
            ("hmac_env", hmac_env.map(Y::Text)),
        ]))
    }
}

/// The entries that are there.
fn entries<const N: usize>(all: [(&str, Option<Y>); N]) -> Vec<(String, Y)> {
    all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

impl Attributes {
    /// How many events the vendor's pages do not list.
    pub(crate) fn unknown_events(&self) -> usize {
        let events = self.webhooks.iter().flatten().flat_map(|hook| &hook.events);
        events.filter(|event| !EVENTS.contains(&event.as_str())).count()
    }

    pub(crate) fn tree(&self) -> Vec<(String, Y)> {
        let Self { labels, running, protect, rate_limit, expect_number, webhooks } = self;
        let labels = labels.as_ref().map(|labels| {
            Y::map(labels.iter().map(|(key, value)| (key.clone(), Y::Text(value.clone()))).collect())
        });
        let webhooks = webhooks.as_ref().map(|hooks| Y::List(hooks.iter().map(Hook::tree).collect()));
        entries([
            ("labels", labels),
            ("running", running.map(Y::Bool)),
            ("protect", protect.map(Y::Bool)),
            ("rate_limit", rate_limit.clone().map(Y::Text)),
            ("expect_number", expect_number.clone().map(Y::Text)),
            ("webhooks", webhooks),
        ])
    }

    pub(crate) fn over(&self, under: &Self) -> Spec {
        let mut labels = under.labels.clone().unwrap_or_default();
        labels.extend(self.labels.clone().unwrap_or_default());
        let webhooks = self.webhooks.as_ref().or(under.webhooks.as_ref());
        Spec {
            labels,
            running: self.running.or(under.running).unwrap_or(true),
            protect: self.protect.or(under.protect).unwrap_or(false),
            rate_limit: self.rate_limit.clone().or(under.rate_limit.clone()),
            expect_number: self.expect_number.clone().or(under.expect_number.clone()),
            webhooks: webhooks.into_iter().flatten().map(Hook::desired).collect(),
        }
    }
}
