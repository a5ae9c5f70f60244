//! Laws of the pages, for any text in every place that takes any: held against the bytes, without a browser.

use proptest::prelude::*;
use wawpform::instance::is_unseen;
use wawpform::render::html::{self, Page};

use super::plans::everything;
use super::{hostile, of_plan, of_status};

/// The tags of a page, each with the names of its attributes. Sorted: fields stand in the order of their names.
fn tags(page: &str) -> Vec<String> {
    // Style and script hold what looks like tags.
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, rest) = rest.split_once("<script>").unwrap();
    let (_, foot) = rest.split_once("</script>").unwrap();
    let text = [head, body, foot].concat();
    let mut tags: Vec<String> =
        text.split('<').skip(1).map(|tag| names(tag.split('>').next().unwrap())).collect();
    tags.sort();
    tags
}

/// A tag without the values of its attributes, which stand in quotes that nothing in them can end.
fn names(tag: &str) -> String {
    tag.split('"').step_by(2).collect()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => proptest::sample::subsequence(hostile::TEXTS.to_vec(), 0..4).prop_map(|texts| texts.concat()),
        2 => "[-<>&\"'=/!a-z \n]{0,40}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_or_ends_an_element_or_an_attribute_and_nothing_acts_unseen(text in text()) {
        for (page, plain) in [
            (of_plan(&everything(&text, 1), &text, 1), of_plan(&everything("x", 1), "x", 1)),
            (of_status(&text, 1), of_status("x", 1)),
        ] {
            prop_assert_eq!(tags(&page), tags(&plain));
            prop_assert_eq!(page.chars().find(|c| *c != '\n' && is_unseen(*c)), None);
        }
    }
}

#[test]
fn a_page_of_the_same_plan_is_the_same_but_for_the_time_which_it_tells_once() {
    let plan = everything("x", 2);
    let page = |at: &str| {
        let page =
            Page { refusals: &[], warnings: &[], suggestions: &[], flags: "", at: at.parse().unwrap() };
        html::plan(&plan, &page)
    };
    let (one, other) = ("2026-11-22T10:00:00Z", "2026-12-24T11:30:00Z");
    let told = |page: &str, at: &str, words: &str| {
        page.replacen(&format!("<time datetime=\"{at}\">{words} UTC</time>"), "", 1)
    };
    let first = page(one);
    assert_eq!(first, page(one));
    let rest = told(&first, one, "2026-11-22 10:00:00");
    assert!(rest != first && !rest.contains("2026-11-22"));
    assert_eq!(rest, told(&page(other), other, "2026-12-24 11:30:00"));
}

#[test]
fn nothing_on_a_page_comes_from_elsewhere() {
    for page in [of_plan(&everything("x", 1), "x", 1), of_status("x", 1)] {
        let named =
            ["src=", "srcset=", "@import", "url(", "<link", "<iframe", "<img", "http-equiv=\"refresh\""];
        for loads in named {
            assert!(!page.contains(loads), "{loads}");
        }
        let leads = page.split("href=\"").skip(1).all(|rest| rest.starts_with('#'));
        assert!(leads, "a page leads nowhere");
        let refused = |tag: &&String| tag.contains(" style=") || tag.contains(" on");
        assert_eq!(tags(&page).iter().find(refused), None, "the policy refuses that");
    }
}
