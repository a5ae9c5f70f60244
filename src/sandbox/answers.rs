//! An answer of the emulated API, whole, halved or changed, and what a refusal is answered with.
//!
//! Invariant: none of the client's own types is used, so a misreading must be made twice to go unseen.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::Refusal;

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

    /// What is asked of who calls too fast. The header counts in whole seconds.
    #[must_use]
    pub(super) fn too_fast(wait: Duration) -> Self {
        let mut answer = Self::error(429, "rate_limited", "Too many requests.");
        answer.headers.push(("retry-after".to_owned(), wait.as_secs_f64().ceil().max(1.0).to_string()));
        answer
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

    /// What was refused, as the API words it. What only `/_sandbox/` refuses is a 409 or 400. Undocumented, and
    /// the sandbox's choice: `invalid_param`, `invalid_policy`, 403 for a policy of paid accounts,
    /// `webhook_not_found`, `system_webhook`, and the 422, which is WAHA's.
    #[must_use]
    pub(super) fn refusal(refusal: &Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::QuotaReached(_) => (403, "quota_reached"),
            Refusal::InvalidInstance => (404, "invalid_instance"),
            Refusal::NoQrCode(_) => (409, "no_qr_code"),
            Refusal::NotPaired => (409, "not_paired"),
            Refusal::NotRunning => (409, "not_running"),
            Refusal::BadPhone => (400, "bad_phone"),
            Refusal::MissingParam(_) => (400, "missing_param"),
            Refusal::BadParam(..) => (400, "invalid_param"),
            Refusal::UnknownPolicy => (400, "invalid_policy"),
            Refusal::SubscriptionRequired => (403, "subscription_required"),
            Refusal::SystemWebhook => (403, "system_webhook"),
            Refusal::NoSuchWebhook => (404, "webhook_not_found"),
            Refusal::NotScannable(_) => (422, "invalid_session_status"),
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
