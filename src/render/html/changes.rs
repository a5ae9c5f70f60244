//! The changes of a plan, a table for each action: deletions first, then in the order they are done.

use maud::{Markup, html};

use super::{Text, labels};
use crate::instance::Labels;
use crate::plan::{Action, Attributes, Change, FieldChange, Held, Plan, Reason, field_changes};
use crate::render::plan::why;

/// Of a plan with no more changes than this, all is seen at once.
const SHORT: usize = 20;
/// So many fields are named before they are opened.
const NAMED: usize = 3;

/// The changes of one kind.
pub(super) struct Group<'a> {
    /// The action, as the design has it.
    pub(super) kind: &'static str,
    /// In Terraform's word.
    pub(super) word: &'static str,
    sign: &'static str,
    title: &'static str,
    /// What is to be known of all of them.
    note: &'static str,
    changes: Vec<&'a Change>,
    /// Why, where it is the same for all.
    reason: Option<Reason>,
}

const KINDS: [(&str, &str, &str, &str, &str); 6] = [
    ("delete", "destroy", "-", "to destroy", "The live session is removed, and with it its pairing."),
    ("rename", "rename", ">", "to rename", ""),
    ("forget", "forget", ".", "to forget", ""),
    (
        "adopt",
        "import",
        "=",
        "to import",
        "An existing session is bound and set to what the manifest says, so it counts as a change, too.",
    ),
    ("create", "add", "+", "to add", ""),
    ("update", "change", "~", "to change in place", ""),
];

/// Them, without those that are empty.
pub(super) fn groups(plan: &Plan) -> Vec<Group<'_>> {
    let group = |(kind, word, sign, title, note): (&'static str, &'static str, _, _, _)| {
        let of_them = plan.changes.iter().filter(|change| change.action.word() == kind);
        let mut changes: Vec<&Change> = of_them.collect();
        if kind == "delete" {
            // Those that work with a phone lose most.
            changes.sort_by_key(|change| !plan.working.contains_key(&change.name));
        }
        let first = changes.first()?.reason;
        let reason = changes.iter().all(|change| change.reason == first).then_some(first);
        Some(Group { kind, word, sign, title, note, changes, reason })
    };
    KINDS.into_iter().filter_map(group).collect()
}

/// The labels that a change is found by.
pub(super) fn labels_of(action: &Action) -> Option<&Labels> {
    match action {
        Action::Delete { before } | Action::Rename { before, .. } => Some(&before.attributes.labels),
        Action::Forget { before } => before.as_ref().map(|before| &before.attributes.labels),
        Action::Adopt { after, .. } | Action::Create { after, .. } | Action::Update { after, .. } => {
            Some(&after.labels)
        }
    }
}

/// Whether an action sets fields.
pub(super) const fn has_fields(action: &Action) -> bool {
    matches!(action, Action::Adopt { .. } | Action::Create { .. } | Action::Update { .. })
}

/// One group.
pub(super) fn group(plan: &Plan, group: &Group<'_>) -> Markup {
    let Group { kind, word: _, sign, title, note, changes, reason } = group;
    let sets = changes.iter().any(|change| has_fields(&change.action));
    // What no row has anything to say of is no column.
    let says = sets || reason.is_none() || changes.iter().any(|change| is_remarkable(plan, change));
    html! {
        section .group .(kind) data-kind=(kind) aria-labelledby=(kind) {
            h3 id=(kind) { span.sign aria-hidden="true" { (sign) } " " (changes.len()) " " (title) }
            p.note {
                (note)
                @if let Some(reason) = reason { " " (sentence(plan, *reason)) }
            }
            table aria-labelledby=(kind) {
                thead {
                    tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Instance" }
                        th scope="col" { "Labels" }
                        @if says { th scope="col" { @if sets { "Fields" } @else { "Note" } } }
                    }
                }
                tbody { @for change in changes { (row(plan, change, says, reason.is_none())) } }
            }
        }
    }
}

