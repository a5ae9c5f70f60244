//! The report for programs.
//!
//! Invariant: format 1 is one object; every key is always there, `null` where nothing is known; keys are sorted, and
//! the changes stand as the plan has them.

use serde_json::{Value, json};

use super::run::{Run, halted, settling};
use crate::apply::{End, Entry, Outcome, Tally};
use crate::instance::{InstanceId, Name};
use crate::plan::{Refusal, Unsettled};
use crate::render::json::inert;

/// The number of this form. It changes when a key goes, or comes to mean something else. `.github/FORMATS.md` tells what
/// stands in it; `tests/formats` holds it to that.
pub const FORMAT: u32 = 1;

/// The report, spread over lines.
///
/// `changes[]` has of each its `action` (create, delete, update, adopt, rename, forget), `error_kind`, `instance_id`,
/// `name`, `notes[]`, `result` (done, failed, unknown, not_started), `retryable`, `to_settle[]` and `why`.
///
/// Beside them: `began_at`, `ended_at`; `counts` (as the last line of an apply counts them, an adoption among the changed ones too);
/// `ended` (complete, partial, interrupted, refused, error, stale) and `exit_code`; `error` with `message` and `hint`;
/// `fingerprint`, `fleet`, `lineage`; `halt` with `reason` and `said`, when nothing more was started; `operation`;
/// `refusals[]` of `message` and `hint`; `serial` with `before` and `after`; `unsettled[]`, which earlier runs left.
#[must_use]
pub fn json(run: &Run<'_>) -> String {
    let Run {
        destroy: _,
        fleet,
        lineage,
        serial_before,
        serial_after,
        plan: _,
        refusals,
        outcome: _,
        began,
        ended_at,
        ended,
        exit_code,
        error,
    } = run;
    let whole = run.whole();
    let tally = whole.tally();
    let Outcome { entries, halt } = &whole;
    let halt = halt.as_ref().map(|halt| {
        let (reason, said) = halted(halt);
        json!({"reason": reason, "said": said})
    });
    let document = json!({
        "began_at": began.to_string(),
        "changes": entries.iter().map(change).collect::<Vec<_>>(),
        "counts": counts(tally, entries.len()),
        "ended": ended.as_word(),
        "ended_at": ended_at.to_string(),
        "error": error.map(|(message, hint)| json!({"hint": hint, "message": message})),
        "exit_code": exit_code,
        "fingerprint": run.fingerprint(),
        "fleet": fleet.map(Name::as_str),
        "format": FORMAT,
        "halt": halt,
        "lineage": lineage.map(|lineage| lineage.0.as_str()),
        "operation": run.operation(),
        "refusals": refusals.iter().map(refusal).collect::<Vec<_>>(),
        "serial": {"after": serial_after, "before": serial_before},
        "unsettled": run.unsettled().iter().map(unsettled).collect::<Vec<_>>(),
    });
    // Texts always have a JSON form.
    inert(&serde_json::to_string_pretty(&document).unwrap_or_default()) + "\n"
}

fn change(entry: &Entry) -> Value {
    let Entry { name, action, instance_id, end, notes } = entry;
    let (result, why, kind, retryable, to_settle) = match end {
        End::Done => ("done", None, None, None, Vec::new()),
        End::Failed { why, cause, may_pass } => {
            ("failed", Some(why), Some(cause.as_word()), Some(*may_pass), Vec::new())
        }
        End::Unknown { why } => ("unknown", Some(why), None, Some(false), settling(name, None).to_vec()),
        End::NotStarted { why } => ("not_started", Some(why), None, None, Vec::new()),
    };
    json!({
        "action": action,
        "error_kind": kind,
        "instance_id": instance_id.as_ref().map(InstanceId::as_str),
        "name": name.as_str(),
        "notes": notes,
        "result": result,
        "retryable": retryable,
        "to_settle": to_settle,
        "why": why,
    })
}

fn counts(tally: Tally, total: usize) -> Value {
    let Tally { added, changed, destroyed, imported, renamed, forgotten, failed, unknown, not_started } =
        tally;
    json!({
        "added": added,
        "changed": changed,
        "destroyed": destroyed,
        "failed": failed,
        "forgotten": forgotten,
        "imported": imported,
        "not_started": not_started,
        "renamed": renamed,
        "total": total,
        "unknown": unknown,
    })
}

fn refusal(refusal: &Refusal) -> Value {
    let Refusal { guard: _, message, hint } = refusal;
    json!({"hint": hint, "message": message})
}

fn unsettled(entry: &Unsettled) -> Value {
    let Unsettled { name, call, since, reason, instance_id } = entry;
    json!({
        "call": crate::render::plan::verb(*call),
        "instance_id": instance_id.as_ref().map(InstanceId::as_str),
        "name": name.as_str(),
        "since": since.to_string(),
        "to_settle": settling(name, instance_id.as_ref()),
        "why": reason,
    })
}
