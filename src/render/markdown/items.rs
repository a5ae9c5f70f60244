//! The items of a page: one deletion, one difference, one change.
//!
//! Invariant: every item ends its line, opens no element that it does not close, and escapes what came from outside.

use std::fmt::Write;

use crate::instance::{Name, visible};
use crate::plan::{
    Action, Attributes, Change, Drift, FieldChange, Held, Plan, Suggestion, Unsettled, field_changes,
};
use crate::render::drift::said;
use crate::render::escape_markdown::{block, code, prose};
use crate::render::plan::{CUT_OFF, verb, why};
use crate::state::Call;

/// A number of a phone is shorter; what the server calls one may be anything.
const LONGEST_PHONE: usize = 40;

/// One that is deleted, with what is recorded of it.
pub(super) fn deletion(plan: &Plan, change: &Change, before: &Held) -> String {
    let Change { name, action: _, reason } = change;
    format!("- `{name}`{}: {}; {}\n", paired(plan, name), why(plan, *reason), held(before))
}

/// The same, as short as it can be.
pub(super) fn name_of_deletion(plan: &Plan, name: &Name) -> String {
    format!("- `{name}`{}\n", paired(plan, name))
}

fn paired(plan: &Plan, name: &Name) -> String {
    let phone = |phone: &str| {
        let (short, rest) =
            phone.char_indices().nth(LONGEST_PHONE).map_or((phone, ""), |(at, _)| phone.split_at(at));
        code(short) + if rest.is_empty() { "" } else { "…" }
    };
    match plan.working.get(name) {
        Some(told) => {
            let phone = told.as_deref().map_or("a phone".into(), phone);
            format!(", **paired with {phone}, and working**")
        }
        None => String::new(),
    }
}

/// What is told of a recorded instance, so that a person recognises it.
fn held(held: &Held) -> String {
    let Held { instance_id, session_name, attributes } = held;
    let Attributes { labels, protect, running: _, rate_limit: _, webhooks: _, doubtful: _ } = attributes;
    let mut told = vec![code(&format!("instance_id: {instance_id}"))];
    told.extend(session_name.iter().map(|it| code(&format!("session_name: {it}"))));
    told.extend(
        labels.iter().map(|(key, value)| code(&format!("labels.{key}: {}", serde_json::json!(value)))),
    );
    if *protect {
        told.push("`protect: true`".to_owned());
    }
    told.join(", ")
}

/// A call of unknown outcome, and how it is settled.
pub(super) fn unsettled(entry: &Unsettled) -> String {
    let Unsettled { name, call, since, reason, instance_id } = entry;
    let seen = prose(reason.as_deref().unwrap_or(CUT_OFF));
    let id = instance_id.as_ref().map_or("INSTANCE_ID", |id| id.as_str());
    let import = code(&format!("wawpform import {name} {id}"));
    let mut out = format!("- `{name}`: {} of `{since}`: {seen}\n", verb(*call));
    let _ = match call {
        Call::Delete => writeln!(
            out,
            "  - {import} if it still exists and is to be kept\n  \
             - `wawpform forget {name}` if it is gone; the next apply creates another one"
        ),
        Call::Create | Call::Start | Call::Stop => writeln!(
            out,
            "  - {import} if the Wawp dashboard has it under \"Linked Numbers\" as one that no name has\n  \
             - `wawpform forget {name}` if it has not; the next apply creates it"
        ),
    };
    out
}

/// A difference, or a look that was not clear.
pub(super) fn drift(drift: &Drift) -> String {
    let Drift { name, instance_id, class, recorded: _, observed: _, accepted } = drift;
    let accepted = accepted.as_deref().map(|reason| format!(" (accepted: {})", prose(reason)));
    let id = code(&format!("instance_id={instance_id}"));
    format!("- `{name}`: {class}: {} {id}{}\n", prose(&said(drift)), accepted.unwrap_or_default())
}

/// What a policy warns of.
pub(super) fn warning(warning: &str) -> String {
    format!("- {}\n", code(warning))
}

/// What looks like a rename.
pub(super) fn suggestion(suggestion: &Suggestion) -> String {
    let Suggestion { name, from } = suggestion;
    format!(
        "- `{from}` would be deleted and `{name}` created. If they are the same instance, keep its pairing and write \
         `previously: {from}` under `{name}`.\n"
    )
}

/// Any change; a deletion has a line of its own in [`deletion`].
pub(super) fn change(plan: &Plan, change: &Change) -> String {
    let Change { name, action, reason } = change;
    let why = why(plan, *reason);
    match action {
        Action::Delete { before } => deletion(plan, change, before),
        Action::Rename { from, before } => {
            format!("- `{from}` has moved to `{name}`: {why}; {}\n", held(before))
        }
        Action::Forget { before } => {
            let before = before.as_ref().map(|it| format!("; {}", held(it))).unwrap_or_default();
            format!("- `{name}` will no longer be managed, but will not be destroyed: {why}{before}\n")
        }
        Action::Adopt { instance_id, after } => {
            let which = code(&format!("instance_id: {instance_id}"));
            details(plan, (name, "imported"), &format!("{why}; {which}"), (None, after))
        }
        Action::Create { after, replaces } => {
            let gone = replaces.as_ref().map(|it| code(&format!("instance_id: {}", it.instance_id)));
            let gone = gone.map(|id| format!("; {id} is gone")).unwrap_or_default();
            details(plan, (name, "created"), &format!("{why}{gone}"), (None, after))
        }
        Action::Update { before, after } => {
            let which = code(&format!("instance_id: {}", before.instance_id));
            let sides = (Some(&before.attributes), after);
            details(plan, (name, "updated in-place"), &format!("{why}; {which}"), sides)
        }
    }
}

/// What is done, folded over the fields that change.
fn details(
    plan: &Plan,
    (name, done): (&Name, &str),
    why: &str,
    (before, after): (Option<&Attributes>, &Attributes),
) -> String {
    let mut lines = String::new();
    for FieldChange { field, before, after } in field_changes(before, Some(after)) {
        let note = match &after {
            Some(after) if plan.defaults.get(&field) == Some(after) => "  # from defaults",
            _ => "",
        };
        let field = visible(&field);
        if let Some(before) = before {
            let _ = writeln!(lines, "- {field}: {}", visible(&before));
        }
        if let Some(after) = after {
            let _ = writeln!(lines, "+ {field}: {}{note}", visible(&after));
        }
    }
    let fields = if lines.is_empty() { String::new() } else { block("diff", &lines) + "\n" };
    // The blank lines end the HTML: what stands between them is Markdown.
    format!(
        "<details>\n<summary><code>{name}</code> will be {done}</summary>\n\n{why}\n\n{fields}</details>\n"
    )
}
