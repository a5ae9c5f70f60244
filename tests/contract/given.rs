//! Small facts to test with.

use std::time::Duration;

use wawpform::instance::{InstanceId, Labels, Name};
use wawpform::state::{
    Call, Document, Expect, Ledger, Lineage, LockInfo, LockWait, Opened, Record, Recorded, Store,
};

/// Far longer than anything here takes: a test that waits so long has failed.
pub const LONG: Duration = Duration::from_secs(60);

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn at() -> jiff::Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub fn lock_info(id: &str) -> LockInfo {
    LockInfo {
        id: id.to_owned(),
        operation: "apply".to_owned(),
        info: String::new(),
        who: "somebody@somewhere".to_owned(),
        version: "0.1.0".to_owned(),
        created: "2026-11-22T10:00:00Z".to_owned(),
        path: "state/acme.json".to_owned(),
    }
}

pub fn empty() -> Document {
    Document::begin(name("acme"), Lineage("0b5e".to_owned()), "sandbox".to_owned())
}

pub fn expect() -> Expect {
    Expect {
        fleet: name("acme"),
        api: "sandbox".to_owned(),
        lineage: None,
        begin: Lineage("0b5e".to_owned()),
    }
}

pub fn recorded(id: &str) -> Recorded {
    Recorded {
        session_name: Some(format!("wawp-{id}")),
        labels: Labels::from([("team".to_owned(), "sales".to_owned())]),
        ..Recorded::new(InstanceId::new(id).unwrap(), at())
    }
}

pub fn intent(text: &str, call: Call) -> Record {
    Record::Intent { name: name(text), call, at: at() }
}

pub fn bound(text: &str, id: &str) -> Record {
    Record::Bound { name: name(text), recorded: recorded(id) }
}

pub fn described(text: &str, value: &str) -> Record {
    Record::Described {
        name: name(text),
        labels: Labels::from([("value".to_owned(), value.to_owned())]),
        protect: false,
    }
}

pub fn folded(mut document: Document, records: &[Record]) -> Document {
    for record in records {
        document.fold(record).unwrap();
    }
    document
}

/// A ledger on `store`, waiting for whoever is about to let go of the lock.
pub async fn open(store: &dyn Store) -> Opened {
    Ledger::open(store, lock_info("test"), LockWait::up_to(LONG), expect()).await.unwrap()
}
