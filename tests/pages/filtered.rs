//! What is left of a page when somebody filters it, as a person sees it.

use fantoccini::key::Key;
use wawpform::plan::Plan;
use wawpform::render::html::{self, Page};

use super::browser::{Window, in_browser};
use super::plans::{empty, everything};
use super::rows::{fleet, name};
use super::{AT, of_plan, of_status};

/// The names that are seen.
async fn names(window: &Window) -> Vec<String> {
    window.texts("[data-kind] tbody tr > th, tr[data-kind] > th").await
}

async fn titles(window: &Window) -> Vec<String> {
    window.texts("section[data-kind] > h3").await
}

#[test]
fn a_plan_is_filtered_by_name_action_and_label_and_says_how_much_is_left() {
    in_browser(|window| async move {
        window.open(&of_plan(&everything("eu", 2), "eu", 1)).await;
        assert_eq!(window.text("#shown").await, "14 changes");
        assert_eq!(
            titles(window).await,
            [
                "- 4 to destroy",
                "> 2 to rename",
                ". 2 to forget",
                "= 2 to import",
                "+ 2 to add",
                "~ 2 to change in place"
            ]
        );
        window.types("#name", "GONE-0001 ").await;
        assert_eq!(names(window).await, ["gone-0001"]);
        assert_eq!(titles(window).await, ["- 4 to destroy"]);
        assert_eq!(window.text("#shown").await, "1 of 14 changes shown");

        // Also by the name that it had.
        window.types("#name", "was-0000").await;
        assert_eq!(names(window).await, ["moved-0000was was-0000"]);
        window.clicks("#clear").await;
        assert_eq!((names(window).await.len(), window.text("#shown").await), (14, "14 changes".to_owned()));

        window.clicks("input[value=create] + span").await;
        window.clicks("input[value=update] + span").await;
        assert_eq!(names(window).await, ["new-0000", "new-0001", "same-0000", "same-0001"]);
        // What an update sets is what it is found by.
        window.types("#label", "other=OTHER").await;
        assert_eq!(names(window).await, ["same-0000", "same-0001"]);
        window.types("#name", "0001").await;
        assert_eq!(names(window).await, ["same-0001"]);
        window.clicks("input[value=update] + span").await;
        assert_eq!(window.text("#shown").await, "0 of 14 changes shown");
        assert_eq!(titles(window).await, [""; 0]);
    });
}

#[test]
fn the_status_is_filtered_by_name_status_and_several_labels() {
    in_browser(|window| async move {
        window.open(&of_status("eu", 1)).await;
        assert_eq!(names(window).await.len(), 13);
        window.clicks("input[value=WORKING] + span").await;
        assert_eq!(names(window).await, ["other-0000", "fine-0000"]);
        window.clicks("input[value=FAILED] + span").await;
        assert_eq!(window.text("#shown").await, "3 of 13 instances shown");
        window.types("#label", "team=fine, eu=").await;
        assert_eq!(names(window).await, ["fine-0000"]);
        window.clicks("#clear").await;
        // A status that this version does not know.
        window.clicks("input[value=other] + span").await;
        assert_eq!(names(window).await, ["odd-0000"]);
    });
}

#[test]
fn the_keyboard_alone_gets_everywhere_and_a_filter_outlives_a_reload() {
    in_browser(|window| async move {
        window.open(&of_plan(&everything("eu", 1), "eu", 0)).await;
        let focused =
            "document.activeElement.id || document.activeElement.value || document.activeElement.tagName";
        let mut stops = Vec::new();
        for _ in 0..4 {
            window.presses(Key::Tab).await;
            stops.push(window.ask(focused).await);
        }
        assert_eq!(stops, ["A", "name", "label", "delete"]);
        let ring = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle";
        assert_eq!(window.ask(ring).await, "solid", "what has the focus shows it");
        window.presses(Key::Space).await;
        assert_eq!(names(window).await, ["shop-0000", "gone-0000"], "who works with a phone first");
        window.types("#name", "shop").await;
        window.reload().await;
        assert_eq!(names(window).await, ["shop-0000"]);
        assert_eq!(window.text("#shown").await, "1 of 7 changes shown");
    });
}

