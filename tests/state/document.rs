//! The document: how it looks, what it refuses, what each record does to it.

use wawpform::instance::Retries;
use wawpform::state::{AccountMark, Call, Document, DocumentError, FoldError, HmacMark, Hook, Part, Record};

use crate::contract::given::{at, bound, described, empty, folded, intent, name};

fn example() -> Document {
    let mut document = folded(
        empty(),
        &[
            bound("acme-sales", "3EB0BCB2E3D4"),
            Record::Running { name: name("acme-sales"), running: true },
            bound("acme-legacy", "3EB0BCB2E3D5"),
            intent("acme-legacy", Call::Delete),
            intent("acme-new", Call::Create),
            Record::Unknown { name: name("acme-new"), call: Call::Create, reason: "timed out".to_owned() },
            Record::RateLimit { name: name("acme-sales"), rate_limit: Some("strict".to_owned()) },
            Record::Webhook {
                name: name("acme-sales"),
                url: "https://a.example/".to_owned(),
                hook: Some(signed()),
            },
            Record::Setting { name: name("acme-sales"), part: Part::RateLimit },
        ],
    );
    document.account = Some(AccountMark("a1b2".to_owned()));
    document
}

const EXAMPLE: &str = r#"{
  "format": 1,
  "fleet": "acme",
  "lineage": "0b5e",
  "serial": 9,
  "api": "sandbox",
  "account": "a1b2",
  "instances": {
    "acme-legacy": {
      "instance_id": "3EB0BCB2E3D5",
      "session_name": "wawp-3EB0BCB2E3D5",
      "created_at": "2026-11-22T10:00:00Z",
      "protect": false,
      "labels": {
        "team": "sales"
      },
      "running": false
    },
    "acme-sales": {
      "instance_id": "3EB0BCB2E3D4",
      "session_name": "wawp-3EB0BCB2E3D4",
      "created_at": "2026-11-22T10:00:00Z",
      "protect": false,
      "labels": {
        "team": "sales"
      },
      "running": true,
      "rate_limit": "strict",
      "webhooks": {
        "https://a.example/": {
          "events": [
            "message",
            "session.status"
          ],
          "retries": {
            "delay": 2,
            "attempts": 15
          },
          "hmac": "a1b2c3"
        }
      },
      "doubtful": [
        "rate_limit"
      ]
    }
  },
  "pending": {
    "acme-legacy": {
      "call": "delete",
      "since": "2026-11-22T10:00:00Z"
    },
    "acme-new": {
      "call": "create",
      "since": "2026-11-22T10:00:00Z",
      "reason": "timed out"
    }
  }
}
"#;

#[test]
fn a_document_is_written_in_the_order_of_the_design_and_read_back() {
    assert_eq!(String::from_utf8(example().encode()).unwrap(), EXAMPLE);
    assert_eq!(Document::decode(EXAMPLE.as_bytes()).unwrap(), example());
    let none_yet = empty();
    assert!(!String::from_utf8(none_yet.encode()).unwrap().contains("account"));
    assert_eq!(Document::decode(&none_yet.encode()).unwrap(), none_yet);
}

/// Decodes the example with one text replaced.
fn refused(good: &str, bad: &str) -> String {
    assert!(EXAMPLE.contains(good), "{good}");
    let error = Document::decode(EXAMPLE.replacen(good, bad, 1).as_bytes()).unwrap_err();
    assert!(!error.hint().is_empty());
    error.to_string()
}

#[test]
fn a_document_of_another_format_is_refused_whatever_else_is_in_it() {
    let newer = "written by a newer wawpform, format 7; this one reads up to 1";
    assert_eq!(refused("\"format\": 1", "\"format\": 7"), newer);
    assert_eq!(refused("\"format\": 1", "\"format\": 7, \"shards\": []"), newer);
    assert_eq!(refused("\"format\": 1", "\"format\": 0"), "format 0 is not known; the first format is 1");
    assert_eq!(Document::decode(b"{\"format\": 2}"), Err(DocumentError::Newer { format: 2 }));
    assert!(
        refused("\"format\": 1", "\"format\": \"1\"").starts_with("line 2, column 15: invalid type: string")
    );
    assert!(refused("\"format\": 1,", "").ends_with("missing field `format`"));
}

