//! What is told of changes as they end: a line each, or, of many, the first and last of each kind, what went wrong, and how
//! far it is.
//!
//! Invariant: what did not simply succeed always has its line.

use std::collections::BTreeMap;
use std::time::Duration;

use super::eta::{Eta, in_seconds};
use super::extent::{Extent, LONG};
use super::paint::Paint;
use super::report::entry;
use crate::apply::{End, Entry};
use crate::instance::Name;
use crate::plan::{Plan, effort};

/// How far many changes are.
pub struct Progress {
    paint: Paint,
    eta: Eta,
    efforts: BTreeMap<Name, f64>,
    /// How many of each kind there are, and how many ended.
    kinds: BTreeMap<&'static str, (usize, usize)>,
    total: usize,
    ended: usize,
    is_long: bool,
}

impl Progress {
    /// Nothing ended yet.
    #[must_use]
    pub fn new(plan: &Plan, extent: Extent, paint: Paint) -> Self {
        let efforts: BTreeMap<_, _> =
            plan.changes.iter().map(|change| (change.name.clone(), effort(change))).collect();
        let mut kinds = BTreeMap::new();
        for change in &plan.changes {
            kinds.entry(change.action.word()).or_insert((0, 0)).0 += 1;
        }
        let total = plan.changes.len();
        let eta = Eta::new(efforts.values().sum());
        let is_long = extent == Extent::Readable && total > LONG;
        Self { paint, eta, efforts, kinds, total, ended: 0, is_long }
    }

    /// A change ended, so long after the beginning: the lines that tell of it. Where something else shows how far it is,
    /// they tell only what `is_shown_elsewhere` cannot.
    pub fn ended(&mut self, ended: &Entry, now: Duration, is_shown_elsewhere: bool) -> Vec<String> {
        self.eta.done(self.efforts.get(&ended.name).copied().unwrap_or_default(), now);
        let kind = self.kinds.entry(ended.action).or_default();
        kind.1 += 1;
        let is_first_or_last = kind.1 == 1 || kind.1 == kind.0;
        let tenth = |ended: usize| ended * 10 / self.total.max(1);
        let is_next_tenth = tenth(self.ended + 1) > tenth(self.ended);
        self.ended += 1;
        let is_plain = ended.end == End::Done && ended.notes.is_empty();
        let mut lines = Vec::new();
        if !self.is_long || !is_plain || (is_first_or_last && !is_shown_elsewhere) {
            lines.push(entry(ended, self.paint));
        }
        if self.is_long && is_next_tenth && !is_shown_elsewhere && self.ended < self.total {
            lines.push(self.standing(now));
        }
        lines
    }

    /// How long it still takes, as far as that is known.
    #[must_use]
    pub fn left(&self, now: Duration) -> Option<Duration> {
        self.eta.left(now)
    }

    fn standing(&self, now: Duration) -> String {
        let speed = self.ended as f64 / now.as_secs_f64().max(f64::MIN_POSITIVE);
        let left = self.left(now).map(|left| format!(", about {} left", in_seconds(left)));
        format!("{} of {} done, {speed:.0} a second{}", self.ended, self.total, left.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Cause;
    use crate::manifest::{Loaded, Source, load};
    use crate::plan::{Scope, diff};

    fn plan(instances: usize) -> Plan {
        let all: String = (0..instances).map(|at| format!("  shop-{at:03}: {{running: false}}\n")).collect();
        let text = format!("fleet: acme\ninstances:\n{all}");
        let Ok(Loaded { desired, .. }) = load(&[Source::new("x", text)]) else { panic!("it is right") };
        diff(&desired, None, &Scope::default())
    }

    fn told(plan: &Plan, extent: Extent, is_shown_elsewhere: bool, fails: Option<usize>) -> Vec<String> {
        let mut progress = Progress::new(plan, extent, Paint { colour: false });
        let mut lines = Vec::new();
        for (at, change) in plan.changes.iter().enumerate() {
            let failed = || End::Failed { why: "no".into(), cause: Cause::Program, may_pass: false };
            let end = if fails == Some(at) { failed() } else { End::Done };
            let (name, action) = (change.name.clone(), change.action.word());
            let entry = Entry { name, action, instance_id: None, end, notes: Vec::new() };
            let now = Duration::from_millis(100) * u32::try_from(at + 1).unwrap();
            lines.extend(progress.ended(&entry, now, is_shown_elsewhere));
        }
        lines
    }

    #[test]
    fn of_many_changes_the_first_the_last_each_tenth_and_what_went_wrong_have_a_line() {
        let told = told(&plan(200), Extent::Readable, false, Some(77));
        assert_eq!(told.len(), 1 + 9 + 1 + 1, "{told:#?}");
        assert_eq!(told[0], "shop-000: created");
        assert_eq!(told[1], "20 of 200 done, 10 a second, about 18s left");
        assert_eq!(told[4], "shop-077: create failed: no");
        assert_eq!(told[11], "shop-199: created");
    }

    #[test]
    fn where_a_bar_shows_the_rest_only_what_went_wrong_has_a_line() {
        assert_eq!(told(&plan(200), Extent::Readable, true, Some(77)), ["shop-077: create failed: no"]);
    }

    #[test]
    fn few_changes_and_all_when_asked_for_have_a_line_each() {
        assert_eq!(told(&plan(100), Extent::Readable, true, None).len(), 100);
        assert_eq!(told(&plan(200), Extent::Full, false, None).len(), 200);
    }
}
