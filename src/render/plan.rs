//! A plan as text for people: what will happen, in the words that Terraform's readers and tools know
//! (formats.md F3.8).

use std::collections::BTreeMap;
use std::fmt::Write;

use similar::ChangeTag;
use similar::algorithms::{Capture, Replace, myers};

use super::drift::drift;
use super::extent::{Extent, Row, rows};
use super::paint::Paint;
use crate::instance::visible;
use crate::plan::{
    Action, Attributes, Change, Counts, FieldChange, Held, Plan, Reason, Suggestion, Unsettled, field_changes,
};
use crate::state::Call;

/// The whole preview: changes, what is unsettled, what looks like a rename, and the counts last.
#[must_use]
pub fn plan(plan: &Plan, suggestions: &[Suggestion], extent: Extent, paint: Paint) -> String {
    let mut out = if plan.assumed { format!("{}\n\n", paint.notable(ASSUMED)) } else { String::new() };
    out += &drift(&plan.drift, extent, paint);
    if !plan.drift.is_empty() {
        out.push('\n');
    }
    if plan.changes.is_empty() {
        let nothing = nothing(plan, "above");
        out += &if nothing.starts_with("No changes.") { paint.good(nothing) } else { nothing };
        out.push('\n');
    } else {
        out += "wawpform will perform the following actions:\n";
        for row in rows(plan, extent) {
            out.push('\n');
            match row {
                Row::Change(change) => one_change(&mut out, plan, change, paint),
                Row::LeftOut(changes) => left_out(&mut out, &changes, paint),
            }
        }
    }
    if !plan.unsettled.is_empty() {
        out.push('\n');
        unsettled(&mut out, &plan.unsettled, paint);
    }
    if !plan.changes.is_empty() {
        out.push('\n');
        out += &paint.strong(counts(plan));
        out.push('\n');
    }
    for Suggestion { name, from } in suggestions {
        let _ = write!(
            out,
            "\n{}: {from} would be deleted and {name} created.\n\
             If they are the same instance, keep its pairing and write\n\n  {name}:\n    previously: {from}\n",
            paint.notable("Looks like a rename"),
        );
    }
    out
}

/// What is said of every comparison of two manifests.
pub(super) const ASSUMED: &str =
    "Two manifests are compared here, not the manifest and the state: an apply may do something else.";

const NO_CHANGES: &str = "No changes. Your infrastructure matches the configuration.";

/// What is told of a plan without a change; its drift is told `where_`.
#[must_use]
pub(super) fn nothing(plan: &Plan, where_: &str) -> String {
    if !plan.is_converged() {
        "Nothing can be planned yet.".to_owned()
    } else if plan.assumed {
        "No changes. Both manifests ask for the same instances.".to_owned()
    } else if plan.drift.iter().any(|it| it.accepted.is_none()) {
        format!("Nothing is planned: what is told {where_} is not put right by itself.")
    } else {
        NO_CHANGES.to_owned()
    }
}

/// The fleet's defaults, by field.
type Defaults = BTreeMap<String, String>;

/// The line that counts, as Terraform writes it.
#[must_use]
pub(super) fn counts(plan: &Plan) -> String {
    let Counts { import, add, change, destroy, forget, rename } = plan.counts();
    let clause = |count: usize, clause: &str| match count {
        0 => String::new(),
        _ => clause.replace('N', &count.to_string()),
    };
    format!(
        "Plan: {}{add} to add, {change} to change, {destroy} to destroy{}{}.",
        clause(import, "N to import, "),
        clause(forget, ", N to forget"),
        clause(rename, ", N to rename"),
    )
}

/// The words that say what becomes of one, or of many.
const fn becomes(action: &Action) -> &'static str {
    match action {
        Action::Delete { .. } => "will be destroyed",
        Action::Rename { .. } => "will be renamed",
        Action::Forget { .. } => "will no longer be managed by wawpform, but will not be destroyed",
        Action::Adopt { .. } => "will be imported",
        Action::Create { .. } => "will be created",
        Action::Update { .. } => "will be updated in-place",
    }
}

fn left_out(out: &mut String, changes: &[&Change], paint: Paint) {
    if let (Some(first), Some(last)) = (changes.first(), changes.last()) {
        let what = format!("{} more {}", changes.len(), becomes(&first.action));
        let _ = writeln!(out, "  # {}", paint.strong(what));
        let _ = writeln!(out, "  # (from {} to {}; --full shows each)", first.name, last.name);
    }
}

fn one_change(out: &mut String, plan: &Plan, change: &Change, paint: Paint) {
    let Plan { defaults, working, .. } = plan;
    let Change { name, action, reason } = change;
    let sign = match action {
        Action::Delete { .. } => paint.bad("-"),
        Action::Rename { .. } => paint.notable(">"),
        Action::Forget { .. } => paint.notable("."),
        Action::Adopt { .. } => paint.good("="),
        Action::Create { .. } => paint.good("+"),
        Action::Update { .. } => paint.notable("~"),
    };
    let what = match action {
        // As Terraform says it, which other tools look for.
        Action::Rename { from, .. } => format!("{from} has moved to {name}"),
        other => format!("{name} {}", becomes(other)),
    };
    let _ = writeln!(out, "  # {}", paint.strong(what));
    let _ = writeln!(out, "  # ({})", why(plan, *reason));
    match action {
        Action::Delete { before } | Action::Rename { before, .. } => {
            let _ = writeln!(out, "  {sign} {name}");
            held(out, before);
            if let (Action::Delete { .. }, Some(phone)) = (action, working.get(name)) {
                let phone = phone.as_deref().map_or("a phone".into(), visible);
                let _ = writeln!(out, "      {}", paint.bad(format!("paired with {phone}, and working")));
            }
        }
        Action::Forget { before } => {
            let _ = writeln!(out, "  {sign} {name}");
            if let Some(before) = before {
                held(out, before);
            }
        }
        Action::Adopt { instance_id, after } => {
            let _ = writeln!(out, "  {sign} {name}\n      instance_id: {instance_id}");
            fields(out, (None, after), defaults, paint);
        }
        Action::Create { after, replaces } => {
            let _ = writeln!(out, "  {sign} {name}");
            if let Some(gone) = replaces {
                let _ = writeln!(out, "      instance_id: {} (gone)", gone.instance_id);
            }
            fields(out, (None, after), defaults, paint);
        }
        Action::Update { before, after } => {
            let _ = writeln!(out, "  {sign} {name}\n      instance_id: {}", before.instance_id);
            fields(out, (Some(&before.attributes), after), defaults, paint);
        }
    }
}

