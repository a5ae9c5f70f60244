//! What is told of a plan beside its changes: what refuses it, what policies warn of, drift, calls of unknown outcome.

use maud::{Markup, html};

use super::Text;
use super::frame::time;
use crate::plan::{Drift, Refusal, Unsettled};
use crate::render::drift::{GROUPS, said};
use crate::render::plan::{CUT_OFF, verb};
use crate::render::words::plural;

/// Why the plan may not be applied, and how each is lifted.
pub(super) fn refusals(refusals: &[Refusal]) -> Markup {
    if refusals.is_empty() {
        return html! {};
    }
    html! {
        section.refused aria-labelledby="refused" {
            h2 #refused { (plural(refusals.len(), "refusal")) }
            ul {
                @for Refusal { guard: _, message, hint } in refusals {
                    li {
                        strong { (Text(message)) }
                        span.hint { (Text(&hint.lines().collect::<Vec<_>>().join(" "))) }
                    }
                }
            }
        }
    }
}

/// What policies warn of.
pub(super) fn warnings(warnings: &[String]) -> Markup {
    if warnings.is_empty() {
        return html! {};
    }
    html! {
        section.warned aria-labelledby="warned" {
            h2 #warned { (plural(warnings.len(), "policy warning")) }
            ul { @for warning in warnings { li { (Text(warning)) } } }
        }
    }
}

/// Where what is live differs from what is recorded.
pub(super) fn drift(drift: &[Drift]) -> Markup {
    if drift.is_empty() {
        return html! {};
    }
    let groups = GROUPS.into_iter().zip(["counts", "unclear", "accepted"]);
    html! {
        section aria-labelledby="drift" {
            h2 #drift { "Drift" }
            @for ((belongs, what, title), id) in groups {
                @let of_them = drift.iter().filter(|it| belongs(it)).collect::<Vec<_>>();
                @if !of_them.is_empty() {
                    h3 id=(id) { (plural(of_them.len(), what)) " " (title) }
                    (differences(id, &of_them))
                }
            }
        }
    }
}

fn differences(id: &str, drift: &[&Drift]) -> Markup {
    html! {
        table aria-labelledby=(id) {
            thead {
                tr {
                    th scope="col" { "Name" }
                    th scope="col" { "Instance" }
                    th scope="col" { "Class" }
                    th scope="col" { "What" }
                }
            }
            tbody {
                @for one in drift {
                    @let Drift { name, instance_id, class, recorded: _, observed: _, accepted } = one;
                    tr {
                        th scope="row" { (name) }
                        td.handle { code { (instance_id) } }
                        td { (class) }
                        td {
                            (Text(&said(one)))
                            @if let Some(reason) = accepted { span.why { "Accepted: " (Text(reason)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Who is left alone until a person settles a call.
pub(super) fn unsettled(entries: &[Unsettled]) -> Markup {
    if entries.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="unsettled" {
            h2 #unsettled { (plural(entries.len(), "call")) " of unknown outcome" }
            p.note { "Their instances are left alone until a person settles them." }
            table aria-labelledby="unsettled" {
                thead {
                    tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Call" }
                        th scope="col" { "Since" }
                        th scope="col" { "What was seen" }
                    }
                }
                tbody {
                    @for Unsettled { name, call, since, reason, instance_id: _ } in entries {
                        tr {
                            th scope="row" { (name) }
                            td { (verb(*call)) }
                            td { (time(*since)) }
                            td { (Text(reason.as_deref().unwrap_or(CUT_OFF))) }
                        }
                    }
                }
            }
        }
    }
}
