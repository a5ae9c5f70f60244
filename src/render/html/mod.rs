//! Pages of their own: a plan and the status of a fleet as one HTML file each, to be opened, sent and printed.
//!
//! Invariant: a page needs nothing from elsewhere and lets nothing in: no request, no script or style but its own, by
//! hash. What came from outside is text, and shows what would act unseen. But for the time, which is told in one place,
//! the same plan makes the same page.

mod changes;
mod filter;
mod findings;
mod frame;
mod next;
mod plan;
mod status;

pub use self::plan::{Page, plan};
pub use self::status::status;

use maud::{Markup, Render, html};

use crate::instance::{Labels, visible};

/// A text that came from outside.
struct Text<'a>(&'a str);

impl Render for Text<'_> {
    fn render_to(&self, out: &mut String) {
        visible(self.0).as_ref().render_to(out);
    }
}

/// The labels of an instance, to be read and to be filtered by. Each keeps the direction of its script to itself.
fn labels(labels: &Labels) -> Markup {
    html! {
        @for (at, (key, value)) in labels.iter().enumerate() {
            @if at > 0 { ", " }
            bdi { (Text(key)) "=" (Text(value)) }
        }
    }
}

/// A command, whole, to be copied.
fn command(words: &str, flags: &str) -> Markup {
    html! { code { (Text(words)) (Text(flags)) } }
}