/// What is told of a recorded instance, so that a person recognises it.
fn held(out: &mut String, held: &Held) {
    let Held { instance_id, session_name, attributes } = held;
    let _ = writeln!(out, "      instance_id: {instance_id}");
    if let Some(session_name) = session_name {
        let _ = writeln!(out, "      session_name: {}", visible(session_name));
    }
    for (key, value) in &attributes.labels {
        let _ = writeln!(
            out,
            "      labels.{}: {}",
            visible(key),
            visible(&serde_json::json!(value).to_string())
        );
    }
    if attributes.protect {
        out.push_str("      protect: true\n");
    }
}

/// The fields that change, each as a diff of the line that YAML would have for it.
fn fields(
    out: &mut String,
    (before, after): (Option<&Attributes>, &Attributes),
    defaults: &Defaults,
    paint: Paint,
) {
    for FieldChange { field, before, after } in field_changes(before, Some(after)) {
        let is_default = after.is_some() && defaults.get(&field) == after.as_ref();
        let line = |value: String| format!("{}: {}", visible(&field), visible(&value));
        let (before, after) = (before.map(line), after.map(line));
        let (before, after) = (before.as_slice(), after.as_slice());
        // By its name: what chooses among all algorithms makes the program half a megabyte larger.
        let mut diff = Replace::new(Capture::new());
        let Ok(()) = myers::diff(&mut diff, before, 0..before.len(), after, 0..after.len());
        for change in diff.into_inner().ops().iter().flat_map(|op| op.iter_changes(before, after)) {
            let text = change.value();
            let text = match change.tag() {
                ChangeTag::Insert if is_default => paint.good(format!("+ {text}  # from defaults")),
                ChangeTag::Insert => paint.good(format!("+ {text}")),
                ChangeTag::Delete => paint.bad(format!("- {text}")),
                ChangeTag::Equal => format!("  {text}"),
            };
            let _ = writeln!(out, "      {text}");
        }
    }
}

pub(super) const fn why(plan: &Plan, reason: Reason) -> &'static str {
    match reason {
        Reason::NotRecorded if plan.assumed => "it is in the new manifest and not in the old one",
        Reason::NotInManifest if plan.assumed => "it is in the old manifest and not in the new one",
        Reason::Differs if plan.assumed => "the manifests differ",
        Reason::NotRecorded => "it is in the manifest and not in the state",
        Reason::NotInManifest => "it is in the state and no longer in the manifest",
        Reason::DestroyAsked => "its destruction was asked for",
        Reason::DeleteCutOff => "an earlier delete was cut off",
        Reason::Previously => "the manifest says `previously`; the live session is not touched",
        Reason::Released => "the manifest lists it under `released`; the live session is kept",
        Reason::AdoptAsked => "the manifest says `adopt`",
        Reason::Gone => "it is recorded, and the API does not know it any more",
        Reason::Differs => "the manifest and the state differ",
        Reason::Doubtful => "an earlier call for it was cut off; it is made again",
    }
}

/// What is told of a call of which nothing was seen.
pub(super) const CUT_OFF: &str = "no answer is recorded; its run was cut off, or is still at work";

pub(super) const fn verb(call: Call) -> &'static str {
    match call {
        Call::Create => "create",
        Call::Delete => "delete",
        Call::Start => "start",
        Call::Stop => "stop",
    }
}

fn unsettled(out: &mut String, entries: &[Unsettled], paint: Paint) {
    let headline = match entries.len() {
        1 => "1 call has no known outcome; its instance is left alone until a person settles it:".to_owned(),
        n => format!(
            "{n} calls have no known outcome; their instances are left alone until a person settles them:"
        ),
    };
    let _ = writeln!(out, "{}", paint.notable(headline));
    for Unsettled { name, call, since, reason, instance_id } in entries {
        let verb = verb(*call);
        let seen = reason.as_deref().unwrap_or(CUT_OFF);
        let _ = writeln!(out, "\n  ? {name}: {verb} of {since}: {}", visible(seen));
        let id = instance_id.as_ref().map_or("INSTANCE_ID", |id| id.as_str());
        let _ = match call {
            Call::Delete => writeln!(
                out,
                "    wawpform import {name} {id}    if it still exists and is to be kept\n    \
                 wawpform forget {name}    if it is gone; the next apply creates another one"
            ),
            _ => writeln!(
                out,
                "    look in the Wawp dashboard under \"Linked Numbers\" for an instance that no name has, then\n    \
                 wawpform import {name} {id}    if it is there\n    \
                 wawpform forget {name}    if it is not; the next apply creates it"
            ),
        };
    }
}
