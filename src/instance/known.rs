//! The vendor's words as far as they are known: names of events, slugs of policies.
//!
//! Invariant: they help whoever writes a manifest, and refuse nothing: the vendor may have others by now.

/// Events that a webhook can be called for, from the vendor's pages and its n8n trigger (wawp-api.md §3.4).
pub const EVENTS: [&str; 27] = [
    "session.status",
    "message",
    "message.any",
    "message.reaction",
    "message.ack",
    "message.ack.group",
    "message.waiting",
    "message.revoked",
    "message.edited",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.update",
    "group.v2.participants",
    "presence.update",
    "poll.vote",
    "poll.vote.failed",
    "chat.archive",
    "call.received",
    "call.accepted",
    "call.rejected",
    "label.upsert",
    "label.deleted",
    "label.chat.added",
    "label.chat.deleted",
    "event.response",
    "event.response.failed",
    "engine.event",
];

/// Sending policies that every account has; what paid ones have besides is not known (wawp-api.md §2.9).
pub const FREE_POLICIES: [&str; 2] = ["strict", "standard_policy"];
