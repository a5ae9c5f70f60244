//! Whether a written rule can be carried out, and what it then does.
//!
//! Invariant: every key that was written has its effect; one that would have none is refused.

use axum::http::{HeaderName, HeaderValue};

use super::canned;
use super::written::{On, What, Written};
use super::{Act, Answer};

/// What is wrong with a rule, and what to write instead.
type Wrong = (String, &'static str);

impl Written {
    /// What the rule does to a call.
    pub(super) fn act(&self) -> Result<Act, Wrong> {
        if self.nth == Some(0) {
            return Err(("`nth` counts from 1".to_owned(), "the first call is `nth: 1`"));
        }
        if self.nth.is_some() && (self.skip.is_some() || self.times.is_some()) {
            let problem = "`nth` cannot stand with `skip` or `times`".to_owned();
            return Err((problem, "`nth: 3` is `skip: 2` and `times: 1`"));
        }
        if self.times == Some(0) {
            return Err(("`times: 0` would never fire".to_owned(), "remove the rule, or write 1 or more"));
        }
        if !matches!(self.what, What::Answer | What::AnswerAfter)
            && let Some(key) = self.answer_keys().next()
        {
            let problem = format!("`{key}` has no effect here");
            return Err((problem, "it belongs to `what: answer` and `what: answer_after`"));
        }
        self.check_on()?;
        Ok(match self.what {
            What::Answer => Act::Answer(self.answer()?),
            What::AnswerAfter => Act::AnswerAfter(self.answer()?),
            What::DropBefore => Act::DropBefore,
            What::DropAfter => Act::DropAfter,
            What::HangBefore => Act::HangBefore,
            What::HangAfter => Act::HangAfter,
            What::Garble => Act::Garble,
            What::Truncate => Act::Truncate,
            What::Envelope => Act::Envelope,
            What::NumericId => Act::NumericId,
            What::EchoToken => Act::EchoToken,
            What::Starting => Act::Starting,
            What::Stuck => Act::Stuck,
            What::Stale => Act::Stale,
            What::Delay if self.delay_ms.is_some() => Act::Delay,
            What::Delay => return Err(("`delay` needs `delay_ms`".to_owned(), "such as `delay_ms: 500`")),
        })
    }

    /// A fault that only some calls can have must not be put on others.
    fn check_on(&self) -> Result<(), Wrong> {
        let (fits, hint) = match self.what {
            What::NumericId | What::Starting => (self.on == On::Create, "write `on: create`"),
            What::Stuck => (matches!(self.on, On::Start | On::Restart), "write `on: start` or `on: restart`"),
            What::Stale => {
                let reads = matches!(self.on, On::Info | On::ReadPolicy | On::ReadWebhooks);
                (reads, "write `on: info`, `on: read_policy` or `on: read_webhooks`")
            }
            _ => (true, ""),
        };
        if fits { Ok(()) } else { Err(("this cannot happen to every call".to_owned(), hint)) }
    }

    fn answer(&self) -> Result<Answer, Wrong> {
        let Some(status) = self.status else {
            return Err(("an answer needs a `status`".to_owned(), "such as `status: 503`"));
        };
        if !(200..=599).contains(&status) {
            return Err((format!("{status} is not the status of an answer"), "write 200 to 599"));
        }
        for (name, value) in &self.headers {
            let bad_name = HeaderName::try_from(name).is_err();
            if bad_name || HeaderValue::try_from(value).is_err() {
                let problem = format!("{name:?} with its value is not an HTTP header");
                return Err((problem, "such as `headers: {Retry-After: \"1\"}`"));
            }
            if ["content-length", "transfer-encoding", "content-type", "connection"]
                .contains(&name.to_ascii_lowercase().as_str())
            {
                let problem = format!("the header {name:?} cannot be set here");
                return Err((problem, "use `content_type`, or `what: truncate` for a wrong length"));
            }
        }
        let mut answer = if let Some(body) = &self.body {
            if self.code.is_some() || self.message.is_some() || self.shape.is_some() {
                let problem = "`body` cannot stand with `code`, `message` or `shape`".to_owned();
                return Err((problem, "write the whole body, or let it be made"));
            }
            let content_type = self.content_type.as_deref().unwrap_or("application/json");
            if HeaderValue::try_from(content_type).is_err() {
                return Err((format!("{content_type:?} is not a header's value"), "such as `text/html`"));
            }
            canned::raw(status, content_type, body.clone())
        } else if self.content_type.is_some() {
            return Err(("`content_type` needs a `body`".to_owned(), "or use `shape: html`, `text`, `xml`"));
        } else {
            let code = self.code.as_deref().unwrap_or_else(|| canned::usual_code(self.on, status));
            let message = self.message.as_deref().unwrap_or("A fault that the sandbox was told to make.");
            canned::answer(self.shape.unwrap_or_default(), status, code, message)
        };
        answer.headers = self.headers.clone().into_iter().collect();
        Ok(answer)
    }

    /// The keys that were given and that only an answer has.
    fn answer_keys(&self) -> impl Iterator<Item = &'static str> {
        [
            ("status", self.status.is_some()),
            ("headers", !self.headers.is_empty()),
            ("code", self.code.is_some()),
            ("message", self.message.is_some()),
            ("shape", self.shape.is_some()),
            ("body", self.body.is_some()),
            ("content_type", self.content_type.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::super::written::{FaultsError, read};
    use super::*;

    #[test]
    fn a_rule_that_could_not_do_what_it_says_is_refused() {
        for (rule, part) in [
            ("{nth: 0, what: garble}", "counts from 1"),
            ("{nth: 1, times: 2, what: garble}", "cannot stand with"),
            ("{times: 0, what: garble}", "never fire"),
            ("{what: answer}", "needs a `status`"),
            ("{what: answer, status: 100}", "not the status"),
            ("{what: garble, status: 500}", "no effect"),
            ("{what: answer, status: 500, headers: {'a b': c}}", "not an HTTP header"),
            ("{what: answer, status: 500, headers: {Content-Length: '1'}}", "cannot be set"),
            ("{what: answer, status: 500, body: x, code: y}", "cannot stand with"),
            ("{what: answer, status: 500, content_type: text/html}", "needs a `body`"),
            ("{what: delay}", "needs `delay_ms`"),
            ("{what: numeric_id}", "every call"),
            ("{what: stuck, on: create}", "every call"),
            ("{what: stale, on: me}", "every call"),
            ("{what: stale, on: read_link}", "every call"),
            ("{what: stuck, on: qr}", "every call"),
        ] {
            let error = read(&format!("faults: [{{what: garble}}, {rule}]")).unwrap_err();
            assert!(matches!(&error, FaultsError::Rule { rule: 2, .. }), "{rule}: {error}");
            assert!(error.to_string().contains(part), "{rule}: {error}");
        }
    }

    #[test]
    fn an_answer_is_made_of_code_and_message_or_of_its_own_body() {
        let act = |rule: &str| read(&format!("faults: [{rule}]")).unwrap().remove(0).1;
        let Act::Answer(made) = act("{what: answer, status: 401}") else { panic!("an answer") };
        assert!(made.body.contains("invalid_access_token"), "{}", made.body);
        let Act::Answer(free) = act("{on: set_webhook, what: answer, status: 403}") else {
            panic!("an answer")
        };
        assert!(free.body.contains("subscription_required"), "{}", free.body);
        let Act::AnswerAfter(own) =
            act("{what: answer_after, status: 502, body: <b>no</b>, content_type: text/html}")
        else {
            panic!("an answer after")
        };
        assert_eq!((own.body.as_str(), own.content_type.as_deref()), ("<b>no</b>", Some("text/html")));
    }
}
