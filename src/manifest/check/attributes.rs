//! The attributes that `defaults` and an instance share: each looked at where it is written, then merged.
//!
//! Invariant: labels are merged key by key and the instance wins; every other attribute is taken from the
//! instance as a whole when it is there, a list of webhooks too.

use super::finding::{At, Finding};
use super::variable::Rules;
use super::webhook;
use crate::instance::{FREE_POLICIES, Labels, Spec, Webhook, phone_number};
use crate::manifest::decode::Shared;
use crate::manifest::desired::Defaults;
use crate::manifest::problem::shortened;
use crate::manifest::schema::nearest;
use crate::manifest::secret;

/// The longest key or value of a label, in characters.
pub(in crate::manifest) const LONGEST_LABEL: usize = 256;

const LABEL_HINT: &str = "a label is one short line: keep long texts in your own database, and their id here";

/// What one block sets.
#[derive(Default)]
pub(super) struct Attributes {
    labels: Option<Labels>,
    running: Option<bool>,
    rate_limit: Option<String>,
    protect: Option<bool>,
    expect_number: Option<String>,
    webhooks: Option<Vec<Webhook>>,
}

/// Looks at one block.
pub(super) fn read(
    shared: Shared,
    at: &At<'_>,
    rules: &Rules<'_>,
    findings: &mut Vec<Finding>,
) -> Attributes {
    let Shared { labels, running, rate_limit, protect, expect_number, webhooks } = shared;
    if let Some(labels) = &labels {
        check_labels(labels, &at.key("labels"), findings);
    }
    if let Some(number) = &expect_number {
        check_number(number, &at.key("expect_number"), findings);
    }
    if let Some(slug) = &rate_limit {
        check_policy(slug, &at.key("rate_limit"), findings);
    }
    let webhooks = webhooks.map(|hooks| webhook::read(hooks, &at.key("webhooks"), rules, findings));
    Attributes { labels, running, rate_limit, protect, expect_number, webhooks }
}

impl Attributes {
    /// The attributes of an instance, with the fleet's defaults under them.
    pub(super) fn over(self, defaults: &Self) -> Spec {
        let Self { labels, running, rate_limit, protect, expect_number, webhooks } = self;
        let plain = Spec::default();
        Spec {
            labels: match (labels, &defaults.labels) {
                (Some(mut own), Some(under)) => {
                    for (key, value) in under {
                        if !own.contains_key(key) {
                            own.insert(key.clone(), value.clone());
                        }
                    }
                    own
                }
                (Some(labels), None) => labels,
                (None, under) => under.clone().unwrap_or_default(),
            },
            running: running.or(defaults.running).unwrap_or(plain.running),
            rate_limit: rate_limit.or_else(|| defaults.rate_limit.clone()),
            protect: protect.or(defaults.protect).unwrap_or(plain.protect),
            expect_number: expect_number.or_else(|| defaults.expect_number.clone()),
            webhooks: webhooks.or_else(|| defaults.webhooks.clone()).unwrap_or_default(),
        }
    }
}

impl From<Attributes> for Defaults {
    fn from(attributes: Attributes) -> Self {
        let Attributes { labels, running, rate_limit, protect, expect_number: _, webhooks } = attributes;
        let (labels, webhooks) = (labels.unwrap_or_default(), webhooks.unwrap_or_default());
        Self { labels, running, rate_limit, protect, webhooks }
    }
}

fn check_labels(labels: &Labels, at: &At<'_>, findings: &mut Vec<Finding>) {
    for (key, value) in labels {
        let at = at.key(key);
        if secret::is_secret_name(key) {
            findings.push(
                at.wrong_key(format!("`{key}` looks like a secret, and a manifest must not hold one"))
                    .label("the value is not shown")
                    .hint(secret::HINT)
                    .concealed(),
            );
            continue;
        }
        if let Some(reason) = unfit(key) {
            findings.push(at.wrong_key(format!("the key of a label {reason}")).hint(LABEL_HINT));
        }
        if let Some(reason) = unfit(value) {
            findings.push(
                at.wrong(format!("the value of the label `{}` {reason}", shortened(key))).hint(LABEL_HINT),
            );
        }
    }
}

/// Why a text cannot be part of a label, or any other short line.
pub(super) fn unfit(text: &str) -> Option<String> {
    // Bytes bound characters from above, so that nearly every label is counted at once.
    if text.len() > LONGEST_LABEL {
        let length = text.chars().count();
        if length > LONGEST_LABEL {
            return Some(format!("has {length} characters, and at most {LONGEST_LABEL} are allowed"));
        }
    }
    // An ASCII text is looked through byte by byte, which is most of the time of all checks.
    let held = if text.is_ascii() {
        text.bytes().any(|b| b.is_ascii_control())
    } else {
        text.chars().any(is_separator)
    };
    held.then(|| "holds a control character or a line break".to_owned())
}

/// Whether a character ends a line, or acts instead of showing.
pub(in crate::manifest) fn is_separator(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The slugs of paid accounts are not known (wawp-api.md §2.9), so only what looks like a slip is worth a word.
fn check_policy(slug: &str, at: &At<'_>, findings: &mut Vec<Finding>) {
    if FREE_POLICIES.contains(&slug) {
        return;
    }
    if slug.trim().is_empty() {
        findings.push(at.wrong("`rate_limit` is empty").hint("write the slug of a policy, such as `strict`"));
        return;
    }
    let word = slug.trim().to_lowercase().replace('-', "_");
    // The vendor's pages also say `standard`, which is the label of one and no slug.
    let begins =
        |known: &&str| known.split('_').next().is_some_and(|label| nearest(&word, &[label]).is_some());
    let near = nearest(&word, &FREE_POLICIES).or_else(|| FREE_POLICIES.into_iter().find(begins));
    if let Some(near) = near {
        let unknown = at.wrong(format!("`{}` is not a sending policy that is known", shortened(slug)));
        findings.push(unknown.hint(format!("did you mean `{near}`?")).warning());
    }
}

fn check_number(number: &str, at: &At<'_>, findings: &mut Vec<Finding>) {
    let hint = match phone_number(number) {
        Ok(()) => return,
        Err(Some(meant)) => format!("write \"{meant}\""),
        Err(None) => {
            "write the country code and the number: 6 to 15 digits, without `+`, `00` or spaces".to_owned()
        }
    };
    findings.push(
        at.wrong(format!("`{}` is not a phone number as WhatsApp writes it", shortened(number)))
            .label("expected 6 to 15 digits, country code first")
            .hint(hint),
    );
}
