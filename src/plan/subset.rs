//! Whether a plan does nothing more than another one that was reviewed.
//!
//! Invariant: what passes ends, for every instance it touches, as it was reviewed, and starts from what was reviewed or
//! from what a run of the reviewed plan may have left when it was cut off. Less is always allowed.

use std::collections::BTreeMap;

use super::attributes::{Attributes, HookSpec, Marks};
use super::change::{Action, Change, Plan};
use crate::instance::Name;
use crate::state::{Hook, Part};

/// A change that was not reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of which instance.
    pub name: Name,
    /// The word of its action.
    pub action: &'static str,
    /// In which way.
    pub why: Why,
}

/// In which way a change is more than what was reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nothing like it was reviewed.
    NotReviewed,
    /// It was reviewed from another beginning, or with another end.
    Otherwise,
}

/// Whether every change of a plan is within what was reviewed.
///
/// # Errors
/// Those that are not, in the order of the plan.
pub fn subset(new: &Plan, reviewed: &Plan) -> Result<(), Vec<Difference>> {
    let mut of_name: BTreeMap<&Name, Vec<&Action>> = BTreeMap::new();
    for Change { name, action, reason: _ } in &reviewed.changes {
        of_name.entry(name).or_default().push(action);
    }
    let differs = |Change { name, action, reason: _ }: &Change| {
        let candidates = of_name.get(name).map_or(&[][..], Vec::as_slice);
        let why = candidates
            .iter()
            .map(|reviewed| within(action, reviewed))
            .min()
            .unwrap_or(Some(Why::NotReviewed));
        why.map(|why| Difference { name: name.clone(), action: action.word(), why })
    };
    let differences: Vec<Difference> = new.changes.iter().filter_map(differs).collect();
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

/// What keeps a change from being within a reviewed one of the same name; `None` when it is.
fn within(new: &Action, reviewed: &Action) -> Option<Why> {
    let fits = match (new, reviewed) {
        (Action::Delete { before: a }, Action::Delete { before: b }) => a == b,
        (Action::Rename { from: a, before: x }, Action::Rename { from: b, before: y }) => a == b && x == y,
        (Action::Forget { before: a }, Action::Forget { before: b }) => a == b,
        (Action::Adopt { instance_id: a, after: x }, Action::Adopt { instance_id: b, after: y }) => {
            a == b && same_end(x, y)
        }
        (Action::Create { after: x, replaces: a }, Action::Create { after: y, replaces: b }) => {
            // The one that was gone may be let go of already.
            same_end(x, y) && (a.is_none() || a == b)
        }
        (Action::Update { before, after: x }, Action::Update { before: recorded, after: y }) => {
            let rest = Rest { before: &before.attributes, after: x, running: None };
            before.instance_id == recorded.instance_id && rest.of(&recorded.attributes, y)
        }
        // Bound, and then cut off before all was set.
        (Action::Update { before, after: x }, Action::Create { after: y, replaces: _ }) => {
            Rest { before: &before.attributes, after: x, running: Some(false) }.of(&nothing(), y)
        }
        (Action::Update { before, after: x }, Action::Adopt { instance_id, after: y }) => {
            // It comes as it is found.
            let running = Some(before.attributes.running);
            before.instance_id == *instance_id
                && Rest { before: &before.attributes, after: x, running }.of(&nothing(), y)
        }
        _ => return Some(Why::NotReviewed),
    };
    (!fits).then_some(Why::Otherwise)
}

/// What an instance has before anything is set on it.
fn nothing() -> Attributes {
    Attributes {
        labels: Default::default(),
        protect: false,
        running: false,
        rate_limit: None,
        webhooks: BTreeMap::new(),
        doubtful: Default::default(),
    }
}

/// Whether both end as the same. Which mark a secret will have is not compared: who plans need not hold it.
fn same_end(a: &Attributes, b: &Attributes) -> bool {
    let Attributes { labels, protect, running, rate_limit, webhooks, doubtful } = a;
    *labels == b.labels
        && *protect == b.protect
        && *running == b.running
        && *rate_limit == b.rate_limit
        && *doubtful == b.doubtful
        && webhooks.len() == b.webhooks.len()
        && webhooks.iter().all(|(url, hook)| b.webhooks.get(url).is_some_and(|other| same_hook(hook, other)))
}

fn same_hook(a: &HookSpec, b: &HookSpec) -> bool {
    let HookSpec { hook, hmac_env } = a;
    hook.events == b.hook.events && hook.retries == b.hook.retries && *hmac_env == b.hmac_env
}

/// An update that may be what is left of something.
struct Rest<'a> {
    before: &'a Attributes,
    after: &'a Attributes,
    /// The run state it may have begun with, where nothing was recorded.
    running: Option<bool>,
}

impl Rest<'_> {
    /// Part by part: it is right already, or the review touches it and it is in doubt or as it was at the review.
    fn of(&self, from: &Attributes, to: &Attributes) -> bool {
        let Self { before, after, running } = self;
        let begun = running.unwrap_or(from.running);
        let part = |part: Option<Part>, [right, as_it_was, touched]: [bool; 3]| {
            let doubted = |side: &Attributes| part.as_ref().is_some_and(|part| side.doubtful.contains(part));
            let (in_doubt, touched) = (doubted(before), touched || doubted(from));
            (right && !in_doubt) || (touched && (in_doubt || as_it_was))
        };
        let labels = before.labels == from.labels;
        let protect = before.protect == from.protect;
        same_end(after, to)
            && part(None, [before.labels == after.labels, labels, from.labels != to.labels])
            && part(None, [before.protect == after.protect, protect, from.protect != to.protect])
            && part(
                Some(Part::Running),
                [
                    before.running == after.running,
                    before.running == begun,
                    self.running.is_some() || begun != to.running,
                ],
            )
            && part(
                Some(Part::RateLimit),
                [
                    before.rate_limit == after.rate_limit,
                    before.rate_limit == from.rate_limit,
                    from.rate_limit != to.rate_limit,
                ],
            )
            && before.own_urls().chain(after.webhooks.keys()).all(|url| {
                let [now, then, aim, reviewed] =
                    [before, from, after, to].map(|it| it.webhooks.get(url).map(|spec| &spec.hook));
                let keeps = |was: Option<&Hook>, is: Option<&Hook>| {
                    is.and_then(|is| is.hmac.as_ref())
                        .is_some_and(|mark| was.and_then(|it| it.hmac.as_ref()) == Some(mark))
                };
                // A secret that was to be kept is not replaced.
                let kept = !keeps(then, reviewed) || keeps(now, aim);
                // One whose secret goes is removed before it is set again.
                kept && part(
                    Some(Part::Webhook(url.clone())),
                    [now == aim, now == then || now.is_none(), then != reviewed],
                )
            })
    }
}

impl Plan {
    /// The plan with the marks of the secrets that are at hand, as the state is going to have them.
    #[must_use]
    pub fn marked(mut self, marks: &Marks) -> Self {
        for change in &mut self.changes {
            let (Action::Adopt { after, .. } | Action::Create { after, .. } | Action::Update { after, .. }) =
                &mut change.action
            else {
                continue;
            };
            for HookSpec { hook, hmac_env } in after.webhooks.values_mut() {
                if let Some(mark) = hmac_env.as_ref().and_then(|variable| marks.get(variable)) {
                    hook.hmac = Some(mark.clone());
                }
            }
        }
        self
    }
}
