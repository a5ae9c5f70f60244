//! Where a request carries its token and its instance_id (wawp-api.md §1.1).
//!
//! Invariant: a token leaves here only as a `Secret`; the places it came from may be shown, it may not.

use axum::http::{HeaderMap, header};
use serde::Serialize;
use serde_json::Value;

use super::fields::Fields;
use crate::instance::Secret;

/// A place in a request that can carry credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The header `access-token`.
    Header,
    /// `Authorization: Bearer`, with the id in `X-Instance-ID`.
    Bearer,
    /// The query string.
    Query,
    /// The JSON body.
    Body,
}

impl Place {
    /// Every place that some page or client of the vendor uses.
    pub const ALL: [Self; 4] = [Self::Header, Self::Bearer, Self::Query, Self::Body];
}

/// What a request says about who asks, and about which instance.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// The token of the first place that has one and is looked at, in the order of [`Place`].
    pub(super) token: Option<Secret>,
    /// Every place that carries a token.
    pub(super) token_in: Vec<Place>,
    /// The id of the first place that has one and is looked at.
    pub(super) instance_id: Option<String>,
    /// Every place that carries an id.
    pub(super) instance_id_in: Vec<Place>,
    /// Every place that carries a webhook's secret.
    pub(super) hmac_in: Vec<Place>,
    /// Everything else that it says.
    pub(super) fields: Fields,
    /// What is wrong with the body, if anything.
    pub(super) body: Body,
}

/// How the body was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Body {
    /// Empty, or JSON.
    #[default]
    Read,
    /// A form: the API does not look into it, so what it holds is missing.
    Form,
    /// Neither; the parser's words.
    Unreadable(String),
}

impl Credentials {
    /// Reads a request of a server that looks only at these places. Unknown keys are ignored; an empty value
    /// counts as missing. The header `access-token` carries no id, so where it is looked at an id may come in
    /// query or body.
    #[must_use]
    pub(super) fn read(looked_at: &[Place], headers: &HeaderMap, query: &str, body: &[u8]) -> Self {
        let mut found = Finder { looked_at, found: Self::default() };
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        found.token(Place::Header, text("access-token"));
        let bearer = text("authorization").and_then(|v| {
            let (scheme, token) = v.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        found.token(Place::Bearer, bearer);
        found.instance_id(Place::Bearer, text("x-instance-id"));
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match key.as_ref() {
                "access_token" => found.token(Place::Query, Some(value.into_owned())),
                "instance_id" => found.instance_id(Place::Query, Some(value.into_owned())),
                _ => found.field_of_query(key.into_owned(), value.into_owned()),
            }
        }
        if is_form(headers) {
            found.found.body = Body::Form;
        } else if !body.trim_ascii().is_empty() {
            match serde_json::from_slice::<Value>(body) {
                Ok(json) => {
                    found.token(Place::Body, json.get("access_token").and_then(plain));
                    found.instance_id(Place::Body, json.get("instance_id").and_then(plain));
                    found.fields_of_body(json);
                }
                // The parser names a place and what it expected, never the text itself.
                Err(error) => found.found.body = Body::Unreadable(error.to_string()),
            }
        }
        found.found
    }
}

/// Credentials while they are looked for.
struct Finder<'a> {
    looked_at: &'a [Place],
    found: Credentials,
}

