//! A drawn QR code says what it should: read back by a decoder that shares no code with what drew it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod live;
mod reading;

use reading::{of_png, of_text, without_colours};
use wawpform::instance::Secret;
use wawpform::render::qr::{Drawing, Ink};

/// As long as WhatsApp's.
fn value() -> String {
    let key = "q83vEjRWeJASNFZ4kBI0VniQq83vEjRWeJASNFZ4kBI=";
    format!("2@{},{key},{key},{key},1", "Zm9v".repeat(22))
}

fn drawing(value: &str) -> Drawing {
    Drawing::of(&Secret::new(value.to_owned())).unwrap()
}

#[test]
fn every_ink_says_the_value_and_has_the_size_it_tells() {
    for value in ["2@a,b,1".to_owned(), value(), "2@ü,1".to_owned()] {
        let drawing = drawing(&value);
        let (columns, rows) = drawing.size();
        for (ink, dark_blocks) in [(Ink::Painted, true), (Ink::DarkOnLight, true), (Ink::LightOnDark, false)]
        {
            let text = drawing.text(ink);
            assert_eq!(of_text(&text, dark_blocks), value, "{ink:?}");
            let plain = without_colours(&text);
            assert!(plain.lines().all(|line| line.chars().count() == columns), "{ink:?}");
            assert_eq!(plain.lines().count(), rows, "{ink:?}");
        }
        assert_eq!(of_png(&drawing.png().unwrap()), value);
    }
}

#[test]
fn only_painted_text_has_colours_and_each_line_ends_its_own() {
    let drawing = drawing(&value());
    for line in drawing.text(Ink::Painted).lines() {
        assert!(
            line.starts_with("\u{1b}[38;5;16m\u{1b}[48;5;231m") && line.ends_with("\u{1b}[0m"),
            "{line:?}"
        );
    }
    for ink in [Ink::LightOnDark, Ink::DarkOnLight] {
        assert!(!drawing.text(ink).contains('\u{1b}'));
    }
}

#[test]
fn a_border_of_four_light_modules_is_around_it() {
    let text = drawing(&value()).text(Ink::DarkOnLight);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[..2].iter().all(|line| line.trim().is_empty()));
    assert!(lines.iter().all(|line| line.starts_with("    ") && line.ends_with("    ")));
    assert!(lines[2].starts_with("    █"));
}

#[test]
fn what_is_too_long_for_a_code_is_not_drawn() {
    assert!(Drawing::of(&Secret::new("2@".repeat(2000))).is_none());
}
