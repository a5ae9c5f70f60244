//! The ways in which a call can be made: by which method, and where its token and its fields travel. The vendor's
//! pages and clients disagree (wawp-api.md §1.1, §1.2), so there is a table of what is documented, best first.
//!
//! Invariant: a way that puts the token into a URL comes after every other of its method, and another way is
//! tried only after an answer that says that nothing was executed.

use super::error::{CallError, Kind};
use super::wire::Endpoint;

/// The HTTP method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

/// Where the token and the fields of a call travel. The token is in the header `access-token`, always: that is
/// the only scheme which the vendor's machine-readable contract declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// Token and fields also in a JSON body.
    Body,
    /// The token nowhere else, the fields in the query.
    Header,
    /// Token and fields in the query, and no body: the server and every proxy on the way may log the token.
    Query,
}

/// One way to make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// The method.
    pub method: Method,
    /// What carries the credentials.
    pub carrier: Carrier,
}

const fn way(method: Method, carrier: Carrier) -> Way {
    Way { method, carrier }
}

/// What acts: by POST, never by GET, which proxies may replay (§1.2).
const ACT: &[Way] = &[way(Method::Post, Carrier::Body), way(Method::Post, Carrier::Query)];
/// Info is a POST on its page and a GET in the field (§6.6).
const INFO: &[Way] = &[
    way(Method::Post, Carrier::Body),
    way(Method::Post, Carrier::Query),
    way(Method::Get, Carrier::Header),
    way(Method::Get, Carrier::Query),
];
/// The fields in the query first: intermediaries drop the body of a DELETE.
const DELETE: &[Way] = &[
    way(Method::Delete, Carrier::Header),
    way(Method::Delete, Carrier::Body),
    way(Method::Delete, Carrier::Query),
];
/// Documented with its fields in the URL (§2.9); a body is plausible.
const PATCH: &[Way] = &[
    way(Method::Patch, Carrier::Header),
    way(Method::Patch, Carrier::Body),
    way(Method::Patch, Carrier::Query),
];
/// Documented with its fields in the URL (§2.10), unlike the other POSTs.
const MAKE_LINK: &[Way] = &[
    way(Method::Post, Carrier::Header),
    way(Method::Post, Carrier::Body),
    way(Method::Post, Carrier::Query),
];
const READ: &[Way] = &[way(Method::Get, Carrier::Header), way(Method::Get, Carrier::Query)];

impl Endpoint {
    /// The documented ways of the call, best first. There is always one.
    #[must_use]
    pub const fn ways(self) -> &'static [Way] {
        match self {
            Self::Create | Self::Start | Self::Stop | Self::Restart | Self::Logout => ACT,
            Self::SetWebhook | Self::Qr | Self::RequestCode => ACT,
            Self::Info => INFO,
            Self::Delete | Self::DeleteWebhook | Self::RevokeLinks => DELETE,
            Self::Me | Self::ReadPolicy | Self::ReadWebhooks | Self::ReadLink => READ,
            Self::SetPolicy => PATCH,
            Self::MakeLink => MAKE_LINK,
        }
    }

    /// The way that is tried first.
    #[must_use]
    pub const fn first_way(self) -> Way {
        match self.ways() {
            [first, ..] => *first,
            [] => way(Method::Post, Carrier::Body),
        }
    }
}

/// The way to try after `last`, the latest of `tried`, was answered with this error; none when the error is about
/// something else, or when all that would help were tried.
#[must_use]
pub fn another(endpoint: Endpoint, tried: &[Way], last: Way, error: &CallError) -> Option<Way> {
    let other_carrier = is_misplaced(error);
    let other_method = has_no_such_method(error) && tried.iter().all(|way| way.method == last.method);
    let helps = |way: &&Way| {
        (other_carrier && way.method == last.method) || (other_method && way.method != last.method)
    };
    endpoint.ways().iter().filter(|way| !tried.contains(way)).find(helps).copied()
}

/// Whether an answer shows that the way it was asked by is not understood, so that nothing was executed.
#[must_use]
pub fn says_nothing_of_the_call(error: &CallError) -> bool {
    is_misplaced(error) || has_no_such_method(error)
}

/// Whether an answer shows that the API read the credentials, whatever it says about the call.
#[must_use]
pub fn was_understood(error: &CallError) -> bool {
    match error.kind {
        Kind::Quota | Kind::Gone | Kind::NotFound { api_spoke: true } => true,
        Kind::Rejected => error.code.is_some() && !says_nothing_of_the_call(error),
        _ => false,
    }
}

