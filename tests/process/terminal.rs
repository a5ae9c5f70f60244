//! The program at a real terminal: what is drawn leaves nothing behind, says why it waits, and breaks no word.

use super::scene::{LONG, SERVERS, Scene};
use super::shell::Terminal;

const BAR: &str = "░ ";

/// Runs a command line at a terminal of this size.
fn at(scene: &Scene, (columns, rows): (usize, usize), line: &str) -> Terminal {
    let mut script = scene.command("script", &[]);
    script.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
    Terminal::start(script, &format!("trap : INT; stty columns {columns} rows {rows}; {line}; echo \"==$?\""))
}

/// What a command line printed until its end.
fn printed(scene: &Scene, size: (usize, usize), line: &str) -> String {
    at(scene, size, line).until("==").replace('\r', "")
}

#[test]
fn talk_is_folded_between_words() {
    let scene = Scene::of(2);
    let line = "env -u WAWP_ACCESS_TOKEN \"$WAWPFORM\" apply --auto-approve 2>&1 >/dev/null";
    let (narrow, piped) = (printed(&scene, (50, 24), line), scene.bash(&format!("({line}) 2>&1")).out);
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let plain = narrow.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
    assert!(plain.starts_with("Error: ") && plain.lines().all(|line| line.len() <= 50), "{plain}");
    assert_eq!(words(&plain), words(&piped));
    assert!(piped.lines().any(|line| line.len() > 100), "into a pipe it stays one line: {piped}");
}

#[test]
fn what_is_wrong_in_a_manifest_is_drawn_as_wide_as_the_terminal() {
    let scene = Scene::of(1);
    scene.manifest(&format!("instances: {{a: {{labels: {{team: {}}}, webhoks: []}}}}\n", "x".repeat(200)));
    let told = printed(&scene, (60, 24), "\"$WAWPFORM\" validate");
    let is_source = |line: &&str| line.contains("xxx");
    let widest = told.lines().filter(is_source).map(|line| line.chars().count()).max();
    // Escape sequences stand between.
    assert!(widest.is_some_and(|widest| widest < 100), "{told}");
}

#[test]
fn ctrl_c_leaves_nothing_of_the_bar() {
    let scene = Scene::new("faults: [{on: create, skip: 1, what: hang_after}]");
    scene.wish(150);
    let mut terminal = at(&scene, (80, 24), "\"$WAWPFORM\" apply --auto-approve > report");
    let mut drawn = terminal.until(" 1/150");
    terminal.press("\u{3}");
    let behind = terminal.until("Nothing more is started");
    assert!(behind.contains("^C"), "it is echoed: {behind:?}");
    assert!(behind.ends_with("\r\u{1b}[2K"), "the line is emptied first: {behind:?}");
    drawn += &behind;
    let bars: Vec<&str> = drawn.split(['\r', '\n']).filter(|line| line.contains(BAR)).collect();
    assert!(!bars.is_empty());
    for bar in bars {
        let bar = bar.replace("\u{1b}[2K", "");
        assert!(bar.trim_end_matches("^C").chars().count() <= 76, "no room for the echo: {bar:?}");
    }
    terminal.until("==130");
}

#[test]
fn the_bar_says_why_it_waits_also_while_looking() {
    let scene = Scene::of(30);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    let faults =
        "faults: [{on: info, skip: 5, times: 1, what: answer, status: 429, headers: {Retry-After: '1'}}]";
    scene.sandbox.set_faults(wawpform::sandbox::Faults::parse(faults).unwrap());
    let drawn = printed(&scene, (80, 24), "\"$WAWPFORM\" drift --concurrency 1");
    let waits: Vec<&str> =
        drawn.split("\u{1b}[2K").map(str::trim_end).filter(|line| line.contains("  waits 0.")).collect();
    assert!(waits.len() > 3 && waits.iter().all(|line| line.ends_with(" s (429)")), "{drawn:?}");
    assert!(drawn.contains("No drift: 30 instances looked at."), "{drawn:?}");
}

#[test]
fn an_answer_and_what_it_brings_stand_apart() {
    let scene = Scene::of(1);
    let mut terminal = at(&scene, (80, 24), "\"$WAWPFORM\" apply");
    terminal.until("Only \"yes\" is accepted: ");
    terminal.press("yes\r");
    let between = terminal.until("i0000: ").replace('\r', "");
    assert!(between.starts_with("yes\n\n"), "{between:?}");
    terminal.until("==0");
}

#[test]
fn a_watch_has_a_screen_of_its_own_and_prints_the_last_look_at_its_end() {
    let scene = Scene::of(30);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    let mut terminal = at(&scene, (80, 12), "\"$WAWPFORM\" status --watch --interval 1s");
    let before = terminal.until("\u{1b}[?1049h");
    assert!(!before.contains("INSTANCE_ID"), "{before:?}");
    let screen = terminal.until("\u{1b}[J");
    let rows: Vec<&str> = screen.split('\n').map(|row| row.trim_end_matches('\r')).collect();
    assert!(rows[0].ends_with("30 instances: 30 stopped\u{1b}[K"), "{rows:?}");
    assert_eq!(rows.len(), 12, "the last is empty: {rows:?}");
    assert!(rows[9].starts_with("and 24 more lines"), "{rows:?}");
    assert!(
        rows[10].starts_with("looked at ") && rows[10].contains(" UTC, again in 1 s, Ctrl-C ends"),
        "{rows:?}"
    );
    // It looks again.
    let looks =
        scene.sandbox.log_until(|log| log.iter().filter(|it| it.path.ends_with("/info")).count() > 60);
    SERVERS.block_on(async { tokio::time::timeout(LONG, looks).await.unwrap() });
    terminal.press("\u{3}");
    terminal.until("\u{1b}[?1049l");
    let after = terminal.until("==0").replace('\r', "");
    assert_eq!(after.lines().filter(|line| line.starts_with('i')).count(), 30, "{after}");
}

#[test]
fn whoever_sits_at_a_terminal_is_told_what_was_not_looked_at() {
    let scene = Scene::of(2);
    assert_eq!(scene.run(&["apply", "--auto-approve"]).code, 0);
    let line = "\"$WAWPFORM\" plan";
    assert!(printed(&scene, (120, 24), line).contains("\nThe API was not asked; `wawpform drift` looks"));
    let refreshed = printed(&scene, (120, 24), &format!("{line} --refresh"));
    assert!(refreshed.contains("No changes.") && !refreshed.contains("was not asked"), "{refreshed}");
    scene.wish(1);
    let told = printed(&scene, (120, 24), line);
    assert!(told.contains("1 to destroy.") && told.contains("\nNobody looked whether"), "{told}");
    // A pipeline reads what it always read.
    let piped = scene.bash(&format!("({line}) 2>&1")).out;
    assert!(piped.contains("1 to destroy.") && !piped.contains("Nobody looked"), "{piped}");
}
