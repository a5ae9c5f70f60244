//! Webhooks: where events may go, and which.
//!
//! Invariant: an instance has one webhook a URL, and each is called for something.

use std::collections::HashMap;

use url::Url;

use super::finding::{At, Finding, On};
use super::variable::{Rules, check_hmac};
use crate::instance::{EVENTS, Retries, Webhook};
use crate::manifest::decode;
use crate::manifest::problem::shortened;
use crate::manifest::schema::nearest;

/// Looks at one list of webhooks.
pub(super) fn read(
    hooks: Vec<decode::Webhook>,
    at: &At<'_>,
    rules: &Rules<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Webhook> {
    let several = hooks.len() > 1;
    let mut seen: HashMap<Url, usize> = HashMap::new();
    let mut read = Vec::with_capacity(hooks.len());
    for (index, hook) in hooks.into_iter().enumerate() {
        let at = at.index(index);
        let decode::Webhook { url, events, retries, hmac_env } = hook;
        let parsed = super::url::check(&url, &at.key("url"), findings);
        if let Some(parsed) = parsed.filter(|_| several) {
            match seen.get(&parsed) {
                None => {
                    seen.insert(parsed, index);
                }
                Some(first) => {
                    let list = at.parent();
                    let first = list.map(|list| list.index(*first).key("url").spot(On::Value));
                    let finding = at.key("url").wrong("this URL is there twice in one instance");
                    let finding =
                        finding.label("the second time").hint("put all its events into one webhook");
                    findings.push(match first {
                        Some(first) => finding.related(first, "first defined here"),
                        None => finding,
                    });
                }
            }
        }
        check_events(&events, &at.key("events"), findings);
        if let Some(name) = &hmac_env {
            check_hmac(name, &at.key("hmac_env"), rules, findings);
        }
        let retries = retries.map(|decode::Retries { delay, attempts }| Retries {
            delay: delay.unwrap_or(Retries::VENDOR.delay),
            attempts: attempts.unwrap_or(Retries::VENDOR.attempts),
        });
        read.push(Webhook { url, events, retries, hmac_env });
    }
    read
}

fn check_events(events: &[String], at: &At<'_>, findings: &mut Vec<Finding>) {
    if events.is_empty() {
        findings.push(
            at.wrong("a webhook without events would never be called")
                .hint("name at least one, such as `message`, or remove the webhook"),
        );
    }
    for (index, event) in events.iter().enumerate() {
        if event.trim().is_empty() {
            findings.push(at.index(index).wrong("the name of an event is empty"));
        } else if !EVENTS.contains(&event.as_str()) {
            findings.push(unknown_event(event, &at.index(index)));
        }
    }
}

/// The vendor may have more events than its pages list (wawp-api.md §3.4), so it is used all the same.
fn unknown_event(event: &str, at: &At<'_>) -> Finding {
    let hint = match nearest(&event.trim().to_lowercase(), &EVENTS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "compare it with Wawp's list of events; if it stands there like this, it is right".to_owned(),
    };
    at.wrong(format!("`{}` is not an event that is known", shortened(event))).hint(hint).warning()
}
