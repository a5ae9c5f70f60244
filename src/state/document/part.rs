//! The parts of an instance that calls of their own set at the vendor, and what is recorded of a webhook.
//!
//! Invariant: a part that is in doubt is named in the document until a call of known outcome has set it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::instance::Retries;

/// What one call sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Part {
    /// The sending policy.
    RateLimit,
    /// Whether it is started.
    Running,
    /// The webhook of this URL.
    Webhook(String),
}

/// A text that names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `rate_limit`, `running`, or `webhook` and its URL")]
pub struct NoPart;

const WEBHOOK: &str = "webhook ";

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateLimit => f.write_str("rate_limit"),
            Self::Running => f.write_str("running"),
            Self::Webhook(url) => write!(f, "{WEBHOOK}{url}"),
        }
    }
}

impl FromStr for Part {
    type Err = NoPart;

    fn from_str(text: &str) -> Result<Self, NoPart> {
        match (text, text.strip_prefix(WEBHOOK)) {
            ("rate_limit", _) => Ok(Self::RateLimit),
            ("running", _) => Ok(Self::Running),
            (_, Some(url)) if !url.is_empty() => Ok(Self::Webhook(url.to_owned())),
            _ => Err(NoPart),
        }
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.to_string()
    }
}

impl TryFrom<String> for Part {
    type Error = NoPart;

    fn try_from(text: String) -> Result<Self, NoPart> {
        text.parse()
    }
}

/// A salted, truncated fingerprint of a webhook's signing secret. The secret cannot be read back from the vendor
/// (wawp-api.md §2.12), so this is the only way to see that it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HmacMark(pub String);

/// What is recorded of a webhook that this tool has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Which events, sorted: their order means nothing.
    pub events: Vec<String>,
    /// How a failed delivery is repeated.
    pub retries: Retries,
    /// The mark of its signing secret, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hmac: Option<HmacMark>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_back_from_its_name() {
        for part in [Part::RateLimit, Part::Running, Part::Webhook("https://a.example/x y".into())] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        for none in ["", "webhook", "webhook ", "Running", "labels"] {
            assert_eq!(none.parse::<Part>(), Err(NoPart), "{none}");
        }
    }
}
