//! What the HTTP store promises beyond the contract: answers that are lost, servers that are none.

use wawpform::state::{
    Batch, HttpSettings, HttpStore, Pen, ReadError, Reader as _, Store as _, StoreError, read,
};

use crate::contract::given::{bound, described, empty, folded, lock_info, open};
use crate::contract::http::{Flaw, HttpPlace};
use crate::contract::promises;

promises!(HttpPlace::fresh);

fn words(error: &StoreError) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}

async fn refused(place: &HttpPlace) -> String {
    match read(&place.store()).await {
        Err(ReadError::Store(error)) => words(&error),
        other => panic!("{other:?}"),
    }
}

/// A pen that has read and written, and the document that it has left there.
async fn pen(place: &HttpPlace) -> Box<dyn Pen> {
    let mut pen = place.store().lock(&lock_info("a")).await.unwrap();
    pen.read().await.unwrap();
    pen.checkpoint(&folded(empty(), &[bound("a", "ID1")])).await.unwrap();
    place.server.clear_log();
    pen
}

#[tokio::test]
async fn every_write_carries_the_id_of_the_lock_and_each_record_costs_one_at_most() {
    let place = HttpPlace::fresh();
    let ledger = open(&place.store()).await.ledger;
    ledger.record_all(vec![bound("a", "ID1"), bound("b", "ID2")]).await.unwrap();
    ledger.record(described("a", "1")).await.unwrap();
    let closed = ledger.close().await.unwrap();
    let writes: Vec<_> = place.server.log().into_iter().filter(|(method, _)| method == "POST").collect();
    // The empty document, two batches; at the end it stands there already.
    assert_eq!(writes, vec![("POST".to_owned(), "/state?ID=test".to_owned()); 3]);
    assert_eq!(place.server.document().unwrap(), closed.document.encode());
    assert_eq!(place.server.lock(), None);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_read_back_and_not_made_twice() {
    for flaw in [Flaw::AnswersLate("POST", 0, 1), Flaw::Refuses("POST", 0, 1)] {
        let place = HttpPlace::fresh();
        let mut pen = pen(&place).await;
        place.server.set(&[flaw]);
        let new = folded(empty(), &[bound("a", "ID1"), described("a", "1")]);
        pen.checkpoint(&new).await.unwrap();
        assert_eq!(place.server.document().unwrap(), new.encode());
        let wrote = if matches!(flaw, Flaw::Refuses(..)) { 2 } else { 1 };
        assert_eq!(place.server.count("POST"), wrote, "{flaw:?}");
    }
}

#[tokio::test]
async fn a_write_that_fails_for_good_may_have_arrived_and_the_next_one_bears_with_that() {
    let place = HttpPlace::fresh();
    let mut pen = pen(&place).await;
    // The answers of all tries are lost, and so is what is there when it is read back.
    place.server.set(&[Flaw::AnswersLate("POST", 0, 1), Flaw::Refuses("GET", 1, 3)]);
    let base = folded(empty(), &[bound("a", "ID1")]);
    let records = [described("a", "1")];
    let after = folded(base.clone(), &records);
    let batch = Batch { number: 1, records: &records, base: &base, after: &after };
    let failed = pen.append(&batch).await.unwrap_err();
    assert!(matches!(failed, StoreError::Io { .. }), "{failed:?}");
    assert_eq!(place.server.document().unwrap(), after.encode());
    let last = folded(after, &[described("a", "2")]);
    pen.checkpoint(&last).await.unwrap();
    assert_eq!(place.server.document().unwrap(), last.encode());
}

#[tokio::test]
async fn a_lock_whose_answer_was_lost_is_known_by_its_id() {
    let place = HttpPlace::fresh();
    place.server.set(&[Flaw::AnswersLate("LOCK", 0, 1), Flaw::AnswersLate("UNLOCK", 0, 1)]);
    let mut pen = place.store().lock(&lock_info("a")).await.unwrap();
    pen.checkpoint(&empty()).await.unwrap();
    pen.release().await.unwrap();
    assert_eq!((place.server.lock(), place.server.count("LOCK")), (None, 2));
    // When it never answers, what it may have given is given back.
    place.server.set(&[Flaw::AnswersLate("LOCK", 0, 9)]);
    let failed = place.store().lock(&lock_info("a")).await.err().unwrap();
    assert!(words(&failed).starts_with("cannot lock http://127.0.0.1:"), "{failed:?}");
    assert_eq!(place.server.lock(), None);
}

#[tokio::test]
async fn a_server_that_does_not_lock_or_gives_one_lock_to_all_is_refused() {
    let place = HttpPlace::fresh();
    place.server.set(&[Flaw::LocksForAll]);
    let mut pen = place.store().lock(&lock_info("a")).await.unwrap();
    let error = pen.read().await.unwrap_err();
    assert!(words(&error).ends_with("gives away a lock that is held: two runs could write at once"));
    assert!(error.hint().contains("TF_HTTP_LOCK_ADDRESS"));
    for status in [404, 405, 501, 400] {
        place.server.set(&[Flaw::Says("LOCK", status, "text/plain", "")]);
        let error = place.store().lock(&lock_info("a")).await.err().unwrap();
        assert!(words(&error).ends_with(&format!("answers LOCK (a lock) with HTTP {status}")), "{error:?}");
        assert!(error.hint().contains("WAWPFORM_HTTP_LOCK=none"));
    }
    // Whoever says that nobody else writes goes without.
    place.server.set(&[]);
    place.server.set_lock(None);
    let settings = HttpSettings { lock: None, ..place.settings() };
    let mut pen = HttpStore::new(settings).unwrap().lock(&lock_info("a")).await.unwrap();
    pen.checkpoint(&empty()).await.unwrap();
    pen.release().await.unwrap();
    assert_eq!(place.server.document().unwrap(), empty().encode());
}

#[tokio::test]
async fn what_is_no_state_is_told_for_what_it_is() {
    let place = HttpPlace::fresh();
    let url = place.server.url();
    for (flaw, expected) in [
        (Flaw::Says("GET", 200, "text/html", "Sign in"), "answers GET with HTTP 200 and a web page"),
        (Flaw::Says("GET", 200, "text/plain", "<!doctype html>"), "answers GET with HTTP 200 and a web page"),
        (Flaw::Says("GET", 302, "text/plain", "moved\u{1b}"), "answers GET with HTTP 302: moved\\u{1b}"),
        (Flaw::Says("GET", 403, "text/plain", "not you"), "answers GET with HTTP 403: not you"),
    ] {
        place.server.set(&[flaw]);
        assert_eq!(refused(&place).await, format!("{url} {expected}"));
    }
    place.server.set(&[Flaw::Says("GET", 503, "text/plain", "later")]);
    place.server.clear_log();
    assert_eq!(refused(&place).await, format!("cannot read {url}: answered HTTP 503: later"));
    assert_eq!(place.server.count("GET"), 3);
    for (status, body) in [(204, ""), (404, "no"), (200, "")] {
        place.server.set(&[Flaw::Says("GET", status, "application/json", body)]);
        assert_eq!(read(&place.store()).await.unwrap(), None);
    }
    place.server.put(Some(empty().encode()));
    place.server.set(&[Flaw::WrongSum]);
    let words = refused(&place).await;
    assert!(words.ends_with("what arrived is not what its Content-MD5 says"), "{words}");
    place.server.stop();
    let words = refused(&place).await;
    assert!(words.starts_with(&format!("cannot read {url}: no connection: ")), "{words}");
}

#[tokio::test]
async fn a_password_is_sent_and_never_told() {
    let place = HttpPlace::fresh();
    place.server.demand("me:MARKED7f3a");
    let store = |user: &str| {
        let url = place.server.url().replace("http://", &format!("http://{user}@"));
        let (address, user) = wawpform::state::HttpAddress::parse(&url).unwrap();
        HttpStore::new(HttpSettings { user, ..HttpSettings::new(address) }).unwrap()
    };
    let good = store("me:MARKED7f3a");
    assert_eq!(read(&good).await.unwrap(), None);
    assert_eq!(good.place(), place.server.url());
    let error = store("me:MARKED0000").read().await.unwrap_err();
    assert_eq!(words(&error), format!("{} answers GET with HTTP 401: not me:[redacted]", place.server.url()));
    assert!(error.hint().contains("TF_HTTP_PASSWORD"));
    let shown = format!("{:?}", place.settings());
    assert!(!shown.contains("MARKED"), "{shown}");
}
