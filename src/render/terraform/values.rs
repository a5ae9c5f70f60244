//! The attributes of an instance as values, and which of them are withheld.
//!
//! Invariant: of a signing secret only its presence is told, and whether it is another one; its place is marked as
//! sensitive as well, and nothing relies on that mark.

use serde_json::{Value, json};

use crate::instance::{InstanceId, Name, Retries};
use crate::plan::{Attributes, Held, HookSpec};
use crate::state::{Hook, Part};

/// An instance before or after a change.
pub(super) struct Side<'a> {
    name: &'a Name,
    instance_id: Option<&'a InstanceId>,
    session_name: Option<&'a str>,
    attributes: Option<&'a Attributes>,
    /// What it was, to tell whether a secret is another one.
    was: Option<&'a Attributes>,
}

impl<'a> Side<'a> {
    /// Only its handle is known.
    pub(super) const fn bare(name: &'a Name, id: &'a InstanceId) -> Self {
        Self { name, instance_id: Some(id), session_name: None, attributes: None, was: None }
    }

    pub(super) fn held(name: &'a Name, held: &'a Held) -> Self {
        let Held { instance_id, session_name, attributes } = held;
        let (attributes, session_name) = (Some(attributes), session_name.as_deref());
        Self { name, instance_id: Some(instance_id), session_name, attributes, was: None }
    }

    pub(super) const fn desired(name: &'a Name, attributes: &'a Attributes) -> Self {
        Self { name, instance_id: None, session_name: None, attributes: Some(attributes), was: None }
    }

    /// The same, with its handle.
    pub(super) const fn with(mut self, id: &'a InstanceId) -> Self {
        self.instance_id = Some(id);
        self
    }

    /// The same, with what the recorded one keeps.
    pub(super) fn following(mut self, held: &'a Held) -> Self {
        let Held { instance_id, session_name, attributes } = held;
        self.instance_id = Some(instance_id);
        self.session_name = session_name.as_deref();
        self.was = Some(attributes);
        self
    }

    /// Its values, and the map of what is sensitive in them.
    pub(super) fn told(&self) -> (Value, Value) {
        let Self { name, instance_id, session_name, attributes, was } = self;
        let (name, id) = (name.as_str(), instance_id.filter(|id| id.is_known()).map(InstanceId::as_str));
        let Some(attributes) = attributes else {
            return (json!({"instance_id": id, "name": name}), nothing(true));
        };
        let Attributes { labels, protect, running, rate_limit, webhooks, doubtful } = attributes;
        let (mut hooks, mut sensitive) = (Vec::new(), Vec::new());
        for (url, spec) in webhooks {
            let before = was.and_then(|was| was.webhooks.get(url));
            let hmac = secret(before, spec);
            sensitive.push(if hmac.is_some() { json!({"hmac": true}) } else { json!({}) });
            let HookSpec {
                hook: Hook { events, retries: Retries { delay, attempts }, hmac: _ },
                hmac_env: _,
            } = spec;
            let retries = json!({"attempts": attempts, "delay": delay});
            hooks.push(json!({"events": events, "hmac": hmac, "retries": retries, "url": url}));
        }
        let values = json!({
            "doubtful": doubtful.iter().map(Part::to_string).collect::<Vec<_>>(),
            "instance_id": id,
            "labels": labels,
            "name": name,
            "protect": protect,
            "rate_limit": rate_limit,
            "running": running,
            "session_name": session_name,
            "webhooks": hooks,
        });
        (values, if hooks_are_open(&sensitive) { nothing(true) } else { json!({"webhooks": sensitive}) })
    }
}

/// Whether none of the webhooks has a secret.
fn hooks_are_open(sensitive: &[Value]) -> bool {
    sensitive.iter().all(|hook| *hook == json!({}))
}

/// The map for a side in which nothing is sensitive; Terraform has `false` where there is no side at all.
pub(super) fn nothing(is_there: bool) -> Value {
    if is_there { json!({}) } else { Value::Bool(false) }
}

/// What is told of a signing secret.
fn secret(before: Option<&HookSpec>, spec: &HookSpec) -> Option<&'static str> {
    let mark = spec.hook.hmac.as_ref();
    if mark.is_none() && spec.hmac_env.is_none() {
        return None;
    }
    let known = before.and_then(|before| before.hook.hmac.as_ref());
    // Nothing recorded has a variable; of two manifests both have, and no marks.
    let variable = before.and_then(|before| before.hmac_env.as_ref());
    let is_other = (known.is_some() && mark.is_some() && known != mark)
        || (variable.is_some() && spec.hmac_env.is_some() && variable != spec.hmac_env.as_ref());
    Some(if is_other { "(another secret)" } else { "(secret)" })
}
