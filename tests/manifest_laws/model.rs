//! A fleet as a test means it: it knows what is desired without the code under test, and can write itself as
//! YAML in several ways.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wawpform::instance::{DriftClass, InstanceId, Name};
use wawpform::manifest::{AcceptedDrift, Defaults, Desired, MaxDeletes, Wanted};

use crate::attributes::{Attributes, Hook, attributes};
use crate::scalars::{Text, text};
use crate::yaml::Y;

#[derive(Debug, Clone)]
pub(crate) enum Origin {
    New,
    Previously,
    Adopt,
    /// With an id of an unusual shape.
    AdoptOdd,
}

/// Drift of one instance that is accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    classes: BTreeSet<DriftClass>,
    /// One class is written as a text, or as a list of one.
    listed: bool,
    reason: Text,
    until: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    name: String,
    account: Option<(Option<String>, Option<usize>, Option<usize>)>,
    max_deletes: Option<MaxDeletes>,
    defaults: Option<Attributes>,
    /// In the order in which they are written.
    instances: Vec<(Attributes, Origin, Vec<Accepted>)>,
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

/// What is accepted for one instance: no class twice.
fn accepted() -> impl Strategy<Value = Vec<Accepted>> {
    let classes = prop::collection::btree_set(prop::sample::select(DriftClass::ALL.to_vec()), 1..4);
    let reason = text().prop_filter("a reason says something", |text| !text.trim().is_empty());
    let until = (0_u16..=9999, 1_u8..=12, 1_u8..=28)
        .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    prop::collection::vec((classes, any::<bool>(), reason, until), 0..3).prop_map(|all| {
        let mut seen = BTreeSet::new();
        all.into_iter()
            .map(|(classes, listed, reason, until)| Accepted {
                classes: classes.into_iter().filter(|class| seen.insert(*class)).collect(),
                listed,
                reason,
                until,
            })
            .filter(|accepted| !accepted.classes.is_empty())
            .collect()
    })
}

