//! What only wawpform knows of a plan, under a key of its own.
//!
//! Invariant: a new kind of fact has to be named here, or nothing compiles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Asked;
use crate::instance::{InstanceId, Name};
use crate::plan::{Action, Clash, Drift, Guard, Plan, Refusal, Unsettled};
use crate::state::Call;

/// The facts: whose plan, against what, what is left alone and what stands in its way.
pub(super) fn of(plan: &Plan, asked: &Asked<'_>) -> Value {
    let Asked { refusals, targeted: _, warnings, policy_input } = asked;
    let Plan {
        fleet,
        lineage,
        serial,
        recorded,
        desired,
        changes,
        unsettled: left,
        // They say where a value in the manifest comes from, which is for people.
        defaults: _,
        drift: differences,
        working,
        clashes,
        assumed,
    } = plan;
    let replaced = changes.iter().filter_map(|change| match &change.action {
        Action::Create { replaces: Some(gone), .. } => {
            Some((change.name.to_string(), json!(gone.instance_id.as_str())))
        }
        _ => None,
    });
    let lost = changes.iter().filter(|it| matches!(it.action, Action::Delete { .. }));
    let lost: Vec<&str> =
        lost.map(|it| &it.name).filter(|it| working.contains_key(it)).map(Name::as_str).collect();
    let mut facts = json!({
        "clashes": clashes.iter().map(clash).collect::<Vec<_>>(),
        "desired": desired,
        "drift": differences.iter().map(drift).collect::<Vec<_>>(),
        "fleet": fleet.as_str(),
        "lineage": lineage.as_ref().map(|lineage| lineage.0.as_str()),
        "pairings_lost": lost,
        "policy_input": policy_input.iter().cloned().collect::<BTreeMap<String, String>>(),
        "policy_warnings": warnings,
        "recorded": recorded,
        "refusals": refusals.iter().map(refusal).collect::<Vec<_>>(),
        "replaces": replaced.collect::<serde_json::Map<_, _>>(),
        "serial": serial,
        "unsettled": left.iter().map(unsettled).collect::<Vec<_>>(),
    });
    // Only where it is so: who reads plans of a state need not know of it.
    if let (true, Some(facts)) = (assumed, facts.as_object_mut()) {
        facts.insert("assumed".into(), json!(true));
    }
    facts
}

fn clash(clash: &Clash) -> Value {
    match clash {
        Clash::RenameOntoTaken { name, from } => {
            json!({"kind": "rename_onto_taken", "name": name.as_str(), "previously": from.as_str()})
        }
        Clash::AdoptOntoTaken { name, adopt, holds } => json!({
            "adopt": adopt.as_str(),
            "holds": holds.is_known().then(|| holds.as_str()),
            "kind": "adopt_onto_taken",
            "name": name.as_str(),
        }),
        Clash::AdoptHeldByOther { name, adopt, holder } => json!({
            "adopt": adopt.as_str(),
            "holder": holder.as_str(),
            "kind": "adopt_held_by_other",
            "name": name.as_str(),
        }),
    }
}

fn drift(drift: &Drift) -> Value {
    let Drift { name, instance_id, class, recorded, observed, accepted } = drift;
    json!({
        "accepted": accepted,
        "class": class.as_word(),
        "instance_id": instance_id.as_str(),
        "name": name.as_str(),
        "observed": observed,
        "recorded": recorded,
    })
}

fn refusal(refusal: &Refusal) -> Value {
    let Refusal { guard, message, hint } = refusal;
    let guard = match guard {
        Guard::MaxDeletes => "max_deletes",
        Guard::Protect => "protect",
        Guard::Empty => "empty",
        Guard::MaxInstances => "max_instances",
        Guard::Paired => "paired",
        Guard::Clash => "clash",
        Guard::Policy => "policy",
    };
    json!({"guard": guard, "hint": hint, "message": message})
}

fn unsettled(entry: &Unsettled) -> Value {
    let Unsettled { name, call, since, reason, instance_id } = entry;
    let call = match call {
        Call::Create => "create",
        Call::Delete => "delete",
        Call::Start => "start",
        Call::Stop => "stop",
    };
    json!({
        "call": call,
        "instance_id": instance_id.as_ref().map(InstanceId::as_str),
        "name": name.as_str(),
        "reason": reason,
        "since": since.to_string(),
    })
}
