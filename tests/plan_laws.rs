//! Laws of the plan, for any manifest and any state: what it names, what it never does, and that doing it
//! leads to where nothing is left to do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

#[path = "plan_laws/comparison.rs"]
mod comparison;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wawpform::instance::{InstanceId, Labels, Name, Retries, Spec, Webhook};
use wawpform::manifest::{Defaults, Desired, MaxDeletes, Wanted};
use wawpform::plan::{
    Action, Asked, Attributes, Change, HookSpec, Marks, Plan, Saved, Scope, diff, subset, suggest_renames,
};
use wawpform::state::{Call, Document, HmacMark, Hook, Lineage, Part, Pending, Record, Recorded};

/// Few names, so that manifest and state meet often.
const NAMES: [&str; 8] = ["a", "b", "c", "d", "acme-sales", "acme-support", "acme-sale", "x"];

fn name(index: usize) -> Name {
    Name::new(NAMES[index]).unwrap()
}

fn id(index: usize) -> InstanceId {
    InstanceId::new(&format!("3EB0000000{index:02}")).unwrap()
}

fn labels() -> impl Strategy<Value = Labels> {
    proptest::collection::btree_map("[ab]", "[xy]{0,2}", 0..3)
}

fn policy() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(prop_oneof![Just("strict".to_owned()), Just("standard_policy".to_owned())])
}

fn url() -> impl Strategy<Value = String> {
    prop_oneof![Just("https://a.example/".to_owned()), Just("https://b.example/".to_owned())]
}

/// Variables that hold signing secrets, and the marks of these. The last is not at hand.
const MARKS: [(&str, &str); 3] = [("WAWP_A", "aaaaaa"), ("WAWP_B", "bbbbbb"), ("WAWP_C", "cccccc")];

fn marks() -> Marks {
    let at_hand = &MARKS[..2];
    at_hand.iter().map(|(variable, mark)| ((*variable).to_owned(), HmacMark((*mark).to_owned()))).collect()
}

/// Its events, sorted, and which of the secrets it has.
fn hook() -> impl Strategy<Value = (Vec<String>, Option<usize>)> {
    let events =
        proptest::sample::subsequence(vec!["message".to_owned(), "session.status".to_owned()], 1..=2);
    (events, proptest::option::of(0..MARKS.len()))
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![Just(Part::RateLimit), Just(Part::Running), url().prop_map(Part::Webhook)]
}

fn recorded() -> impl Strategy<Value = BTreeMap<Name, Recorded>> {
    let hooks = proptest::collection::btree_map(url(), hook(), 0..3);
    let doubtful =
        prop_oneof![4 => Just(BTreeSet::new()), 1 => proptest::collection::btree_set(part(), 1..3)];
    let one = (labels(), any::<bool>(), any::<bool>(), policy(), hooks, doubtful);
    proptest::collection::btree_map(0..NAMES.len(), one, 0..NAMES.len()).prop_map(|map| {
        let each = map.into_iter().map(|(index, (labels, running, protect, rate_limit, hooks, doubtful))| {
            let webhooks = hooks.into_iter().map(|(url, (events, signed))| {
                let hmac = signed.map(|secret| MARKS[secret].1).map(|mark| HmacMark(mark.into()));
                (url, Hook { events, retries: Retries::VENDOR, hmac })
            });
            let recorded = Recorded {
                protect,
                labels,
                running,
                rate_limit,
                webhooks: webhooks.collect(),
                doubtful,
                ..Recorded::new(id(index), "2026-11-22T10:00:00Z".parse().unwrap())
            };
            (name(index), recorded)
        });
        each.collect()
    })
}

fn document() -> impl Strategy<Value = Document> {
    (recorded(), proptest::collection::btree_set(0..NAMES.len(), 0..3)).prop_map(|(instances, unsure)| {
        let pending = unsure.into_iter().map(|index| {
            let name = name(index);
            let call = if instances.contains_key(&name) { Call::Delete } else { Call::Create };
            (name, Pending { call, since: "2026-11-22T09:00:00Z".parse().unwrap(), reason: None })
        });
        let pending = pending.collect();
        let mut document =
            Document::begin(Name::new("fleet").unwrap(), Lineage("l".into()), "sandbox".into());
        document.serial = 7;
        Document { instances, pending, ..document }
    })
}

