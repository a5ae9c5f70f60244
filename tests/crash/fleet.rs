//! The fleet that is brought from one state to another: something of every kind.

use std::collections::{BTreeMap, BTreeSet};

use wawpform::instance::Spec;
use wawpform::manifest::{Desired, MaxDeletes, Wanted};

use super::given::name;

fn wanted(running: bool, previously: Option<&str>) -> Wanted {
    let spec = Spec { running, ..Spec::default() };
    Wanted { spec, previously: previously.map(name), adopt: None }
}

fn fleet(instances: BTreeMap<&str, Wanted>, released: &[&str]) -> Desired {
    Desired {
        fleet: name("acme"),
        token_env: "WAWP_ACCESS_TOKEN".into(),
        max_instances: None,
        max_deletes: MaxDeletes::default(),
        defaults: Default::default(),
        instances: instances.into_iter().map(|(key, wanted)| (name(key), wanted)).collect(),
        released: released.iter().map(|key| name(key)).collect::<BTreeSet<_>>(),
    }
}

/// What there is before.
pub fn before() -> Desired {
    let each = [
        ("gone-1", true),
        ("gone-2", false),
        ("old-name", true),
        ("let-go", true),
        ("wakes", false),
        ("rests", true),
    ];
    fleet(each.map(|(key, running)| (key, wanted(running, None))).into(), &[])
}

/// The names that are deleted on the way.
pub const DELETED: [&str; 2] = ["gone-1", "gone-2"];

/// What there should be: two deletes, a rename, a release, four creates, two updates.
pub fn after() -> Desired {
    let mut each: BTreeMap<&str, Wanted> = [
        ("new-1", true),
        ("new-2", false),
        ("new-3", true),
        ("new-4", false),
        ("wakes", true),
        ("rests", false),
    ]
    .map(|(key, running)| (key, wanted(running, None)))
    .into();
    each.insert("new-name", wanted(true, Some("old-name")));
    fleet(each, &["let-go"])
}
