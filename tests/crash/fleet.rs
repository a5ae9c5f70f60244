//! The fleet that is brought from one state to another: something of every kind.

use std::collections::{BTreeMap, BTreeSet};

use wawpform::instance::{Spec, Webhook};
use wawpform::manifest::{Desired, MaxDeletes, Wanted};

use super::contract::given::name;

fn wanted(running: bool, previously: Option<&str>) -> Wanted {
    let spec = Spec { running, ..Spec::default() };
    Wanted { spec, previously: previously.map(name), adopt: None }
}

fn fleet(instances: BTreeMap<&str, Wanted>, released: &[&str]) -> Desired {
    Desired {
        fleet: name("acme"),
        token_env: "WAWP_ACCESS_TOKEN".into(),
        max_instances: None,
        max_concurrency: None,
        max_deletes: MaxDeletes::default(),
        defaults: Default::default(),
        instances: instances.into_iter().map(|(key, wanted)| (name(key), wanted)).collect(),
        released: released.iter().map(|key| name(key)).collect::<BTreeSet<_>>(),
        accepted_drift: Vec::new(),
    }
}

/// A policy and webhooks on top.
fn set(wanted: Wanted, policy: Option<&str>, urls: &[&str], event: &str) -> Wanted {
    let hook = |url: &&str| Webhook {
        url: (*url).to_owned(),
        events: vec![event.to_owned()],
        retries: None,
        hmac_env: None,
    };
    let (rate_limit, webhooks) = (policy.map(str::to_owned), urls.iter().map(hook).collect());
    Wanted { spec: Spec { rate_limit, webhooks, ..wanted.spec }, ..wanted }
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
    let mut each: BTreeMap<&str, Wanted> = each.map(|(key, running)| (key, wanted(running, None))).into();
    let hooked = ["https://a.example/", "https://b.example/"];
    each.insert("tuned", set(wanted(false, None), Some("strict"), &hooked, "message"));
    fleet(each, &[])
}

/// The names that are deleted on the way.
pub const DELETED: [&str; 2] = ["gone-1", "gone-2"];

/// What there should be: two deletes, a rename, a release, four creates, updates of run states, policies and webhooks.
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
    each.insert("new-1", set(wanted(true, None), Some("unlimited"), &["https://a.example/"], "message"));
    // One webhook changes, one goes, one comes.
    let hooked = ["https://b.example/", "https://c.example/"];
    each.insert("tuned", set(wanted(false, None), Some("standard_policy"), &hooked, "session.status"));
    fleet(each, &["let-go"])
}
