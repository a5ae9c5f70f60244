//! The state as text for people.

use std::fmt::Write;

use super::paint::Paint;
use super::plan::CUT_OFF;
use crate::instance::{Name, Retries, visible};
use crate::state::{Document, Hook, Pending, Recorded};

/// The whole document: counts first, then every instance.
#[must_use]
pub fn document(document: &Document, paint: Paint) -> String {
    let Document { fleet, lineage, serial, api, account: _, instances, pending, barred: _ } = document;
    let mut out = format!(
        "{}: {} recorded, {} of unknown outcome\n  api: {}\n  lineage: {}\n  serial: {serial}\n",
        paint.strong(fleet),
        instances.len(),
        pending.len(),
        visible(api),
        visible(&lineage.0),
    );
    for (name, one) in instances {
        let _ = write!(out, "\n{}", recorded(name, one, paint));
    }
    for (name, Pending { call, since, reason }) in pending {
        let call = format!("{call:?}").to_lowercase();
        let reason = reason.as_deref().unwrap_or(CUT_OFF);
        let _ = writeln!(
            out,
            "\n{}: {call} of {since} has no known outcome: {}",
            paint.notable(name),
            visible(reason)
        );
    }
    out
}

/// One instance.
#[must_use]
pub fn recorded(name: &Name, recorded: &Recorded, paint: Paint) -> String {
    let Recorded {
        instance_id,
        session_name,
        server_name,
        created_at,
        protect,
        labels,
        running,
        rate_limit,
        webhooks,
        doubtful,
    } = recorded;
    let mut out = format!("{}:\n  instance_id: {instance_id}\n", paint.strong(name));
    for (field, value) in [("session_name", session_name), ("server_name", server_name)] {
        if let Some(value) = value {
            let _ = writeln!(out, "  {field}: {}", visible(value));
        }
    }
    let _ = writeln!(out, "  created_at: {created_at}\n  running: {running}\n  protect: {protect}");
    if let Some(rate_limit) = rate_limit {
        let _ = writeln!(out, "  rate_limit: {}", visible(rate_limit));
    }
    for (url, Hook { events, retries: Retries { delay, attempts }, hmac }) in webhooks {
        let signed = if hmac.is_some() { ", signed" } else { "" };
        let _ = writeln!(
            out,
            "  webhook: {} [{}], {attempts} attempts {delay} s apart{signed}",
            visible(url),
            visible(&events.join(", "))
        );
    }
    for part in doubtful {
        let _ = writeln!(out, "  in doubt: {}", visible(&part.to_string()));
    }
    for (key, value) in labels {
        let _ =
            writeln!(out, "  labels.{}: {}", visible(key), visible(&serde_json::json!(value).to_string()));
    }
    out
}
