//! Cutting a text between two instances, so that its parts can be read side by side and never all at once.
//!
//! Invariant: a cut is made only where every reader of YAML sees the next key of the map under `instances`: at the
//! beginning of a line that is as deep as the map's first key, outside of quotes and brackets, before a letter, digit or
//! quote. What is not as regular as that is not cut, and then read as a whole.

use std::borrow::Cow;

use super::join::Lean;

/// About how many bytes a part has. The reader keeps some fifteen bytes for each while it is at it, which then stay within
/// a processor's own memory; much smaller parts would cost more to begin.
pub(super) const PART: usize = 8 * 1024;

/// A text, in parts that mean the same as the whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut<'t> {
    /// Everything but the instances, of which it has none.
    pub(super) frame: Cow<'t, str>,
    /// The instances, in maps of their own, in the order in which they are written.
    pub(super) parts: Vec<&'t str>,
    /// How many values it has, or somewhat more.
    pub(super) values: u64,
}

/// Sees every line that does not begin within quotes or brackets, in order, and remembers where to cut.
pub(super) struct Cutter<'t> {
    text: &'t str,
    /// About how long a part is to be.
    part: usize,
    seen: Seen,
    /// Where parts begin.
    cuts: Vec<usize>,
    /// How many instances were seen.
    count: usize,
}

/// How far a [`Cutter`] has seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Not yet `instances:`.
    Nothing,
    /// `instances:` at the end of its line.
    Opening,
    /// Instances, behind so many spaces.
    Instances(usize),
    /// All of them, up to here.
    All(usize),
    /// Something irregular.
    Odd,
}

impl<'t> Cutter<'t> {
    pub(super) fn new(text: &'t str, part: usize) -> Self {
        Self { text, part, seen: Seen::Nothing, cuts: Vec::new(), count: 0 }
    }

    /// Looks at the line that begins `at`; whether a part begins with it.
    pub(super) fn line(&mut self, at: usize) -> bool {
        if matches!(self.seen, Seen::All(_) | Seen::Odd) {
            return false;
        }
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        if self.seen == Seen::Nothing {
            let behind = rest.strip_prefix(b"instances:");
            // Without a space before it, a `#` would be a part of the key.
            if behind.is_some_and(|behind| !behind.starts_with(b"#") && ends_here(behind)) {
                self.seen = Seen::Opening;
            }
            return false;
        }
        let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
        let content = rest.get(spaces..).unwrap_or_default();
        if ends_here(content) {
            return false;
        }
        let begins =
            content.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"'\"".contains(byte));
        let (seen, cut) = match self.seen {
            _ if spaces == 0 => (Seen::All(at), false),
            Seen::Opening if begins => (Seen::Instances(spaces), true),
            Seen::Instances(depth) if spaces > depth => (self.seen, false),
            Seen::Instances(depth) if spaces == depth && begins => (self.seen, self.is_long(at)),
            _ => (Seen::Odd, false),
        };
        if matches!(seen, Seen::Instances(depth) if depth == spaces) {
            self.count = self.count.saturating_add(1);
        }
        self.seen = seen;
        if cut {
            self.cuts.push(at);
        }
        cut
    }

    fn is_long(&self, at: usize) -> bool {
        self.cuts.last().is_none_or(|last| at.saturating_sub(*last) >= self.part)
    }

    /// The instances, if the text is a small one, holds nothing else, and has no anchor.
    pub(super) fn lean(&self) -> Option<Lean<'t>> {
        let Self { text, part, seen: Seen::Instances(depth), cuts, count } = self else { return None };
        let first = cuts.first().copied().filter(|_| cuts.len() == 1 && text.len() <= *part)?;
        let (head, instances) = (text.get(..first)?, text.get(first..)?);
        let is_opening =
            |line: &str| line.strip_prefix("instances:").is_some_and(|it| ends_here(it.as_bytes()));
        let mut lines = head.lines().filter(|line| !ends_here(line.as_bytes()));
        let is_lean = lines.next().is_some_and(is_opening) && lines.next().is_none();
        let has_anchor = instances.bytes().any(|byte| byte == b'&' || byte == b'*');
        (is_lean && !has_anchor).then_some(Lean { instances, depth: *depth, count: *count })
    }

    /// The parts, unless there is but one, or a line that cannot be told.
    pub(super) fn finish(self, values: u64) -> Option<Cut<'t>> {
        let Self { text, part: _, seen, mut cuts, count: _ } = self;
        let end = match seen {
            Seen::Instances(_) => text.len(),
            Seen::All(end) => end,
            Seen::Nothing | Seen::Opening | Seen::Odd => return None,
        };
        let first = cuts.first().copied().filter(|_| cuts.len() > 1)?;
        cuts.push(end);
        let (head, tail) = (text.get(..first)?, text.get(end..)?);
        let frame = if tail.is_empty() { Cow::Borrowed(head) } else { Cow::Owned([head, tail].concat()) };
        let parts =
            cuts.windows(2).map(|ends| text.get(*ends.first()?..*ends.last()?)).collect::<Option<_>>()?;
        Some(Cut { frame, parts, values })
    }
}

/// Whether nothing but white space and a comment is left of the line.
fn ends_here(rest: &[u8]) -> bool {
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let rest = rest.get(spaces..).unwrap_or_default();
    matches!(rest, [] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'#', ..])
}
