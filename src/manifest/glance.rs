//! A glance at a text, before the typed reader sees it: may it, or does the text want the careful reading?
//!
//! The typed reader keeps every event before it decodes the first, follows aliases as often as they are written,
//! and slows down with depth: it gets only texts without aliases, of limited depth and number of values.
//! Invariant: a no is certain, a yes may be needless and costs time only. Whatever could make this lexer and the
//! typed reader's own lose step (tags, anchors, block scalars, odd quotes) is a yes.

use super::cut::{Cut, Cutter, PART};
use super::join::Lean;
use super::tree::{DEEPEST, MOST_NODES};

/// The most values of a text that the typed reader reads, however it is cut: some 1,400,000 instances with a few labels.
pub(super) const MOST_VALUES: u64 = 20_000_000;

/// The most values in one line.
pub(super) const MOST_IN_ONE_LINE: u64 = MOST_NODES / 2;

/// Where in a token the glance is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before a token.
    Start,
    /// In a text without quotes.
    Plain,
    /// Behind the end of a line in a text without quotes, which may go on.
    PlainBreak,
    Single,
    Double,
    Comment,
}

/// What a glance told of a text.
pub(super) enum Glance<'t> {
    /// The typed reader may read it as a whole.
    Whole,
    /// The same, and it may be joined with others.
    Lean(Lean<'t>),
    /// The typed reader may read it, in these parts.
    Parts(Cut<'t>),
    /// It wants the careful reading.
    Care,
}

/// Looks at a text.
pub(super) fn glance(text: &str) -> Glance<'_> {
    glance_beyond(DEEPEST, PART, text)
}

/// How many values there are, and where a count of them began anew.
#[derive(Default)]
struct Values {
    all: u64,
    at_line: u64,
    at_part: u64,
    /// The most in one part so far.
    most: u64,
    /// Whether the text ends within quotes or brackets.
    is_open: bool,
}

impl Values {
    fn one_more(&mut self) {
        self.all = self.all.saturating_add(1);
    }

    /// Begins another line; whether the one behind was crowded.
    fn next_line(&mut self) -> bool {
        let is_crowded = self.all.saturating_sub(self.at_line) > MOST_IN_ONE_LINE;
        self.at_line = self.all;
        is_crowded
    }

    fn next_part(&mut self) {
        self.most = self.most.max(self.all.saturating_sub(self.at_part));
        self.at_part = self.all;
    }
}

/// Looks for parts of about so many bytes, and for nothing deeper than this.
pub(super) fn glance_beyond(deepest: usize, part: usize, text: &str) -> Glance<'_> {
    let mut cutter = Cutter::new(text, part);
    let mut values = Values::default();
    if wants_care(deepest, text, &mut values, &mut cutter) || values.next_line() || values.all > MOST_VALUES {
        return Glance::Care;
    }
    values.next_part();
    if let Some(lean) = cutter.lean().filter(|_| !values.is_open && values.all <= MOST_NODES) {
        return Glance::Lean(lean);
    }
    match cutter.finish(values.all) {
        Some(parts) if values.most <= MOST_NODES => Glance::Parts(parts),
        _ if values.all <= MOST_NODES => Glance::Whole,
        _ => Glance::Care,
    }
}