impl Finder<'_> {
    /// Only where credentials are looked for are fields looked for. The headers carry none, so where they are
    /// looked at, fields may come in query or body.
    fn reads_fields_of(&self, place: Place) -> bool {
        [place, Place::Header, Place::Bearer].iter().any(|place| self.looked_at.contains(place))
    }

    fn field_of_query(&mut self, name: String, value: String) {
        if name == "hmac" {
            self.found.hmac_in.push(Place::Query);
        }
        if self.reads_fields_of(Place::Query) {
            self.found.fields.query.entry(name).or_insert(value);
        }
    }

    fn fields_of_body(&mut self, body: Value) {
        let Value::Object(mut body) = body else { return };
        if body.contains_key("hmac") {
            self.found.hmac_in.push(Place::Body);
        }
        if self.reads_fields_of(Place::Body) {
            body.remove("access_token");
            body.remove("instance_id");
            self.found.fields.body = body;
        }
    }

    fn token(&mut self, place: Place, value: Option<String>) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            self.found.token_in.push(place);
            if self.looked_at.contains(&place) {
                self.found.token.get_or_insert_with(|| Secret::new(value));
            }
        }
    }

    fn instance_id(&mut self, place: Place, value: Option<String>) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            self.found.instance_id_in.push(place);
            let beside_the_header = place != Place::Bearer && self.looked_at.contains(&Place::Header);
            if beside_the_header || self.looked_at.contains(&place) {
                self.found.instance_id.get_or_insert(value);
            }
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.trim_start().to_ascii_lowercase();
    kind.starts_with("application/x-www-form-urlencoded") || kind.starts_with("multipart/form-data")
}

/// A text or a number as text: ids come as both (wawp-api.md §6).
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)], query: &str, body: &str) -> Credentials {
        let headers = headers.iter().map(|(k, v)| ((*k).parse().unwrap(), v.parse().unwrap())).collect();
        Credentials::read(&Place::ALL, &headers, query, body.as_bytes())
    }

    #[test]
    fn every_documented_placement_is_found() {
        let cases = [
            (read(&[("access-token", "t")], "instance_id=i", ""), Place::Header),
            (read(&[("authorization", "Bearer t"), ("x-instance-id", "i")], "", ""), Place::Bearer),
            (read(&[], "access_token=t&instance_id=i&else=1", ""), Place::Query),
            (read(&[], "", r#"{"access_token":"t","instance_id":"i","else":[1]}"#), Place::Body),
        ];
        for (found, place) in cases {
            assert_eq!(found.token.as_ref().map(Secret::expose), Some("t"));
            assert_eq!(found.token_in, [place]);
            assert_eq!(found.instance_id.as_deref(), Some("i"));
            assert_eq!(found.body, Body::Read);
        }
    }

    #[test]
    fn fields_are_looked_for_where_credentials_are() {
        let names = |looked_at: &[Place]| {
            let body = br#"{"access_token":"t","instance_id":"i","b":1,"hmac":"k"}"#;
            let found = Credentials::read(looked_at, &HeaderMap::new(), "q=1&instance_id=i&hmac=k", body);
            assert_eq!(found.hmac_in, [Place::Query, Place::Body]);
            format!("{:?}", found.fields)
        };
        assert_eq!(names(&[Place::Query]), r#"{"hmac", "q"}"#);
        assert_eq!(names(&[Place::Body]), r#"{"b", "hmac"}"#);
        for all in [Place::Header, Place::Bearer] {
            assert_eq!(names(&[all]), r#"{"hmac", "q", "b", "hmac"}"#);
        }
    }

    #[test]
    fn a_form_is_not_looked_into_but_the_query_beside_it_is() {
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let found = read(&[form], "", "access_token=t");
        assert!(found.token.is_none() && found.body == Body::Form);
        assert!(read(&[form], "access_token=t", "x=y").token.is_some());
    }

    #[test]
    fn empty_values_count_as_missing_and_a_number_is_an_id() {
        let found = read(&[("access-token", "")], "access_token=", r#"{"instance_id":123456789}"#);
        assert!(found.token.is_none() && found.token_in.is_empty());
        assert_eq!(found.instance_id.as_deref(), Some("123456789"));
    }

    #[test]
    fn a_body_that_is_not_json_is_named_without_being_quoted() {
        let found = read(&[], "", r#"{"access_token": s3cret}"#);
        assert!(matches!(&found.body, Body::Unreadable(why) if !why.contains("s3cret")), "{found:?}");
    }
}
