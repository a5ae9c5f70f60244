//! How much is written: as much as changed, however large the fleet is.

use wawpform::state::{Record, read};

use crate::contract::given::{bound, described, name, open};
use crate::place::{server, store, unique};

const FLEET: usize = 20_000;

/// Rows that were inserted, updated and deleted since the server began, by table.
fn written(database: &str) -> String {
    server().unwrap().sql(
        database,
        "SELECT pg_stat_force_next_flush();
         SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables
         WHERE schemaname = 'wawpform' ORDER BY relname",
    )
}

/// The same once the sessions before have handed in what they counted, which they do at their end at the latest.
async fn written_at_rest(database: &str) -> Vec<(String, [i64; 3])> {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                  AND application_name = 'wawpform'";
    while server().unwrap().sql(database, others) != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let rows = written(database);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').collect();
        (cells[0].to_owned(), [1, 2, 3].map(|index| cells[index].parse().unwrap()))
    };
    rows.lines().filter(|line| line.contains('|')).map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_changes_in_a_fleet_of_20_000_write_a_handful_of_rows() {
    let database = unique("size");
    let Some(url) = server().map(|server| server.database(&database)) else { return };
    let ledger = open(&store(&url)).await.ledger;
    let all = (0..FLEET).map(|number| bound(&format!("i{number}"), &format!("ID{number}")));
    ledger.record_all(all.collect()).await.unwrap();
    ledger.close().await.unwrap();
    let before = written_at_rest(&database).await;
    assert_eq!(before.iter().find(|(table, _)| table == "instance").unwrap().1, [FLEET as i64, 0, 0]);

    let ledger = open(&store(&url)).await.ledger;
    ledger.record(described("i1", "x")).await.unwrap();
    ledger.record(Record::Deleted { name: name("i2") }).await.unwrap();
    ledger.record(bound("new", "NEW")).await.unwrap();
    let closed = ledger.close().await.unwrap();
    let after = written_at_rest(&database).await;
    let rows: Vec<(&str, [i64; 3])> = before
        .iter()
        .zip(&after)
        .map(|((table, before), (_, after))| {
            (table.as_str(), [0, 1, 2].map(|index| after[index] - before[index]))
        })
        .collect();
    // The fleet's own row: the lock, the first batch, the checkpoint, the release.
    assert_eq!(
        rows,
        [
            ("fleet", [0, 4, 0]),
            ("instance", [1, 1, 1]),
            ("journal", [3, 0, 0]),
            ("pending", [0, 0, 0]),
            ("version", [0, 0, 0])
        ]
    );
    assert_eq!(read(&store(&url)).await.unwrap().unwrap().document, closed.document);
}
