//! Error bodies in every shape that clients of the API have met (wawp-api.md §1.3).
//!
//! Invariant: what a rule writes as code and message arrives in the body, escaped as the shape needs it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::written::On;
use crate::sandbox::answers::Answer;

/// The shape of an error body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `{"code", "message"}`.
    #[default]
    Flat,
    /// The same with `"data": {"status"}`.
    Wordpress,
    /// `{"status": 403, "message", "error"}`, the schema of the OpenAPI export.
    Numeric,
    /// `{"error": {"code", "message"}}`.
    Nested,
    /// The message as plain text.
    Text,
    /// A page, as a proxy in front of the API would send it.
    Html,
    /// XML, which the documents list among the 400s.
    Xml,
    /// No body at all.
    Empty,
}

/// An error answer of this shape.
pub(super) fn answer(shape: Shape, status: u16, code: &str, message: &str) -> Answer {
    let json = match shape {
        Shape::Flat => json!({ "code": code, "message": message }),
        Shape::Wordpress => json!({ "code": code, "message": message, "data": { "status": status } }),
        Shape::Numeric => json!({ "status": status, "message": message, "error": code }),
        Shape::Nested => json!({ "error": { "code": code, "message": message } }),
        Shape::Text => return raw(status, "text/plain; charset=utf-8", message.to_owned()),
        Shape::Html => {
            let (title, text) = (format!("{status} {}", escaped(code)), escaped(message));
            let page = format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
                 <p>{text}</p>\r\n</body>\r\n</html>\r\n"
            );
            return raw(status, "text/html", page);
        }
        Shape::Xml => {
            let (code, text) = (escaped(code), escaped(message));
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error><code>{code}</code><message>{text}</message></error>\n"
            );
            return raw(status, "application/xml", body);
        }
        Shape::Empty => {
            return Answer { status, headers: Vec::new(), content_type: None, body: String::new() };
        }
    };
    Answer::json(status, &json)
}

/// An answer with a body of one's own.
pub(super) fn raw(status: u16, content_type: &str, body: String) -> Answer {
    Answer { status, headers: Vec::new(), content_type: Some(content_type.to_owned()), body }
}

/// The code that the API itself would most likely give with a status to such a call.
pub(super) const fn usual_code(on: On, status: u16) -> &'static str {
    match status {
        403 if matches!(on, On::SetPolicy | On::ReadWebhooks | On::SetWebhook | On::DeleteWebhook) => {
            "subscription_required"
        }
        400 => "missing_param",
        401 => "invalid_access_token",
        403 => "quota_reached",
        404 => "invalid_instance",
        429 => "too_many_requests",
        500..=599 => "wawp_upstream_error",
        _ => "sandbox_fault",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_brings_the_message_and_none_breaks_its_markup() {
        let body = |shape| answer(shape, 403, "quota_reached", "a < b & c").body;
        assert_eq!(body(Shape::Flat), r#"{"code":"quota_reached","message":"a < b & c"}"#);
        assert!(body(Shape::Wordpress).contains(r#""data":{"status":403}"#));
        assert!(body(Shape::Numeric).contains(r#""status":403"#));
        assert!(body(Shape::Nested).starts_with(r#"{"error":{"#));
        assert_eq!(body(Shape::Text), "a < b & c");
        assert!(body(Shape::Html).contains("<p>a &lt; b &amp; c</p>"));
        assert!(body(Shape::Xml).contains("<message>a &lt; b &amp; c</message>"));
        assert_eq!(body(Shape::Empty), "");
    }
}
