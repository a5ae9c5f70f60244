//! The tables: made once whoever comes first, mended, refused when they are newer; what people read in them.

use wawpform::instance::Secret;
use wawpform::state::{
    AccountMark, Call, HmacMark, Hook, Reader as _, Record, Snapshot, Store as _, StoreError, read,
};

use crate::contract::given::{bound, described, empty, folded, intent, lock_info, name, open};
use crate::place::{TABLES, server, store, unique};

/// What a program of the first version left: a document, and the journal of a run that was cut off.
const FIRST_VERSION: &str = include_str!("version-1.sql");

/// A database with nothing in it.
fn database() -> Option<(String, String)> {
    let name = unique("tables");
    let url = server()?.database(&name);
    Some((name, url))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_come_first_all_find_the_tables_and_one_makes_them() {
    for _ in 0..5 {
        let Some((database, url)) = database() else { return };
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let store = store(&format!("{url}?fleet=f{number}"));
                tokio::spawn(
                    async move { store.lock(&lock_info("a")).await.unwrap().release().await.unwrap() },
                )
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(server().unwrap().sql(&database, "SELECT count(*) FROM wawpform.fleet"), "8");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_makes_nothing() {
    let Some((database, url)) = database() else { return };
    assert_eq!(store(&url).read().await.unwrap(), Snapshot::default());
    assert_eq!(store(&url).holder(&lock_info("a")).await.unwrap(), None);
    assert_eq!(server().unwrap().sql(&database, "SELECT to_regnamespace('wawpform')"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_a_newer_program_are_left_alone() {
    let Some((database, url)) = database() else { return };
    let server = server().unwrap();
    server.sql(&database, TABLES);
    server.sql(&database, "UPDATE wawpform.version SET version = 2");
    for change in ["", "ALTER TABLE wawpform.fleet RENAME COLUMN head TO body"] {
        server.sql(&database, change);
        let results = [store(&url).read().await.map(drop), store(&url).lock(&lock_info("a")).await.map(drop)];
        for result in results {
            match result {
                Err(error @ StoreError::Unfit { .. }) => {
                    assert!(
                        error.to_string().ends_with("has the tables of a newer wawpform, version 2"),
                        "{error}"
                    );
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(server.sql(&database, "SELECT count(*) FROM wawpform.fleet"), "0");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_first_version_left_is_taken_up() {
    let Some((database, url)) = database() else { return };
    server().unwrap().sql(&database, FIRST_VERSION);
    let url = format!("{url}?fleet=acme");
    let expected = folded(
        empty(),
        &[
            bound("a", "ID1"),
            bound("b", "ID2"),
            intent("c", Call::Create),
            described("a", "1"),
            bound("c", "ID3"),
        ],
    );
    assert_eq!(read(&store(&url)).await.unwrap().unwrap().document, expected);
    let opened = open(&store(&url)).await;
    assert_eq!(opened.document, expected);
    opened.ledger.close().await.unwrap();
    assert_eq!(read(&store(&url)).await.unwrap().unwrap().document, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_make_nothing_works_with_tables_that_are_there() {
    let Some((database, url)) = database() else { return };
    let server = server().unwrap();
    let role = unique("role");
    server.sql(&database, &format!("CREATE ROLE {role} LOGIN"));
    let as_role = url.replace("postgres@", &format!("{role}@"));
    match store(&as_role).lock(&lock_info("a")).await {
        Err(error @ StoreError::Io { .. }) => {
            let said = format!("{:#}", anyhow::Error::from(error));
            assert!(said.contains("permission denied"), "{said}");
        }
        other => panic!("{:?}", other.map(drop)),
    }
    // The schema alone may be its own, in a database that is not.
    let own = unique("own");
    server.sql(&database, &format!("CREATE SCHEMA {own} AUTHORIZATION {role}"));
    open(&store(&format!("{as_role}?schema={own}"))).await.ledger.close().await.unwrap();
    assert_eq!(server.sql(&database, "SELECT to_regnamespace('wawpform')"), "");
    // Or nothing but the rows.
    server.sql(&database, TABLES);
    server.sql(
        &database,
        &format!(
            "GRANT USAGE ON SCHEMA wawpform TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA wawpform TO {role};"
        ),
    );
    let ledger = open(&store(&as_role)).await.ledger;
    ledger.record(bound("a", "ID1")).await.unwrap();
    ledger.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_fleets_and_schemas_in_one_database_do_not_see_each_other() {
    let Some((_, url)) = database() else { return };
    let places = ["fleet=a", "fleet=b", "fleet=a&schema=other"].map(|rest| format!("{url}?{rest}"));
    let mut ledgers = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let ledger = open(&store(place)).await.ledger;
        ledger.record(bound("a", &format!("ID{index}"))).await.unwrap();
        ledgers.push(ledger);
    }
    for (index, (ledger, place)) in ledgers.into_iter().zip(&places).enumerate() {
        ledger.close().await.unwrap();
        let there = read(&store(place)).await.unwrap().unwrap().document;
        assert_eq!(there, folded(empty(), &[bound("a", &format!("ID{index}"))]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_read_views_and_find_no_secret_in_them() {
    let Some((database, url)) = database() else { return };
    let server = server().unwrap();
    let sql = |statement: &str| server.sql(&database, statement);
    let hook = Hook {
        events: vec!["message".to_owned()],
        retries: wawpform::instance::Retries::VENDOR,
        hmac: Some(HmacMark::new("0b5e", &Secret::new("hush-hush".to_owned()))),
    };
    let ledger = open(&store(&url)).await.ledger;
    let account = AccountMark::new("0b5e", &Secret::new("tok-7f3a91".to_owned()));
    for record in [
        Record::Account { account },
        intent("a", Call::Create),
        bound("a", "ID1"),
        // A zero character is text in JSON, and not in PostgreSQL.
        described("a", "x\u{0}y"),
        Record::Webhook { name: name("a"), url: "https://a.example/x".to_owned(), hook: Some(hook) },
        intent("b", Call::Create),
    ] {
        ledger.record(record).await.unwrap();
    }
    assert_eq!(sql("SELECT count(*) FROM wawpform.instances"), "0");
    assert_eq!(sql("SELECT count(*) FROM wawpform.records WHERE NOT in_instances"), "6");
    assert_eq!(sql("SELECT locked_by, locked_until > now() FROM wawpform.fleets"), "somebody@somewhere|t");
    let closed = ledger.close().await.unwrap();
    assert_eq!(read(&store(&url)).await.unwrap().unwrap().document, closed.document);
    assert_eq!(
        sql("SELECT fleet, serial, lineage, api, locked_by FROM wawpform.fleets"),
        "acme|6|0b5e|sandbox|"
    );
    assert_eq!(
        sql("SELECT fleet, name, instance_id, session_name, created_at AT TIME ZONE 'UTC', protect, running,
                    labels->>'value', doubtful, (SELECT count(*) FROM jsonb_object_keys(webhooks))
             FROM wawpform.instances"),
        "acme|a|ID1|wawp-ID1|2026-11-22 10:00:00|f|f|x\u{fffd}y|[]|1"
    );
    assert_eq!(sql("SELECT name, call, reason FROM wawpform.pending_calls"), "b|create|");
    assert_eq!(
        sql("SELECT string_agg(record || ' ' || coalesce(name, '-'), ', ' ORDER BY journal, batch, number)
             FROM wawpform.records WHERE in_instances"),
        "account -, intent a, bound a, described a, webhook a, intent b"
    );
    for table in ["fleet", "instance", "pending", "journal"] {
        let all = sql(&format!("SELECT t::text FROM wawpform.{table} t"));
        assert!(!all.contains("hush") && !all.contains("7f3a91"), "{all}");
    }
}
