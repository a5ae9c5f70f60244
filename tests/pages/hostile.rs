//! Texts that would run, load or hide something if a browser took them for markup: in every field of both pages.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;
use wawpform::instance::visible;

use super::browser::{Window, in_browser};
use super::plans::everything;
use super::{of_plan, of_status};

pub(crate) const TEXTS: [&str; 18] = [
    "<script>window.owned = 1</script>",
    "\"><script>window.owned = 1</script>",
    "' onfocus='window.owned = 1' autofocus='",
    "\" onfocus=\"window.owned = 1\" autofocus tabindex=\"1",
    "<img src=x onerror=\"window.owned = 1\">",
    "<svg/onload=window.owned=1>",
    "</style></title></script></textarea></pre><script>window.owned = 1</script>",
    "--> <!-- ]]> <![CDATA[",
    "<iframe srcdoc=\"<script>parent.owned = 1</script>\"></iframe>",
    "<base href=https://evil.example/><a href=javascript:window.owned=1>x</a>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example/x.css><style>body { display: none }</style>",
    "<form action=https://evil.example><button>x</button></form>",
    "&lt;b&gt; &#x3c;script&#x3e; &amp; &",
    "{{constructor.constructor('window.owned = 1')()}} ${window.owned = 1}",
    "\u{202e}gpj\u{200b}\u{2066}\u{feff} \u{1b}[2J\0\u{7}",
    "##[add-mask]e\r\n::error::owned",
    "<details open ontoggle=window.owned=1>",
];

/// The same, calling a server that listens.
fn calling(port: u16) -> String {
    let place = format!("http://127.0.0.1:{port}/x");
    let loads = [
        format!("<img src={place}>"),
        format!("\"><img src={place}><link rel=stylesheet href={place}><script src={place}></script>"),
        format!("<style>@import url({place}); * {{ background: url({place}) }}</style>"),
        format!("<script>fetch('{place}'); navigator.sendBeacon('{place}')</script>"),
        format!("<link rel=prefetch href={place}><link rel=icon href={place}><video poster={place}>"),
    ];
    TEXTS.into_iter().map(str::to_owned).chain(loads).collect::<Vec<_>>().join(" ")
}

/// The elements of a page as the browser made them, each with its attributes. Sorted: fields stand in the order of their
/// names.
const ELEMENTS: &str =
    "[...document.querySelectorAll('*')].map((it) => `${it.tagName} ${it.getAttributeNames()}`).sort()";

async fn is_unharmed(window: &Window) {
    assert_eq!(window.ask("window.owned ?? null").await, json!(null));
    assert_eq!(window.ask("document.scripts.length").await, json!(1));
    assert_eq!(window.complaints().await, [""; 0]);
    let asked = window.requests().await;
    let is_the_page = |url: &String| url.starts_with("file://") && url.ends_with("/page.html");
    assert!(!asked.is_empty() && asked.iter().all(is_the_page), "{asked:?}");
}

#[test]
fn with_hostile_text_in_every_field_no_script_runs_no_request_leaves_and_the_text_is_read() {
    in_browser(|window| async move {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let text = calling(listener.local_addr().unwrap().port());
        for (page, plain) in [
            (of_plan(&everything(&text, 1), &text, 1), of_plan(&everything("x", 1), "x", 1)),
            (of_status(&text, 1), of_status("x", 1)),
        ] {
            window.open(&plain).await;
            let elements = window.ask(ELEMENTS).await;
            window.open(&page).await;
            assert_eq!(window.ask(ELEMENTS).await, elements);
            assert!(window.text("main").await.contains(visible(&text).as_ref()));
            // What only acts when it is used.
            window.types("#name", "<img src=x onerror=window.owned=1>").await;
            window.types("#label", "a").await;
            window.clicks("#clear").await;
            is_unharmed(window).await;
        }
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody called");
    });
}

#[test]
fn what_got_onto_a_page_all_the_same_would_be_refused_by_its_policy() {
    in_browser(|window| async move {
        let page = of_plan(&everything("x", 1), "x", 1);
        window.open(&page).await;
        is_unharmed(window).await;
        for smuggled in [
            "<script>window.owned = 1</script>",
            "<script src=\"https://127.0.0.1:9/x\"></script>",
            "<img src=\"https://127.0.0.1:9/x\" onerror=\"window.owned = 1\">",
            "<style>main { display: none }</style>",
            "<p style=\"position: fixed\">x</p>",
            "<link rel=stylesheet href=\"https://127.0.0.1:9/x\">",
            "<iframe src=\"https://127.0.0.1:9/x\"></iframe>",
            "<base href=\"https://127.0.0.1:9/\">",
            "<img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\">",
        ] {
            window.open(&page.replacen("<main", &format!("{smuggled}<main"), 1)).await;
            assert_eq!(window.ask("window.owned ?? null").await, json!(null), "{smuggled}");
            let complaints = window.complaints().await.concat();
            assert!(complaints.contains("Content Security Policy"), "{smuggled}: {complaints}");
            assert!(!window.texts("main").await.is_empty(), "{smuggled}");
        }
    });
}
