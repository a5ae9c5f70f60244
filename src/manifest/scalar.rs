//! What a written value means: nothing, true or false, a number, or a text.
//!
//! Invariant: it answers as the typed reader does (a law in tests compares them), so that the second reading
//! never takes for a text what the first took for a number.

use saphyr_parser::Tag;
use serde_yaml::Number;

/// How a scalar is tagged, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tagged {
    No,
    Bool,
    Int,
    Float,
    Null,
    /// `!!str` and whatever else the typed reader takes for a text.
    Text,
    /// A tag of the user's own, which no manifest needs.
    Own,
}

impl Tagged {
    pub(super) fn read(tag: Option<&Tag>) -> Self {
        let Some(tag) = tag else { return Self::No };
        let full = format!("{}{}", tag.handle, tag.suffix);
        match full.strip_prefix("tag:yaml.org,2002:") {
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("null") => Self::Null,
            Some(_) => Self::Text,
            None if full.starts_with('!') => Self::Own,
            None => Self::Text,
        }
    }
}

/// The meaning of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning<'t> {
    Nothing,
    Flag(bool),
    Number(Number),
    /// A number that fits no type a manifest has.
    HugeNumber,
    Text(&'t str),
    /// The tag does not fit the value, or is not one that a manifest uses.
    BadTag,
}

/// What `text` means, written plain or quoted, with this tag.
pub(super) fn meaning(text: &str, plain: bool, tag: Tagged) -> Meaning<'_> {
    match tag {
        Tagged::No if plain => untagged(text),
        Tagged::No | Tagged::Text => Meaning::Text(text),
        Tagged::Own => Meaning::BadTag,
        Tagged::Bool => flag(text).map_or(Meaning::BadTag, Meaning::Flag),
        Tagged::Null if is_null(text) => Meaning::Nothing,
        Tagged::Null => Meaning::BadTag,
        Tagged::Int | Tagged::Float => match number(text) {
            Some(Meaning::Number(number)) if tag == Tagged::Float => {
                number.as_f64().map_or(Meaning::BadTag, |float| Meaning::Number(float.into()))
            }
            Some(Meaning::Number(number)) if number.is_f64() => Meaning::BadTag,
            Some(meaning) => meaning,
            None => Meaning::BadTag,
        },
    }
}

fn untagged(text: &str) -> Meaning<'_> {
    if text.is_empty() || is_null(text) {
        return Meaning::Nothing;
    }
    if let Some(flag) = flag(text) {
        return Meaning::Flag(flag);
    }
    number(text).unwrap_or(Meaning::Text(text))
}

fn is_null(text: &str) -> bool {
    matches!(text, "null" | "Null" | "NULL" | "~")
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<Meaning<'static>> {
    // The typed reader's own rule decides; most texts are no numbers, and that is seen without allocating.
    let first = text.bytes().find(|b| !matches!(b, b'+' | b'-'))?;
    if !(first.is_ascii_digit() || matches!(first, b'.')) {
        return None;
    }
    if let Ok(number) = text.parse::<Number>() {
        return Some(Meaning::Number(number));
    }
    is_huge(text).then_some(Meaning::HugeNumber)
}

/// A whole number that needs more than 64 bits: the typed reader knows it for a number, `Number` cannot hold it.
fn is_huge(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with(['+', '-']) {
        return false;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return !digits.starts_with(['+', '-']) && u128::from_str_radix(digits, radix).is_ok();
        }
    }
    let leading_zero = unsigned.len() > 1 && unsigned.starts_with('0');
    !leading_zero && unsigned.parse::<u128>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_mean_what_yaml_1_2_says() {
        let kinds = |text| match meaning(text, true, Tagged::No) {
            Meaning::Nothing => "nothing",
            Meaning::Flag(_) => "flag",
            Meaning::Number(_) | Meaning::HugeNumber => "number",
            Meaning::Text(_) => "text",
            Meaning::BadTag => "bad tag",
        };
        for (text, kind) in [
            ("", "nothing"),
            ("~", "nothing"),
            ("null", "nothing"),
            ("true", "flag"),
            ("False", "flag"),
            ("yes", "text"),
            ("no", "text"),
            ("on", "text"),
            ("8841", "number"),
            ("0042", "text"),
            ("1.10", "number"),
            ("12:30", "text"),
            ("0x1F", "number"),
            ("-5", "number"),
            ("+5", "number"),
            ("1e3", "number"),
            (".inf", "number"),
            ("-.inf", "number"),
            (".nan", "number"),
            ("2024-01-01", "text"),
            ("99999999999999999999", "number"),
            ("3EB0BCB2E3D4", "text"),
            ("30%", "text"),
            ("1_000", "text"),
        ] {
            assert_eq!(kinds(text), kind, "{text:?}");
        }
        assert_eq!(meaning("8841", false, Tagged::No), Meaning::Text("8841"));
        assert_eq!(meaning("8841", true, Tagged::Text), Meaning::Text("8841"));
        assert_eq!(meaning("x", true, Tagged::Own), Meaning::BadTag);
    }
}