fn desired() -> impl Strategy<Value = Desired> {
    let way = prop_oneof![4 => Just((None, None)),
        1 => (0..NAMES.len()).prop_map(|from| (Some(from), None)),
        1 => (0..NAMES.len()).prop_map(|adopt| (None, Some(adopt)))];
    let hooks = proptest::collection::btree_map(url(), hook(), 0..3);
    let one = (labels(), any::<bool>(), any::<bool>(), way, policy(), hooks);
    let instances = proptest::collection::btree_map(0..NAMES.len(), one, 0..NAMES.len());
    (instances, proptest::collection::btree_set(0..NAMES.len(), 0..3)).prop_map(|(wishes, released)| {
        let mut instances: BTreeMap<Name, Wanted> = BTreeMap::new();
        let (mut claimed, mut adopted) = (BTreeSet::new(), BTreeSet::new());
        // What a manifest's own checks refuse is left out here: a `previously` that still exists or is
        // claimed twice, an `adopt` used twice.
        for (index, (labels, running, protect, (from, adopt), rate_limit, hooks)) in &wishes {
            let previously =
                from.filter(|from| !wishes.contains_key(from) && claimed.insert(*from)).map(name);
            let adopt = adopt.filter(|adopt| adopted.insert(*adopt)).map(id);
            let webhooks = hooks.iter().map(|(url, (events, signed))| Webhook {
                url: url.clone(),
                // As a person writes them, in any order.
                events: events.iter().rev().cloned().collect(),
                retries: None,
                hmac_env: signed.map(|secret| MARKS[secret].0.to_owned()),
            });
            let spec = Spec {
                labels: labels.clone(),
                running: *running,
                rate_limit: rate_limit.clone(),
                protect: *protect,
                expect_number: None,
                webhooks: webhooks.collect(),
            };
            instances.insert(name(*index), Wanted { spec, previously, adopt });
        }
        let released =
            released.into_iter().filter(|index| !wishes.contains_key(index) && !claimed.contains(index));
        Desired {
            fleet: Name::new("fleet").unwrap(),
            token_env: "WAWP_ACCESS_TOKEN".into(),
            max_instances: None,
            max_concurrency: None,
            max_deletes: MaxDeletes::default(),
            defaults: Defaults::default(),
            instances,
            released: released.map(name).collect(),
            accepted_drift: Vec::new(),
        }
    })
}

/// What the state learns from a change that goes well, step by step.
fn records(change: &Change) -> Vec<Record> {
    let name = change.name.clone();
    let at = "2026-11-22T11:00:00Z".parse().unwrap();
    let bound = |instance_id: InstanceId, after: &Attributes| {
        let recorded = Recorded {
            protect: after.protect,
            labels: after.labels.clone(),
            running: after.running,
            ..Recorded::new(instance_id, at)
        };
        Record::Bound { name: name.clone(), recorded }
    };
    // What an apply does, part by part.
    let parts = |before: Option<&Attributes>, after: &Attributes| {
        let rate_limit = after.rate_limit.clone();
        let mut records = vec![Record::RateLimit { name: name.clone(), rate_limit }];
        let own: BTreeSet<&String> = before.into_iter().flat_map(Attributes::own_urls).collect();
        for url in own.into_iter().filter(|url| !after.webhooks.contains_key(*url)) {
            records.push(Record::Webhook { name: name.clone(), url: url.clone(), hook: None });
        }
        for (url, HookSpec { hook, hmac_env }) in &after.webhooks {
            // An apply has every secret at hand.
            let mark = |variable: &String| MARKS.iter().find(|(known, _)| known == variable).unwrap().1;
            let hmac = hmac_env.as_ref().map(|variable| HmacMark(mark(variable).into()));
            let hook = Some(Hook { hmac, ..hook.clone() });
            records.push(Record::Webhook { name: name.clone(), url: url.clone(), hook });
        }
        records
    };
    match &change.action {
        Action::Delete { .. } => {
            vec![Record::Intent { name: name.clone(), call: Call::Delete, at }, Record::Deleted { name }]
        }
        Action::Rename { from, .. } => vec![Record::Renamed { from: from.clone(), to: name }],
        Action::Forget { .. } => vec![Record::Forgotten { name }],
        Action::Adopt { instance_id, after } => {
            [vec![bound(instance_id.clone(), after)], parts(None, after)].concat()
        }
        Action::Create { after, replaces: _ } => {
            let created = InstanceId::new(&format!("new-{name}")).unwrap();
            let intent = Record::Intent { name: name.clone(), call: Call::Create, at };
            [vec![intent, bound(created, after)], parts(None, after)].concat()
        }
        Action::Update { before, after } => {
            let (labels, protect, running) = (after.labels.clone(), after.protect, after.running);
            let described = Record::Described { name: name.clone(), labels, protect };
            let running = Record::Running { name: name.clone(), running };
            [vec![described, running], parts(Some(&before.attributes), after)].concat()
        }
    }
}