pub(crate) fn fleet() -> impl Strategy<Value = Fleet> {
    let origin = prop_oneof![
        3 => Just(Origin::New),
        1 => Just(Origin::Previously),
        1 => Just(Origin::Adopt),
        1 => Just(Origin::AdoptOdd),
    ];
    let account = (
        prop::option::of("WAWP_[A-Z0-9_]{0,12}"),
        prop::option::of(10_usize..100),
        prop::option::of(1_usize..100),
    );
    let max_deletes =
        prop_oneof![(0_usize..100).prop_map(MaxDeletes::Count), (0_u8..=100).prop_map(MaxDeletes::Percent)];
    (
        "[a-z][a-z0-9-]{0,12}",
        prop::option::of(account),
        prop::option::of(max_deletes),
        prop::option::of(attributes()),
        prop::collection::vec((attributes(), origin, accepted()), 0..8),
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

impl Origin {
    fn adopts(&self, index: usize) -> Option<String> {
        match self {
            Self::New | Self::Previously => None,
            Self::Adopt => Some(format!("3EB0BCB2{index:04}")),
            Self::AdoptOdd => Some(format!("odd-{index}")),
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
            instances: vec![(Attributes { labels, ..Attributes::default() }, Origin::Adopt, Vec::new())],
            released: 1,
        }
    }

    pub(crate) fn desired(&self) -> Desired {
        let defaults = self.defaults.clone().unwrap_or_default();
        let (token_env, max_instances, max_concurrency) = self.account.clone().unwrap_or_default();
        let instances = self.instances.iter().enumerate().map(|(index, (attributes, origin, _))| {
            let wanted = Wanted {
                spec: attributes.over(&defaults),
                previously: matches!(origin, Origin::Previously)
                    .then(|| Name::new(&format!("old-{index}")).unwrap()),
                adopt: origin.adopts(index).map(|id| InstanceId::new(&id).unwrap()),
            };
            (Name::new(&name(index)).unwrap(), wanted)
        });
        let instances = instances.collect();
        let mut accepted_drift: Vec<AcceptedDrift> = Vec::new();
        for (index, (_, _, all)) in self.instances.iter().enumerate() {
            accepted_drift.extend(all.iter().map(|accepted| AcceptedDrift {
                name: Name::new(&name(index)).unwrap(),
                classes: accepted.classes.clone(),
                reason: accepted.reason.clone(),
                until: accepted.until.parse().unwrap(),
            }));
        }
        accepted_drift.sort();
        Desired {
            fleet: Name::new(&self.name).unwrap(),
            token_env: token_env.unwrap_or_else(|| "WAWP_ACCESS_TOKEN".into()),
            max_instances,
            max_concurrency,
            max_deletes: self.max_deletes.unwrap_or(MaxDeletes::Percent(30)),
            defaults: Defaults {
                labels: defaults.labels.unwrap_or_default(),
                running: defaults.running,
                rate_limit: defaults.rate_limit,
                protect: defaults.protect,
                webhooks: defaults.webhooks.iter().flatten().map(Hook::desired).collect(),
            },
            instances,
            released: (0..self.released).map(|index| Name::new(&format!("gone-{index}")).unwrap()).collect(),
            accepted_drift,
        }
    }

    /// How many warnings there are.
    pub(crate) fn warnings(&self) -> usize {
        let odd = self.instances.iter().filter(|(_, origin, _)| matches!(origin, Origin::AdoptOdd)).count();
        let written = self.instances.iter().map(|(attributes, ..)| attributes).chain(&self.defaults);
        odd + written.map(Attributes::unknown_events).sum::<usize>()
    }

    /// What is accepted, each as it is written, in the order in which it is written.
    fn accepted(&self) -> impl Iterator<Item = Y> {
        self.instances.iter().enumerate().flat_map(|(index, (_, _, all))| {
            all.iter().map(move |Accepted { classes, listed, reason, until }| {
                let mut words: Vec<Y> = classes.iter().map(|class| Y::Text(class.to_string())).collect();
                let class = if words.len() == 1 && !listed { words.remove(0) } else { Y::List(words) };
                Y::map(vec![
                    ("name".to_owned(), Y::Text(name(index))),
                    ("class".to_owned(), class),
                    ("reason".to_owned(), Y::Text(reason.clone())),
                    ("until".to_owned(), Y::Text(until.clone())),
                ])
            })
        })
    }

    fn instance(index: usize, attributes: &Attributes, origin: &Origin) -> (String, Y) {
        let mut fields = attributes.tree();
        match origin {
            Origin::Previously => fields.push(("previously".into(), Y::Text(format!("old-{index}")))),
            Origin::New | Origin::Adopt | Origin::AdoptOdd => {}
        }
        fields.extend(origin.adopts(index).map(|id| ("adopt".to_owned(), Y::Text(id))));
        let block = if fields.is_empty() && index.is_multiple_of(2) { Y::Null } else { Y::map(fields) };
        (name(index), block)
    }

    fn parts(&self) -> Vec<(String, Y)> {
        let mut parts = Vec::new();
        if let Some((token_env, max_instances, max_concurrency)) = &self.account {
            let token_env = token_env.clone().map(|name| ("token_env".to_owned(), Y::Text(name)));
            let max = [("max_instances", max_instances), ("max_concurrency", max_concurrency)];
            let max = max.into_iter().filter_map(|(key, max)| Some((key.to_owned(), Y::Number((*max)?))));
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
                .map(|(item, (attributes, origin, _))| Self::instance(item, attributes, origin))
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
            let accepted: Vec<Y> = self
                .accepted()
                .enumerate()
                .filter(|(item, _)| to(*item + 3) == index)
                .map(|(_, y)| y)
                .collect();
            if !accepted.is_empty() || index.is_multiple_of(2) {
                source.push(("accepted_drift".to_owned(), Y::List(accepted)));
            }
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
