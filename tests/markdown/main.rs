//! The page of a plan: as it stands in `tests/golden/markdown`, inert whatever is in it, and never too long.
//!
//! `BLESS=1 cargo test --test markdown` writes the pages anew.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may end")]

mod laws;
mod plans;
mod reader;
mod report;

use std::path::Path;

use wawpform::plan::{Action, Plan, Reason};
use wawpform::render::markdown::{Page, SMALLEST, marker, plan};

use plans::{attributes, change, empty, everything, held, name, refusals, suggestions};
use reader::elements;

/// Room for everything.
const AMPLE: usize = 60_000;

/// What would act on a page if it were let.
const HOSTILE: [&str; 30] = [
    "`",
    "``` `` `",
    "a\n```\n# owned\n</details>\n",
    "--> <img src=x onerror=alert(1)>",
    "<!-- x",
    "</summary></details><script>x</script>",
    "| a | b |\n| --- | --- |",
    "@everyone @octo/team a@b.example",
    "#1 octo/repo#1 GH-1 !1 ~label %stone $1 &1 ^alert#1 gh-1",
    "https://evil.example www.evil.example ftp://evil.example WWW.evil.example",
    "[x](https://evil.example) ![x](x.png) [x][y] [^1] [[x]]",
    "<https://evil.example> <a@b.example>",
    "*a* **b** _c_ __d__ ~~e~~ ~f~",
    "$x$ $$x$$ $`x`$",
    "&lt;b&gt; &#64;everyone &amp; &commat;everyone",
    "\\",
    "a\\`b",
    "# owned",
    "- [ ] owned",
    "> [!WARNING]\n> owned",
    "::error::owned",
    "\r\n::add-mask::e ##[add-mask]e ##vso[x]",
    "\n/close\n/label ~bug",
    ":smile: {+ a +} [- b -] {- c -}",
    "\u{202e}gpj.\u{200b}\u{2066}\u{feff}",
    "\u{1b}[2J\0\u{7}",
    "",
    "  ",
    "` a `",
    "~~~\n---\n===",
];

/// Shown with as many refusals and suggestions.
pub(crate) fn shown(of: &Plan, text: &str, count: usize, limit: usize) -> String {
    let (refusals, suggestions) = (refusals(text, count), suggestions(count));
    let at = "2026-11-22T10:00:00Z".parse().unwrap();
    let fingerprint = Some(text);
    let warnings = vec![text.to_owned(); count];
    plan(
        of,
        &Page { refusals: &refusals, warnings: &warnings, suggestions: &suggestions, fingerprint, at, limit },
    )
}

fn golden(file: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/markdown").join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == page, "{file}: expected\n{expected}\nbut is\n{page}\nrun with BLESS=1 to accept");
}

#[test]
fn the_page_of_everything_is_the_one_beside() {
    let page = shown(&everything("201012345678", 1), "201012345678", 1, AMPLE);
    elements(&page);
    golden("everything.md", &page);
}

#[test]
fn the_page_of_a_plan_without_changes_is_the_one_beside() {
    golden("nothing.md", &shown(&empty(), "a1b2", 0, AMPLE));
    let drift = everything("strict", 1).drift;
    golden("drift.md", &shown(&Plan { drift, ..empty() }, "a1b2", 0, AMPLE));
}

#[test]
fn the_page_of_two_manifests_is_the_one_beside_and_says_what_it_is() {
    let known = everything("strict", 1);
    let changes = known.changes.into_iter().filter(|it| it.action.word() != "adopt").collect();
    let page = shown(&Plan { assumed: true, changes, ..empty() }, "a1b2", 0, AMPLE);
    golden("comparison.md", &page);
    golden("comparison-of-equals.md", &shown(&Plan { assumed: true, ..empty() }, "a1b2", 0, AMPLE));
    assert!(page.contains("Two manifests are compared here, not the manifest and the state"));
}

#[test]
fn the_page_of_hostile_texts_is_the_one_beside() {
    let text = HOSTILE[2..10].join(" ");
    golden("hostile.md", &shown(&everything(&text, 1), &text, 1, AMPLE));
}

#[test]
fn the_page_that_is_cut_is_the_one_beside() {
    golden("cut.md", &shown(&everything("201012345678", 6), "201012345678", 2, 4_000));
}

