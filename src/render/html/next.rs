//! What to do next, at the end of the page of a plan.

use maud::{Markup, html};

use super::command;
use super::plan::Page;
use crate::plan::{Plan, Suggestion, Unsettled};
use crate::state::Call;

/// So many digits of a fingerprint name a plan.
const DIGITS: usize = 12;

/// The steps: first what spares a pairing, then what only a person can settle, then what carries the plan out.
pub(super) fn steps(plan: &Plan, page: &Page<'_>) -> Markup {
    let Page { refusals, warnings: _, suggestions, flags, at: _ } = page;
    html! {
        section.next aria-labelledby="next" {
            h2 #next { "What to do next" }
            ul {
                @for suggestion in *suggestions { li { (rename(suggestion)) } }
                @for entry in &plan.unsettled { li { (settle(entry, flags)) } }
                li { (carry_out(plan, !refusals.is_empty(), flags)) }
            }
        }
    }
}

fn rename(suggestion: &Suggestion) -> Markup {
    let Suggestion { name, from } = suggestion;
    html! {
        "Looks like a rename: " code { (from) } " would be deleted and " code { (name) }
        " created. If they are the same instance, keep its pairing and write " code { "previously: " (from) }
        " under " code { (name) } "."
    }
}

fn settle(entry: &Unsettled, flags: &str) -> Markup {
    let Unsettled { name, call, since: _, reason: _, instance_id } = entry;
    let id = instance_id.as_ref().map_or("INSTANCE_ID", |id| id.as_str());
    let import = command(&format!("wawpform import {name} {id}"), flags);
    let forget = command(&format!("wawpform forget {name}"), flags);
    match call {
        Call::Delete => html! {
            "Settle the delete of " code { (name) } ": " (import) " if it still exists and is to be kept; " (forget)
            " if it is gone, and the next apply creates another one."
        },
        Call::Create | Call::Start | Call::Stop => html! {
            "Settle the call for " code { (name) } ": " (import)
            " if the Wawp dashboard has it under “Linked Numbers” as one that no name has; " (forget)
            " if it has not, and the next apply creates it."
        },
    }
}

fn carry_out(plan: &Plan, is_refused: bool, flags: &str) -> Markup {
    if plan.assumed {
        return html! { (command("wawpform plan", flags)) " where the state is at hand tells what an apply would do." };
    }
    if is_refused {
        return html! { "Do what the refusals say, and plan again: " (command("wawpform plan", flags)) };
    }
    if plan.changes.is_empty() {
        return html! { "There is nothing to apply." };
    }
    let fingerprint: String = plan.fingerprint().to_string().chars().take(DIGITS).collect();
    html! {
        "Apply just this, once it is reviewed: "
        (command(&format!("wawpform apply --expect {fingerprint}"), flags))
    }
}