#[test]
fn damage_is_named_with_its_place() {
    assert_eq!(Document::decode(b""), Err(DocumentError::Empty));
    assert_eq!(
        refused("\"serial\": 9", "\"serial\": 9,"),
        "line 5, column 15: not JSON: key must be a string"
    );
    assert_eq!(
        refused("\n  \"api\"", "\n<<<<<<< HEAD\n  \"api\""),
        "line 6, column 1: not JSON: key must be a string"
    );
    let cut = &EXAMPLE.as_bytes()[..200];
    assert!(matches!(Document::decode(cut), Err(DocumentError::NotJson { line: 11, .. })));
    assert!(matches!(Document::decode(b"\0\0\0\0"), Err(DocumentError::NotJson { line: 1, .. })));
    let twice = [EXAMPLE, EXAMPLE].concat();
    assert!(matches!(Document::decode(twice.as_bytes()), Err(DocumentError::NotJson { .. })));
}

#[test]
fn a_document_cut_off_anywhere_is_refused_and_one_with_a_wrong_byte_brings_nothing_down() {
    let whole = EXAMPLE.as_bytes();
    for cut in 0..whole.len() - 1 {
        let refused = Document::decode(&whole[..cut]).expect_err("a part is not a document");
        assert!(matches!(refused, DocumentError::Empty | DocumentError::NotJson { .. }), "{cut}: {refused}");
    }
    // Only the newline at the end may be missing.
    assert_eq!(Document::decode(&whole[..whole.len() - 1]).unwrap(), example());
    let mut refused = 0;
    for at in 0..whole.len() {
        for flip in [0x01, 0x02, 0x20, 0x80] {
            let mut bad = whole.to_vec();
            bad[at] ^= flip;
            match Document::decode(&bad) {
                Err(error) => {
                    assert!(!error.to_string().is_empty() && !error.hint().is_empty());
                    refused += 1;
                }
                // People may edit it, so it has no checksum; what is let through holds together.
                Ok(read) => assert_eq!(Document::decode(&read.encode()).unwrap(), read, "byte {at}"),
            }
        }
    }
    assert!(refused > whole.len() * 2, "{refused}");
}

