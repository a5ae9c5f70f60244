//! A fleet as a test means it: it knows what is desired without the code under test, and can write itself as
//! YAML in several ways.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wawpform::instance::{InstanceId, Name, Spec};
use wawpform::manifest::{Defaults, Desired, MaxDeletes, Wanted};

use crate::yaml::Y;

pub(crate) type Text = String;

#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    labels: Option<BTreeMap<Text, Text>>,
    running: Option<bool>,
    protect: Option<bool>,
    rate_limit: Option<Text>,
}

#[derive(Debug, Clone)]
pub(crate) enum Origin {
    New,
    Previously,
    Adopt,
}

#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    name: String,
    account: Option<(Option<String>, Option<usize>)>,
    max_deletes: Option<MaxDeletes>,
    defaults: Option<Attributes>,
    /// In the order in which they are written.
    instances: Vec<(Attributes, Origin)>,
    released: usize,
}

fn name(index: usize) -> String {
    // Also names that look like something else to a YAML reader.
    match index % 5 {
        0 => format!("{index}"),
        1 => format!("0x{index}"),
        2 => format!("no-{index}"),
        3 => format!("1e{index}"),
        _ => format!("acme-{index}"),
    }
}

/// A label's text: anything that a person could write on one line.
pub(crate) fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[a-z]{1,8}",
        scalar(),
        "\\PC{0,12}"
            .prop_map(|text| text.replace(['\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'], "")),
    ]
}

/// What plain YAML readers quarrel about.
pub(crate) fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "true",
            "True",
            "TRUE",
            "tRue",
            "false",
            "yes",
            "no",
            "on",
            "off",
            "y",
            "null",
            "Null",
            "~",
            "0042",
            "00",
            "0",
            "-0",
            "+0",
            "1.10",
            "12:30",
            "1_000",
            "0x1F",
            "0o17",
            "0b11",
            "017",
            "1e3",
            "1E400",
            "-1e3",
            ".5",
            "5.",
            ".inf",
            "-.INF",
            "+.inf",
            ".nan",
            ".",
            "-",
            "--",
            "+",
            "++1",
            "+-1",
            "30%",
            "3EB0BCB2E3D4",
            "12E4",
            "2024-01-01",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "340282366920938463463374607431768211456",
            "0xFFFFFFFFFFFFFFFFFFFF",
            "-0x10",
            "0x-1",
            "inf",
            "nan",
            "infinity",
            "NaN",
            "=",
            "<<",
            "1,2",
            "a: b",
            "a #b",
            "#a",
            "- a",
            "? a",
            "'a",
            "\"a",
            "!a",
            "!!str 1",
            "!!int 1",
            "!!int a",
            "!!float 1",
            "!!bool true",
            "!!null ~",
            "!!null x",
            "!!bool yes",
            "! a",
            "! 1",
            "&a b",
            "*a",
            "|",
            ">",
            "[",
            "{",
            "]",
            "}",
            ",",
            "@a",
            "`a",
            "%a",
            "a\\nb",
            " a",
            "a ",
            "",
        ])
        .prop_map(str::to_owned),
        "[-+]?[0-9a-fxob_.e:]{1,8}",
        "[-+.0-9eE]{1,6}",
    ]
}

/// What breaks a manifest when it gets into it.
pub(crate) fn splinter() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]",
        prop::sample::select(vec![
            ":", ": ", " ", "\n", "\n  ", "- ", "{", "}", "[", "]", ",", "\"", "'", "#", " #", "&a ", "*a",
            "!x ", "!!str ", "|", ">\n", "~", "null", "---\n", "...\n", "? ", "\t", "%", "@", "<<: ", "é",
            "\u{85}", "\u{2028}", "\r\n", "\r", "\\", "\u{feff}", "\u{0}", "<<: *a\n", "{<<: {}}",
            "token: x",
        ])
        .prop_map(str::to_owned),
    ]
}

fn attributes() -> impl Strategy<Value = Attributes> {
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
        prop::option::of("[a-z_]{1,8}"),
    )
        .prop_map(|(labels, running, protect, rate_limit)| Attributes {
            labels,
            running,
            protect,
            rate_limit,
        })
}

pub(crate) fn fleet() -> impl Strategy<Value = Fleet> {
    let origin = prop_oneof![3 => Just(Origin::New), 1 => Just(Origin::Previously), 1 => Just(Origin::Adopt)];
    let account = (prop::option::of("WAWP_[A-Z0-9_]{0,12}"), prop::option::of(10_usize..100));
    let max_deletes =
        prop_oneof![(0_usize..100).prop_map(MaxDeletes::Count), (0_u8..=100).prop_map(MaxDeletes::Percent)];
    (
        "[a-z][a-z0-9-]{0,12}",
        prop::option::of(account),
        prop::option::of(max_deletes),
        prop::option::of(attributes()),
        prop::collection::vec((attributes(), origin), 0..8),
        0_usize..3,
    )
        .prop_map(|(name, account, max_deletes, defaults, instances, released)| Fleet {
            // `no`, `null` and the like are texts or nothing; a fleet's name is always written so that it is a text.
            name,
            account,
            max_deletes,
            defaults,
            instances,
            released,
        })
}