#[test]
fn no_text_from_outside_makes_an_element() {
    let plain = elements(&shown(&everything("x", 2), "x", 2, usize::MAX));
    for kind in ["block of diff", "block of text", "strong", "heading 4", "item"] {
        assert!(plain.iter().any(|it| it == kind), "{kind}");
    }
    let run = "`".repeat(300);
    for text in HOSTILE.into_iter().map(str::to_owned).chain([HOSTILE.concat(), HOSTILE.join(" "), run]) {
        let page = shown(&everything(&text, 2), &text, 2, usize::MAX);
        assert_eq!(elements(&page), plain, "{text:?}:\n{page}");
        let unseen = |c: char| wawpform::instance::is_unseen(c) && c != '\n' && c != '\u{2060}';
        assert!(!page.contains(unseen), "{text:?}");
        assert!(!page.contains("##[") && !page.contains("##vso["), "{text:?}");
        let obeyed = |line: &str| line.trim_start().starts_with("::") || line.starts_with('/');
        assert!(!page.lines().any(obeyed), "{text:?}");
    }
}

#[test]
fn a_page_begins_with_its_marker_and_only_its_last_line_tells_the_time() {
    let plan_ = everything("x", 1);
    let at = |at: &str| {
        let page = Page {
            refusals: &[],
            warnings: &[],
            suggestions: &[],
            fingerprint: Some("sha256:ab12"),
            at: at.parse().unwrap(),
            limit: AMPLE,
        };
        plan(&plan_, &page)
    };
    let (one, other) = (at("2026-11-22T10:00:00Z"), at("2026-11-23T11:00:00.5Z"));
    assert_eq!(one.lines().next(), Some("<!-- wawpform fleet=acme fingerprint=sha256:ab12 -->"));
    assert!(one.starts_with(&marker(&name("acme"))));
    let but_the_last = |page: &str| page.trim_end().rsplit_once('\n').unwrap().0.to_owned();
    assert_ne!(one, other);
    assert_eq!(but_the_last(&one), but_the_last(&other));
}

#[test]
fn five_thousand_changes_fit_and_what_is_left_out_is_counted() {
    let create = |index| {
        let action = Action::Create { after: attributes("x"), replaces: None };
        change(&format!("n-{index:04}"), action, Reason::NotRecorded)
    };
    let page = shown(&Plan { changes: (0..5_000).map(create).collect(), ..empty() }, "x", 0, AMPLE);
    assert!(page.len() <= AMPLE && page.len() > AMPLE - 1_000, "{}", page.len());
    let shown = page.matches("<details>").count();
    assert!(page.contains("**Plan: 5000 to add, 0 to change, 0 to destroy.**"));
    assert!(page.contains(&format!("left out: {} creates.", 5_000 - shown)), "{shown}");
}

#[test]
fn deletions_are_named_before_anything_else_is_told_and_counted_where_they_are_too_many() {
    let delete = |index| {
        let action = Action::Delete { before: held("x") };
        change(&format!("gone-{index:04}"), action, Reason::NotInManifest)
    };
    let of = |count| Plan { changes: (0..count).map(delete).collect(), ..empty() };
    let is_named = |line: &&str| line.starts_with("- `gone-") && !line.contains("would be deleted");
    let named = |page: &str| page.lines().filter(is_named).count();

    let all = shown(&of(1_000), "x", 1, AMPLE);
    assert_eq!(named(&all), 1_000);
    let mut many = of(5_000);
    many.working.insert(name("gone-4999"), Some("201012345678".to_owned()));
    let page = shown(&many, "x", 1, AMPLE);
    assert!(page.len() <= AMPLE && page.contains("#### 5000 will be destroyed"));
    assert!(page.contains(&format!("and {} more", 5_000 - named(&page))));
    assert!(page.contains("- `gone-4999`, **paired with `201012345678`, and working**"));
    assert!(page.contains("Refused: gone-0000 works with x"));
    let smallest = shown(&many, "x", 1, 0);
    assert!(smallest.len() <= SMALLEST && named(&smallest) > 10, "{smallest}");
}

#[test]
fn the_smallest_page_has_room_for_the_longest_names_and_counts() {
    let text = "`".repeat(8) + &"é".repeat(50);
    let long = Plan { fleet: name(&"x".repeat(63)), ..everything(&text, 1_500) };
    for refusals in [0, 1, 1_500] {
        let page = shown(&long, &text, refusals, 0);
        assert!(page.len() <= SMALLEST, "{}", page.len());
        assert!(page.contains("3000 will be destroyed") && page.contains("and 2"), "{page}");
        elements(&page);
    }
}