#[test]
fn a_field_that_is_missing_unknown_twice_or_cannot_be_is_refused() {
    for (good, bad, words) in [
        ("\"serial\": 9,", "", "missing field `serial`"),
        ("\"running\": true", "\"run\": true", "line 27, column 11: unknown field `run`, expected one of"),
        ("\"serial\": 9", "\"serial\": 9, \"token\": \"x\"", "line 5, column 22: unknown field `token`"),
        ("\"serial\": 9", "\"serial\": 9, \"serial\": 7", "line 5, column 23: duplicate field `serial`"),
        ("\"serial\": 9", "\"serial\": -6", "line 5, column 14: invalid value: integer `-6`"),
        ("acme-legacy", "acme-sales", "line 19, column 16: `acme-sales` is there twice"),
        ("\"team\": \"sales\"", "\"team\": \"a\", \"team\": \"b\"", "`team` is there twice"),
        ("acme-legacy", "Acme", "a name starts with a lower-case letter or a digit, not with 'A'"),
        ("3EB0BCB2E3D5", "3EB0 BCB2", "an instance_id is made of letters, digits and"),
        ("2026-11-22T", "2026-13-22T", "line 12, column 42:"),
        ("\"lineage\": \"0b5e\"", "\"lineage\": \"\"", "the lineage is empty"),
        ("\"running\": true", "\"r\\u202eun\\u001b[2J\": true", "unknown field `r\\u{202e}un\\u{1b}[2J`"),
    ] {
        let error = refused(good, bad);
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn what_does_not_hold_together_is_refused() {
    assert_eq!(
        refused("\"3EB0BCB2E3D5\"", "\"3EB0BCB2E3D4\""),
        "`acme-legacy` and `acme-sales` have the same instance_id 3EB0BCB2E3D4"
    );
    assert_eq!(
        refused("\"delete\"", "\"create\""),
        "`acme-legacy` is recorded, and a create of it is pending"
    );
    assert_eq!(
        refused("\"call\": \"create\"", "\"call\": \"delete\""),
        "a delete of `acme-new` is pending, and it is not recorded"
    );
}

#[test]
fn an_intent_to_create_or_delete_is_pending_until_it_is_settled() {
    let pending = |document: &Document, text: &str| document.pending.get(&name(text)).cloned();
    let begun = folded(empty(), &[intent("a", Call::Create)]);
    let waiting = pending(&begun, "a").unwrap();
    assert_eq!((waiting.call, waiting.since, waiting.reason), (Call::Create, at(), None));
    let rejected = |call| Record::Rejected { name: name("a"), call };
    assert_eq!(pending(&folded(begun.clone(), &[rejected(Call::Create)]), "a"), None);
    // A rejection of another call settles nothing, and is no error.
    assert!(pending(&folded(begun.clone(), &[rejected(Call::Delete)]), "a").is_some());
    let unknown = Record::Unknown { name: name("a"), call: Call::Create, reason: "reset".to_owned() };
    let lost = folded(begun.clone(), &[unknown]);
    assert_eq!(pending(&lost, "a").unwrap().reason.as_deref(), Some("reset"));
    let found = folded(lost.clone(), &[bound("a", "ID1")]);
    assert_eq!((pending(&found, "a"), found.instances.len(), found.serial), (None, 1, 3));
    let given_up = folded(lost, &[Record::Forgotten { name: name("a") }]);
    assert_eq!((pending(&given_up, "a"), given_up.instances.len()), (None, 0));

    let deleting = folded(found, &[intent("a", Call::Delete), intent("a", Call::Delete)]);
    assert_eq!(pending(&deleting, "a").unwrap().call, Call::Delete);
    assert!(deleting.instances.contains_key(&name("a")));
    let moved = folded(deleting.clone(), &[Record::Renamed { from: name("a"), to: name("b") }]);
    assert_eq!((pending(&moved, "a"), pending(&moved, "b").map(|b| b.call)), (None, Some(Call::Delete)));
    let gone = folded(deleting, &[Record::Deleted { name: name("a") }]);
    assert_eq!((gone.instances.len(), gone.pending.len()), (0, 0));
}

#[test]
fn a_part_is_in_doubt_from_its_announcement_until_a_known_outcome() {
    let document = folded(empty(), &[bound("a", "ID1")]);
    let a = || name("a");
    let unknown = |call| Record::Unknown { name: a(), call, reason: "reset".to_owned() };
    let setting = |part: &Part| Record::Setting { name: a(), part: part.clone() };
    let hook = |hook| Record::Webhook { name: a(), url: "https://a.example/".into(), hook };
    let policy = |slug: Option<&str>| Record::RateLimit { name: a(), rate_limit: slug.map(str::to_owned) };
    let [running, rate_limit] = [Part::Running, Part::RateLimit];
    let webhook = Part::Webhook("https://a.example/".into());
    for (part, announced, settled) in [
        (
            &running,
            vec![intent("a", Call::Start), unknown(Call::Start)],
            Record::Running { name: a(), running: true },
        ),
        (&running, vec![intent("a", Call::Stop)], Record::Running { name: a(), running: false }),
        (&running, vec![intent("a", Call::Start)], Record::Rejected { name: a(), call: Call::Start }),
        (&rate_limit, vec![setting(&rate_limit)], policy(Some("strict"))),
        (&rate_limit, vec![setting(&rate_limit)], policy(None)),
        (&rate_limit, vec![setting(&rate_limit)], Record::NotSet { name: a(), part: rate_limit.clone() }),
        (&webhook, vec![setting(&webhook)], hook(Some(signed()))),
        (&webhook, vec![setting(&webhook)], hook(None)),
        (&webhook, vec![setting(&webhook)], Record::NotSet { name: a(), part: webhook.clone() }),
    ] {
        let told = folded(document.clone(), &announced);
        let doubtful: Vec<_> = told.instances[&a()].doubtful.iter().collect();
        assert_eq!(doubtful, [part], "{settled:?}");
        let done = folded(told, std::slice::from_ref(&settled));
        assert!(done.instances[&a()].doubtful.is_empty(), "{settled:?}");
    }
}

#[test]
fn a_policy_and_webhooks_are_recorded_and_taken_back() {
    let (a, url) = (|| name("a"), || "https://a.example/".to_owned());
    let set = [
        bound("a", "ID1"),
        Record::RateLimit { name: a(), rate_limit: Some("strict".into()) },
        Record::Webhook { name: a(), url: url(), hook: Some(signed()) },
    ];
    let document = folded(empty(), &set);
    let recorded = &document.instances[&a()];
    assert_eq!(recorded.rate_limit.as_deref(), Some("strict"));
    assert_eq!(recorded.webhooks, [(url(), signed())].into());
    let back = folded(
        document,
        &[
            Record::RateLimit { name: a(), rate_limit: None },
            Record::Webhook { name: a(), url: url(), hook: None },
        ],
    );
    assert_eq!(back.instances[&a()], folded(empty(), &set[..1]).instances[&a()]);
}

/// A webhook with a signing secret.
fn signed() -> Hook {
    let events = vec!["message".to_owned(), "session.status".to_owned()];
    Hook { events, retries: Retries::VENDOR, hmac: Some(HmacMark("a1b2c3".to_owned())) }
}

#[test]
fn facts_about_an_instance_replace_what_was_recorded() {
    let mark = AccountMark("a1b2".to_owned());
    let document = folded(
        empty(),
        &[
            Record::Account { account: mark.clone() },
            bound("a", "ID1"),
            bound("a", "ID2"),
            described("a", "1"),
            Record::Running { name: name("a"), running: true },
        ],
    );
    let recorded = &document.instances[&name("a")];
    assert_eq!(recorded.instance_id.as_str(), "ID2");
    assert_eq!(recorded.labels["value"], "1");
    assert!(recorded.running);
    assert_eq!((document.account, document.serial), (Some(mark), 5));
}

#[test]
fn a_record_that_does_not_fit_is_refused_and_changes_nothing() {
    let document = folded(empty(), &[bound("a", "ID1"), bound("b", "ID2"), intent("c", Call::Create)]);
    let rename = |from, to| Record::Renamed { from: name(from), to: name(to) };
    let unknown = |text, call| Record::Unknown { name: name(text), call, reason: String::new() };
    for (record, words) in [
        (intent("a", Call::Create), "a create of `a`, which is recorded already"),
        (intent("c", Call::Create), "a create of `c`, while the outcome of another one is not known"),
        (intent("c", Call::Delete), "a delete of `c`, which is not recorded"),
        (intent("x", Call::Start), "a start of `x`, which is not recorded"),
        (intent("x", Call::Stop), "a stop of `x`, which is not recorded"),
        (unknown("x", Call::Create), "the unknown outcome of a create of `x`, which was not announced"),
        (unknown("a", Call::Delete), "the unknown outcome of a delete of `a`, which was not announced"),
        (bound("c", "ID2"), "`c` bound to the instance ID2, which belongs to `b`"),
        (Record::Deleted { name: name("c") }, "the end of `c`, which is not recorded"),
        (Record::Running { name: name("x"), running: true }, "the run state of `x`, which is not recorded"),
        (described("c", "1"), "the description of `c`, which is not recorded"),
        (rename("a", "b"), "`a` renamed to `b`, which is in use"),
        (rename("a", "c"), "`a` renamed to `c`, which is in use"),
        (rename("a", "a"), "`a` renamed to `a`, which is in use"),
        (rename("c", "d"), "the rename of `c`, which is not recorded"),
        (Record::RateLimit { name: name("x"), rate_limit: None }, "the policy of `x`, which is not recorded"),
        (
            Record::Webhook { name: name("x"), url: "u".into(), hook: None },
            "a webhook of `x`, which is not recorded",
        ),
        (Record::Setting { name: name("x"), part: Part::Running }, "a setting of `x`, which is not recorded"),
        (Record::NotSet { name: name("x"), part: Part::Running }, "a setting of `x`, which is not recorded"),
        (Record::Forgotten { name: name("x") }, "the release of `x`, which is not recorded"),
    ] {
        let mut copy = document.clone();
        assert_eq!(copy.fold(&record).unwrap_err().to_string(), words);
        assert_eq!(copy, document);
    }
    let mut last = Document { serial: u64::MAX, ..document };
    assert_eq!(last.fold(&described("a", "1")), Err(FoldError::LastSerial));
    assert_eq!(last.instances[&name("a")].labels.get("value"), None);
}
