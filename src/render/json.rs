//! JSON that acts on nobody who shows it instead of reading it.
//!
//! Invariant: what comes out means the same as what went in.

use std::fmt::Write;

use crate::instance::{begins_command, is_unseen};

/// The JSON text with every character that a terminal or a runner would obey, or a reader would not see, written
/// as an escape. Line breaks are kept: in JSON they stand between strings only.
#[must_use]
pub fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for (at, c) in json.char_indices() {
        // Outside of its strings JSON is ASCII without `#`, so what is escaped here is within one.
        let acts =
            (c != '\n' && is_unseen(c)) || (c == '#' && begins_command(json.get(at..).unwrap_or_default()));
        if acts {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_means_the_same() {
        let value =
            serde_json::json!({"a\u{202e}": "\u{1b}[2J\u{e0041} ##[add-mask]x\n\u{9b}", "é": "😀 # ##"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = inert(&text);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(shown.is_ascii() || !shown.chars().any(|c| c != '\n' && is_unseen(c)));
        assert!(!shown.contains("##[") && shown.contains("é\": \"😀 # ##"), "{shown}");
    }
}