#[test]
fn details_are_opened_one_by_one_and_all_at_once() {
    in_browser(|window| async move {
        let opened = "document.querySelectorAll('details[open]').length";
        let plan = everything("eu", 1);
        window.open(&of_plan(&plan, "eu", 0)).await;
        assert_eq!(window.ask(opened).await, 3, "a short plan is seen at once");
        window.open(&of_plan(&everything("eu", 5), "eu", 0)).await;
        assert_eq!(window.ask(opened).await, 0);
        window.clicks("section.create details summary").await;
        let diff = window.text("section.create details[open] pre").await;
        assert!(
            diff.contains("+ protect: false\n+ rate_limit: \"eu\"\n+ running: true  # from defaults\n"),
            "{diff}"
        );
        window.clicks("#fold").await;
        assert_eq!(window.ask(opened).await, 15);
        assert_eq!(window.text("#fold").await, "Close all");
        window.clicks("#fold").await;
        assert_eq!(window.ask(opened).await, 0);
        // Only what is shown.
        window.types("#name", "same-0003").await;
        window.clicks("#fold").await;
        assert_eq!(window.ask(opened).await, 1);
        let diff = window.text("section.update details[open] pre").await;
        assert!(diff.contains("- running: true\n+ running: false\n"), "{diff}");
    });
}

/// What is typed, one after the other, and how long it takes from a key to the page being laid out again, in milliseconds.
const FILTERED_IN: &str = "['1', '12', '123', 'nobody', '49', ''].map((typed) => {
    const name = document.getElementById('name');
    const from = performance.now();
    name.value = typed;
    name.dispatchEvent(new Event('input', {bubbles: true}));
    document.body.getBoundingClientRect();
    return Math.round(performance.now() - from);
})";

/// Tells when as many rows are seen as the page says.
const SETTLED: &str = "const look = () => {
    const seen = document.querySelectorAll('[data-kind] tbody tr:not([hidden]), tr[data-kind]:not([hidden])');
    seen.length === parseInt(document.getElementById('shown').textContent) ? tell(null) : setTimeout(look);
};
look();";

fn stays_usable(what: &'static str, page: String) {
    in_browser(move |window| async move {
        // From now on it is counted.
        window.busy().await;
        window.open(&page).await;
        let loaded = window.busy().await;
        let took: Vec<u32> = serde_json::from_value(window.ask(FILTERED_IN).await).unwrap();
        window.wait_for(SETTLED).await;
        let filtered = window.busy().await - loaded;
        println!("{what} of 5,000: {} KiB, loaded in {loaded:.1} s of a processor,", page.len() / 1024);
        println!("filtered {} times in {filtered:.1} s, the first rows after {took:?} ms", took.len());
        assert!(page.len() < 4 << 20 && loaded < 20.0 && filtered < 20.0);

        window.types("#name", "49").await;
        window.wait_for(SETTLED).await;
        let names = names(window).await;
        assert!(!names.is_empty() && names.iter().all(|it| it.contains("49")), "{names:?}");
        assert!(window.text("#shown").await.starts_with(&format!("{} of 5000 ", names.len())));
    });
}

#[test]
fn a_plan_of_five_thousand_changes_stays_usable() {
    let changes = everything("eu", 715).changes;
    let plan = Plan { changes: changes.into_iter().take(5_000).collect(), ..empty() };
    let at = AT.parse().unwrap();
    let page = Page { refusals: &[], warnings: &[], suggestions: &[], flags: "", at };
    stays_usable("plan", html::plan(&plan, &page));
}

#[test]
fn the_status_of_five_thousand_instances_stays_usable() {
    stays_usable("status", html::status(&name("acme"), &fleet(5_000), "", AT.parse().unwrap()));
}
