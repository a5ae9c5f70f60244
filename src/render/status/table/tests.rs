//! What a table shows, and that it finds room.

use super::*;
use crate::instance::{InstanceId, Labels, Name, Status};
use crate::state::Call;

fn row(name: &str, status: Option<&str>, standing: Standing) -> Row {
    Row {
        name: Name::new(name).unwrap(),
        instance_id: Some(InstanceId::new("3EB0BCB2E3D4").unwrap()),
        session_name: Some("wawp-84729105".into()),
        server_name: Some("server-1".into()),
        labels: Labels::new(),
        status: status.map(Status::from_word),
        paired: None,
        standing,
    }
}

fn some() -> Vec<Row> {
    let why = "HTTP 404 invalid_session: the linked phone dropped \u{1b}[2J re-scan the code".into();
    vec![
        row("acme-gone", None, Standing::Gone { suspicious: false }),
        row("acme-sales-and-support", Some("SCAN_QR_CODE"), Standing::Unpaired),
        row("acme-odd", None, Standing::Unclear { why }),
        Row { paired: Some("201012345678".into()), ..row("acme-ok", Some("WORKING"), Standing::Fine) },
    ]
}

#[test]
fn what_does_not_fit_beside_an_instance_stands_whole_below_it() {
    let rows = || some().into_iter().filter(|row| !matches!(row.standing, Standing::Unclear { .. }));
    let text =
        |width| table(&rows().collect::<Vec<_>>(), Some(width), Extent::Readable, Paint { colour: false });
    let (narrow, wide) = (text(80), text(140));
    assert!(narrow.lines().all(|line| line.len() <= 80), "{narrow}");
    assert!(
        narrow.contains("\n  wawpform apply --recreate-missing or wawpform forget acme-gone\n"),
        "{narrow}"
    );
    assert!(narrow.contains("\n  wawpform qr acme-sales-and-support\n"), "{narrow}");
    assert_eq!(narrow.lines().count(), 8, "{narrow}");
    assert!(wide.lines().all(|line| line.len() <= 140), "{wide}");
    assert_eq!(wide.lines().count(), 6, "{wide}");
}

#[test]
fn without_a_width_every_instance_is_one_line_and_what_acts_is_escaped() {
    let text = table(&some(), None, Extent::Readable, Paint { colour: false });
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(text.contains("dropped \\u{1b}[2J re-scan the code"), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let plain = table(&some(), Some(80), Extent::Readable, Paint { colour: false });
    let mut coloured = table(&some(), Some(80), Extent::Readable, Paint { colour: true });
    assert!(coloured.contains("\u{1b}[32mWORKING\u{1b}[0m"), "{coloured}");
    while let Some((before, after)) = coloured.clone().split_once('\u{1b}') {
        coloured = before.to_owned() + after.split_once('m').unwrap().1;
    }
    assert_eq!(coloured, plain);
}

#[test]
fn it_begins_with_its_counts() {
    let text = table(&some(), None, Extent::Readable, Paint { colour: false });
    assert_eq!(text.lines().next(), Some("4 instances: 1 working, 1 waits for a phone, 1 gone, 1 not seen"));
    let one = table(&some()[..1], None, Extent::Readable, Paint { colour: false });
    assert!(one.starts_with("NAME "), "one needs no counts: {one}");
}

/// 150 at work, 147 that wait for a phone, 3 that failed.
fn fleet() -> Vec<Row> {
    let name = |at: usize| format!("shop-{at:03}");
    let failed = (0..3).map(|at| row(&name(at), Some("FAILED"), Standing::Failed));
    let unpaired = (3..150).map(|at| row(&name(at), Some("SCAN_QR_CODE"), Standing::Unpaired));
    let fine = (150..300).map(|at| row(&name(at), Some("WORKING"), Standing::Fine));
    failed.chain(unpaired).chain(fine).collect()
}

#[test]
fn of_many_that_stand_alike_the_first_are_shown_and_the_rest_is_counted() {
    let text = table(&fleet(), Some(80), Extent::Readable, Paint { colour: false });
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "300 instances: 150 working, 147 wait for a phone, 3 failed");
    assert_eq!(lines.len(), 3 + 3 + 3 + 1 + 3 + 1, "{text}");
    assert_eq!(lines[9], "  and 144 more, up to shop-149: wawpform qr NAME (--full shows each)");
    assert_eq!(lines[13], "  and 147 more, up to shop-299 (--full shows each)");
    let full = table(&fleet(), None, Extent::Full, Paint { colour: false });
    assert_eq!(full.lines().count(), 303);
}

#[test]
fn a_long_name_stands_above_its_line_so_that_nothing_wraps() {
    let long = "a".repeat(63);
    let create = Standing::Unsettled(Call::Create);
    let rows = [
        row(&long, None, create),
        row("acme-sales", Some("SCAN_QR_CODE"), Standing::Unpaired),
        Row { paired: Some("201012345678".into()), ..row(&"b".repeat(40), Some("WORKING"), Standing::Fine) },
    ];
    let text = table(&rows, Some(80), Extent::Readable, Paint { colour: false });
    let is_command = |line: &&str| line.contains(&long);
    assert!(text.lines().filter(|line| !is_command(line)).all(|line| line.len() <= 80), "{text}");
    assert!(text.contains(&format!("\n{long}\n")), "{text}");
    assert!(text.contains("\nacme-sales "), "{text}");
}

#[test]
fn why_several_could_not_be_seen_is_told_once() {
    let unseen =
        |at: usize| row(&format!("shop-{at}"), None, Standing::Unclear { why: "connection refused".into() });
    let rows: Vec<Row> = (0..5).map(unseen).collect();
    let text = table(&rows, Some(80), Extent::Readable, Paint { colour: false });
    assert_eq!(text.matches("connection refused").count(), 1, "{text}");
    assert!(
        text.contains("\nshop-0, shop-1 and 3 more: connection refused\n  check the API's address"),
        "{text}"
    );
    let seen = row("shop-9", Some("WORKING"), Standing::Fine);
    let text = table(&[rows, vec![seen]].concat(), None, Extent::Readable, Paint { colour: false });
    assert!(text.contains("connection refused") && !text.contains("check the API"), "{text}");
}
