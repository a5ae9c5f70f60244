//! Drift as text for people, as JSON for programs and as Markdown for a page.
//!
//! Invariant: what the server said is escaped for where it is shown.

use std::fmt::Write;

use serde::Serialize;

use super::alike::{alike, opened};
use super::escape_markdown::prose;
use super::extent::Extent;
use super::paint::Paint;
use super::words::{MANY, SHOWN, names, plural};
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

/// What differs, one line each, or one line for many that differ alike; nothing when nothing does.
#[must_use]
pub fn drift(drift: &[Drift], extent: Extent, paint: Paint) -> String {
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
        let (few, many) = apart(of_them, extent);
        for (said, of_them) in many {
            let (class, accepted) = of_them.first().map(|one| (one.class, one.accepted.as_deref())).unzip();
            let class = class.map(|class| class.to_string()).unwrap_or_default();
            let who = names(of_them.iter().map(|one| one.name.as_str()), MANY);
            let full = if of_them.len() > MANY { format!(" ({SHOWN})") } else { String::new() };
            let _ = write!(out, "  ! {who}{full}: {class}: {}", visible(&said));
            let _ = match accepted.flatten() {
                Some(reason) => writeln!(out, " (accepted: {})", visible(reason)),
                None => writeln!(out),
            };
        }
        for one in few {
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

/// Those of which each has a line, and those that differ alike, with what is said of them. A look that said nothing tells
/// nothing of its instance, so two are enough.
fn apart(all: Vec<&Drift>, extent: Extent) -> (Vec<&Drift>, Vec<(String, Vec<&Drift>)>) {
    if extent == Extent::Full {
        return (all, Vec::new());
    }
    let key = |one: &&Drift| {
        let said = said(one);
        let open = opened(&said, |word| word == one.name.as_str()).map(|(open, _)| open);
        (one.class.to_string(), open.unwrap_or(said), one.accepted.clone())
    };
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for ((_, said, _), of_them) in alike(all, key) {
        let most = if of_them.iter().all(|one| one.class == DriftClass::Unknown) { 1 } else { MANY };
        if of_them.len() > most { many.push((said, of_them)) } else { few.extend(of_them) }
    }
    (few, many)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{InstanceId, Name};

    fn gone(count: usize, class: DriftClass) -> Vec<Drift> {
        let one = |at: usize| Drift {
            name: Name::new(&format!("shop-{at:03}")).unwrap(),
            instance_id: InstanceId::new("3EB0BCB2E3D4").unwrap(),
            class,
            recorded: None,
            observed: Some("no answer".into()),
            accepted: None,
        };
        (0..count).map(one).collect()
    }

    fn told(all: &[Drift], extent: Extent) -> Vec<String> {
        drift(all, extent, Paint { colour: false }).lines().map(str::to_owned).collect()
    }

    #[test]
    fn many_that_differ_alike_have_a_line_together_and_each_its_own_when_asked_for() {
        let lines = told(&gone(150, DriftClass::Gone), Extent::Readable);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0], "150 differences came about outside of wawpform:");
        assert!(lines[1].starts_with("  ! shop-000, shop-001, "), "{lines:?}");
        assert!(lines[1].contains(" and 141 more (--full shows each): gone: "), "{lines:?}");
        assert!(lines[1].contains("`wawpform forget NAME`"), "{lines:?}");
        assert_eq!(told(&gone(150, DriftClass::Gone), Extent::Full).len(), 151);
        assert_eq!(told(&gone(10, DriftClass::Gone), Extent::Readable).len(), 11);
    }

    #[test]
    fn looks_that_failed_for_the_same_reason_have_one_line() {
        let lines = told(&gone(2, DriftClass::Unknown), Extent::Readable);
        assert_eq!(lines[1], "  ! shop-000, shop-001: unknown: no answer");
    }
}
