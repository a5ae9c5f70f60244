//! The faults file: from its text to rules, or to what is wrong with it.
//!
//! Invariant: a rule in hand can fire; keys that would have no effect are refused, not ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Act;
use super::canned::Shape;
use crate::wawp::wire::Endpoint;

/// One rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Which calls; `any` when it is left out.
    #[serde(default)]
    pub on: On,
    /// Only calls for this instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Only the n-th such call, from 1. Not together with `skip` or `times`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// Let this many such calls pass first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<u64>,
    /// Fire at most this often; without end when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Wait this many milliseconds before anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// What happens.
    pub what: What,
    /// The status of `answer` and `answer_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// More headers of the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The error code in the body; the usual one of the status when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The message in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How code and message are put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// A body of one's own, instead of code, message and shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The `Content-Type` of that body; JSON when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// Which calls a rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum On {
    #[default]
    Any,
    Create,
    Start,
    Stop,
    Restart,
    Logout,
    Delete,
    Info,
    Me,
    ReadPolicy,
    SetPolicy,
    ReadWebhooks,
    /// Also `webhook/update` and the POST of `session/webhook`, which the client never calls.
    SetWebhook,
    DeleteWebhook,
    ReadLink,
    MakeLink,
    RevokeLinks,
    /// Also `auth/qr-image`.
    Qr,
    RequestCode,
}

/// What happens to the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Answers as told; the call is not executed.
    Answer,
    /// Executes the call, then answers as told.
    AnswerAfter,
    /// Closes the connection; the call is not executed.
    DropBefore,
    /// Executes the call, then closes the connection.
    DropAfter,
    /// Waits for a release, then goes on; never executed if the client leaves before.
    HangBefore,
    /// Executes the call, then waits for a release before answering.
    HangAfter,
    /// Executes the call, then answers half of the JSON as if it were all.
    Garble,
    /// Executes the call, then closes the connection in the middle of the body.
    Truncate,
    /// Executes the call, and wraps the answer in `{"data": …}`.
    Envelope,
    /// The created instance has a numeric id.
    NumericId,
    /// The answer's `config.metadata` holds the token, as v1 did (wawp-api.md §1.7).
    EchoToken,
    /// The created instance is started at once.
    Starting,
    /// The started instance stays STARTING until a restart.
    Stuck,
    /// The read reports what was before the last change.
    Stale,
    /// Nothing but the delay.
    Delay,
}

/// What is wrong with a faults file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultsError {
    /// It cannot be read as a list of rules.
    #[error("the faults file cannot be read: {problem}")]
    Syntax {
        /// The parser's words, with the line and column.
        problem: String,
        /// What to write instead.
        hint: &'static str,
    },
    /// One rule makes no sense.
    #[error("fault {rule}: {problem}")]
    Rule {
        /// Its place in the list, from 1.
        rule: usize,
        /// What is wrong.
        problem: String,
        /// What to write instead.
        hint: &'static str,
    },
}

impl FaultsError {
    /// What to write instead.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Syntax { problem: _, hint } | Self::Rule { rule: _, problem: _, hint } => hint,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    faults: Vec<Written>,
}

pub(super) fn read(text: &str) -> Result<Vec<(Written, Act)>, FaultsError> {
    let hint = "write a list under `faults:`, such as {on: create, nth: 2, what: drop_after}";
    // Almost all JSON is YAML, but its own parser says better what is wrong with it.
    let read = if text.trim_start().starts_with('{') {
        // A flow mapping looks the same; what is not JSON may still be YAML.
        serde_json::from_str::<File>(text).or_else(|json| {
            serde_yaml::from_str::<File>(text)
                .map_err(|yaml| if json.is_syntax() { yaml.to_string() } else { json.to_string() })
        })
    } else {
        serde_yaml::from_str::<File>(text).map_err(|yaml| yaml.to_string())
    };
    let File { faults } = read.map_err(|problem| FaultsError::Syntax { problem, hint })?;
    faults
        .into_iter()
        .zip(1..)
        .map(|(written, rule)| match written.act() {
            Ok(act) => Ok((written, act)),
            Err((problem, hint)) => Err(FaultsError::Rule { rule, problem, hint }),
        })
        .collect()
}

impl On {
    pub(super) fn includes(self, endpoint: Endpoint) -> bool {
        self == Self::Any || self == Self::of(endpoint)
    }

    const fn of(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Create => Self::Create,
            Endpoint::Start => Self::Start,
            Endpoint::Stop => Self::Stop,
            Endpoint::Restart => Self::Restart,
            Endpoint::Logout => Self::Logout,
            Endpoint::Delete => Self::Delete,
            Endpoint::Info => Self::Info,
            Endpoint::Me => Self::Me,
            Endpoint::ReadPolicy => Self::ReadPolicy,
            Endpoint::SetPolicy => Self::SetPolicy,
            Endpoint::ReadWebhooks => Self::ReadWebhooks,
            Endpoint::SetWebhook => Self::SetWebhook,
            Endpoint::DeleteWebhook => Self::DeleteWebhook,
            Endpoint::ReadLink => Self::ReadLink,
            Endpoint::MakeLink => Self::MakeLink,
            Endpoint::RevokeLinks => Self::RevokeLinks,
            Endpoint::Qr => Self::Qr,
            Endpoint::RequestCode => Self::RequestCode,
        }
    }
}

impl Written {
    /// How many calls pass before the rule is due.
    pub(super) fn skipped(&self) -> u64 {
        self.nth.map_or_else(|| self.skip.unwrap_or(0), |nth| nth.saturating_sub(1))
    }

    /// How often it fires at most.
    pub(super) const fn times(&self) -> Option<u64> {
        if self.nth.is_some() { Some(1) } else { self.times }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> FaultsError {
        read(text).unwrap_err()
    }

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = "faults:\n  - on: create\n    nth: 2\n    what: answer\n    status: 429\n    headers: {Retry-After: \"1\"}\n";
        let json = r#"{"faults":[{"on":"create","nth":2,"what":"answer","status":429,"headers":{"Retry-After":"1"}}]}"#;
        assert_eq!(read(yaml).unwrap(), read(json).unwrap());
        let flow = "{faults: [{what: garble}]}";
        assert_eq!(read(flow).unwrap().len(), 1);
    }

    #[test]
    fn an_unknown_field_is_named_with_its_place() {
        let error = wrong("faults:\n  - what: garble\n    nht: 2\n");
        assert!(error.to_string().contains("nht") && error.to_string().contains("line 3"), "{error}");
        let error = wrong("{\"faults\": [\n{\"what\":\"garble\", \"nht\":2}]}");
        assert!(error.to_string().contains("nht") && error.to_string().contains("line 2"), "{error}");
        let error = wrong("faults: [{what: explode}]");
        assert!(error.to_string().contains("drop_after"), "it lists the words: {error}");
    }

    #[test]
    fn an_empty_file_and_a_bare_list_are_told_what_to_write() {
        for text in ["", "- what: garble\n", "null"] {
            assert!(wrong(text).hint().contains("`faults:`"), "{text:?}");
        }
        assert_eq!(read("faults: []").unwrap(), []);
    }
}
