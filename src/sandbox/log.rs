//! What was asked and what came of it.
//!
//! Invariant: no token and no webhook's secret is in it: only the places where one was found. What was said
//! besides and what was answered is not in it at all, so neither is a pairing page or code.

use std::collections::VecDeque;

use serde::Serialize;

use super::credentials::{Credentials, Place};

/// How many requests are remembered; the oldest go first, so that a sandbox can run for weeks.
const REMEMBERED: usize = 100_000;
/// How much of a path or an id is remembered, in characters.
const LONGEST: usize = 200;

/// One request to the emulated API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Logged {
    /// Counts up from 1, in order of arrival, also over a cleared log.
    pub number: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// Every place that carried a token.
    pub token_in: Vec<Place>,
    /// Every place that carried an instance_id.
    pub instance_id_in: Vec<Place>,
    /// Every place that carried a webhook's `hmac`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hmac_in: Vec<Place>,
    /// For which instance; after a create, the one that it made.
    pub instance_id: Option<String>,
    /// The place of the fault that fired, from 1.
    pub fault: Option<usize>,
    /// The status that was answered; none when there was no answer, or not yet.
    pub status: Option<u16>,
    /// Whether the call had its effect. A refusal has none.
    pub executed: bool,
    /// Whether the whole answer was handed to the connection while the client was there.
    pub delivered: bool,
    /// Whether the client left before there was an answer, as far as the connection showed it.
    pub left: bool,
    /// Whether it waits for a release just now.
    pub hanging: bool,
}

/// The requests since the sandbox began, or since the log was cleared.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Logged>,
    last: u64,
}

impl Log {
    /// Notes a request and gives its number.
    pub(super) fn begin(&mut self, method: &str, path: &str, credentials: &Credentials) -> u64 {
        let Credentials { token, token_in, instance_id, instance_id_in, hmac_in, fields: _, body: _ } =
            credentials;
        // A token that was put into the path or the id by mistake is not shown either.
        let shown = |text: &str| {
            let text = token.as_ref().map_or_else(|| text.to_owned(), |token| token.redact(text));
            text.chars().take(LONGEST).collect::<String>()
        };
        self.last += 1;
        if self.entries.len() == REMEMBERED {
            self.entries.pop_front();
        }
        self.entries.push_back(Logged {
            number: self.last,
            method: method.to_owned(),
            path: shown(path),
            token_in: token_in.clone(),
            instance_id_in: instance_id_in.clone(),
            hmac_in: hmac_in.clone(),
            instance_id: instance_id.as_deref().map(shown),
            fault: None,
            status: None,
            executed: false,
            delivered: false,
            left: false,
            hanging: false,
        });
        self.last
    }

    /// Completes the entry with this number, if it is still remembered.
    pub(super) fn note(&mut self, number: u64, note: impl FnOnce(&mut Logged)) {
        let first = self.entries.front().map_or(u64::MAX, |entry| entry.number);
        let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            note(entry);
        }
    }

    pub(super) fn entries(&mut self) -> &[Logged] {
        self.entries.make_contiguous()
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Secret;

    #[test]
    fn only_the_latest_are_remembered_and_each_is_found_by_its_number() {
        let mut log = Log::default();
        let nobody = Credentials::default();
        for _ in 0..REMEMBERED + 2 {
            log.begin("GET", "/", &nobody);
        }
        log.note(1, |entry| entry.executed = true);
        log.note(3, |entry| entry.executed = true);
        assert_eq!((log.entries().len(), log.entries()[0].number), (REMEMBERED, 3));
        assert_eq!(log.entries().iter().filter(|entry| entry.executed).count(), 1);
        log.clear();
        assert_eq!(log.begin("GET", "/", &nobody), REMEMBERED as u64 + 3);
        log.note(3, |entry| entry.executed = true);
        assert!(log.entries().iter().all(|entry| !entry.executed));
    }

    #[test]
    fn a_token_in_the_wrong_place_is_not_shown() {
        let mut log = Log::default();
        let token = Some(Secret::new("s3cr3t".to_owned()));
        let instance_id = Some("s3cr3t".to_owned());
        let credentials = Credentials { token, instance_id, ..Credentials::default() };
        log.begin("GET", "/v2/s3cr3t", &credentials);
        assert!(!format!("{:?}", log.entries()).contains("s3cr3t"));
    }
}
