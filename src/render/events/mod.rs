//! What happens, line by line, as Terraform's `-json` tells it to the programs that read it (formats.md F3.6).
//!
//! Invariant: a line is one whole JSON object of a type that Terraform has, a change begins before it ends and ends once,
//! and no text from outside is more than a string in it. Resources are those of the plan JSON, by the same code.

mod diagnostic;
mod hook;
mod planned;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::json::inert;
use super::report::halted;
use super::terraform::{TERRAFORM, TYPE, address};
use crate::apply::{End, Entry, Event, Outcome, Tally};
use crate::instance::{InstanceId, Name};
use crate::manifest::{Diagnostic, Source};
use crate::plan::{Action, Plan, Refusal};
use diagnostic::Said;
use hook::Verb;

/// The version of the stream. Readers take any 1.x.
const UI: &str = "1.2";

/// Who speaks. Readers look for it.
const MODULE: &str = "terraform.ui";

/// Lines, each with its line break.
pub type Lines = String;

/// What was told so far, as far as the next line depends on it.
#[derive(Debug, Default)]
pub struct Events {
    /// The instances that the changes are about, where they exist before.
    ids: BTreeMap<Name, InstanceId>,
    /// Who is under way, with what, and since when.
    under_way: BTreeMap<Name, (Verb, Timestamp)>,
    /// Whose change ended, and which.
    ended: BTreeSet<(Name, &'static str)>,
}

impl Events {
    /// The first line. `version` is this program's own.
    #[must_use]
    pub fn version(version: &str, at: Timestamp) -> Lines {
        let message = format!("wawpform {version}");
        let more = json!({"terraform": TERRAFORM, "ui": UI, "wawpform": version});
        line("info", &message, "version", more, at)
    }

    /// Something worth a line that has no other form.
    #[must_use]
    pub fn log(message: &str, at: Timestamp) -> Lines {
        line("info", &shown(message), "log", json!({}), at)
    }

    /// An error, with what to do about it.
    #[must_use]
    pub fn error(summary: &str, detail: &str, at: Timestamp) -> Lines {
        Said::error(summary, detail).line(at)
    }

    /// A warning.
    #[must_use]
    pub fn warning(summary: &str, at: Timestamp) -> Lines {
        Said::warning(summary, "").line(at)
    }

    /// What is wrong with a manifest. `sources` are those that were loaded, in the same order.
    #[must_use]
    pub fn manifest(found: &[Diagnostic], sources: &[Source], at: Timestamp) -> Lines {
        diagnostic::of_manifest(found, sources).into_iter().map(|said| said.line(at)).collect()
    }

    /// A live instance is about to be looked at.
    #[must_use]
    pub fn looking(name: &Name, id: &InstanceId, at: Timestamp) -> Lines {
        hook::look(name, id, ("refresh_start", "Refreshing state..."), at)
    }

    /// It was looked at.
    #[must_use]
    pub fn looked(name: &Name, id: &InstanceId, at: Timestamp) -> Lines {
        hook::look(name, id, ("refresh_complete", "Refresh complete"), at)
    }

    /// A plan: what drifted, what is to be changed, how much that is, and what stands in its way.
    #[must_use]
    pub fn plan(&mut self, plan: &Plan, refusals: &[Refusal], at: Timestamp) -> Lines {
        let ids = plan.changes.iter().filter_map(|change| match &change.action {
            Action::Delete { before } | Action::Update { before, .. } => Some((change, &before.instance_id)),
            Action::Adopt { instance_id, .. } => Some((change, instance_id)),
            Action::Create { .. } | Action::Rename { .. } | Action::Forget { .. } => None,
        });
        self.ids = ids.map(|(change, id)| (change.name.clone(), id.clone())).collect();
        planned::lines(plan, refusals, at)
    }

    /// Something that happened to a change.
    #[must_use]
    pub fn heard(&mut self, event: &Event, at: Timestamp) -> Lines {
        match event {
            Event::Begun { name, action } => self.begun(name, action, at),
            Event::Ended(entry) => self.ended(entry, at),
            Event::Halting => Self::log("Nothing more is started; calls in flight may still finish.", at),
        }
    }

    /// Who is still under way.
    #[must_use]
    pub fn still(&self, at: Timestamp) -> Lines {
        self.under_way.iter().map(|(name, (verb, since))| verb.still(name, *since, at)).collect()
    }

