//! What the emulated API answers: bodies written by hand after the vendor's documents.
//!
//! Invariant: none of the client's own types is used, so a misreading must be made twice to go unseen.

use serde_json::{Map, Value, json};

use super::world::{Instance, Phase, Refusal};
use crate::wawp::wire::Endpoint;

/// One answer before it is put on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// More headers, in order.
    pub(super) headers: Vec<(String, String)>,
    /// The `Content-Type`; none for an empty body.
    pub(super) content_type: Option<String>,
    /// The body.
    pub(super) body: String,
}

impl Answer {
    /// A JSON answer.
    #[must_use]
    pub(super) fn json(status: u16, body: &Value) -> Self {
        let content_type = Some("application/json; charset=utf-8".to_owned());
        Self { status, headers: Vec::new(), content_type, body: body.to_string() }
    }

    /// An error in the flat shape (wawp-api.md §1.3, shape 1).
    #[must_use]
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({ "code": code, "message": message }))
    }

    /// The answer as the bytes of a response that promises its whole body and brings half of it.
    #[must_use]
    pub(super) fn truncated(&self) -> Vec<u8> {
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        let head = format!(
            "HTTP/1.1 {} Cut\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            self.status,
            self.body.len()
        );
        [head.as_bytes(), self.half().as_bytes()].concat()
    }

    /// The answer with half its body, as if that were all.
    #[must_use]
    pub(super) fn garbled(mut self) -> Self {
        self.body = self.half().to_owned();
        self
    }

    /// A JSON answer with its body changed; any other is left as it is.
    #[must_use]
    pub(super) fn edited(mut self, edit: impl FnOnce(Value) -> Value) -> Self {
        if let Ok(body) = serde_json::from_str(&self.body) {
            self.body = edit(body).to_string();
        }
        self
    }

    /// What was refused, as the API words it. What only `/_sandbox/` refuses is a 409 or 400.
    #[must_use]
    pub(super) fn refusal(refusal: &Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::QuotaReached(_) => (403, "quota_reached"),
            Refusal::InvalidInstance => (404, "invalid_instance"),
            Refusal::NoQrCode(_) => (409, "no_qr_code"),
            Refusal::NotPaired => (409, "not_paired"),
            Refusal::BadPhone => (400, "bad_phone"),
        };
        Self::error(status, code, &refusal.to_string())
    }

    fn half(&self) -> &str {
        let mut end = self.body.len() / 2;
        while !self.body.is_char_boundary(end) {
            end -= 1;
        }
        self.body.get(..end).unwrap_or_default()
    }
}

/// The success body of a call, from the instance as the call left it (wawp-api.md §2.1 to §2.8). `phase` is
/// what is reported, which a stale read may make older than what is; `qr` is shown while there is one.
#[must_use]
pub(super) fn success(endpoint: Endpoint, it: &Instance, phase: Phase, qr: &str) -> Answer {
    let name = it.session_name.as_str();
    let word = phase.word();
    let config = || json!({ "webhooks": {}, "proxy": null });
    let body = match endpoint {
        Endpoint::Create => {
            let body = json!({
                "instance_id": id(it), "session_name": name, "server_name": it.server_name, "status": word,
            });
            return Answer::json(201, &body);
        }
        Endpoint::Start | Endpoint::Stop | Endpoint::Restart => {
            json!({ "name": name, "status": word, "config": config() })
        }
        Endpoint::Logout => json!({ "name": name, "status": word, "instance_id": id(it) }),
        Endpoint::Delete => json!({ "name": name, "status": "DELETED", "instance_id": id(it) }),
        Endpoint::Info => {
            let mut body = Map::new();
            body.insert("name".to_owned(), json!(name));
            body.insert("status".to_owned(), json!(word));
            body.insert("config".to_owned(), config());
            body.insert("me".to_owned(), me(it, phase));
            if phase == Phase::ScanQrCode {
                body.insert("qr".to_owned(), json!(qr));
            }
            Value::Object(body)
        }
        Endpoint::Me => match me(it, phase) {
            Value::Object(mut me) => {
                me.insert("platform".to_owned(), json!("android"));
                Value::Object(me)
            }
            // Not documented; WAHA answers null for a session that is not connected.
            nobody => nobody,
        },
        _ => json!({}),
    };
    Answer::json(200, &body)
}

/// The id as the vendor writes it: a text, or a number where the world gives numeric ids.
#[must_use]
pub(super) fn id(it: &Instance) -> Value {
    match it.instance_id.parse::<u64>() {
        Ok(number) if it.numeric => json!(number),
        Ok(_) | Err(_) => json!(it.instance_id),
    }
}

/// Who is paired: known only while the session is connected.
fn me(it: &Instance, phase: Phase) -> Value {
    match &it.phone {
        Some(phone) if phase == Phase::Working => {
            json!({ "id": format!("{}@c.us", phone.number), "pushName": phone.push_name })
        }
        Some(_) | None => Value::Null,
    }
}
