//! Places for the contract: each a fleet of its own in one database of the one server of this test binary.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use wawpform::instance::Name;
use wawpform::state::{Document, PostgresAddress, PostgresStore, Store};

use crate::contract::Place;
use crate::servers::{Bouncer, Server};

/// The tables, as the program makes them.
pub const TABLES: &str = include_str!("../../src/state/store/postgres/v1.sql");

static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::start);
static DIRECT: LazyLock<Option<Fleets>> = LazyLock::new(|| {
    let url = server()?.database("direct");
    Some(Fleets { database: "direct", url })
});
static THROUGH_A_PROXY: LazyLock<Option<Fleets>> = LazyLock::new(|| {
    static PROXY: LazyLock<Option<Bouncer>> = LazyLock::new(|| Bouncer::start(server()?));
    let port = PROXY.as_ref()?.port;
    server()?.database("proxied");
    Some(Fleets { database: "proxied", url: format!("postgres://postgres@127.0.0.1:{port}/proxied") })
});
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The one server; `None` on a machine that has none.
pub fn server() -> Option<&'static Server> {
    SERVER.as_ref()
}

/// A name that no other test has.
pub fn unique(what: &str) -> String {
    format!("{what}{}", COUNT.fetch_add(1, Ordering::SeqCst))
}

/// A store as a command has it.
pub fn store(url: &str) -> PostgresStore {
    let address = PostgresAddress::parse(url, |_| None).unwrap();
    let fleet = address.fleet().cloned().unwrap_or_else(|| Name::new("acme").unwrap());
    PostgresStore::new(address, fleet)
}

/// A database for many fleets.
pub struct Fleets {
    database: &'static str,
    url: String,
}

impl Fleets {
    pub fn direct() -> Option<&'static Self> {
        DIRECT.as_ref()
    }

    pub fn through_a_proxy() -> Option<&'static Self> {
        THROUGH_A_PROXY.as_ref()
    }

    pub fn fresh(&self) -> FleetPlace {
        let fleet = unique("fleet-");
        FleetPlace { database: self.database, url: format!("{}?fleet={fleet}", self.url), fleet }
    }
}

/// One fleet's rows.
pub struct FleetPlace {
    database: &'static str,
    pub url: String,
    fleet: String,
}

impl FleetPlace {
    pub fn sql(&self, statements: &str) -> String {
        server().unwrap().sql(self.database, &statements.replace("$fleet", &format!("'{}'", self.fleet)))
    }

    pub fn store(&self) -> PostgresStore {
        store(&self.url)
    }

    /// The URL over another port.
    pub fn over(&self, port: u16) -> String {
        self.url.replace(&format!(":{}/", server().unwrap().port), &format!(":{port}/"))
    }
}

impl Place for FleetPlace {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store())
    }

    fn take_lock_away(&self) {
        self.sql(
            "UPDATE wawpform.fleet SET token = NULL, holder = NULL, expires = NULL WHERE fleet = $fleet",
        );
    }

    fn put_document(&self, bytes: &[u8]) {
        let Document { fleet, lineage, serial, api, account, barred, .. } = Document::decode(bytes).unwrap();
        assert!(account.is_none() && barred.is_none());
        let head = format!(
            r#"{{"format":1,"fleet":"{fleet}","lineage":"{}","serial":{serial},"api":"{api}","instances":{{}},"pending":{{}}}}"#,
            lineage.0
        );
        let all = String::from_utf8_lossy(bytes);
        self.sql(&format!(
            "SELECT pg_advisory_lock(1);
             {TABLES}
             BEGIN;
             INSERT INTO wawpform.fleet (fleet, fence, head) VALUES ($fleet, 0, $${head}$$)
                 ON CONFLICT (fleet) DO UPDATE SET head = excluded.head;
             DELETE FROM wawpform.instance WHERE fleet = $fleet;
             INSERT INTO wawpform.instance SELECT $fleet, key, value FROM json_each($${all}$$::json->'instances');
             COMMIT;"
        ));
    }

    fn remove_records(&self) {
        self.sql(
            "DELETE FROM wawpform.journal j USING wawpform.fleet f
             WHERE f.fleet = $fleet AND j.fleet = f.fleet AND j.journal = f.journal",
        );
    }

    fn after_crash(&self) {
        self.take_lock_away();
    }
}
