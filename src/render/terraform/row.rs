//! One resource of the document: what is done to it, what it was, what it will be.
//!
//! Invariant: there is always an action; what is known only after the apply is absent from `after` and true in
//! `after_unknown`.

use serde_json::{Map, Value, json};

use super::values::{Side, nothing};
use super::{address, resource};
use crate::instance::{InstanceId, Name};
use crate::plan::{Action, Change, Reason};

/// What the API gives to a session that it creates.
const GIVEN: [&str; 3] = ["instance_id", "server_name", "session_name"];

/// What changes of an instance.
pub(in crate::render) struct Row<'a> {
    previous: Option<&'a Name>,
    actions: Vec<&'static str>,
    before: Option<Side<'a>>,
    after: Option<Side<'a>>,
    unknown: &'static [&'static str],
    importing: Option<&'a InstanceId>,
    reason: Option<&'static str>,
}

impl<'a> Row<'a> {
    pub(super) fn of(change: &'a Change) -> Self {
        let Change { name, action, reason } = change;
        let row = Self {
            previous: None,
            actions: Vec::new(),
            before: None,
            after: None,
            unknown: &[],
            importing: None,
            reason: why(*reason),
        };
        match action {
            Action::Delete { before } => {
                Self { actions: vec!["delete"], before: Some(Side::held(name, before)), ..row }
            }
            Action::Rename { from, before } => Self {
                previous: Some(from),
                actions: vec!["no-op"],
                before: Some(Side::held(from, before)),
                after: Some(Side::held(name, before)),
                ..row
            },
            Action::Forget { before } => {
                let before = before.as_ref().map(|before| Side::held(name, before));
                Self { actions: vec!["forget"], before, ..row }
            }
            // As with Terraform, an import that may bring changes is an update: how the live session is was not seen.
            Action::Adopt { instance_id, after } => Self {
                actions: vec!["update"],
                before: Some(Side::bare(name, instance_id)),
                after: Some(Side::desired(name, after).with(instance_id)),
                unknown: GIVEN.get(1..).unwrap_or_default(),
                importing: Some(instance_id),
                ..row
            },
            // One that takes the place of a gone one is a create: the gone one is in the drift.
            Action::Create { after, replaces: _ } => Self {
                actions: vec!["create"],
                after: Some(Side::desired(name, after)),
                unknown: &GIVEN,
                ..row
            },
            Action::Update { before, after } => Self {
                actions: vec!["update"],
                before: Some(Side::held(name, before)),
                after: Some(Side::desired(name, after).following(before)),
                ..row
            },
        }
    }

    /// This one, and then another of the same instance.
    pub(super) fn then(self, next: Self) -> Self {
        let mut actions: Vec<_> = self.actions.into_iter().chain(next.actions).collect();
        if actions.iter().any(|action| *action != "no-op") {
            actions.retain(|action| *action != "no-op");
        }
        actions.dedup();
        let (previous, importing) = (self.previous.or(next.previous), self.importing.or(next.importing));
        Self {
            previous,
            actions,
            before: self.before,
            importing,
            reason: self.reason.or(next.reason),
            ..next
        }
    }

    /// The change in one word of the event stream, which has one for a move and for a removal from the state.
    pub(in crate::render) fn word(&self) -> &'static str {
        match &self.actions[..] {
            ["no-op"] if self.previous.is_some() => "move",
            ["no-op"] if self.importing.is_some() => "import",
            ["no-op"] | [] => "noop",
            ["forget"] => "remove",
            [one] => one,
            [_, _, ..] => "replace",
        }
    }

    /// The name it had before, if it had another one.
    pub(in crate::render) const fn previous(&self) -> Option<&'a Name> {
        self.previous
    }

    /// The existing session that is bound, if one is.
    pub(in crate::render) const fn importing(&self) -> Option<&'a InstanceId> {
        self.importing
    }

    /// Terraform's word for why, where it has one.
    pub(in crate::render) const fn reason(&self) -> Option<&'static str> {
        self.reason
    }

    /// The resource as it will be, if it will be.
    pub(super) fn planned(&self, name: &Name) -> Option<Value> {
        let (values, sensitive) = self.after.as_ref()?.told();
        let mut entry = resource(name);
        entry.insert("schema_version".into(), json!(0));
        entry.insert("sensitive_values".into(), sensitive);
        entry.insert("values".into(), self.without_unknown(values));
        Some(Value::Object(entry))
    }

    /// Its entry among the changes.
    pub(super) fn told(self, name: &Name) -> Value {
        let tell =
            |side: &Option<Side<'_>>| side.as_ref().map_or_else(|| (Value::Null, nothing(false)), Side::told);
        let ((before, before_sensitive), (after, after_sensitive)) = (tell(&self.before), tell(&self.after));
        let unknown: Map<String, Value> =
            self.unknown.iter().map(|field| ((*field).to_owned(), Value::Bool(true))).collect();
        let mut change = json!({
            "actions": self.actions,
            "after": self.without_unknown(after),
            "after_sensitive": after_sensitive,
            "after_unknown": unknown,
            "before": before,
            "before_sensitive": before_sensitive,
        });
        if let (Some(id), Some(change)) = (self.importing, change.as_object_mut()) {
            change.insert("importing".into(), json!({"id": id.as_str()}));
        }
        let mut entry = resource(name);
        entry.insert("change".into(), change);
        entry.extend(self.reason.map(|reason| ("action_reason".to_owned(), json!(reason))));
        entry.extend(self.previous.map(|from| ("previous_address".to_owned(), json!(address(from)))));
        Value::Object(entry)
    }

    /// Terraform leaves out of `after` what is known only later.
    fn without_unknown(&self, mut values: Value) -> Value {
        if let Some(values) = values.as_object_mut() {
            for field in self.unknown {
                values.remove(*field);
            }
        }
        values
    }
}

/// Terraform's word for why; it has none for most of ours.
const fn why(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::NotInManifest => Some("delete_because_each_key"),
        // What it says of a resource that is forgotten.
        Reason::Released => Some("delete_because_no_resource_config"),
        Reason::NotRecorded
        | Reason::DestroyAsked
        | Reason::DeleteCutOff
        | Reason::Previously
        | Reason::AdoptAsked
        | Reason::Gone
        | Reason::Differs
        | Reason::Doubtful => None,
    }
}
