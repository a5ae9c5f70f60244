//! The fields of an instance, one by one: what an update changes, what a create sets.
//!
//! Invariant: every managed attribute appears here or does not compile; no field holds a secret.

use std::collections::BTreeMap;

use super::attributes::{Attributes, HookSpec};
use crate::instance::Retries;
use crate::manifest::Defaults;
use crate::state::{Hook, Part};

/// One field that differs. `None` on a side means that the field is absent there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its path in the manifest: `protect`, `labels.team`.
    pub field: String,
    /// What is recorded, as YAML would write it.
    pub before: Option<String>,
    /// What is desired, as YAML would write it.
    pub after: Option<String>,
}

type Fields = BTreeMap<String, String>;

/// The fields that differ between two sides; an absent side has no fields. Sorted by field.
#[must_use]
pub fn field_changes(before: Option<&Attributes>, after: Option<&Attributes>) -> Vec<FieldChange> {
    let (before, after) = (before.map(fields).unwrap_or_default(), after.map(fields).unwrap_or_default());
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let changes = names.iter().map(|name| FieldChange {
        field: (*name).clone(),
        before: before.get(*name).cloned(),
        after: after.get(*name).cloned(),
    });
    changes.filter(|change| change.before != change.after).collect()
}

/// The fleet's defaults in the same words, so that a field which a block did not set itself can be told.
#[must_use]
pub(super) fn of_defaults(defaults: &Defaults) -> Fields {
    let Defaults { labels, running, rate_limit, protect, webhooks } = defaults;
    let mut fields = Fields::new();
    fields.extend(labels.iter().map(|(key, value)| (format!("labels.{key}"), quoted(value))));
    fields.extend(running.map(|running| ("running".into(), running.to_string())));
    fields.extend(rate_limit.iter().map(|slug| ("rate_limit".into(), quoted(slug))));
    fields.extend(protect.map(|protect| ("protect".into(), protect.to_string())));
    for webhook in webhooks {
        let mut events = webhook.events.clone();
        events.sort();
        let hook = Hook { events, retries: webhook.retries.unwrap_or(Retries::VENDOR), hmac: None };
        hook_fields(&mut fields, &webhook.url, &HookSpec { hook, hmac_env: webhook.hmac_env.clone() });
    }
    fields
}

fn fields(attributes: &Attributes) -> Fields {
    let Attributes { labels, protect, running, rate_limit, webhooks, doubtful } = attributes;
    let mut fields = Fields::new();
    fields.extend(labels.iter().map(|(key, value)| (format!("labels.{key}"), quoted(value))));
    fields.insert("protect".into(), protect.to_string());
    fields.insert("running".into(), running.to_string());
    fields.extend(rate_limit.iter().map(|slug| ("rate_limit".into(), quoted(slug))));
    for (url, hook) in webhooks {
        hook_fields(&mut fields, url, hook);
    }
    for part in doubtful {
        let field = match part {
            Part::RateLimit => "rate_limit".into(),
            Part::Running => "running".into(),
            Part::Webhook(url) => format!("webhooks.{url}"),
        };
        fields.insert(field, "(in doubt: a call was cut off)".into());
    }
    fields
}

fn hook_fields(fields: &mut Fields, url: &str, spec: &HookSpec) {
    let HookSpec { hook: Hook { events, retries: Retries { delay, attempts }, hmac }, hmac_env } = spec;
    let events: Vec<String> = events.iter().map(|event| quoted(event)).collect();
    fields.insert(format!("webhooks.{url}.events"), format!("[{}]", events.join(", ")));
    let retries = format!("{{delay: {delay}, attempts: {attempts}}}");
    fields.insert(format!("webhooks.{url}.retries"), retries);
    let secret = match (hmac, hmac_env) {
        (Some(mark), _) => Some(format!("(secret, its mark is {})", mark.0)),
        (None, Some(variable)) => Some(format!("(secret in {variable})")),
        (None, None) => None,
    };
    fields.extend(secret.map(|secret| (format!("webhooks.{url}.hmac"), secret)));
}

/// A text as a JSON (and so YAML) string: what cannot be seen is escaped by its number.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
