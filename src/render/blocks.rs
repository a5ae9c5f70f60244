//! Blocks of a manifest for instances that exist, to be pasted under `instances:`.
//!
//! Invariant: read back as a manifest, a block says just what it was made of, whatever is in its texts.

use serde::Serialize;

use crate::instance::{Labels, Name};

/// What a block says besides its name; what is empty or `None` is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Block {
    /// The user's own labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Whether it is started, where that is not what the manifest's defaults say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
    /// Never deleted while this stands.
    pub protect: bool,
    /// The phone that should be paired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_number: Option<String>,
}

/// One block, two blanks in: it stands under `instances:` as it is.
///
/// # Errors
/// When the YAML library refuses a text.
pub fn block(name: &Name, block: &Block) -> Result<String, serde_yaml::Error> {
    let entry = std::collections::BTreeMap::from([(name, block)]);
    let text = serde_yaml::to_string(&entry)?;
    Ok(text.lines().fold(String::new(), |out, line| out + "  " + line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Loaded, Source, load, load_with_marks};

    fn read_back(text: &str, name: &Name) -> (Labels, Option<String>, bool, bool) {
        let sources = [Source::new("x", format!("fleet: acme\ninstances:\n{text}"))];
        let Ok(Loaded { desired, .. }) = load(&sources) else { panic!("{text}") };
        assert_eq!(load_with_marks(&sources).unwrap().desired, desired, "{text}");
        let spec = &desired.instances[name].spec;
        (spec.labels.clone(), spec.expect_number.clone(), spec.running, spec.protect)
    }

    #[test]
    fn whatever_is_in_a_label_comes_back_as_it_was() {
        let hostile = [
            "8841",
            "0042",
            "1e5",
            "0x1f",
            "0o17",
            "1_000",
            "~",
            "null",
            "yes",
            "No",
            "true",
            "=",
            "<<",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a`",
            "'",
            "\"",
            "\\",
            "\\n",
            "a'b\"c",
            "{a: b}",
            "[a]",
            " a",
            "a ",
            "?",
            "? a",
            ":",
            ": a",
            "---",
            "...",
            "2001-01-01",
            "12:30:45",
            ".inf",
            "é 😀 مرحبا",
            "\u{a0}",
            "\u{202e}x",
            "$(reboot)",
            "a,b",
        ];
        for text in hostile {
            let block_of = |key: &str, value: &str| Block {
                labels: [(key.to_owned(), value.to_owned())].into(),
                ..Block::default()
            };
            for (key, value) in [("k", text), (text, "v")] {
                // As a key it is YAML's own; the manifest's reader refuses it, and that is told.
                if key == "<<" {
                    continue;
                }
                let (name, made) = (Name::new("a").unwrap(), block_of(key, value));
                let (labels, ..) = read_back(&block(&name, &made).unwrap(), &name);
                assert_eq!(labels, made.labels);
            }
        }
    }

    #[test]
    fn a_name_that_yaml_would_take_for_something_else_stays_a_name() {
        for text in ["1", "0042", "1e5", "0x1f", "no", "y", "on", "null", "true", "2001-01-01", "a", "1-"] {
            let name = Name::new(text).unwrap();
            let expect_number = Some("201012345678".to_owned());
            let made = Block { running: Some(false), protect: true, expect_number, labels: Labels::new() };
            let (labels, number, running, protect) = read_back(&block(&name, &made).unwrap(), &name);
            assert_eq!((labels, number, running, protect), (Labels::new(), made.expect_number, false, true));
        }
    }
}
