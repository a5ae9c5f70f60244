//! Lines about one change that is under way, and about one look.
//!
//! Invariant: verbs and nouns are Terraform's, and the id is told where Terraform tells it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Lines, line, resource};
use crate::instance::{InstanceId, Name};
use crate::render::terraform::address;

/// The attribute that holds the id.
const ID: &str = "instance_id";

/// What is being done. Renames and removals from the state make no call, and Terraform tells nothing of them here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Delete,
}

impl Verb {
    /// Of a change's word. An adoption is told as the update that it may be, as in the plan.
    pub(super) fn of(action: &str) -> Option<Self> {
        match action {
            "create" => Some(Self::Create),
            "update" | "adopt" => Some(Self::Update),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }

    /// In the hook, as it begins, as it goes on, and as what ended.
    const fn words(self) -> [&'static str; 4] {
        match self {
            Self::Create => ["create", "Creating", "creating", "Creation"],
            Self::Update => ["update", "Modifying", "modifying", "Modifications"],
            Self::Delete => ["delete", "Destroying", "destroying", "Destruction"],
        }
    }

    pub(super) fn start(self, name: &Name, id: Option<&InstanceId>, at: Timestamp) -> Lines {
        let [_, verb, ..] = self.words();
        let message = format!("{}: {verb}...{}", address(name), behind(id));
        self.hook("apply_start", (name, id), &message, None, at)
    }

    pub(super) fn still(self, name: &Name, since: Timestamp, at: Timestamp) -> Lines {
        let [_, _, verb, _] = self.words();
        let seconds = elapsed(since, at);
        let message = format!("{}: Still {verb}... [{} elapsed]", address(name), written(seconds));
        self.hook("apply_progress", (name, None), &message, Some(seconds), at)
    }

    pub(super) fn complete(
        self,
        name: &Name,
        id: Option<&InstanceId>,
        (since, at): (Timestamp, Timestamp),
    ) -> Lines {
        let [.., noun] = self.words();
        // Nothing is left that would have one.
        let id = id.filter(|_| self != Self::Delete);
        let seconds = elapsed(since, at);
        let message = format!("{}: {noun} complete after {}{}", address(name), written(seconds), behind(id));
        self.hook("apply_complete", (name, id), &message, Some(seconds), at)
    }

    pub(super) fn errored(self, name: &Name, (since, at): (Timestamp, Timestamp)) -> Lines {
        let [.., noun] = self.words();
        let seconds = elapsed(since, at);
        let message = format!("{}: {noun} errored after {}", address(name), written(seconds));
        self.hook("apply_errored", (name, None), &message, Some(seconds), at)
    }

    fn hook(
        self,
        kind: &str,
        (name, id): (&Name, Option<&InstanceId>),
        message: &str,
        seconds: Option<i64>,
        at: Timestamp,
    ) -> Lines {
        let [action, ..] = self.words();
        let mut hook = about(name, id);
        hook.insert("action".into(), json!(action));
        hook.extend(seconds.map(|seconds| ("elapsed_seconds".to_owned(), json!(seconds))));
        line("info", message, kind, json!({"hook": hook}), at)
    }
}

/// A look that begins or ends.
pub(super) fn look(name: &Name, id: &InstanceId, (kind, what): (&str, &str), at: Timestamp) -> Lines {
    let message = format!("{}: {what}{}", address(name), behind(Some(id)));
    line("info", &message, kind, json!({"hook": about(name, Some(id))}), at)
}

fn about(name: &Name, id: Option<&InstanceId>) -> Map<String, Value> {
    let mut hook = Map::new();
    hook.insert("resource".into(), resource(name));
    if let Some(id) = id {
        hook.insert("id_key".into(), json!(ID));
        hook.insert("id_value".into(), json!(id.as_str()));
    }
    hook
}

fn behind(id: Option<&InstanceId>) -> String {
    id.map(|id| format!(" [{ID}={id}]")).unwrap_or_default()
}

/// In whole seconds, as Terraform tells it. A clock that was set back makes none.
fn elapsed(since: Timestamp, at: Timestamp) -> i64 {
    at.duration_since(since).as_secs().max(0)
}

/// As Go writes it: `9s`, `1m4s`, `1h0m4s`.
fn written(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_go_does() {
        assert_eq!([0, 59, 60, 64, 3_604].map(written), ["0s", "59s", "1m0s", "1m4s", "1h0m4s"]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (early, late) = (at("2026-11-22T10:00:00.9Z"), at("2026-11-22T10:00:11.5Z"));
        assert_eq!((elapsed(early, late), elapsed(late, early)), (10, 0));
    }
}
