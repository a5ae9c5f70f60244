//! What may stand in a text that people, terminals and workflow logs are shown.

use wawpform::instance::is_unseen;

/// Lines of visible characters and nothing else.
pub(super) fn assert_visible(text: &str) {
    let acts = text.chars().find(|c| *c != '\n' && is_unseen(*c));
    assert_eq!(acts, None, "a character that acts is shown: {text:?}");
}

/// One such line.
pub(super) fn assert_one_line(text: &str) {
    assert_visible(text);
    assert!(!text.contains('\n'), "a line end is shown: {text:?}");
}

/// The text without the colours that this tool writes itself.
pub(super) fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (colour, rest) = piece.split_once('m').expect("an escape sequence that is no colour");
        let digits = colour.bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
        assert!(digits, "an escape sequence that is no colour: {text:?}");
        out.push_str(rest);
    }
    out
}
