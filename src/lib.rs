//! Keeps a fleet of Wawp WhatsApp sessions equal to a YAML manifest.
//!
//! The flow, and the room each step lives in:
//!
//! ```text
//! manifest ─ manifest::load ─▶ Desired ─────┐
//! store ──── ledger / read ──▶ Document ────┼─ plan::diff ─▶ Plan ─ guard ─▶ render │ apply
//! API ────── observe (optional) ▶ Observation
//! apply: Plan ─▶ intent ─▶ call ─▶ result ─▶ … ─▶ Outcome
//! ```
//!
//! Only [`apply`] holds the pen (a [`state`] ledger) and the telephone (a [`wawp`] client); [`wait`] holds the
//! telephone alone, to restart what does not get there by itself. What decides is synchronous and pure; what does is at the edge. `tests/house.rs` holds the rooms to it.

pub mod apply;
pub mod cli;
pub mod instance;
pub mod manifest;
pub mod observe;
pub mod plan;
pub mod policy;
pub mod render;
pub mod sandbox;
pub mod state;
pub mod wait;
pub mod wawp;
