//! What the fixture of a saved plan stands for, as a value: every action, reason, class of drift and clash.

use std::collections::BTreeMap;

use wawpform::instance::{DriftClass, Labels};
use wawpform::plan::{
    Action, Asked, Attributes, Change, Clash, Drift, Held, HookSpec, Plan, Reason, Saved, Unsettled,
};
use wawpform::state::{Call, HmacMark, Hook};

use crate::given::{OTHER_URL, URL, at, id, in_doubt, labels, lineage, name, open, signed};

/// The word of a reason in the file.
pub fn reason(of: Reason) -> &'static str {
    match of {
        Reason::NotRecorded => "not_recorded",
        Reason::NotInManifest => "not_in_manifest",
        Reason::DestroyAsked => "destroy_asked",
        Reason::DeleteCutOff => "delete_cut_off",
        Reason::Previously => "previously",
        Reason::Released => "released",
        Reason::AdoptAsked => "adopt_asked",
        Reason::Gone => "gone",
        Reason::Differs => "differs",
        Reason::Doubtful => "doubtful",
    }
}

fn bare() -> Attributes {
    Attributes {
        labels: Labels::new(),
        protect: false,
        running: true,
        rate_limit: None,
        webhooks: BTreeMap::new(),
        doubtful: [].into(),
    }
}

fn full(mark: Option<&str>, hmac_env: Option<&str>) -> Attributes {
    let hook = Hook { hmac: mark.map(|mark| HmacMark(mark.into())), ..signed() };
    let own = HookSpec { hook, hmac_env: hmac_env.map(str::to_owned) };
    let other = HookSpec { hook: open(), hmac_env: None };
    Attributes {
        labels: labels(&[("crm_account", "8841"), ("ключ", "قيمة")]),
        protect: true,
        running: false,
        rate_limit: Some("strict".into()),
        webhooks: [(URL.to_owned(), own), (OTHER_URL.to_owned(), other)].into(),
        doubtful: [].into(),
    }
}

fn held(text: &str, attributes: Attributes) -> Held {
    Held { instance_id: id(text), session_name: Some(format!("wawp-{text}")), attributes }
}

fn change(of: &str, action: Action, reason: Reason) -> Change {
    Change { name: name(of), action, reason }
}

fn changes() -> Vec<Change> {
    let gone = Held { session_name: None, ..held("GONE00000001", bare()) };
    let recorded = full(Some("d41e9a"), None);
    let in_doubt = Attributes { doubtful: in_doubt(), ..recorded.clone() };
    let delete = |id| Action::Delete { before: held(id, bare()) };
    let wanted = || full(Some("0c77f2"), Some("WAWP_CRM_HOOK"));
    let unseen = full(None, Some("WAWP_CRM_HOOK"));
    let from = || name("acme-helpdesk");
    vec![
        change("a-extra", delete("EXTRA0000001"), Reason::NotInManifest),
        change("b-destroyed", delete("DESTROYED001"), Reason::DestroyAsked),
        change("c-cut-off", delete("CUTOFF000001"), Reason::DeleteCutOff),
        change(
            "d-legacy",
            Action::Adopt { instance_id: id("3EB0BCB2E3D4"), after: wanted() },
            Reason::AdoptAsked,
        ),
        change("e-old-shop", Action::Forget { before: Some(held("SHOP00000001", bare())) }, Reason::Released),
        change("f-never-was", Action::Forget { before: None }, Reason::Released),
        change(
            "g-support",
            Action::Rename { from: from(), before: held("DESK00000001", bare()) },
            Reason::Previously,
        ),
        change("h-new", Action::Create { after: unseen, replaces: None }, Reason::NotRecorded),
        change("i-again", Action::Create { after: bare(), replaces: Some(gone) }, Reason::Gone),
        change(
            "j-other",
            Action::Update { before: held("OTHER0000001", recorded), after: wanted() },
            Reason::Differs,
        ),
        change(
            "k-doubt",
            Action::Update { before: held("DOUBT0000001", in_doubt), after: wanted() },
            Reason::Doubtful,
        ),
    ]
}

fn drift() -> Vec<Drift> {
    let of = |class: DriftClass| Drift {
        name: name("j-other"),
        instance_id: id("OTHER0000001"),
        class,
        recorded: Some("what is recorded".into()),
        observed: Some(format!("\u{1b}{class}")),
        accepted: None,
    };
    let mut all: Vec<Drift> = DriftClass::ALL.into_iter().map(of).collect();
    (all[0].recorded, all[0].observed) = (None, None);
    all[1].accepted = Some("at the repair shop, until 2026-12-31".into());
    all
}

pub fn saved() -> Saved {
    let unsettled = |of: &str, call, reason: Option<&str>, its_id: Option<&str>| Unsettled {
        name: name(of),
        call,
        since: at(5),
        reason: reason.map(str::to_owned),
        instance_id: its_id.map(id),
    };
    let plan = Plan {
        fleet: name("acme-production"),
        lineage: Some(lineage()),
        serial: 41,
        recorded: 12,
        desired: 9,
        changes: changes(),
        unsettled: vec![
            unsettled("m-lost", Call::Create, Some("timed out"), None),
            unsettled("n-kept", Call::Delete, None, Some("KEPT00000001")),
        ],
        defaults: [("running".into(), "true".into()), ("rate_limit".into(), "\"strict\"".into())].into(),
        drift: drift(),
        working: [(name("j-other"), Some("201012345678".into())), (name("k-doubt"), None)].into(),
        clashes: vec![
            Clash::RenameOntoTaken { name: name("p-taken"), from: name("o-from") },
            Clash::AdoptOntoTaken {
                name: name("q-taken"),
                adopt: id("ADOPT0000001"),
                holds: id("HOLDS0000001"),
            },
            Clash::AdoptHeldByOther {
                name: name("r-other"),
                adopt: id("ADOPT0000002"),
                holder: name("s-holder"),
            },
        ],
        // Never stored.
        assumed: false,
    };
    let targets = [name("a-extra"), name("h-new")].into();
    Saved { plan, asked: Asked { destroy: false, recreate_missing: true, refresh: true, targets } }
}
