//! Which call of the Wawp session API is made how (wawp-api.md §1.2, §2).
//!
//! Invariant: values only; nothing here sends.

use crate::instance::InstanceId;

/// An endpoint of the session API that this tool may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Takes a slot and returns a new instance. Not idempotent, and cannot be found again.
    Create,
    /// STOPPED to STARTING. Only on a session that info says is STOPPED (§2.2).
    Start,
    /// Halts the engine; keeps the pairing.
    Stop,
    /// Stop and start in one.
    Restart,
    /// Drops the pairing; the phone is needed again.
    Logout,
    /// Frees the slot; irreversible.
    Delete,
    /// Reads the status.
    Info,
    /// Reads who is paired.
    Me,
}

/// The HTTP method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Removes.
    Delete,
}

impl Endpoint {
    /// The path below the API's base URL.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Create => "/v2/session/create",
            Self::Start => "/v2/session/start",
            Self::Stop => "/v2/session/stop",
            Self::Restart => "/v2/session/restart",
            Self::Logout => "/v2/session/logout",
            Self::Delete => "/v2/session/delete",
            Self::Info => "/v2/session/info",
            Self::Me => "/v2/session/me",
        }
    }

    /// The method this tool uses. Where POST and GET are both offered it is POST: a GET that acts can be
    /// replayed by proxies (§1.2).
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Create | Self::Start | Self::Stop | Self::Restart | Self::Logout | Self::Info => {
                Method::Post
            }
            Self::Delete => Method::Delete,
            Self::Me => Method::Get,
        }
    }
}

/// One call as a value: everything but the token, which the client adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which call.
    pub endpoint: Endpoint,
    /// By which method.
    pub method: Method,
    /// What goes into the URL. Never the token: these calls need none there.
    pub query: Vec<(&'static str, String)>,
    /// What goes into the JSON body beside the token; `None` sends no body.
    pub body: Option<Vec<(&'static str, String)>>,
}

impl Request {
    /// The call of an endpoint for one instance; create is the only one without.
    ///
    /// POST carries the credentials in its JSON body, as the pages say; GET and DELETE name the instance in
    /// the query, because intermediaries drop their bodies (§1.1). The token is also in a header, always.
    #[must_use]
    pub fn new(endpoint: Endpoint, instance: Option<&InstanceId>) -> Self {
        let named: Vec<_> = instance.map(|id| ("instance_id", id.to_string())).into_iter().collect();
        let method = endpoint.method();
        match method {
            Method::Post => Self { endpoint, method, query: Vec::new(), body: Some(named) },
            Method::Get | Method::Delete => Self { endpoint, method, query: named, body: None },
        }
    }

    /// Info by GET, as the field does it where POST is not to be had (§6.6).
    #[must_use]
    pub fn info_by_get(instance: &InstanceId) -> Self {
        let query = vec![("instance_id", instance.to_string())];
        Self { endpoint: Endpoint::Info, method: Method::Get, query, body: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_names_the_instance_in_its_body_and_a_delete_in_its_query() {
        let id = InstanceId::new("3EB0BCB2E3D4").unwrap();
        let start = Request::new(Endpoint::Start, Some(&id));
        assert_eq!(start.query, []);
        assert_eq!(start.body, Some(vec![("instance_id", "3EB0BCB2E3D4".to_owned())]));
        let delete = Request::new(Endpoint::Delete, Some(&id));
        assert_eq!(delete.query, [("instance_id", "3EB0BCB2E3D4".to_owned())]);
        assert_eq!(delete.body, None);
        assert_eq!(Request::new(Endpoint::Create, None).body, Some(vec![]));
    }
}
