//! What a person needs to pair a phone, as text for them or their programs.
//!
//! Invariant: these secrets are what was asked for, so they are data, and nothing else here holds one.

use jiff::Timestamp;
use serde::Serialize;

use crate::instance::{Name, Secret};

/// A pairing page of one instance.
#[derive(Debug)]
pub struct Page {
    /// Whose.
    pub name: Name,
    /// Its address.
    pub link: Secret,
    /// When it ends, if that was told.
    pub expires_at: Option<Timestamp>,
}

/// The address alone where it is the only one, else behind its name.
#[must_use]
pub fn page(page: &Page, is_only: bool) -> String {
    let Page { name, link, expires_at: _ } = page;
    if is_only { format!("{}\n", link.expose()) } else { format!("{name} {}\n", link.expose()) }
}

/// An array with one object a page.
#[must_use]
pub fn json(pages: &[Page]) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a Name,
        link: &'a str,
        expires_at: Option<Timestamp>,
    }
    let rows: Vec<Row<'_>> = pages
        .iter()
        .map(|Page { name, link, expires_at }| Row { name, link: link.expose(), expires_at: *expires_at })
        .collect();
    // Texts and moments always have a JSON form.
    serde_json::to_string_pretty(&rows).map(|text| text + "\n").unwrap_or_default()
}

/// The code to type into a phone.
#[must_use]
pub fn code(code: &Secret) -> String {
    format!("{}\n", code.expose())
}
