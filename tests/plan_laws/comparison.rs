//! Laws of the comparison of two manifests: it is the plan of the new one against a state that has the old one, and
//! knows less only where a state knows more.

use proptest::prelude::*;
use wawpform::instance::InstanceId;
use wawpform::manifest::Desired;
use wawpform::plan::{Action, Attributes, Clash, Held, Marks, Plan, Scope, compare, diff};
use wawpform::state::{Document, HmacMark, Lineage};

use super::{MARKS, desired, perform};

/// Every secret, so that another variable is another secret.
fn all_marks() -> Marks {
    MARKS.iter().map(|(variable, mark)| ((*variable).to_owned(), HmacMark((*mark).to_owned()))).collect()
}

/// The state in which a manifest was applied to nothing.
fn applied(desired: &Desired) -> Document {
    let mut document = Document::begin(desired.fleet.clone(), Lineage("l".into()), "sandbox".into());
    let scope = Scope { marks: all_marks(), ..Scope::default() };
    let plan = diff(desired, Some(&document), &scope);
    plan.changes.iter().for_each(|change| perform(&mut document, change));
    document
}

/// Without what only a state knows.
fn bare(mut plan: Plan) -> Plan {
    // Those that were created, and not adopted.
    let forget = |id: &mut InstanceId| {
        if id.as_str().starts_with("new-") {
            *id = InstanceId::unknown();
        }
    };
    let secrets = |attributes: &mut Attributes| {
        for spec in attributes.webhooks.values_mut() {
            if let Some(mark) = spec.hook.hmac.take() {
                spec.hmac_env =
                    MARKS.iter().find(|(_, it)| *it == mark.0).map(|(name, _)| (*name).to_owned());
            }
        }
    };
    let held = |held: &mut Held| {
        forget(&mut held.instance_id);
        secrets(&mut held.attributes);
    };
    for change in &mut plan.changes {
        match &mut change.action {
            Action::Delete { before } | Action::Rename { before, .. } => held(before),
            Action::Forget { before } => before.iter_mut().for_each(held),
            Action::Adopt { after, .. } | Action::Create { after, .. } => secrets(after),
            Action::Update { before, after } => {
                held(before);
                secrets(after);
            }
        }
    }
    for clash in &mut plan.clashes {
        if let Clash::AdoptOntoTaken { holds, .. } = clash {
            forget(holds);
        }
    }
    Plan { lineage: None, serial: 0, assumed: true, ..plan }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_manifest_and_itself_have_no_difference(desired in desired()) {
        let plan = compare(Some(&desired), &desired);
        prop_assert!(plan.is_converged(), "{:?}", plan);
    }

    #[test]
    fn it_is_the_plan_against_a_state_that_has_the_old_one(old in desired(), new in desired()) {
        let scope = Scope { marks: all_marks(), ..Scope::default() };
        let planned = diff(&new, Some(&applied(&old)), &scope);
        prop_assert_eq!(compare(Some(&old), &new), bare(planned));
        let first = diff(&new, Some(&applied(&Desired { instances: Default::default(), ..old })), &scope);
        prop_assert_eq!(compare(None, &new), bare(first));
    }
}
