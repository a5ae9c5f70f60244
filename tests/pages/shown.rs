//! How the pages look: light and dark, on a narrow screen, on paper, and without scripts.

use serde_json::json;

use super::browser::{Window, in_browser};
use super::plans::everything;
use super::{of_plan, of_status};

async fn style(window: &Window, selector: &str, what: &str) -> String {
    let asked = format!("getComputedStyle(document.querySelector({})).{what}", json!(selector));
    window.ask(&asked).await.as_str().unwrap().to_owned()
}

#[test]
fn it_is_light_or_dark_as_the_reader_prefers() {
    in_browser(|window| async move {
        window.open(&of_plan(&everything("eu", 1), "eu", 1)).await;
        window.shows("screen", "light", 1280).await;
        assert_eq!(style(window, "body", "backgroundColor").await, "rgb(255, 255, 255)");
        window.shows("screen", "dark", 1280).await;
        assert_eq!(style(window, "body", "backgroundColor").await, "rgb(13, 17, 23)");
        // Paper is white.
        window.shows("print", "dark", 794).await;
        assert_eq!(style(window, "body", "color").await, "rgb(0, 0, 0)");
        assert_eq!(style(window, "ins", "color").await, "rgb(10, 80, 32)");
    });
}

#[test]
fn nothing_is_cut_off_on_a_narrow_screen_even_where_words_are_long() {
    in_browser(|window| async move {
        let long = "x".repeat(500);
        for page in [of_plan(&everything(&long, 1), &long, 1), of_status(&long, 1)] {
            window.open(&page).await;
            for width in [320, 400, 761, 1280] {
                window.shows("screen", "light", width).await;
                let wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
                assert_eq!(window.ask(wider).await, 0, "{width}");
            }
        }
    });
}

#[test]
fn on_paper_everything_is_open_and_nothing_is_there_to_be_clicked() {
    in_browser(|window| async move {
        window.open(&of_plan(&everything("eu", 5), "eu", 1)).await;
        window.types("#name", "same").await;
        assert_eq!(window.texts("details pre").await, [""; 0]);
        // As wide as a sheet without its margins.
        window.shows("print", "light", 688).await;
        assert_eq!(style(window, "td", "display").await, "table-cell");
        let folded = window.texts("details:not([open]) pre").await;
        assert_eq!(folded.len(), 5, "the filter stands, and paper says so");
        assert!(folded[0].contains("- running: true\n+ running: false\n"), "{folded:?}");
        assert_eq!(window.text("#shown").await, "5 of 35 changes shown");
        for gone in ["#filter", "input", "button", ".skip"] {
            assert_eq!(window.texts(gone).await, [""; 0], "{gone}");
        }
        let filtered = window.printed().await;
        assert!(filtered.starts_with(b"%PDF-"));
        window.shows("screen", "light", 1280).await;
        window.clicks("#clear").await;
        assert!(window.printed().await.len() > filtered.len(), "more is on more paper");
    });
}

#[test]
fn without_scripts_everything_is_there_and_no_filter() {
    in_browser(|window| async move {
        window.runs_scripts(false).await;
        window.open(&of_plan(&everything("eu", 1), "eu", 1)).await;
        window.runs_scripts(true).await;
        assert_eq!(window.texts("#filter").await, [""; 0]);
        assert_eq!(window.text("#shown").await, "7 changes");
        assert_eq!(window.texts("section[data-kind] tbody tr").await.len(), 7);
        assert_eq!(window.texts("details pre").await.len(), 3);
    });
}
