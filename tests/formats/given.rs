//! What the fixtures of state and journal stand for, as values. Whoever adds a field or a record does not get past the
//! compiler here: it belongs into a fixture of the next number.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wawpform::instance::{InstanceId, Labels, Name, Retries};
use wawpform::state::{
    AccountMark, Call, Document, HmacMark, Hook, Lineage, Part, Pending, Record, Recorded,
};

pub const URL: &str = "https://crm.example.com/hooks/wawp";
pub const OTHER_URL: &str = "https://audit.example.com/in?tenant=7";

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

pub fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_341_600 + 60 * minute).unwrap()
}

pub fn lineage() -> Lineage {
    Lineage("0b5e6f5e-5b1c-4a53-9d0a-7f3b8f6c2d11".into())
}

pub fn labels(all: &[(&str, &str)]) -> Labels {
    all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub fn signed() -> Hook {
    let events = ["message", "message.ack"].map(str::to_owned).into();
    Hook { events, retries: Retries { delay: 2, attempts: 15 }, hmac: Some(HmacMark("d41e9a".into())) }
}

pub fn open() -> Hook {
    Hook { events: vec!["session.status".into()], retries: Retries { delay: 30, attempts: 3 }, hmac: None }
}

pub fn in_doubt() -> BTreeSet<Part> {
    [Part::RateLimit, Part::Running, Part::Webhook(URL.into())].into()
}

/// With everything that can be recorded of an instance.
pub fn full() -> Recorded {
    Recorded {
        instance_id: id("3EB0BCB2E3D4"),
        session_name: Some("wawp-84729105".into()),
        server_name: Some("server-1".into()),
        created_at: "2026-11-22T10:00:00.123456789Z".parse().unwrap(),
        protect: true,
        labels: labels(&[("crm_account", "8841"), ("ключ \u{1b} \"x\"", "قيمة")]),
        running: true,
        rate_limit: Some("standard_policy".into()),
        webhooks: [(URL.to_owned(), signed()), (OTHER_URL.to_owned(), open())].into(),
        doubtful: in_doubt(),
    }
}

/// With no more than has to be there.
pub fn bare(text: &str, minute: i64) -> Recorded {
    Recorded {
        instance_id: id(text),
        session_name: None,
        server_name: None,
        created_at: at(minute),
        protect: false,
        labels: BTreeMap::new(),
        running: false,
        rate_limit: None,
        webhooks: BTreeMap::new(),
        doubtful: BTreeSet::new(),
    }
}

pub fn document() -> Document {
    Document {
        fleet: name("acme-production"),
        lineage: lineage(),
        serial: 41,
        api: "https://api.wawp.net".into(),
        account: Some(AccountMark("9f02c1".into())),
        instances: [
            (name("acme-helpdesk"), bare("5EA0FAADCFE0", 1)),
            (name("acme-old-shop"), bare("6A8F8678C025", 2)),
            (name("acme-retired"), bare("3ADEB2445157", 3)),
            (name("acme-sales"), full()),
        ]
        .into(),
        pending: [
            (name("acme-retired"), Pending { call: Call::Delete, since: at(4), reason: None }),
            (
                name("acme-lost"),
                Pending { call: Call::Create, since: at(5), reason: Some("timed out".into()) },
            ),
        ]
        .into(),
        barred: None,
    }
}

/// The document with no instance in it: a state as it is begun.
pub fn begun() -> Document {
    Document::begin(name("acme-production"), lineage(), "sandbox".into())
}

/// The batches of the journal, which continues the document.
pub fn batches() -> Vec<Vec<Record>> {
    let (sales, new) = (|| name("acme-sales"), || name("acme-new"));
    let url = || URL.to_owned();
    vec![
        vec![
            Record::Account { account: AccountMark("77aa01".into()) },
            Record::Deleted { name: name("acme-retired") },
            Record::Renamed { from: name("acme-helpdesk"), to: name("acme-support") },
            Record::Forgotten { name: name("acme-old-shop") },
        ],
        vec![
            Record::Intent { name: new(), call: Call::Create, at: at(10) },
            Record::Intent { name: name("acme-full"), call: Call::Create, at: at(10) },
            Record::Intent { name: name("acme-support"), call: Call::Delete, at: at(10) },
            Record::Intent { name: sales(), call: Call::Stop, at: at(10) },
            Record::Setting { name: sales(), part: Part::RateLimit },
        ],
        vec![
            Record::Bound {
                name: new(),
                recorded: Recorded { doubtful: [].into(), ..bare("7B19F3C2D0E5", 11) },
            },
            Record::Rejected { name: name("acme-full"), call: Call::Create },
            Record::Unknown {
                name: name("acme-support"),
                call: Call::Delete,
                reason: "HTTP 502: \u{1b}[2J".into(),
            },
            Record::Running { name: sales(), running: false },
            Record::RateLimit { name: sales(), rate_limit: None },
            Record::Webhook { name: sales(), url: url(), hook: None },
        ],
        vec![
            Record::Intent { name: new(), call: Call::Start, at: at(12) },
            Record::Setting { name: new(), part: Part::Webhook(url()) },
            Record::Webhook { name: new(), url: url(), hook: Some(signed()) },
            Record::RateLimit { name: new(), rate_limit: Some("strict".into()) },
            Record::Setting { name: new(), part: Part::Webhook(OTHER_URL.into()) },
            Record::NotSet { name: new(), part: Part::Webhook(OTHER_URL.into()) },
            Record::Described { name: new(), labels: labels(&[("team", "sales")]), protect: true },
        ],
    ]
}

/// The word of a record in the journal.
pub fn word(record: &Record) -> &'static str {
    match record {
        Record::Account { account: _ } => "account",
        Record::Intent { name: _, call: _, at: _ } => "intent",
        Record::Rejected { name: _, call: _ } => "rejected",
        Record::Unknown { name: _, call: _, reason: _ } => "unknown",
        Record::Bound { name: _, recorded: _ } => "bound",
        Record::Deleted { name: _ } => "deleted",
        Record::Running { name: _, running: _ } => "running",
        Record::Setting { name: _, part: _ } => "setting",
        Record::NotSet { name: _, part: _ } => "not_set",
        Record::RateLimit { name: _, rate_limit: _ } => "rate_limit",
        Record::Webhook { name: _, url: _, hook: _ } => "webhook",
        Record::Described { name: _, labels: _, protect: _ } => "described",
        Record::Renamed { from: _, to: _ } => "renamed",
        Record::Forgotten { name: _ } => "forgotten",
    }
}

/// The document with the journal folded in, put together by hand.
pub fn folded() -> Document {
    let new = Recorded {
        running: false,
        protect: true,
        labels: labels(&[("team", "sales")]),
        rate_limit: Some("strict".into()),
        webhooks: [(URL.to_owned(), signed())].into(),
        // The start that was begun has no result yet.
        doubtful: [Part::Running].into(),
        ..bare("7B19F3C2D0E5", 11)
    };
    let sales = Recorded {
        running: false,
        rate_limit: None,
        webhooks: [(OTHER_URL.to_owned(), open())].into(),
        doubtful: [].into(),
        ..full()
    };
    let reason = Some("HTTP 502: \u{1b}[2J".into());
    Document {
        serial: 63,
        account: Some(AccountMark("77aa01".into())),
        instances: [
            (name("acme-new"), new),
            (name("acme-sales"), sales),
            (name("acme-support"), bare("5EA0FAADCFE0", 1)),
        ]
        .into(),
        pending: [
            (
                name("acme-lost"),
                Pending { call: Call::Create, since: at(5), reason: Some("timed out".into()) },
            ),
            (name("acme-support"), Pending { call: Call::Delete, since: at(10), reason }),
        ]
        .into(),
        ..document()
    }
}
