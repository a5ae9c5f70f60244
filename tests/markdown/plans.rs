//! Plans to be shown: one that has everything, with whatever text stands where text from outside may stand.

use std::collections::BTreeMap;

use wawpform::instance::{DriftClass, InstanceId, Labels, Name, Retries, Spec};
use wawpform::plan::{
    Action, Attributes, Change, Drift, Guard, Held, HookSpec, Plan, Reason, Refusal, Suggestion, Unsettled,
};
use wawpform::state::{Call, Hook};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

/// Attributes in which every text is this one.
pub(crate) fn attributes(text: &str) -> Attributes {
    let hook = Hook { events: vec![text.to_owned()], retries: Retries::VENDOR, hmac: None };
    Attributes {
        labels: Labels::from([(text.to_owned(), text.to_owned())]),
        rate_limit: Some(text.to_owned()),
        webhooks: BTreeMap::from([(
            format!("https://crm.example/{text}"),
            HookSpec { hook, hmac_env: Some(text.to_owned()) },
        )]),
        ..Attributes::desired(&Spec::default(), &BTreeMap::new(), None)
    }
}

pub(crate) fn held(text: &str) -> Held {
    Held {
        instance_id: id("3EB0BCB2E3D4"),
        session_name: Some(text.to_owned()),
        attributes: Attributes { protect: true, ..attributes(text) },
    }
}

pub(crate) fn change(name_: &str, action: Action, reason: Reason) -> Change {
    Change { name: name(name_), action, reason }
}

pub(crate) fn empty() -> Plan {
    Plan {
        fleet: name("acme"),
        lineage: None,
        serial: 7,
        recorded: 0,
        desired: 0,
        changes: Vec::new(),
        unsettled: Vec::new(),
        defaults: BTreeMap::new(),
        drift: Vec::new(),
        working: BTreeMap::new(),
        clashes: Vec::new(),
        assumed: false,
    }
}

/// One of everything, so many times; every text from outside is this one.
pub(crate) fn everything(text: &str, times: usize) -> Plan {
    let mut plan = empty();
    let some = || Some(text.to_owned());
    for index in 0..times {
        let named = |what: &str| format!("{what}-{index:04}");
        let after = || Attributes { running: false, ..attributes("other") };
        plan.changes.extend([
            change(&named("gone"), Action::Delete { before: held(text) }, Reason::NotInManifest),
            change(&named("shop"), Action::Delete { before: held(text) }, Reason::DeleteCutOff),
            change(
                &named("moved"),
                Action::Rename { from: name(&named("was")), before: held(text) },
                Reason::Previously,
            ),
            change(&named("free"), Action::Forget { before: Some(held(text)) }, Reason::Released),
            change(
                &named("taken"),
                Action::Adopt { instance_id: id("ADOPTED"), after: attributes(text) },
                Reason::AdoptAsked,
            ),
            change(
                &named("new"),
                Action::Create { after: attributes(text), replaces: Some(held(text)) },
                Reason::Gone,
            ),
            change(&named("same"), Action::Update { before: held(text), after: after() }, Reason::Differs),
        ]);
        plan.working.insert(name(&named("shop")), some());
        for (call, reason) in [(Call::Create, some()), (Call::Delete, None)] {
            let since = "2026-11-21T09:00:00Z".parse().unwrap();
            plan.unsettled.push(Unsettled {
                name: name(&named("lost")),
                call,
                since,
                reason,
                instance_id: None,
            });
        }
        for (class, accepted) in
            [(DriftClass::Policy, None), (DriftClass::Unknown, None), (DriftClass::Webhook, some())]
        {
            let (recorded, observed) = (some(), some());
            let (name, instance_id) = (name(&named("other")), id("DRIFTED"));
            plan.drift.push(Drift { name, instance_id, class, recorded, observed, accepted });
        }
    }
    plan.changes.sort_by_key(|it| it.action.phase());
    plan.defaults.insert("running".to_owned(), "true".to_owned());
    plan
}

pub(crate) fn refusals(text: &str, count: usize) -> Vec<Refusal> {
    let hint = format!("if that is meant, use --allow-empty\n{text}");
    vec![Refusal { guard: Guard::Paired, message: format!("gone-0000 works with {text}"), hint }; count]
}

pub(crate) fn suggestions(count: usize) -> Vec<Suggestion> {
    vec![Suggestion { name: name("new-0000"), from: name("gone-0000") }; count]
}