impl Attributes {
    fn tree(&self) -> Vec<(String, Y)> {
        let Self { labels, running, protect, rate_limit } = self;
        let labels = labels.as_ref().map(|labels| {
            Y::map(labels.iter().map(|(key, value)| (key.clone(), Y::Text(value.clone()))).collect())
        });
        [
            ("labels", labels),
            ("running", running.map(Y::Bool)),
            ("protect", protect.map(Y::Bool)),
            ("rate_limit", rate_limit.clone().map(Y::Text)),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
    }

    fn over(&self, under: &Self) -> Spec {
        let mut labels = under.labels.clone().unwrap_or_default();
        labels.extend(self.labels.clone().unwrap_or_default());
        Spec {
            labels,
            running: self.running.or(under.running).unwrap_or(true),
            protect: self.protect.or(under.protect).unwrap_or(false),
            rate_limit: self.rate_limit.clone().or(under.rate_limit.clone()),
            expect_number: None,
            webhooks: Vec::new(),
        }
    }
}

impl Fleet {
    pub(crate) fn example(key: Text, value: Text) -> Self {
        let labels = Some(BTreeMap::from([(key, value)]));
        Self {
            name: "acme".into(),
            account: None,
            max_deletes: Some(MaxDeletes::Percent(5)),
            defaults: None,
            instances: vec![(Attributes { labels, ..Attributes::default() }, Origin::Adopt)],
            released: 1,
        }
    }

    pub(crate) fn desired(&self) -> Desired {
        let defaults = self.defaults.clone().unwrap_or_default();
        let (token_env, max_instances) = self.account.clone().unwrap_or_default();
        let instances = self.instances.iter().enumerate().map(|(index, (attributes, origin))| {
            let wanted = Wanted {
                spec: attributes.over(&defaults),
                previously: matches!(origin, Origin::Previously)
                    .then(|| Name::new(&format!("old-{index}")).unwrap()),
                adopt: matches!(origin, Origin::Adopt)
                    .then(|| InstanceId::new(&format!("3EB0BCB2{index:04}")).unwrap()),
            };
            (Name::new(&name(index)).unwrap(), wanted)
        });
        let instances = instances.collect();
        Desired {
            fleet: Name::new(&self.name).unwrap(),
            token_env: token_env.unwrap_or_else(|| "WAWP_ACCESS_TOKEN".into()),
            max_instances,
            max_deletes: self.max_deletes.unwrap_or(MaxDeletes::Percent(30)),
            defaults: Defaults {
                labels: defaults.labels.unwrap_or_default(),
                running: defaults.running,
                rate_limit: defaults.rate_limit,
                protect: defaults.protect,
                webhooks: Vec::new(),
            },
            instances,
            released: (0..self.released).map(|index| Name::new(&format!("gone-{index}")).unwrap()).collect(),
        }
    }

    fn instance(index: usize, attributes: &Attributes, origin: &Origin) -> (String, Y) {
        let mut fields = attributes.tree();
        match origin {
            Origin::New => {}
            Origin::Previously => fields.push(("previously".into(), Y::Text(format!("old-{index}")))),
            Origin::Adopt => fields.push(("adopt".into(), Y::Text(format!("3EB0BCB2{index:04}")))),
        }
        let block = if fields.is_empty() && index.is_multiple_of(2) { Y::Null } else { Y::map(fields) };
        (name(index), block)
    }

    fn parts(&self) -> Vec<(String, Y)> {
        let mut parts = Vec::new();
        if let Some((token_env, max_instances)) = &self.account {
            let token_env = token_env.clone().map(|name| ("token_env".to_owned(), Y::Text(name)));
            let max = max_instances.map(|max| ("max_instances".to_owned(), Y::Number(max)));
            parts.push(("account".to_owned(), Y::map(token_env.into_iter().chain(max).collect())));
        }
        if let Some(max_deletes) = self.max_deletes {
            let value = match max_deletes {
                MaxDeletes::Count(count) => Y::Number(count),
                MaxDeletes::Percent(percent) => Y::Text(format!("{percent}%")),
            };
            parts.push(("guards".to_owned(), Y::map(vec![("max_deletes".to_owned(), value)])));
        }
        if let Some(defaults) = &self.defaults {
            parts.push(("defaults".to_owned(), Y::map(defaults.tree())));
        }
        parts
    }

    /// The whole manifest in one source.
    pub(crate) fn tree(&self) -> Y {
        self.split(1, 0).remove(0)
    }

    /// The manifest in several sources.
    pub(crate) fn split(&self, files: usize, spread: u64) -> Vec<Y> {
        let to = |item: usize| (spread as usize).wrapping_mul(31).wrapping_add(item * 7) % files;
        let mut sources: Vec<Vec<(String, Y)>> = vec![Vec::new(); files];
        for (index, source) in sources.iter_mut().enumerate() {
            // Every file has a fleet, or only one of them: a file with nothing in it would be an error.
            source.push(("fleet".to_owned(), Y::Text(self.name.clone())));
            let instances: Vec<(String, Y)> = self
                .instances
                .iter()
                .enumerate()
                .filter(|(item, _)| to(*item) == index)
                .map(|(item, (attributes, origin))| Self::instance(item, attributes, origin))
                .collect();
            source.push((
                "instances".to_owned(),
                if instances.is_empty() { Y::Null } else { Y::map(instances) },
            ));
            let released: Vec<Y> = (0..self.released)
                .filter(|item| to(*item) == index)
                .map(|item| Y::Text(format!("gone-{item}")))
                .collect();
            source.push(("released".to_owned(), Y::List(released)));
            if index > 0 && spread.is_multiple_of(2) {
                source.remove(0);
            }
        }
        for (item, part) in self.parts().into_iter().enumerate() {
            sources[to(item)].push(part);
        }
        sources.into_iter().map(Y::map).collect()
    }
}
