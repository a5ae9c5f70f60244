//! A plan in which everything happens that can happen to a plan.

use std::collections::{BTreeMap, BTreeSet};

use wawpform::instance::{DriftClass, InstanceId, Labels, Name, Retries};
use wawpform::plan::{
    Action, Attributes, Change, Clash, Drift, Guard, Held, HookSpec, Plan, Reason, Refusal, Unsettled,
};
use wawpform::state::{Call, HmacMark, Hook, Lineage, Part};

/// A text that tries to act on whoever shows it.
pub(crate) const HOSTILE: &str =
    "\u{1b}[2J\u{202e}gpj\u{200b} ##[add-mask]e\n::error::x \"quoted\" \\ </script> {{x}} ${x}";

/// The marks of the signing secrets.
pub(crate) const MARKS: [&str; 2] = ["aa11bb", "cc22dd"];

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

fn attributes() -> Attributes {
    Attributes {
        labels: Labels::from([("team".into(), "sales".into())]),
        protect: false,
        running: true,
        rate_limit: None,
        webhooks: BTreeMap::new(),
        doubtful: BTreeSet::new(),
    }
}

fn held(handle: &str) -> Held {
    Held { instance_id: id(handle), session_name: Some(format!("s-{handle}")), attributes: attributes() }
}

/// With one webhook, signed with the secret of a mark.
fn signed(mark: &str) -> Attributes {
    let hook = Hook {
        events: vec!["message".into(), "session.status".into()],
        retries: Retries::VENDOR,
        hmac: Some(HmacMark(mark.into())),
    };
    let open =
        Hook { events: vec!["message".into()], retries: Retries { delay: 5, attempts: 3 }, hmac: None };
    let spec = |hook| HookSpec { hook, hmac_env: None };
    let webhooks = [("https://a.example/hook", spec(hook)), ("https://b.example/hook", spec(open))];
    Attributes {
        webhooks: webhooks.into_iter().map(|(url, spec)| (url.to_owned(), spec)).collect(),
        ..attributes()
    }
}

fn change(of: &str, action: Action, reason: Reason) -> Change {
    Change { name: name(of), action, reason }
}

fn drift(of: &str, class: DriftClass, recorded: Option<&str>, observed: Option<&str>) -> Drift {
    let (recorded, observed) = (recorded.map(str::to_owned), observed.map(str::to_owned));
    Drift { name: name(of), instance_id: id("DRIFTED00001"), class, recorded, observed, accepted: None }
}

/// The changes, in the order that a plan has them.
fn changes() -> Vec<Change> {
    let rename = |from: &str, handle| Action::Rename { from: name(from), before: held(handle) };
    let policy = Some("standard_policy".to_owned());
    let hostile = Labels::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    let in_doubt = [Part::Running, Part::Webhook("https://a.example/hook".into())].into();
    let doubtful =
        Held { attributes: Attributes { doubtful: in_doubt, ..attributes() }, ..held("DOUBTFUL0001") };
    let resigned = Held { attributes: signed(MARKS[0]), ..held("RESIGNED0001") };
    let adopt = |handle, after| Action::Adopt { instance_id: id(handle), after };
    let create = |after, replaces| Action::Create { after, replaces };
    let update = |before, after| Action::Update { before, after };
    let other = Attributes { protect: true, running: false, rate_limit: policy.clone(), ..attributes() };
    vec![
        change("deleted", Action::Delete { before: held("DELETED00001") }, Reason::NotInManifest),
        change("destroyed", Action::Delete { before: held("DESTROYED001") }, Reason::DestroyAsked),
        change("adopted", adopt("ADOPTED00001", attributes()), Reason::AdoptAsked),
        change(
            "adopted-with-policy",
            adopt("ADOPTED00002", Attributes { rate_limit: policy, ..attributes() }),
            Reason::AdoptAsked,
        ),
        change("forgotten", Action::Forget { before: Some(held("FORGOTTEN001")) }, Reason::Released),
        change("forgotten-call", Action::Forget { before: None }, Reason::Released),
        change("renamed", rename("old", "RENAMED00001"), Reason::Previously),
        change("renamed-and-updated", rename("old-updated", "RENAMED00002"), Reason::Previously),
        change("created", create(signed(MARKS[1]), None), Reason::NotRecorded),
        change("hostile", create(Attributes { labels: hostile, ..attributes() }, None), Reason::NotRecorded),
        change("replaced", create(attributes(), Some(held("GONE00000001"))), Reason::Gone),
        change("doubtful", update(doubtful, attributes()), Reason::Doubtful),
        change("renamed-and-updated", update(held("RENAMED00002"), other.clone()), Reason::Differs),
        change("resigned", update(resigned, signed(MARKS[1])), Reason::Differs),
        change("updated", update(held("UPDATED00001"), other), Reason::Differs),
    ]
}

/// The plan, and what refuses it.
pub(crate) fn plan() -> (Plan, Vec<Refusal>) {
    let accepted = Drift {
        accepted: Some("moves next week, until 2026-12-01".into()),
        ..drift("accepted", DriftClass::Gone, None, None)
    };
    let unsettled = Unsettled {
        name: name("unsettled"),
        call: Call::Create,
        since: "2026-11-22T10:00:00Z".parse().unwrap(),
        reason: Some(HOSTILE.into()),
        instance_id: None,
    };
    let (policy, stopped) = (DriftClass::Policy, DriftClass::Stopped);
    let plan = Plan {
        fleet: name("acme"),
        lineage: Some(Lineage("0b5e".into())),
        serial: 7,
        recorded: 12,
        desired: 11,
        changes: changes(),
        unsettled: vec![unsettled],
        defaults: BTreeMap::new(),
        drift: vec![
            drift("replaced", DriftClass::Gone, None, None),
            accepted,
            drift("updated", stopped, Some("running"), Some("STOPPED")),
            drift("updated", policy, Some("standard_policy"), Some(HOSTILE)),
            drift("updated", DriftClass::Webhook, Some("https://a.example/ [message]"), Some("missing")),
            drift("unclear", DriftClass::Unknown, None, Some(HOSTILE)),
        ],
        working: [(name("deleted"), Some("201012345678".into())), (name("updated"), None)].into(),
        clashes: vec![
            Clash::RenameOntoTaken { name: name("x"), from: name("y") },
            Clash::AdoptOntoTaken { name: name("x-1"), adopt: id("OTHER0000001"), holds: id("HELD00000001") },
            Clash::AdoptHeldByOther { name: name("x-2"), adopt: id("OTHER0000002"), holder: name("y") },
        ],
        assumed: false,
    };
    let refusal = Refusal {
        guard: Guard::MaxDeletes,
        message: "2 of 12 recorded would be deleted".into(),
        hint: "--allow-deletes 2".into(),
    };
    (plan, vec![refusal])
}

/// A plan that creates so many.
pub(crate) fn creates(count: usize) -> Plan {
    let create = |n: usize| {
        let action = Action::Create { after: attributes(), replaces: None };
        change(&format!("i-{n:04}"), action, Reason::NotRecorded)
    };
    let nothing = (vec![], vec![], vec![], BTreeMap::new());
    let (unsettled, drift, clashes, working) = nothing;
    let (plan, _) = plan();
    Plan { changes: (0..count).map(create).collect(), unsettled, drift, clashes, working, ..plan }
}
