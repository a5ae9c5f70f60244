//! What a look at an instance showed, and what many looks say together (wawp-api.md §5, "Drift detection").
//!
//! Invariant: gone is only what the API calls gone. A wrong "gone" makes a second instance and costs a slot and a
//! pairing, so every other failure is unclear, and unclear proves nothing.

use std::collections::BTreeMap;

use crate::instance::Name;
use crate::wawp::{CallError, Kind, Observed, Policy, SeenHook};

/// How many instances have to be gone at once before the token is suspected.
const SUSPICIOUS: usize = 3;

/// What the API says of one recorded instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// It is there.
    Seen(Look),
    /// The API does not know it any more: 404 `invalid_instance`, or 410.
    Gone,
    /// No answer that says either: a 404 of another kind, a 403, a 5xx, no answer at all.
    Unclear {
        /// What was seen. May hold text from the server: escape it where it is shown.
        why: String,
    },
}

/// What the reads of one look said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What info said.
    pub info: Observed,
    /// Which sending policy is in force.
    pub policy: Read<Policy>,
    /// Which webhooks there are, without the vendor's own.
    pub webhooks: Read<Vec<SeenHook>>,
}

/// A read beside info, which nobody may have asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read<T> {
    /// Nobody did.
    NotAsked,
    /// The answer.
    Told(T),
    /// No answer that says anything. It may hold text from the server.
    Unclear(String),
}

impl<T> Read<T> {
    /// The answer, when there is one.
    #[must_use]
    pub const fn told(&self) -> Option<&T> {
        match self {
            Self::Told(answer) => Some(answer),
            Self::NotAsked | Self::Unclear(_) => None,
        }
    }
}

impl From<Observed> for Look {
    /// A look that asked for nothing but info.
    fn from(info: Observed) -> Self {
        Self { info, policy: Read::NotAsked, webhooks: Read::NotAsked }
    }
}

/// Why nothing more was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// The API does not accept the token, so no other look would fare better.
    Unauthorized(String),
    /// Whoever answers in the API's place cannot show that it is the API.
    Untrusted(String),
    /// The caller asked for it.
    Interrupted,
}

/// What was seen of all that were asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    /// What was seen, by name. Without a halt nobody is missing.
    pub sightings: BTreeMap<Name, Sighting>,
    /// Why some may be missing.
    pub halt: Option<Halt>,
}

impl Sighting {
    /// What the end of a look means.
    ///
    /// # Errors
    /// When no further look makes sense.
    pub fn of(looked: Result<Look, CallError>) -> Result<Self, Halt> {
        let error = match looked {
            Ok(look) => return Ok(Self::Seen(look)),
            Err(error) => error,
        };
        match error.kind {
            Kind::Gone => Ok(Self::Gone),
            Kind::Unauthorized => Err(Halt::Unauthorized(error.to_string())),
            Kind::Untrusted => Err(Halt::Untrusted(error.to_string())),
            Kind::NotSent
            | Kind::Quota
            | Kind::RateLimited
            | Kind::NotFound { .. }
            | Kind::Rejected
            | Kind::Unknown => Ok(Self::Unclear { why: error.to_string() }),
        }
    }

    /// What info said, when the instance is there.
    #[must_use]
    pub const fn seen(&self) -> Option<&Look> {
        match self {
            Self::Seen(look) => Some(look),
            Self::Gone | Self::Unclear { .. } => None,
        }
    }
}

/// Whether the token, or the address of the API, is to be suspected rather than the instances: at least three are
/// gone, and not one was seen. With the token of another account every instance would look deleted.
#[must_use]
pub fn suspicious(observation: &Observation) -> bool {
    let Observation { sightings, halt: _ } = observation;
    let gone = sightings.values().filter(|sighting| **sighting == Sighting::Gone).count();
    gone >= SUSPICIOUS && sightings.values().all(|sighting| sighting.seen().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Status;

    fn look() -> Look {
        let (session_name, server_name, paired) = (None, None, None);
        Look::from(Observed { status: Status::Working, session_name, server_name, paired })
    }

    fn failed(kind: Kind) -> Result<Sighting, Halt> {
        Sighting::of(Err(CallError::unanswered(kind, "said")))
    }

    #[test]
    fn only_what_the_api_calls_gone_is_gone() {
        assert_eq!(Sighting::of(Ok(look())), Ok(Sighting::Seen(look())));
        assert_eq!(failed(Kind::Gone), Ok(Sighting::Gone));
        for kind in [
            Kind::NotSent,
            Kind::Quota,
            Kind::RateLimited,
            Kind::NotFound { api_spoke: true },
            Kind::NotFound { api_spoke: false },
            Kind::Rejected,
            Kind::Unknown,
        ] {
            assert_eq!(failed(kind), Ok(Sighting::Unclear { why: "said".into() }), "{kind:?}");
        }
    }

    #[test]
    fn a_token_or_a_certificate_that_is_no_good_ends_it_all() {
        assert_eq!(failed(Kind::Unauthorized), Err(Halt::Unauthorized("said".into())));
        assert_eq!(failed(Kind::Untrusted), Err(Halt::Untrusted("said".into())));
    }

    #[test]
    fn the_token_is_suspected_when_three_are_gone_and_none_was_seen() {
        let unclear = || Sighting::Unclear { why: String::new() };
        let suspected = |sightings: Vec<Sighting>| {
            let named =
                sightings.into_iter().zip(0..).map(|(it, n)| (Name::new(&format!("n{n}")).unwrap(), it));
            suspicious(&Observation { sightings: named.collect(), halt: None })
        };
        use Sighting::Gone;
        assert!(suspected(vec![Gone, Gone, Gone]));
        assert!(suspected(vec![Gone, unclear(), Gone, Gone]), "what is unclear speaks for nobody");
        assert!(!suspected(vec![Gone, Gone]), "two may well have been deleted");
        assert!(!suspected(vec![Gone, Gone, unclear()]));
        assert!(
            !suspected(vec![Gone, Gone, Gone, Sighting::Seen(look())]),
            "one that is seen clears the token"
        );
        assert!(!suspected(vec![unclear(), unclear(), unclear()]));
        assert!(!suspected(vec![]));
    }
}
