//! Scripted faults: which call goes wrong, and how.
//!
//! Invariant: a rule counts every call it is about, in order of arrival, whether or not another rule fires on
//! it; the first rule in the list that is due fires, and only that one.

mod canned;
mod check;
mod written;

use std::time::Duration;

use serde::Serialize;

pub use canned::Shape;
pub use written::{FaultsError, On, What, Written};

use super::answers::Answer;
use crate::wawp::wire::Endpoint;

/// The rules in force and how far each has come.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    written: Written,
    act: Act,
    seen: u64,
    fired: u64,
}

/// What a rule does to the call it fires on: [`What`], with the answer made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Answer(Answer),
    AnswerAfter(Answer),
    DropBefore,
    DropAfter,
    HangBefore,
    HangAfter,
    Garble,
    Truncate,
    Envelope,
    NumericId,
    EchoToken,
    Starting,
    Stuck,
    Stale,
    Delay,
}

/// A fault that fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fired {
    /// The rule's place in the list, from 1.
    pub(super) rule: usize,
    /// What it does.
    pub(super) act: Act,
    /// How long the call waits first.
    pub(super) delay: Duration,
}

/// How far a rule has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The rule as it was written.
    pub rule: Written,
    /// How many calls it was about.
    pub seen: u64,
    /// How often it fired.
    pub fired: u64,
    /// How often it can still fire; absent when there is no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

impl Faults {
    /// Reads a faults file, YAML or JSON:
    ///
    /// ```yaml
    /// faults:
    ///   - {on: create, nth: 2, what: drop_after}
    ///   - {on: create, times: 2, what: answer, status: 429, headers: {Retry-After: "1"}}
    ///   - {on: info, skip: 1, what: answer, status: 502, shape: html}
    /// ```
    ///
    /// # Errors
    /// Says which line or which rule is wrong, and what would be right.
    pub fn parse(text: &str) -> Result<Self, FaultsError> {
        let rules = written::read(text)?.into_iter().map(|(written, act)| Rule::new(written, act)).collect();
        Ok(Self { rules })
    }

    /// Counts a call that has arrived and says what is to go wrong with it.
    pub(super) fn pick(&mut self, endpoint: Endpoint, instance_id: Option<&str>) -> Option<Fired> {
        let mut fired = None;
        for (rule, place) in self.rules.iter_mut().zip(1..) {
            if !rule.is_about(endpoint, instance_id) {
                continue;
            }
            rule.seen += 1;
            if fired.is_none() && rule.is_due() {
                rule.fired += 1;
                let delay = Duration::from_millis(rule.written.delay_ms.unwrap_or(0));
                fired = Some(Fired { rule: place, act: rule.act.clone(), delay });
            }
        }
        fired
    }

    /// How far each rule has come, in the order of the file.
    #[must_use]
    pub fn left(&self) -> Vec<Left> {
        self.rules
            .iter()
            .map(|Rule { written, act: _, seen, fired }| Left {
                rule: written.clone(),
                seen: *seen,
                fired: *fired,
                left: written.times().map(|times| times.saturating_sub(*fired)),
            })
            .collect()
    }
}

impl Rule {
    const fn new(written: Written, act: Act) -> Self {
        Self { written, act, seen: 0, fired: 0 }
    }

    fn is_about(&self, endpoint: Endpoint, instance_id: Option<&str>) -> bool {
        let named = self.written.instance_id.as_deref();
        self.written.on.includes(endpoint) && (named.is_none() || named == instance_id)
    }

    fn is_due(&self) -> bool {
        self.seen > self.written.skipped() && self.written.times().is_none_or(|times| self.fired < times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires(text: &str, calls: &[Endpoint]) -> Vec<Option<usize>> {
        let mut faults = Faults::parse(text).unwrap();
        calls.iter().map(|call| faults.pick(*call, None).map(|fired| fired.rule)).collect()
    }

    const CREATE: Endpoint = Endpoint::Create;

    #[test]
    fn a_rule_without_a_count_fires_on_every_call_it_is_about() {
        let text = "faults: [{on: create, what: drop_after}]";
        assert_eq!(fires(text, &[CREATE, Endpoint::Info, CREATE]), [Some(1), None, Some(1)]);
    }

    #[test]
    fn nth_counts_only_the_calls_it_is_about() {
        let text = "faults: [{on: create, nth: 2, what: drop_after}]";
        assert_eq!(fires(text, &[CREATE, Endpoint::Info, CREATE, CREATE]), [None, None, Some(1), None]);
    }

    #[test]
    fn skip_and_times_make_a_window() {
        let text = "faults: [{skip: 1, times: 2, what: drop_before}]";
        assert_eq!(fires(text, &[CREATE; 5]), [None, Some(1), Some(1), None, None]);
    }

    #[test]
    fn the_first_rule_that_is_due_fires_and_the_others_count_on() {
        let text = "faults: [{times: 1, what: drop_before}, {nth: 2, what: hang_after}, {what: garble}]";
        assert_eq!(fires(text, &[CREATE; 3]), [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn a_rule_can_be_about_one_instance() {
        let mut faults = Faults::parse("faults: [{instance_id: A1, what: stale, on: info}]").unwrap();
        assert_eq!(faults.pick(Endpoint::Info, Some("B2")), None);
        assert_eq!(faults.pick(Endpoint::Info, None), None);
        assert_eq!(faults.pick(Endpoint::Info, Some("A1")).map(|fired| fired.act), Some(Act::Stale));
    }

    #[test]
    fn what_is_left_counts_down() {
        let mut faults =
            Faults::parse("faults: [{times: 2, what: garble}, {what: delay, delay_ms: 5}]").unwrap();
        faults.pick(CREATE, None);
        let left = faults.left();
        assert_eq!((left[0].seen, left[0].fired, left[0].left), (1, 1, Some(1)));
        assert_eq!((left[1].seen, left[1].fired, left[1].left), (1, 0, None));
    }
}
