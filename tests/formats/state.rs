//! The state: every number that its documents ever had.

use wawpform::state::document::FORMAT;
use wawpform::state::{Barred, Document, DocumentError};

use crate::given::{begun, document};
use crate::{assert_kept, kept};

/// What the fixtures of each number stand for.
fn all() -> [(&'static str, Document); 3] {
    let place = || "s3://bucket/acme.json".to_owned();
    [
        ("", document()),
        ("-moved-to", Document { barred: Some(Barred::MovedTo(place())), ..document() }),
        ("-moving-from", Document { barred: Some(Barred::MovingFrom(place())), ..begun() }),
    ]
}

#[test]
fn a_document_of_every_number_means_what_it_meant() {
    for number in 1..=FORMAT {
        for (which, meant) in all() {
            let name = format!("state-{number}{which}.json");
            assert_eq!(Document::decode_barred(&kept(&name)).as_ref(), Ok(&meant), "{name}");
        }
    }
}

#[test]
fn a_document_of_any_number_is_written_anew_as_one_of_the_newest() {
    for number in 1..=FORMAT {
        for (which, _) in all() {
            let read = Document::decode_barred(&kept(&format!("state-{number}{which}.json"))).unwrap();
            assert_kept(&format!("state-{FORMAT}{which}.json"), &read.encode());
        }
    }
}

#[test]
fn a_document_that_was_moved_is_whole_and_not_to_be_used() {
    for number in 1..=FORMAT {
        for (which, meant) in all().into_iter().skip(1) {
            let refused = Document::decode(&kept(&format!("state-{number}{which}.json")));
            assert_eq!(refused, Err(DocumentError::Barred(meant.barred.unwrap())));
        }
    }
}

#[test]
fn a_document_of_a_newer_number_is_refused_for_its_number_whatever_else_is_in_it() {
    let text = String::from_utf8(kept(&format!("state-{FORMAT}.json"))).unwrap();
    let format = FORMAT + 1;
    let newer = text.replacen(&format!("\"format\": {FORMAT}"), &format!("\"format\": {format}"), 1);
    let reshaped = newer.replacen("\"protect\"", "\"protection\"", 1);
    let bare = format!("{{\"format\": {format}}}");
    for newer in [newer, reshaped, bare] {
        let error = Document::decode(newer.as_bytes()).unwrap_err();
        assert_eq!(error, DocumentError::Newer { format });
        let words = format!("written by a newer wawpform, format {format}; this one reads up to {FORMAT}");
        assert_eq!(error.to_string(), words);
        assert_eq!(error.hint(), "update wawpform to the version that wrote it, or a later one");
    }
}

#[test]
fn a_field_that_a_number_does_not_have_is_refused_not_dropped() {
    let text = String::from_utf8(kept(&format!("state-{FORMAT}.json"))).unwrap();
    for place in ["\"fleet\"", "\"instance_id\"", "\"call\"", "\"events\"", "\"delay\""] {
        let more = text.replacen(place, &format!("\"more\": 1, {place}"), 1);
        let error = Document::decode(more.as_bytes()).unwrap_err();
        assert!(matches!(error, DocumentError::Shape { .. }), "{place}: {error:?}");
        assert!(error.to_string().contains("unknown field `more`"), "{error}");
    }
}