    /// What became of a plan: what was not told yet, what was not begun, and the counts when all is done.
    #[must_use]
    pub fn outcome(&mut self, outcome: &Outcome, destroy: bool, at: Timestamp) -> Lines {
        let Outcome { entries, halt } = outcome;
        let mut out = Lines::new();
        let mut not_started: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in entries {
            match &entry.end {
                End::NotStarted { why } => {
                    out += &self.given_up(&entry.name, at);
                    not_started.entry(why).or_default().push(entry);
                }
                // Such as of a step in which the program failed.
                _ if !self.ended.contains(&(entry.name.clone(), entry.action)) => {
                    out += &self.ended(entry, at)
                }
                _ => {}
            }
        }
        for (why, entries) in not_started {
            out += &diagnostic::not_started(why, &entries).line(at);
        }
        if let Some((reason, said)) = halt.as_ref().map(halted) {
            let summary = format!("Nothing more was started: {reason}");
            out += &Said::error(&summary, said.unwrap_or_default()).line(at);
        }
        let tally = outcome.tally();
        if halt.is_none() && tally.is_complete() { out + &Self::complete(tally, destroy, at) } else { out }
    }

    /// All is done.
    #[must_use]
    pub fn complete(tally: Tally, destroy: bool, at: Timestamp) -> Lines {
        let Tally { added, changed, destroyed, imported, renamed, forgotten, .. } = tally;
        let imports = if imported > 0 { format!("{imported} imported, ") } else { String::new() };
        let (operation, message) = if destroy {
            ("destroy", format!("Destroy complete! Resources: {destroyed} destroyed."))
        } else {
            let counts = format!("{imports}{added} added, {changed} changed, {destroyed} destroyed.");
            ("apply", format!("Apply complete! Resources: {counts}"))
        };
        let changes = json!({
            "add": added,
            "change": changed,
            "forget": forgotten,
            "import": imported,
            "operation": operation,
            "remove": destroyed,
            "rename": renamed,
        });
        line("info", &message, "change_summary", json!({"changes": changes}), at)
    }

    fn begun(&mut self, name: &Name, action: &str, at: Timestamp) -> Lines {
        let Some(verb) = Verb::of(action) else { return Lines::new() };
        self.under_way.insert(name.clone(), (verb, at));
        verb.start(name, self.ids.get(name), at)
    }

    fn ended(&mut self, entry: &Entry, at: Timestamp) -> Lines {
        let Entry { name, action, instance_id, end, notes: _ } = entry;
        self.ended.insert((name.clone(), action));
        let mut out = Lines::new();
        if let Some(verb) = Verb::of(action) {
            // What needs no call, or fails before its first one, ends without having begun.
            let since = match self.under_way.remove(name) {
                Some((_, since)) => since,
                None => {
                    out += &verb.start(name, self.ids.get(name), at);
                    at
                }
            };
            out += &match end {
                End::Done => verb.complete(name, instance_id.as_ref(), (since, at)),
                End::Failed { .. } | End::Unknown { .. } | End::NotStarted { .. } => {
                    verb.errored(name, (since, at))
                }
            };
        }
        out + &diagnostic::of_entry(entry).into_iter().map(|said| said.line(at)).collect::<Lines>()
    }

    /// One that began and then was not: Terraform's readers wait for its end.
    fn given_up(&mut self, name: &Name, at: Timestamp) -> Lines {
        let begun = self.under_way.remove(name);
        begun.map(|(verb, since)| verb.errored(name, (since, at))).unwrap_or_default()
    }
}

/// What every event says of a resource.
fn resource(name: &Name) -> Value {
    let provider = TYPE.split('_').next().unwrap_or(TYPE);
    json!({
        "addr": address(name),
        "implied_provider": provider,
        "module": "",
        "resource": address(name),
        "resource_key": name.as_str(),
        "resource_name": "this",
        "resource_type": TYPE,
    })
}

/// One line. `more` is an object with what only its type has.
fn line(level: &str, message: &str, kind: &str, more: Value, at: Timestamp) -> Lines {
    let mut fields = Map::new();
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    let own = [("@level", level), ("@message", message), ("@module", MODULE), ("type", kind)];
    fields.extend(own.map(|(key, value)| (key.to_owned(), Value::from(value))));
    fields.insert("@timestamp".into(), Value::from(format!("{at:.6}")));
    // Texts always have a JSON form; nothing in it breaks the line.
    inert(&Value::Object(fields).to_string()) + "\n"
}

/// A text as it may be printed by who reads it out of the JSON: only our own line breaks are left.
fn shown(text: &str) -> String {
    text.split('\n').map(crate::instance::visible).collect::<Vec<_>>().join("\n")
}