/// Whether the token or a field was perhaps not looked for where it was: 401, `missing_param`, or a 400 without a
/// code that speaks of something missing, as XML and plain text do (§1.3).
fn is_misplaced(error: &CallError) -> bool {
    let CallError { kind, status, code, retry_after: _, message } = error;
    match code.as_deref() {
        Some("missing_param") => *kind == Kind::Rejected,
        Some(_) => *kind == Kind::Unauthorized,
        None => {
            *kind == Kind::Unauthorized
                || (*status == Some(400) && message.to_ascii_lowercase().contains("missing"))
        }
    }
}

/// Whether the path is perhaps there for another method only: 405, or a 404 that the API itself did not give.
fn has_no_such_method(error: &CallError) -> bool {
    error.status == Some(405) || error.kind == Kind::NotFound { api_spoke: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind, status: u16, code: Option<&str>, message: &str) -> CallError {
        let code = code.map(str::to_owned);
        CallError { status: Some(status), code, ..CallError::unanswered(kind, message) }
    }

    #[test]
    fn the_url_is_the_last_place_for_a_token_and_nothing_that_acts_is_a_get() {
        for endpoint in Endpoint::ALL {
            let ways = endpoint.ways();
            let reads = ways[0].method == Method::Get || endpoint == Endpoint::Info;
            assert_eq!(endpoint.first_way(), ways[0]);
            for (at, way) in ways.iter().enumerate() {
                let later = &ways[at + 1..];
                assert!(!later.contains(way), "{endpoint:?} has {way:?} twice");
                if way.carrier == Carrier::Query {
                    assert!(later.iter().all(|other| other.method != way.method), "{endpoint:?}");
                }
                assert!(way.method != Method::Get || reads, "{endpoint:?}");
            }
            assert_ne!(ways[0].carrier, Carrier::Query);
        }
    }

    #[test]
    fn another_way_is_tried_only_where_the_credentials_were_not_seen() {
        let next = |endpoint: Endpoint, error: &CallError| {
            another(endpoint, &[endpoint.first_way()], endpoint.first_way(), error)
        };
        for misplaced in [
            error(Kind::Unauthorized, 401, None, ""),
            error(Kind::Unauthorized, 401, Some("invalid_access_token"), "no"),
            error(Kind::Rejected, 400, Some("missing_param"), "no"),
            error(Kind::Rejected, 200, Some("missing_param"), "no"),
            error(Kind::Rejected, 400, None, "Missing parameter"),
        ] {
            assert_eq!(next(Endpoint::Create, &misplaced), Some(way(Method::Post, Carrier::Query)));
            assert_eq!(next(Endpoint::Info, &misplaced), Some(way(Method::Post, Carrier::Query)));
            assert_eq!(next(Endpoint::Delete, &misplaced), Some(way(Method::Delete, Carrier::Body)));
            assert!(says_nothing_of_the_call(&misplaced));
        }
        for other in [
            error(Kind::Rejected, 400, None, "no"),
            error(Kind::Rejected, 400, Some("bad"), "missing everything"),
            error(Kind::Rejected, 403, Some("subscription_required"), "missing subscription"),
            error(Kind::Quota, 403, Some("quota_reached"), "no"),
            error(Kind::Unknown, 500, Some("missing_param"), "no"),
            error(Kind::Unknown, 502, None, "missing"),
            error(Kind::Gone, 404, Some("invalid_instance"), "no"),
        ] {
            for endpoint in Endpoint::ALL {
                assert_eq!(next(endpoint, &other), None, "{endpoint:?}: {other:?}");
            }
            assert!(!says_nothing_of_the_call(&other), "{other:?}");
        }
    }

    #[test]
    fn only_info_has_another_method_and_every_way_is_tried_once() {
        let not_here = error(Kind::Rejected, 405, None, "");
        let refused = error(Kind::Unauthorized, 401, None, "");
        for endpoint in Endpoint::ALL {
            let first = endpoint.first_way();
            let by_get = another(endpoint, &[first], first, &not_here);
            assert_eq!(by_get.is_some(), endpoint == Endpoint::Info, "{endpoint:?}");
            if let Some(by_get) = by_get {
                assert_eq!(another(endpoint, &[first, by_get], by_get, &not_here), None, "there and back");
            }
            let mut tried = vec![first];
            while let Some(next) = another(endpoint, &tried, tried[tried.len() - 1], &refused) {
                tried.push(next);
            }
            let same: Vec<_> =
                endpoint.ways().iter().copied().filter(|way| way.method == first.method).collect();
            assert_eq!(tried, same, "{endpoint:?}");
        }
    }
}