/// Whether anything but the number of values wants the careful reading.
fn wants_care(deepest: usize, text: &str, values: &mut Values, cutter: &mut Cutter<'_>) -> bool {
    let mut at = At::Start;
    let mut depth = 0_usize;
    let (mut star, mut anchor) = (false, false);
    let mut content = false;
    let mut before = b'\n';
    let bytes = text.as_bytes();
    let mut index = 0_usize;
    cutter.line(0);
    while let Some(byte) = bytes.get(index).copied() {
        index = index.saturating_add(1);
        // Most bytes: no letter or digit begins or ends anything but a text, and a space changes nothing but what is before.
        if byte.is_ascii_alphanumeric() {
            if matches!(at, At::Start | At::PlainBreak) {
                at = At::Plain;
                content = true;
            }
            before = byte;
            let more = bytes.get(index..).unwrap_or_default().iter();
            index = index.saturating_add(more.take_while(|byte| byte.is_ascii_alphanumeric()).count());
            continue;
        }
        if byte == b' ' {
            before = byte;
            continue;
        }
        let next = bytes.get(index).copied().unwrap_or(b'\n');
        let ends_here = matches!(next, b' ' | b'\t' | b'\r' | b'\n');
        // Certain, whatever the tokens are: no alias without both, no merge key without the last.
        star |= byte == b'*';
        anchor |= byte == b'&';
        if (star && anchor) || (byte == b'<' && before == b'<') {
            return true;
        }
        match byte {
            b'\n' => {
                if values.next_line() {
                    return true;
                }
                values.one_more();
            }
            b',' | b'[' | b'{' => values.one_more(),
            b':' | b'-' | b'?' if ends_here => values.one_more(),
            _ => {}
        }
        let flow = depth > 0;
        at = match (at, byte) {
            (At::Comment, b'\n') => At::Start,
            (At::Comment, _) => At::Comment,
            (At::Single, b'\'') if next == b'\'' => {
                index = index.saturating_add(1);
                At::Single
            }
            (At::Single, b'\'') | (At::Double, b'"') => At::Start,
            (At::Double, b'\\') => {
                index = index.saturating_add(1);
                At::Double
            }
            (At::Single | At::Double, _) => at,
            (At::Plain, b'#') if matches!(before, b' ' | b'\t') => At::Comment,
            (At::Start | At::PlainBreak, b'#') => At::Comment,
            // The end or the beginning of a document: one at the beginning is usual, others are not.
            (At::Start | At::PlainBreak, b'-' | b'.') if before == b'\n' && next == byte => {
                let rest = bytes.get(index..index.saturating_add(3)).unwrap_or_default();
                let begins = matches!(rest, [b'-', b'-'] | [b'-', b'-', b' ' | b'\t' | b'\r' | b'\n']);
                if content || !begins {
                    return true;
                }
                index = index.saturating_add(2);
                content = true;
                At::Start
            }
            (At::Plain, b'\n') => At::PlainBreak,
            (_, b' ' | b'\t' | b'\r' | b'\n') => at,
            (_, b'[' | b'{') if flow || at == At::Start => {
                depth = depth.saturating_add(1);
                if depth > deepest {
                    return true;
                }
                At::Start
            }
            (_, b']' | b'}') if flow || at == At::Start => {
                depth = depth.saturating_sub(1);
                At::Start
            }
            (_, b',') if flow || at == At::Start => At::Start,
            (At::Start, b'\'') => At::Single,
            (At::Start, b'"') => At::Double,
            (At::PlainBreak, b'\'' | b'"' | b'[' | b'{' | b']' | b'}') => return true,
            (At::Start | At::PlainBreak, b'!' | b'&' | b'*' | b'|' | b'>' | b'%' | b'@' | b'`') => {
                return true;
            }
            (At::Start | At::PlainBreak, b'?') if flow || ends_here => return true,
            (_, b':') if ends_here || (flow && at == At::Start) => At::Start,
            // In a text that goes on, or the next item: a quote behind it would be either.
            (At::PlainBreak, b'-') if ends_here => At::PlainBreak,
            (At::Start, b'-') if ends_here => At::Start,
            _ => At::Plain,
        };
        content |= !matches!(at, At::Start | At::Comment);
        let is_plain = depth == 0 && !matches!(at, At::Single | At::Double);
        if byte == b'\n' && is_plain && cutter.line(index) {
            values.next_part();
        }
        before = byte;
    }
    values.is_open = depth > 0 || matches!(at, At::Single | At::Double);
    false
}

