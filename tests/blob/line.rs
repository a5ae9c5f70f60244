//! A line to the server that breaks: answers and requests that are lost, of the document and of its lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wawpform::state::{Record, StoreError, read};

use crate::contract::Place as _;
use crate::contract::given::{bound, described, empty, folded, lock_info, open};
use crate::place::{Bucket, InBucket};
use crate::servers;
use crate::servers::proxy::{Fate, Proxy};

fn script() -> Vec<Record> {
    vec![bound("a", "ID1"), described("a", "1"), bound("b", "ID2")]
}

fn line() -> Option<(Proxy, InBucket)> {
    let server = servers::moto()?;
    Some((Proxy::to(server.port), Bucket::s3(&server.url()).fresh()))
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_write_is_lost_on_the_way_or_back_it_is_there_once_and_the_run_goes_on() {
    for fate in [Fate::LoseAnswer, Fate::LoseRequest] {
        let mut reached = 0;
        for which in 0..100 {
            let Some((proxy, place)) = line() else { return };
            let near = place.through(&proxy.url());
            let count = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&count);
            proxy.rule(move |method, _| {
                let this = method == "PUT" && counted.fetch_add(1, Ordering::SeqCst) == which;
                if this { fate } else { Fate::Pass }
            });
            let ledger = open(&*near.open()).await.ledger;
            for record in script() {
                ledger.record(record).await.unwrap_or_else(|error| panic!("{which} {fate:?}: {error:?}"));
            }
            let closed = ledger.close().await.unwrap_or_else(|error| panic!("{which} {fate:?}: {error:?}"));
            assert_eq!(closed.document, folded(empty(), &script()), "{which} {fate:?}");
            assert!(!closed.recovered, "{which} {fate:?}");
            let there = read(&*place.open()).await.unwrap().unwrap().document;
            assert_eq!(there, closed.document, "{which} {fate:?}");
            // The lock was let go.
            place.open().lock(&lock_info("next")).await.unwrap().release().await.unwrap();
            if count.load(Ordering::SeqCst) <= which {
                break;
            }
            reached += 1;
        }
        // The lock, two tries of its server, the first document, three batches with a backup, the end of the lock.
        assert!((8..100).contains(&reached), "{reached}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_write_is_not_taken_for_the_one_of_someone_else_that_reads_the_same() {
    let Some((proxy, place)) = line() else { return };
    let near = place.through(&proxy.url());
    let base = folded(empty(), &[bound("a", "ID1")]);
    let mut pen = near.open().lock(&lock_info("a")).await.unwrap();
    pen.checkpoint(&base).await.unwrap();
    // Two runs may write the same bytes from the same document; only one of them did.
    let after = folded(base, &[described("a", "1")]);
    let (theirs, other) = (after.encode(), place.through(&place.bucket.settings[0].1));
    let mut done = false;
    proxy.rule(move |method, path| {
        if method == "PUT" && path.ends_with("acme.json") && !done {
            done = true;
            other.put_as_a_run("", &theirs);
            return Fate::LoseRequest;
        }
        Fate::Pass
    });
    let written = pen.checkpoint(&after).await;
    assert!(matches!(written, Err(StoreError::Disturbed { .. })), "{written:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_looked_for_where_it_was_written() {
    for ending in ["acme.json.lock", "acme.json"] {
        let Some((proxy, place)) = line() else { return };
        let near = place.through(&proxy.url());
        proxy.once(ending, Fate::HoldAnswer);
        let mut pen = near.open().lock(&lock_info("a")).await.unwrap();
        let document = folded(empty(), &[bound("a", "ID1")]);
        pen.checkpoint(&document).await.unwrap();
        assert_eq!(place.get("").unwrap(), document.encode(), "{ending}");
        pen.release().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_line_is_an_error_in_time_and_says_nothing_of_the_address() {
    let Some((proxy, place)) = line() else { return };
    let near = place.through(&proxy.url());
    let mut pen = near.open().lock(&lock_info("a")).await.unwrap();
    proxy.rule(|_, _| Fate::Swallow);
    let begun = std::time::Instant::now();
    let error = pen.checkpoint(&empty()).await.unwrap_err();
    let StoreError::Io { source, .. } = &error else { panic!("{error:?}") };
    let said = format!("{error} {source}");
    assert!(said.contains("no answer within") && !said.contains("127.0.0.1"), "{said}");
    // Once it is known to be dead, it is not waited for as long.
    assert!(pen.checkpoint(&empty()).await.is_err() && pen.release().await.is_err());
    assert!(begun.elapsed() < std::time::Duration::from_secs(30));
}
