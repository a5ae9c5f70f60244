//! Laws of the page, for any plan, any text and any limit.

use proptest::prelude::*;
use wawpform::plan::Plan;
use wawpform::render::markdown::SMALLEST;

use super::plans::everything;
use super::reader::elements;
use super::{HOSTILE, shown};

fn text() -> impl Strategy<Value = String> {
    let signs = "[-`<>&@#!~%$^:|*_+{}()\\[\\]\\\\/.wWgGhH1a \n]{0,40}";
    prop_oneof![
        2 => proptest::sample::subsequence(HOSTILE.to_vec(), 0..4).prop_map(|texts| texts.concat()),
        2 => signs.prop_map(String::from),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_page_is_well_formed_within_its_limit_and_tells_every_deletion_or_how_many(
        text in text(),
        (times, refused) in (0_usize..8, 0_usize..12),
        limit in SMALLEST..12_000,
        only in proptest::option::of(0_usize..6),
    ) {
        let whole = everything(&text, times);
        let plan = match only {
            None => whole,
            // One kind of change or nothing but the rest.
            Some(kind) => Plan {
                changes: whole.changes.into_iter().filter(|it| {
                    it.action.word() == ["delete", "rename", "forget", "create", "update", "adopt"][kind]
                }).collect(),
                ..super::plans::empty()
            },
        };
        let page = shown(&plan, &text, refused, limit);
        prop_assert!(page.len() <= limit, "{} of {limit}", page.len());
        elements(&page);
        prop_assert_eq!(&page, &shown(&plan, &text, refused, limit));

        let deletes = plan.deletes();
        if deletes > 0 {
            let title = format!("\n#### {deletes} will be destroyed\n");
            prop_assert!(page.contains(&title));
            let below = page.split(&title).nth(1).unwrap().split("\n#### ").next().unwrap();
            let named = below.matches("\n- `").count();
            let more = format!("\n- and {} more\n", deletes - named);
            prop_assert!(named == deletes || below.contains(&more), "{}", below);
        }
        let count = match refused { 1 => "1 refusal".to_owned(), n => format!("{n} refusals") };
        prop_assert_eq!(refused > 0, page.contains(&format!("\n#### {count}\n")));
    }
}