/// The first line, from 1, with more values than the careful reader can take in one: it keeps a line of a list in
/// memory, token by token, until it knows whether the list is a key.
pub(super) fn crowded_line(text: &str) -> Option<usize> {
    // Fewer bytes than that in all: the usual case.
    if u64::try_from(text.len()).unwrap_or(u64::MAX) <= MOST_IN_ONE_LINE {
        return None;
    }
    let values = |line: &str| line.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    let crowded = |line: &str| u64::try_from(values(line)).unwrap_or(u64::MAX) > MOST_IN_ONE_LINE;
    text.lines().position(crowded).map(|index| index.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants_care(text: &str) -> bool {
        wants_care_beyond(DEEPEST, text)
    }

    fn wants_care_beyond(deepest: usize, text: &str) -> bool {
        matches!(glance_beyond(deepest, PART, text), Glance::Care)
    }

    #[test]
    fn an_ordinary_manifest_wants_no_care() {
        let ordinary = "# yes\n---\n# It's [a] comment {\nfleet: acme\nreleased:\n  - a\n  - b\ninstances:\n  a-b:\n    \
                        labels: {x: \"8841, ]\", y: 'it''s }', z: plain text, \"q\": https://x.y/?z=[1]}\n    \
                        labels: # why\n      \"quoted\": \"a \\\" {\"\n      note: see [1] and 'that' - {or} not\n";
        assert!(!wants_care(ordinary), "{ordinary}");
        let many: String =
            (0..1_000).map(|n| format!("  a-{n}: {{labels: {{it's: \"]}}\", b: [c]}}}}\n")).collect();
        assert!(!wants_care(&many));
    }

    #[test]
    fn what_could_expand_or_deepen_wants_care() {
        for text in [
            "a: &x {b: c}\nd: *x\n",
            "a: {<<: {b: c}}",
            "a: !tag 'x'",
            "a: |\n  it's",
            "a: foo\n  'bar'",
            "a: foo\n- 'bar'",
            "a: foo\n  {bar",
            "{? 'x'",
            "a: b\n--- 'x'",
            "a: b\n...\n",
        ] {
            assert!(wants_care(text), "{text}");
        }
        assert!(wants_care(&"[".repeat(65)));
        assert_eq!(crowded_line(&format!("a\n[{}]", "a,".repeat(2_100_000))), Some(2));
        assert_eq!(crowded_line(&"a,\n".repeat(2_100_000)), None);
        assert!(wants_care(&"- ".repeat(5_000_000)));
        assert!(wants_care(&"a,".repeat(2_100_000)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_deeper_than_the_glance_says(
            rest in "([\\[{\\]},'\"#a \n-]|'[^']'|\"[^\"]\"|\\[|\\[ ){1,40}", deepest in 1_usize..6
        ) {
            // In brackets from the first character on, so that nothing but brackets makes depth.
            let text = format!("[{rest}");
            if !wants_care_beyond(deepest, &text) {
                let (mut depth, mut most) = (0_usize, 0);
                for step in saphyr_parser::Parser::new_from_str(&text) {
                    use saphyr_parser::Event::{MappingEnd, MappingStart, SequenceEnd, SequenceStart};
                    match step {
                        Ok((SequenceStart(..) | MappingStart(..), _)) => depth += 1,
                        Ok((SequenceEnd | MappingEnd, _)) => depth -= 1,
                        Ok(_) => {}
                        Err(_) => break,
                    }
                    most = most.max(depth);
                }
                proptest::prop_assert!(most <= deepest, "{text:?} is {most} deep");
            }
        }
    }

    #[test]
    fn brackets_that_only_seem_to_close_do_not_hide_the_depth() {
        for part in [
            "[']',",
            "{a: '}', ",
            "{a:\n \"]\\\"}\", b: ",
            "[ # ]\n",
            "[it's \"x, ']', ",
            "{\"a\":'}', b: ",
            "[ 'a''] ', ",
        ] {
            assert!(wants_care(&part.repeat(100)), "{part}");
        }
    }
}