/// Why, as a sentence of its own. What stands between back-ticks in it is code.
fn sentence(plan: &Plan, reason: Reason) -> Markup {
    let mut chars = why(plan, reason).chars();
    let words: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    html! {
        @for (at, part) in words.split('`').enumerate() {
            @if at % 2 == 0 { (part) } @else { code { (part) } }
        }
        "."
    }
}

fn row(plan: &Plan, change: &Change, says: bool, with_reason: bool) -> Markup {
    let Change { name, action, reason } = change;
    html! {
        tr {
            th scope="row" {
                (name)
                @if let Action::Rename { from, .. } = action { span.was { "was " (from) } }
            }
            td.handle { (handle(action)) }
            td.labels { @if let Some(of_it) = labels_of(action) { (labels(of_it)) } }
            @if says {
                td {
                    @if with_reason { span.why { (sentence(plan, *reason)) } }
                    (what(plan, change))
                }
            }
        }
    }
}

/// Which session it is.
fn handle(action: &Action) -> Markup {
    let recorded = |held: &Held| {
        let Held { instance_id, session_name, attributes: _ } = held;
        html! {
            code { (instance_id) }
            @if let Some(name) = session_name { span.session { (Text(name)) } }
        }
    };
    match action {
        Action::Delete { before } | Action::Rename { before, .. } | Action::Update { before, .. } => {
            recorded(before)
        }
        Action::Forget { before } => html! { @if let Some(before) = before { (recorded(before)) } },
        Action::Adopt { instance_id, after: _ } => html! { code { (instance_id) } },
        Action::Create { replaces, after: _ } => html! {
            @if let Some(gone) = replaces { code { (gone.instance_id) } span.session { "is gone" } }
            @else { span.session { "not yet" } }
        },
    }
}

/// Whether something is to be known of a change beside who it is of and which fields it sets.
fn is_remarkable(plan: &Plan, change: &Change) -> bool {
    match &change.action {
        Action::Delete { before } => before.attributes.protect || plan.working.contains_key(&change.name),
        Action::Rename { before, .. } => before.attributes.protect,
        Action::Forget { before } => before.as_ref().is_none_or(|before| before.attributes.protect),
        Action::Adopt { .. } | Action::Create { .. } | Action::Update { .. } => false,
    }
}

/// What is done to it, and what is to be known of that.
fn what(plan: &Plan, change: &Change) -> Markup {
    let protected = |held: &Held| html! { @if held.attributes.protect { code.protect { "protect: true" } } };
    match &change.action {
        Action::Delete { before } => html! {
            @if let Some(phone) = plan.working.get(&change.name) {
                strong.paired {
                    "Paired with " @if let Some(phone) = phone { (Text(phone)) } @else { "a phone" } ", and working."
                }
            }
            (protected(before))
        },
        Action::Rename { before, .. } => protected(before),
        Action::Forget { before } => html! {
            @if let Some(before) = before { (protected(before)) }
            @else { "Only a call of unknown outcome is recorded." }
        },
        Action::Adopt { after, .. } | Action::Create { after, .. } => fields(plan, None, after),
        Action::Update { before, after } => fields(plan, Some(&before.attributes), after),
    }
}

/// The fields that change, folded.
fn fields(plan: &Plan, before: Option<&Attributes>, after: &Attributes) -> Markup {
    let changes = field_changes(before, Some(after));
    let more = changes.len().saturating_sub(NAMED);
    html! {
        details open[plan.changes.len() <= SHORT] {
            summary {
                @for (at, change) in changes.iter().take(NAMED).enumerate() {
                    @if at > 0 { ", " }
                    (Text(&change.field))
                }
                @if more > 0 { " and " (more) " more" }
            }
            pre { @for change in &changes { (field(plan, change)) } }
        }
    }
}

fn field(plan: &Plan, FieldChange { field, before, after }: &FieldChange) -> Markup {
    let is_default = after.is_some() && plan.defaults.get(field) == after.as_ref();
    html! {
        @if let Some(before) = before { del { "- " (Text(field)) ": " (Text(before)) "\n" } }
        @if let Some(after) = after {
            ins { "+ " (Text(field)) ": " (Text(after)) @if is_default { "  # from defaults" } "\n" }
        }
    }
}
