//! Turning values into text: one small room per kind of reader.
//!
//! Invariant: pure functions of their arguments; whether there is colour, and how wide the terminal is, is
//! told to them.

mod alike;
pub mod bar;
pub mod blocks;
pub mod diagnostics;
pub mod drift;
mod escape_markdown;
pub mod eta;
pub mod events;
mod excerpt;
mod extent;
mod fold;
pub mod github;
pub mod gitlab;
pub mod html;
mod json;
pub mod markdown;
pub mod output;
mod paint;
pub mod pairing;
mod plan;
pub mod progress;
pub mod qr;
mod refusals;
pub mod report;
mod state;
pub mod status;
pub mod terraform;
pub mod wait;
mod words;

pub use extent::Extent;
pub use fold::fold;
pub use json::inert;
pub use paint::{Paint, styles};
pub use plan::plan;
pub use refusals::{refusals, warnings};
pub use report::{entry, next_steps, outcome};
pub use state::{document, recorded};
pub use words::{plural, whom};
