//! Drift as text for people, as JSON for programs and as Markdown for a page.
//!
//! Invariant: what the server said is escaped for where it is shown.

use std::fmt::Write;

use serde::Serialize;

use super::escape_markdown::prose;
use super::paint::Paint;
use super::words::plural;
use crate::instance::{DriftClass, visible};
use crate::plan::Drift;

/// Which differences stand together, what one of them is, and what is said of them.
pub(super) type Group = (fn(&Drift) -> bool, &'static str, &'static str);

/// The groups, in the order they are told.
pub(super) const GROUPS: [Group; 3] = [
    (|it| it.counts(), "difference", "came about outside of wawpform"),
    (|it| it.accepted.is_none() && !it.counts(), "look", "said nothing that is clear"),
    (|it| it.accepted.is_some(), "difference", "accepted by the manifest"),
];

/// What differs, one line each; nothing when nothing does.
#[must_use]
pub fn drift(drift: &[Drift], paint: Paint) -> String {
    let mut out = String::new();
    for (belongs, what, title) in GROUPS {
        let of_them: Vec<&Drift> = drift.iter().filter(|it| belongs(it)).collect();
        if of_them.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let count = plural(of_them.len(), what);
        let _ = writeln!(out, "{}", paint.notable(format!("{count} {title}:")));
        for one in of_them {
            let Drift { name, instance_id, class, recorded: _, observed: _, accepted } = one;
            let _ = write!(out, "  ! {name}: {class}: {} [instance_id={instance_id}]", visible(&said(one)));
            let _ = match accepted {
                Some(reason) => writeln!(out, " (accepted: {})", visible(reason)),
                None => writeln!(out),
            };
        }
    }
    out
}

/// The difference in words.
pub(super) fn said(drift: &Drift) -> String {
    let Drift { name, class, recorded, observed, .. } = drift;
    let (recorded, observed) = (recorded.as_deref().unwrap_or("-"), observed.as_deref().unwrap_or("-"));
    match class {
        DriftClass::Gone => {
            format!(
                "the API does not know it any more; --recreate-missing creates it again, `wawpform forget {name}` drops it"
            )
        }
        DriftClass::Failed => format!("it failed; `wawpform wait {name}` restarts it once"),
        DriftClass::Phone => format!("the phone {observed} is paired, and {recorded} is expected"),
        DriftClass::Stopped => {
            "it should run, and was stopped; `wawpform apply --refresh` starts it".to_owned()
        }
        DriftClass::Started => {
            format!("it should be stopped, and is {observed}; `wawpform apply --refresh` stops it")
        }
        DriftClass::Policy => format!("its policy was changed from {recorded} to {observed}"),
        DriftClass::Webhook => format!("its webhook {recorded} is {observed}"),
        DriftClass::Unknown => observed.to_owned(),
    }
}

/// An array with one object a difference.
#[must_use]
pub fn json(drift: &[Drift]) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        name: &'a str,
        instance_id: &'a str,
        class: &'static str,
        recorded: Option<&'a str>,
        observed: Option<&'a str>,
        accepted: Option<&'a str>,
    }
    let objects: Vec<Object<'_>> = drift
        .iter()
        .map(|Drift { name, instance_id, class, recorded, observed, accepted }| Object {
            name: name.as_str(),
            instance_id: instance_id.as_str(),
            class: class.as_word(),
            recorded: recorded.as_deref(),
            observed: observed.as_deref(),
            accepted: accepted.as_deref(),
        })
        .collect();
    // Texts always have a JSON form.
    serde_json::to_string_pretty(&objects).map(|text| text + "\n").unwrap_or_default()
}

/// A table for a page.
#[must_use]
pub fn markdown(fleet: &str, drift: &[Drift]) -> String {
    let counts = drift.iter().filter(|it| it.counts()).count();
    let mut out = format!("### Drift of `{fleet}`: {}\n", plural(counts, "difference"));
    if drift.is_empty() {
        out += "\nWhat is live is as it is recorded.\n";
        return out;
    }
    out += "\n| instance | class | what | accepted |\n| --- | --- | --- | --- |\n";
    for one in drift {
        let accepted = one.accepted.as_deref().map(prose).unwrap_or_default();
        let _ = writeln!(out, "| `{}` | {} | {} | {accepted} |", one.name, one.class, prose(&said(one)));
    }
    out
}
