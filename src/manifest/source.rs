//! One text of the manifest, and the checks on its characters that come before any YAML parser.
//!
//! Invariant: a text that passed has only characters on which YAML parsers agree, and only `\n` or `\r\n` ends
//! a line, so two parsers see the same lines.

use std::borrow::Cow;

use super::problem::{Problem, Whereabouts};

/// One file, or standard input, in bytes as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As people write it: a path, or `<stdin>`.
    pub name: String,
    /// The bytes; that they are UTF-8 is checked, and diagnosed, by [`load`](super::load).
    pub bytes: Vec<u8>,
}

/// The byte order mark that some editors write first. It is no part of the text.
const BOM: &str = "\u{feff}";

impl Source {
    /// A source from its name and its bytes.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// The text for showing: what is not UTF-8 becomes U+FFFD, a byte order mark is left out.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match String::from_utf8_lossy(&self.bytes) {
            Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix(BOM).unwrap_or(text)),
            Cow::Owned(text) => Cow::Owned(text.strip_prefix(BOM).map(str::to_owned).unwrap_or(text)),
        }
    }
}

/// The text of a source, if every character in it may be in a manifest.
pub(super) fn readable(bytes: &[u8]) -> Result<&str, Box<Problem>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix(BOM).unwrap_or(text),
        Err(error) => return Err(Box::new(not_utf8(bytes, error.valid_up_to()))),
    };
    match first_refused(text) {
        None => Ok(text),
        Some((at, c)) => {
            let problem = Problem::error(
                Whereabouts::Char(position(text.get(..at).unwrap_or_default())),
                format!("the character U+{:04X} may not be in a manifest", u32::from(c)),
            );
            Err(Box::new(match c {
                '\r' => problem
                    .label("a carriage return without a line feed")
                    .hint("save the file with line endings of one kind: LF or CRLF"),
                '\t' | '\n' | ' '..='~' => problem,
                _ => problem
                    .label("an invisible character")
                    .hint("remove it; where it belongs to a value, write it as an escape in double quotes"),
            }))
        }
    }
}

/// The line and column, from 1, of what comes after `before`.
fn position(before: &str) -> (usize, usize) {
    let line = before.bytes().filter(|b| *b == b'\n').count().saturating_add(1);
    let tail = before.rsplit('\n').next().unwrap_or_default();
    (line, tail.chars().count().saturating_add(1))
}

fn not_utf8(bytes: &[u8], valid: usize) -> Problem {
    let before = bytes.get(..valid).map(String::from_utf8_lossy).unwrap_or_default();
    let at = position(before.strip_prefix(BOM).unwrap_or(&before));
    let problem = Problem::error(Whereabouts::Char(at), "this is not UTF-8 text").label("the first bad byte");
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return problem.hint("the file is UTF-16; save it as UTF-8");
    }
    problem.hint("save the file as UTF-8")
}

/// The first character, and its byte offset, that may not be in a manifest: what YAML calls not printable, and
/// the line separators that YAML 1.1 takes for line ends and YAML 1.2 does not.
fn first_refused(text: &str) -> Option<(usize, char)> {
    let bytes = text.as_bytes();
    // Stretch by stretch: nearly all of them have none, which is seen without looking at one byte after the other.
    let stretches = bytes.chunks(STRETCH).enumerate();
    let suspicious =
        stretches.filter(|(_, stretch)| stretch.iter().fold(false, |any, b| any | is_suspect(*b)));
    let mut suspects = suspicious.flat_map(|(index, stretch)| {
        let begin = index.saturating_mul(STRETCH);
        let all = stretch.iter().enumerate().map(move |(at, byte)| (begin.saturating_add(at), byte));
        all.filter(|(_, byte)| is_suspect(**byte))
    });
    suspects.find_map(|(at, byte)| {
        if *byte == b'\r' {
            return (bytes.get(at.saturating_add(1)) != Some(&b'\n')).then_some((at, '\r'));
        }
        let c = text.get(at..)?.chars().next()?;
        let refused =
            c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
        refused.then_some((at, c))
    })
}

/// How many bytes are looked at together.
const STRETCH: usize = 64;

/// Whether a byte may be, or begin, what is refused.
const fn is_suspect(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' => false,
        0x00..=0x1f | 0x7f => true,
        // The first bytes of U+0080-U+00BF, U+2000-U+2FFF and U+F000-U+FFFF.
        0xc2 | 0xe2 | 0xef => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_on_which_parsers_disagree_is_refused_at_its_place() {
        for (text, refused) in [
            ("a: b\r\nc: é😀\tx", None),
            ("\u{feff}a: b", None),
            ("a: \u{202e}b", None),
            ("a\rb", Some((1, 2))),
            ("a: b\nx\u{2028}y", Some((2, 2))),
            ("é\u{85}", Some((1, 2))),
            ("a\u{0}", Some((1, 2))),
            ("a\u{feff}", Some((1, 2))),
        ] {
            let got = readable(text.as_bytes()).err().map(|problem| problem.at);
            assert_eq!(got, refused.map(Whereabouts::Char), "{text:?}");
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_at_its_first_bad_byte() {
        assert_eq!(readable(b"a: b\nc: \xff").unwrap_err().at, Whereabouts::Char((2, 4)));
        let utf16 = readable(b"\xff\xfea\0").unwrap_err();
        assert!(utf16.hint.unwrap().contains("UTF-16"));
    }
}
