//! A line that is cut: what was carried out is found, what was not is made again, and never is one thing done twice.

use wawpform::state::{
    Batch, CloseError, Document, LedgerError, Pen, Reader as _, Record, Store as _, StoreError, read,
};

use crate::contract::given::{bound, described, empty, folded, lock_info, open};
use crate::line::{Fate, Line};
use crate::place::{FleetPlace, Fleets, server, store, unique};
use crate::servers::Server;

/// A fleet, and a store that reaches it over a line.
fn over_a_line() -> Option<(FleetPlace, Line, wawpform::state::PostgresStore)> {
    let place = Fleets::direct()?.fresh();
    let line = Line::to(server()?.port);
    let store = store(&place.over(line.port));
    Some((place, line, store))
}

async fn append(pen: &mut dyn Pen, number: u64, record: Record, base: &Document) -> Result<(), StoreError> {
    let after = folded(base.clone(), std::slice::from_ref(&record));
    pen.append(&Batch { number, records: &[record], base, after: &after }).await
}

fn counted(place: &FleetPlace) -> String {
    place.sql("SELECT count(*) FROM wawpform.journal WHERE fleet = $fleet")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_answer_was_lost_is_done_once() {
    for fate in [Fate::LoseAnswer, Fate::LoseStatement, Fate::Delay] {
        let Some((place, line, store)) = over_a_line() else { return };
        line.once(
            "ON CONFLICT (fleet) DO UPDATE SET\n        fence",
            if fate == Fate::Delay { Fate::Pass } else { fate },
        );
        if fate == Fate::LoseStatement {
            // Nothing was taken, and that is said; the next one takes it.
            assert!(matches!(store.lock(&lock_info("a")).await, Err(StoreError::Io { .. })));
        }
        let mut pen = store.lock(&lock_info("a")).await.unwrap();
        let base = folded(empty(), &[bound("a", "ID1"), bound("b", "ID2")]);
        line.once("instances_gone", fate);
        pen.checkpoint(&base).await.unwrap();
        let mut there = base.clone();
        for number in 1..=3 {
            line.once("INSERT INTO wawpform.journal", fate);
            let record = described("a", &number.to_string());
            append(&mut *pen, number, record.clone(), &base).await.unwrap();
            there.fold(&record).unwrap();
            assert_eq!(read(&place.store()).await.unwrap().unwrap().document, there, "{fate:?} {number}");
            assert_eq!(counted(&place), number.to_string(), "{fate:?}");
        }
        line.once("instances_gone", fate);
        pen.checkpoint(&there).await.unwrap();
        let base = there.clone();
        append(&mut *pen, 1, described("b", "1"), &base).await.unwrap();
        there.fold(&described("b", "1")).unwrap();
        if fate == Fate::Delay {
            // What comes through late is of an old number: not even the second batch of the new journal.
            line.deliver();
        }
        assert_eq!(read(&place.store()).await.unwrap().unwrap().document, there, "{fate:?}");
        assert_eq!(counted(&place), "4", "{fate:?}");
        append(&mut *pen, 2, described("b", "2"), &base).await.unwrap();
        pen.release().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_server_ends_and_a_server_that_comes_back_cost_nothing() {
    let Some(own) = Server::start() else { return };
    let url = own.database("wawp");
    let end_all = || {
        own.sql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wawpform'",
        );
    };
    let restart = || {
        own.kill();
        own.start_again();
    };
    for (fleet, harm) in [("a", &end_all as &dyn Fn()), ("b", &restart)] {
        let url = format!("{url}?fleet={fleet}");
        let ledger = open(&store(&url)).await.ledger;
        ledger.record(bound("a", "ID1")).await.unwrap();
        harm();
        ledger.record(described("a", "1")).await.unwrap();
        harm();
        let closed = ledger.close().await.unwrap();
        assert!(!closed.recovered);
        assert_eq!(read(&store(&url)).await.unwrap().unwrap().document, closed.document);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_when_the_server_is_gone_is_handed_back_and_the_rest_is_found_later() {
    let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
    let line = Line::to(server().unwrap().port);
    let ledger = open(&store(&format!("{}&lease=1", place.over(line.port)))).await.ledger;
    ledger.record(bound("a", "ID1")).await.unwrap();
    line.set_down(true);
    let refused = ledger.record(bound("b", "ID2")).await;
    assert!(matches!(refused, Err(LedgerError::Broken(_))), "{refused:?}");
    match ledger.close().await {
        Err(CloseError::Unwritten { document, durable: false, source: StoreError::Io { .. } }) => {
            assert_eq!(*document, folded(empty(), &[bound("a", "ID1"), bound("b", "ID2")]));
        }
        other => panic!("{other:?}"),
    }
    // Nobody let go of the lock: it lapses.
    let next = open(&place.store()).await;
    assert_eq!(next.document, folded(empty(), &[bound("a", "ID1")]));
    next.ledger.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_be_reached_is_said_at_once_and_without_the_password() {
    let line = Line::to(1);
    line.set_down(true);
    let store = store(&format!("postgres://ci:s3cret@127.0.0.1:{}/{}", line.port, unique("none")));
    for said in [
        format!("{:?}", store.read().await.unwrap_err()),
        format!("{:?}", store.lock(&lock_info("a")).await.map(drop).unwrap_err()),
    ] {
        assert!(said.contains("postgres://ci@127.0.0.1") && !said.contains("s3cret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_again_and_again_is_not_asked_for_ever() {
    // A full disk, and one that says that it is going down and does not.
    for (code, tries) in [("53100", "1"), ("57P01", "5")] {
        let Some(place) = Fleets::direct().map(Fleets::fresh) else { return };
        let ledger = open(&place.store()).await.ledger;
        let refuse = unique("refuse");
        ledger.record(bound("a", "ID1")).await.unwrap();
        place.sql(&format!(
            "CREATE SEQUENCE {refuse};
             CREATE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               PERFORM nextval('{refuse}');
               RAISE EXCEPTION 'no room' USING ERRCODE = '{code}';
             END $$;
             CREATE TRIGGER {refuse} BEFORE INSERT ON wawpform.journal FOR EACH ROW WHEN (NEW.fleet = $fleet)
             EXECUTE FUNCTION {refuse}();"
        ));
        let refused = ledger.record(described("a", "1")).await;
        assert!(
            matches!(&refused, Err(LedgerError::Broken(error)) if error.to_string().contains("append")),
            "{refused:?}"
        );
        assert_eq!(place.sql(&format!("SELECT last_value FROM {refuse}")), tries, "{code}");
        place.sql(&format!("DROP TRIGGER {refuse} ON wawpform.journal"));
        // All of it can still be written whole.
        let closed = ledger.close().await.unwrap();
        assert!(closed.recovered);
        assert_eq!(read(&place.store()).await.unwrap().unwrap().document, closed.document);
    }
}
