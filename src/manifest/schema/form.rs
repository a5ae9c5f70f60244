//! What the texts of a manifest may hold, as a JSON Schema says it.
//!
//! Invariant: a form never refuses what the reader accepts. Rules and limits are those of the reader, by reference; the
//! tests hold the two against each other.

use serde_yaml::{Mapping, Value};

use super::json::{entries, texts};
use super::pattern::{in_any_case, none_of, one_of};
use crate::instance::{DriftClass, EVENTS, FREE_POLICIES, InstanceId, Name, PHONE_DIGITS};
use crate::manifest::check::{LONGEST_LABEL, LONGEST_URL, SCHEME, is_separator, is_taken_apart};
use crate::manifest::secret;

/// What a text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The name of a fleet or an instance.
    Name,
    /// The vendor's id of an instance.
    InstanceId,
    /// A phone number as WhatsApp writes it.
    Phone,
    /// The vendor's word for a sending policy.
    Slug,
    /// Where a webhook is called.
    Url,
    /// What a webhook is called for.
    Event,
    /// The key of a label.
    LabelKey,
    /// The value of a label.
    Label,
    /// One short line that says something.
    Line,
    /// A class of drift.
    DriftClass,
}

impl Form {
    /// One word for it.
    pub(super) const fn as_word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::InstanceId => "instance_id",
            Self::Phone => "phone",
            Self::Slug => "slug",
            Self::Url => "url",
            Self::Event => "event",
            Self::LabelKey => "label_key",
            Self::Label => "label",
            Self::Line => "line",
            Self::DriftClass => "drift_class",
        }
    }

    /// The schema of such a text.
    pub(super) fn schema(self) -> Mapping {
        let text = entries([("type", "string".into())]);
        let rules = match self {
            Self::Name => matching(
                &word(Name::may_begin, Name::may_hold, Name::LONGEST),
                &format!(
                    "a name is made of lower-case letters, digits and `-`, and has at most {} characters",
                    Name::LONGEST
                ),
            ),
            Self::InstanceId => matching(
                &word(InstanceId::may_begin, InstanceId::may_hold, InstanceId::LONGEST),
                "copy the instance_id from the Wawp dashboard",
            ),
            Self::Phone => {
                let (least, most) = (PHONE_DIGITS.start(), PHONE_DIGITS.end());
                // One digit is the first.
                let more = format!("{{{},{}}}", least.saturating_sub(1), most.saturating_sub(1));
                let words = format!(
                    "write the country code and the number: {least} to {most} digits, without `+`, `00` or spaces"
                );
                matching(&format!("^[1-9][0-9]{more}$"), &words)
            }
            Self::Slug => suggested(
                matching(&none_of(char::is_whitespace), "write the slug of a policy"),
                FREE_POLICIES,
            ),
            Self::Event => {
                suggested(matching(&none_of(char::is_whitespace), "write the name of an event"), EVENTS)
            }
            Self::Url => {
                let fits = |c: char| c.is_ascii() && !is_taken_apart(c) && c != '#';
                let (host, rest) = (one_of(|c| fits(c) && !"/?@".contains(c)), one_of(fits));
                let mut rules = matching(
                    &format!("^{}{host}+(?:[/?]{rest}*)?$", in_any_case(SCHEME)),
                    "write the whole address, with https:// and without credentials",
                );
                rules.extend(entries([("maxLength", number(LONGEST_URL))]));
                rules
            }
            Self::LabelKey | Self::Label => line(),
            Self::Line => {
                let (fits, says) = (none_of(is_separator), none_of(|c| is_separator(c) || c.is_whitespace()));
                let mut rules = matching(
                    &format!("^{fits}*{says}{fits}*$"),
                    "say it in one line without control characters",
                );
                rules.extend(entries([("maxLength", number(LONGEST_LABEL))]));
                rules
            }
            Self::DriftClass => entries([("enum", texts(DriftClass::ALL.map(DriftClass::as_word)))]),
        };
        text.into_iter().chain(rules).collect()
    }

    /// The pattern of such texts that may all the same not be a key.
    pub(super) fn refused_as_key(self) -> Option<String> {
        (self == Self::LabelKey).then(secrets)
    }
}

/// A word of an alphabet whose first character may be of a smaller one.
fn word(begin: fn(char) -> bool, hold: fn(char) -> bool, longest: usize) -> String {
    format!("^{}{}{{0,{}}}$", one_of(begin), one_of(hold), longest.saturating_sub(1))
}

/// A short line, which may be empty.
fn line() -> Mapping {
    let mut rules = matching(
        &format!("^{}*$", none_of(is_separator)),
        "a label is one short line without control characters",
    );
    rules.extend(entries([("maxLength", number(LONGEST_LABEL))]));
    rules
}

/// The keys whose value is taken for a secret.
fn secrets() -> String {
    let joint = format!("{}*", one_of(secret::joins));
    let name = |name: &&str| name.chars().map(|c| in_any_case(&c.to_string()) + &joint).collect::<String>();
    format!("^{joint}(?:{})$", secret::NAMES.iter().map(name).collect::<Vec<_>>().join("|"))
}

/// A pattern, and what an editor says where it does not match.
pub(super) fn matching(pattern: &str, words: &str) -> Mapping {
    entries([("pattern", pattern.into()), ("patternErrorMessage", words.into())])
}

/// With words that an editor offers, though others are as good.
fn suggested<const N: usize>(rules: Mapping, words: [&str; N]) -> Mapping {
    rules.into_iter().chain(entries([("examples", texts(words))])).collect()
}

fn number(number: usize) -> Value {
    Value::from(number)
}