/// A change that goes well.
fn perform(document: &mut Document, change: &Change) {
    for record in &records(change) {
        document.fold(record).unwrap_or_else(|error| panic!("{change:?} does not fold: {error}"));
    }
}

fn whole(desired: &Desired, document: &Document) -> Plan {
    diff(desired, Some(document), &Scope { marks: marks(), ..Scope::default() })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn after_a_whole_apply_nothing_is_left_to_do(desired in desired(), mut document in document()) {
        let plan = whole(&desired, &document);
        prop_assume!(plan.clashes.is_empty());
        plan.changes.iter().for_each(|change| perform(&mut document, change));
        let again = whole(&desired, &document);
        prop_assert_eq!(again.changes, vec![]);
        prop_assert_eq!(again.unsettled, plan.unsettled);
    }

    #[test]
    fn after_a_part_of_an_apply_the_rest_is_left_to_do(
        desired in desired(), mut document in document(), part in 0.0..1.0
    ) {
        let plan = whole(&desired, &document);
        prop_assume!(plan.clashes.is_empty());
        let done = (plan.changes.len() as f64 * part) as usize;
        plan.changes[..done].iter().for_each(|change| perform(&mut document, change));
        prop_assert_eq!(&whole(&desired, &document).changes[..], &plan.changes[done..]);
    }

    #[test]
    fn a_plan_names_nothing_that_is_already_right(desired in desired(), document in document()) {
        for change in whole(&desired, &document).changes {
            match &change.action {
                Action::Update { before, after } => prop_assert_ne!(&before.attributes, after),
                Action::Create { .. } | Action::Adopt { .. } => {
                    prop_assert!(!document.instances.contains_key(&change.name));
                    prop_assert!(desired.instances.contains_key(&change.name));
                }
                Action::Rename { from, .. } => prop_assert!(document.instances.contains_key(from)),
                Action::Delete { .. } => prop_assert!(!desired.instances.contains_key(&change.name)),
                Action::Forget { .. } => prop_assert!(desired.released.contains(&change.name)),
            }
        }
    }

    #[test]
    fn a_create_of_unknown_outcome_is_never_created_again(desired in desired(), document in document()) {
        let plan = whole(&desired, &document);
        for (name, _) in document.pending.iter().filter(|(_, pending)| pending.call == Call::Create) {
            let about_it = plan.changes.iter().find(|change| change.name == *name);
            let settles = about_it.is_none_or(|c| matches!(c.action, Action::Adopt { .. } | Action::Forget { .. }));
            prop_assert!(settles, "{:?}", about_it);
        }
    }

    #[test]
    fn every_extra_is_deleted_forgotten_renamed_or_a_clash(desired in desired(), document in document()) {
        let plan = whole(&desired, &document);
        for name in document.instances.keys().filter(|name| !desired.instances.contains_key(*name)) {
            let moved = |c: &Change| matches!(&c.action, Action::Rename { from, .. } if from == name);
            let named = plan.changes.iter().filter(|c| c.name == *name || moved(c)).count();
            prop_assert_eq!(named + usize::from(!plan.clashes.is_empty() && named == 0), 1, "{}", name);
        }
    }

    #[test]
    fn a_targeted_plan_is_the_whole_plan_without_the_others(
        desired in desired(), document in document(), target in 0..NAMES.len()
    ) {
        let scope = Scope { targets: BTreeSet::from([name(target)]), marks: marks(), ..Scope::default() };
        let of_target = |c: &&Change| {
            c.name == name(target) || matches!(&c.action, Action::Rename { from, .. } if *from == name(target))
        };
        let expected: Vec<Change> = whole(&desired, &document).changes.iter().filter(of_target).cloned().collect();
        prop_assert_eq!(diff(&desired, Some(&document), &scope).changes, expected);
    }

    #[test]
    fn a_destroy_deletes_exactly_what_is_recorded(desired in desired(), document in document()) {
        let scope = Scope { destroy: true, ..Scope::default() };
        let plan = diff(&desired, Some(&document), &scope);
        let deletes = plan.deletes();
        prop_assert_eq!(deletes, plan.changes.len());
        let names: Vec<_> = plan.changes.iter().map(|c| &c.name).collect();
        prop_assert_eq!(names, document.instances.keys().collect::<Vec<_>>());
    }

    #[test]
    fn a_suggestion_pairs_a_delete_with_a_create_and_changes_nothing(desired in desired(), document in document()) {
        let plan = whole(&desired, &document);
        let before = plan.clone();
        for suggestion in suggest_renames(&plan) {
            let is = |name: &Name, word| plan.changes.iter().any(|c| c.name == *name && c.action.word() == word);
            prop_assert!(is(&suggestion.from, "delete") && is(&suggestion.name, "create"));
        }
        prop_assert_eq!(before, plan);
    }

    #[test]
    fn a_saved_plan_is_read_back_as_it_was(desired in desired(), document in document(), destroy in any::<bool>()) {
        let scope = Scope { destroy, marks: marks(), ..Scope::default() };
        let targets = document.instances.keys().take(2).cloned().collect();
        let asked = Asked { destroy, targets, ..Asked::default() };
        let saved = Saved { plan: diff(&desired, Some(&document), &scope), asked };
        prop_assert_eq!(Saved::decode(&saved.encode()), Ok(saved));
    }

    #[test]
    fn what_is_left_of_a_plan_that_was_cut_off_anywhere_is_within_it(
        desired in desired(), mut document in document(), part in 0.0..1.0
    ) {
        let plan = whole(&desired, &document);
        prop_assume!(plan.clashes.is_empty());
        let all: Vec<Record> = plan.changes.iter().flat_map(records).collect();
        let done = (all.len() as f64 * part) as usize;
        all[..done].iter().for_each(|record| document.fold(record).unwrap());
        prop_assert_eq!(subset(&whole(&desired, &document), &plan), Ok(()));
    }

    #[test]
    fn what_is_within_a_plan_ends_as_that_plan_says(
        desired in desired(), document in document(), then in desired(), later in document()
    ) {
        let (reviewed, new) = (whole(&desired, &document), whole(&then, &later));
        let ends = |plan: &Plan| -> BTreeSet<String> {
            let end = |change: &Change| match &change.action {
                Action::Adopt { after, .. } | Action::Create { after, .. } | Action::Update { after, .. } => {
                    format!("{} {:?} {:?} {:?}", change.name, after.labels, after.protect, after.webhooks.keys())
                }
                Action::Delete { before } | Action::Rename { before, .. } => {
                    format!("{} {} {}", change.name, change.action.word(), before.instance_id)
                }
                Action::Forget { before } => format!("{} {before:?}", change.name),
            };
            plan.changes.iter().map(end).collect()
        };
        if subset(&new, &reviewed).is_ok() {
            prop_assert!(ends(&new).is_subset(&ends(&reviewed)));
        }
        let only_these: BTreeSet<&Name> = new.changes.iter().map(|change| &change.name).collect();
        let of_review: BTreeSet<&Name> = reviewed.changes.iter().map(|change| &change.name).collect();
        prop_assert!(only_these.is_subset(&of_review) || subset(&new, &reviewed).is_err());
    }
}
