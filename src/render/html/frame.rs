//! What is around every page: the document, its policy, its style and its script.
//!
//! Invariant: the policy allows what this file holds and nothing else, whatever is on the page.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What stands at the top of a page.
pub(super) struct Head<'a> {
    /// The name of the page, in the window and as its first heading.
    pub(super) title: &'a str,
    /// What is wrong with all of it, in one word.
    pub(super) verdict: Option<&'a str>,
    /// What was done to make it.
    pub(super) made: &'a str,
    /// When that was.
    pub(super) at: Timestamp,
    /// Facts that name what is shown, each with its heading.
    pub(super) facts: &'a [(&'static str, String)],
}

/// The whole document.
pub(super) fn document(head: &Head<'_>, body: &Markup) -> String {
    let Head { title, verdict, made, at, facts } = head;
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if let Some(verdict) = verdict { ": " (verdict) } }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    h1 { (title) @if let Some(verdict) = verdict { " " strong.verdict { (verdict) } } }
                    dl.facts {
                        div { dt { (made) } dd { (time(*at)) } }
                        @for (heading, fact) in *facts {
                            div { dt { (heading) } dd { code { (fact) } } }
                        }
                    }
                }
                main #content tabindex="-1" { (body) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    document.into_string() + "\n"
}

/// What the browser lets the page do: nothing but its own style and its own script.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// A time, for people and for programs.
pub(super) fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_stand_in_the_page_as_they_were_hashed() {
        for text in [STYLE, SCRIPT] {
            // A parser turns carriage returns into line feeds, and ends the element at `</`.
            assert!(!text.contains('\r') && !text.contains("</") && !text.contains("<!--"));
        }
    }

    #[test]
    fn the_policy_lets_nothing_in_but_two_hashes() {
        let policy = policy();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert_eq!(policy.matches("'sha256-").count(), 2);
        for open in ["unsafe", "*", "http", "data:", "'self'", "nonce"] {
            assert!(!policy.contains(open), "{policy}");
        }
    }
}
