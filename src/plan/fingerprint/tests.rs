//! The fingerprint is pinned, and changes with everything that an apply acts on and with nothing else.

use super::*;
use crate::instance::{InstanceId, Name};
use crate::plan::Reason;
use crate::state::{HmacMark, Part};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn attributes() -> Attributes {
    let hook = Hook { events: vec!["message".into()], retries: Retries::VENDOR, hmac: None };
    Attributes {
        labels: [("team".to_owned(), "sales".to_owned())].into(),
        protect: false,
        running: true,
        rate_limit: Some("strict".into()),
        webhooks: [("https://a.example/".into(), HookSpec { hook, hmac_env: Some("WAWP_A".into()) })].into(),
        doubtful: Default::default(),
    }
}

fn held(id: &str) -> Held {
    let mut attributes = attributes();
    if let Some(spec) = attributes.webhooks.get_mut("https://a.example/") {
        *spec = HookSpec {
            hook: Hook { hmac: Some(HmacMark("aaaaaa".into())), ..spec.hook.clone() },
            hmac_env: None,
        };
    }
    Held {
        instance_id: InstanceId::new(id).unwrap(),
        session_name: Some("wawp-1".into()),
        attributes: Attributes { running: false, ..attributes },
    }
}

fn change(at: &str, action: Action) -> Change {
    Change { name: name(at), action, reason: Reason::Differs }
}

/// One change of each kind.
fn plan() -> Plan {
    let changes = vec![
        change("a", Action::Delete { before: held("ID1") }),
        change("b", Action::Rename { from: name("old-b"), before: held("ID2") }),
        change("c", Action::Forget { before: Some(held("ID3")) }),
        change("d", Action::Adopt { instance_id: InstanceId::new("ID4").unwrap(), after: attributes() }),
        change("e", Action::Create { after: attributes(), replaces: None }),
        change("f", Action::Update { before: held("ID6"), after: attributes() }),
    ];
    Plan {
        fleet: name("acme"),
        lineage: Some(Lineage("l".into())),
        serial: 7,
        recorded: 4,
        desired: 4,
        changes,
        unsettled: Vec::new(),
        defaults: Default::default(),
        drift: Vec::new(),
        working: Default::default(),
        clashes: Vec::new(),
        assumed: false,
    }
}

fn update(plan: &mut Plan) -> (&mut Held, &mut Attributes) {
    match &mut plan.changes[5].action {
        Action::Update { before, after } => (before, after),
        _ => unreachable!(),
    }
}

#[test]
fn it_is_the_same_on_every_machine_and_in_every_version() {
    assert_eq!(
        plan().fingerprint().to_string(),
        "ee0ab466d11ed036beb3dab707e539e059ba373fa4f4e26f4c7bc8722743f7d2"
    );
    let empty = Plan { changes: Vec::new(), lineage: None, serial: 0, ..plan() };
    assert_eq!(
        empty.fingerprint().to_string(),
        "265d6ecb8cc2bf99debaaba5d000918542095c71939c01678b83b13e3d0a60bb"
    );
}

#[test]
fn it_does_not_change_with_what_an_apply_does_not_act_on() {
    let mut other = Plan { serial: 8, recorded: 9, desired: 9, ..plan() };
    other.changes.reverse();
    other.changes.iter_mut().for_each(|change| change.reason = Reason::Doubtful);
    other.working.insert(name("a"), None);
    other.defaults.insert("running".into(), "true".into());
    if let Action::Update { before, .. } = &mut other.changes[0].action {
        before.session_name = None;
    }
    assert_eq!(other.fingerprint(), plan().fingerprint());
    let begun =
        |lineage: Option<&str>| Plan { lineage: lineage.map(|it| Lineage(it.into())), serial: 0, ..plan() };
    assert_eq!(begun(None).fingerprint(), begun(Some("just-begun")).fingerprint());
}

#[test]
fn it_changes_with_everything_that_an_apply_acts_on() {
    type Edit = fn(&mut Plan);
    let edits: [(&str, Edit); 20] = [
        ("fleet", |p| p.fleet = name("other")),
        ("lineage", |p| p.lineage = Some(Lineage("m".into()))),
        ("no change", |p| drop(p.changes.pop())),
        ("name", |p| p.changes[0].name = name("z")),
        ("action", |p| p.changes[0].action = Action::Forget { before: Some(held("ID1")) }),
        ("instance", |p| p.changes[0].action = Action::Delete { before: held("ID9") }),
        ("from", |p| p.changes[1].action = Action::Rename { from: name("z"), before: held("ID2") }),
        ("forgotten", |p| p.changes[2].action = Action::Forget { before: None }),
        ("replaces", |p| {
            p.changes[4].action = Action::Create { after: attributes(), replaces: Some(held("ID5")) };
        }),
        ("label", |p| drop(update(p).1.labels.insert("team".into(), "x".into()))),
        ("protect", |p| update(p).1.protect = true),
        ("running", |p| update(p).1.running = false),
        ("recorded run state", |p| update(p).0.attributes.running = true),
        ("policy", |p| update(p).1.rate_limit = None),
        ("doubt", |p| update(p).0.attributes.doubtful = [Part::Running].into()),
        ("url", |p| {
            let hook = update(p).1.webhooks.pop_first().unwrap().1;
            update(p).1.webhooks.insert("https://b.example/".into(), hook);
        }),
        ("events", |p| hook(p).hook.events.push("session.status".into())),
        ("retries", |p| hook(p).hook.retries.attempts = 3),
        ("variable", |p| hook(p).hmac_env = Some("WAWP_B".into())),
        ("a kept secret", |p| hook(p).hook.hmac = Some(HmacMark("aaaaaa".into()))),
    ];
    for (what, edit) in edits {
        let mut other = plan();
        edit(&mut other);
        assert_ne!(other.fingerprint(), plan().fingerprint(), "{what}");
    }
}

fn hook(plan: &mut Plan) -> &mut HookSpec {
    update(plan).1.webhooks.get_mut("https://a.example/").unwrap()
}

#[test]
fn who_plans_need_not_hold_the_secret_that_is_set() {
    let mut at_hand = plan();
    hook(&mut at_hand).hook.hmac = Some(HmacMark("bbbbbb".into()));
    assert_eq!(at_hand.fingerprint(), plan().fingerprint());
}

#[test]
fn no_text_can_be_read_as_two() {
    let with = |labels: &[(&str, &str)]| {
        let mut plan = plan();
        update(&mut plan).1.labels =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        plan.fingerprint()
    };
    assert_ne!(with(&[("a", "bc")]), with(&[("ab", "c")]));
    assert_ne!(with(&[("a", "b"), ("c", "d")]), with(&[("a", "b"), ("c", ""), ("d", "")]));
}

#[test]
fn it_is_named_by_12_to_64_digits() {
    let whole = plan().fingerprint();
    for digits in [12, 40, 64] {
        let text = &whole.to_string()[..digits];
        assert!(whole.is(&text.parse().unwrap()) && whole.is(&text.to_uppercase().parse().unwrap()));
    }
    assert!(!whole.is(&"0".repeat(64).parse().unwrap()));
    for bad in [&whole.to_string()[..11], "", "0x1234567890ab", "éééééé", &"0".repeat(65)] {
        assert_eq!(bad.parse::<Reviewed>(), Err(NoFingerprint), "{bad}");
    }
}
