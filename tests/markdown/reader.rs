//! A page read as GitHub and GitLab read it: what elements it has, and what its text would be turned into.

use comrak::nodes::{NodeHtmlBlock, NodeValue};
use comrak::{Arena, Options, parse_document};

/// The kinds of elements of the page, in order; fails where there is one that is never meant.
pub(crate) fn elements(page: &str) -> Vec<String> {
    let mut options = Options::default();
    let on = &mut options.extension;
    (on.strikethrough, on.table, on.autolink, on.tasklist, on.footnotes) = (true, true, true, true, true);
    (on.math_dollars, on.math_code, on.alerts, on.description_lists) = (true, true, true, true);
    (on.multiline_block_quotes, on.wikilinks_title_after_pipe) = (true, true);
    options.parse.relaxed_autolinks = true;
    let arena = Arena::new();
    let (mut kinds, mut text, mut open) = (Vec::new(), String::new(), 0_i32);
    for node in parse_document(&arena, page, &options).descendants() {
        let value = node.data.borrow().value.clone();
        if value.block() {
            // What stands in two blocks does not stand together.
            text.push('\n');
        }
        kinds.push(match value {
            NodeValue::Document => "document".to_owned(),
            NodeValue::Heading(it) => format!("heading {}", it.level),
            NodeValue::Paragraph => "paragraph".to_owned(),
            NodeValue::List(_) => "list".to_owned(),
            NodeValue::Item(_) => "item".to_owned(),
            NodeValue::Strong => "strong".to_owned(),
            NodeValue::Code(_) => {
                text.push('\0');
                "code".to_owned()
            }
            NodeValue::CodeBlock(it) => {
                assert!(it.fenced && it.closed, "an open fence: {}", it.literal);
                format!("block of {}", it.info)
            }
            NodeValue::Text(it) => {
                text += &it;
                continue;
            }
            NodeValue::SoftBreak => {
                text.push('\n');
                continue;
            }
            NodeValue::HtmlBlock(NodeHtmlBlock { literal, .. }) => {
                html(&literal, &mut open);
                continue;
            }
            other => panic!("never meant: {other:?}\n{page}"),
        });
    }
    assert_eq!(open, 0, "details are left open:\n{page}");
    assert_inert(&text);
    kinds
}

/// Only a marker, and details that fold a summary, are HTML that is meant.
fn html(literal: &str, open: &mut i32) {
    for line in literal.lines() {
        match line {
            "<details>" => *open += 1,
            "</details>" => *open -= 1,
            "" => {}
            _ => {
                let summary = line
                    .strip_prefix("<summary><code>")
                    .and_then(|rest| rest.strip_suffix("</summary>"))
                    .map(|rest| rest.replacen("</code>", "", 1));
                let marker = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
                let within = summary.as_deref().or(marker).unwrap_or("<");
                assert!(!within.contains(['<', '>', '&']), "HTML that is not meant: {line}");
            }
        }
        assert!((0..=1).contains(open), "{literal}");
    }
}

/// What both makers look for in the text of the page once it is read.
fn assert_inert(text: &str) {
    let chars: Vec<char> = text.chars().collect();
    for pair in chars.windows(2) {
        let refers = "@#!~%$&^:".contains(pair[0]) && (pair[1].is_alphanumeric() || "_/\"".contains(pair[1]));
        let changes = "{[".contains(pair[0]) && "+-".contains(pair[1]);
        assert!(!refers && !changes, "{pair:?} in {text}");
    }
    let lower = text.to_lowercase();
    assert!(!lower.contains("www.") && !lower.contains("://") && !lower.contains("gh-1"), "{text}");
}
