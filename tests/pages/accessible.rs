//! What a screen reader is told: the structure, the words of the controls, what is announced; and what axe-core finds.

use serde_json::{Value, json};

use super::browser::in_browser;
use super::plans::{empty, everything};
use super::{of_plan, of_status};

/// The script of axe-core, from the folder that `.ci/run` made.
fn axe() -> Option<String> {
    let Some(folder) = std::env::var_os("WAWPFORM_CI_AXE") else {
        assert!(std::env::var_os("CI").is_none(), "axe-core is missing; .ci/run installs it");
        println!("skipped: WAWPFORM_CI_AXE names no folder with axe-core");
        return None;
    };
    Some(std::fs::read_to_string(std::path::Path::new(&folder).join("axe.min.js")).unwrap())
}

const FOUND: &str = "axe.run(document).then((it) => tell(it.violations.map((rule) =>
    rule.id + ': ' + rule.nodes.slice(0, 3).map((node) => node.html + ' ' + node.failureSummary).join('; '))),
    (error) => tell([String(error)]));";

#[test]
fn axe_finds_nothing_light_or_dark_wide_or_narrow() {
    let Some(axe) = axe() else { return };
    in_browser(|window| async move {
        for page in [
            of_plan(&everything("eu", 2), "eu", 2),
            of_plan(&everything("eu", 5), "eu", 0),
            of_plan(&empty(), "eu", 0),
            of_status("eu", 2),
        ] {
            window.open(&page).await;
            window.ask(&format!("(() => {{ {axe}\n }})() ?? null")).await;
            for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 400)] {
                window.shows("screen", scheme, width).await;
                assert_eq!(window.wait_for(FOUND).await, json!([]), "{scheme} {width}");
            }
        }
    });
}

#[test]
fn the_structure_is_told_by_elements_and_not_by_looks() {
    in_browser(|window| async move {
        for page in [of_plan(&everything("eu", 1), "eu", 1), of_status("eu", 1)] {
            window.open(&page).await;
            assert_eq!(window.ask("document.documentElement.lang").await, "en");
            for landmark in ["header", "main", "h1", "[role=search][aria-label]", "[role=status]"] {
                assert_eq!(window.texts(landmark).await.len(), 1, "{landmark}");
            }
            let levels =
                "[...document.querySelectorAll('h1, h2, h3, h4')].map((it) => Number(it.tagName[1]))";
            let levels: Vec<u8> = serde_json::from_value(window.ask(levels).await).unwrap();
            assert!(
                levels[0] == 1 && levels.windows(2).all(|it| it[1] <= it[0] + 1 && it[1] > 1),
                "{levels:?}"
            );
            // Each is empty when nothing lacks what it should have.
            for lacking in [
                "[...document.querySelectorAll('th')].filter((it) => !it.scope)",
                "[...document.querySelectorAll('tbody tr')].filter((it) => it.querySelectorAll('th').length !== 1)",
                "[...document.querySelectorAll('table, main section')].filter((it) => !it.ariaLabel
                    && !document.getElementById(it.getAttribute('aria-labelledby'))?.textContent)",
                "[...document.querySelectorAll('input')].filter((it) => !it.labels[0]?.textContent)",
                "[...document.querySelectorAll('button')].filter((it) => !it.textContent)",
                "[...document.querySelectorAll('[id]')].filter((it, at, all) =>
                    all.findIndex((other) => other.id === it.id) !== at)",
            ] {
                let found = window.ask(&format!("{lacking}.map((it) => it.outerHTML)")).await;
                assert_eq!(found, Value::Array(vec![]), "{lacking}");
            }
        }
    });
}
