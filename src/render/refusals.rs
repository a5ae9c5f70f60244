//! Why a plan may not be applied, as text for people.
//!
//! Invariant: what is said of many instances in the same words is said once, with their names.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::alike::{alike, opened};
use super::extent::Extent;
use super::paint::Paint;
use super::words::{MANY, SHOWN, names};
use crate::plan::{Plan, Refusal};

/// Why a plan may not be applied: what is alike but for the name of an instance is taken together, and what to do is said
/// once where it is the same.
#[must_use]
pub fn refusals(plan: &Plan, refusals: &[Refusal], extent: Extent, paint: Paint) -> String {
    let mut out = String::new();
    let groups = grouped(plan, refusals, extent, |it| (&it.message, &it.hint));
    let mut groups = groups.iter().peekable();
    while let Some((Refusal { guard: _, message, hint }, others)) = groups.next() {
        let _ = writeln!(out, "{} {message}", paint.bad("Refused:"));
        if !others.is_empty() {
            let _ = writeln!(out, "  the same of {others}");
        }
        if groups.peek().is_none_or(|(next, _)| next.hint != *hint || extent == Extent::Full) {
            hint.lines().for_each(|line| out.extend(["  ", line, "\n"]));
        }
    }
    out
}

/// Warnings about a plan, taken together in the same way.
#[must_use]
pub fn warnings(plan: &Plan, warnings: &[String], extent: Extent) -> Vec<String> {
    let groups = grouped(plan, warnings, extent, |it| (it, ""));
    let line = |(first, others): (&String, String)| match &others[..] {
        "" => first.clone(),
        others => format!("{first}; the same of {others}"),
    };
    groups.into_iter().map(line).collect()
}

/// The first of those that are alike, and the names of the others.
fn grouped<'t, T>(
    plan: &Plan,
    all: &'t [T],
    extent: Extent,
    said: impl Fn(&'t T) -> (&'t str, &'t str),
) -> Vec<(&'t T, String)> {
    let known: BTreeSet<&str> = plan.changes.iter().map(|change| change.name.as_str()).collect();
    let one = |it: &'t T| {
        let (message, hint) = said(it);
        match opened(message, |word| known.contains(word)) {
            Some((open, name)) if extent != Extent::Full => (it, (open, hint), Some(name)),
            _ => (it, (message.to_owned(), hint), None),
        }
    };
    let groups = if extent == Extent::Full {
        all.iter().map(|it| ((String::new(), ""), vec![one(it)])).collect()
    } else {
        alike(all.iter().map(one), |(_, key, _)| key.clone())
    };
    groups
        .into_iter()
        .filter_map(|(_, group)| {
            let others = group.iter().skip(1).filter_map(|(_, _, name)| *name);
            let others: BTreeSet<&str> = others.collect();
            let full = if others.len() > MANY { format!(" ({SHOWN})") } else { String::new() };
            let others = names(others, MANY) + &full;
            group.first().map(|(first, _, _)| (*first, others))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Loaded, Source, load};
    use crate::plan::{Guard, Scope, diff};

    fn plan(instances: usize) -> Plan {
        let all: String = (1..=instances).map(|at| format!("  shop-{at:03}: {{}}\n")).collect();
        let Ok(Loaded { desired, .. }) = load(&[Source::new("x", format!("fleet: acme\ninstances:\n{all}"))])
        else {
            panic!("it is right")
        };
        diff(&desired, None, &Scope::default())
    }

    fn told(messages: &[String], extent: Extent) -> String {
        let refusal = |message: &String| Refusal {
            guard: Guard::Policy,
            message: message.clone(),
            hint: "change the manifest".into(),
        };
        let all: Vec<Refusal> = messages.iter().map(refusal).collect();
        refusals(&plan(300), &all, extent, Paint { colour: false })
    }

    #[test]
    fn what_is_said_of_many_is_said_once_and_what_to_do_as_well() {
        let mut all: Vec<String> = (1..=300).map(|at| format!("shop-{at:03} has no label `team`")).collect();
        all.push("it is Friday".into());
        assert_eq!(
            told(&all, Extent::Readable),
            "Refused: shop-001 has no label `team`\n  the same of shop-002, shop-003, shop-004, shop-005, shop-006, \
             shop-007, shop-008, shop-009, shop-010 and 290 more (--full shows each)\nRefused: it is Friday\n  change the manifest\n"
        );
        assert_eq!(told(&all, Extent::Full).lines().count(), 602);
    }

    #[test]
    fn what_differs_is_not_taken_together() {
        let all =
            ["shop-001 and shop-002 share a phone".to_owned(), "shop-003 and shop-004 share a phone".into()];
        assert_eq!(told(&all, Extent::Readable).matches("Refused:").count(), 2);
        let warned =
            warnings(&plan(9), &["shop-001: old".to_owned(), "shop-002: old".into()], Extent::Readable);
        assert_eq!(warned, ["shop-001: old; the same of shop-002"]);
    }
}
