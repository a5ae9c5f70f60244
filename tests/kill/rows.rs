//! The state of a killed fleet in a database of its own.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};
use wawpform::instance::Name;
use wawpform::state::{PostgresAddress, PostgresStore, Store};

use super::home::Home;
use super::postgres_server::Server;
use super::program::Program;

static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::start);

/// Whether there is a server here.
pub fn is_there() -> bool {
    SERVER.is_some()
}

struct Rows {
    url: String,
    /// To look with, as often as it takes.
    view: Mutex<(Runtime, Client)>,
}

/// A database of its own. Its lock ends with its lease.
pub fn postgres(_: &Path) -> Box<dyn Home> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let server = SERVER.as_ref().expect("it was looked for");
    let url = server.database(&format!("kill{}", COUNT.fetch_add(1, Ordering::SeqCst)));
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (client, connection) = runtime.block_on(tokio_postgres::connect(&url, NoTls)).unwrap();
    runtime.spawn(connection);
    Box::new(Rows { url, view: Mutex::new((runtime, client)) })
}

impl Rows {
    /// The one number that a statement gives; 0 when there is none, such as before there are tables.
    fn number(&self, statement: &str) -> u64 {
        let view = self.view.lock().unwrap();
        let answer = view.0.block_on(view.1.simple_query(statement)).unwrap_or_default();
        let row = answer.iter().find_map(|it| match it {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        row.and_then(|row| row.get(0)?.parse().ok()).unwrap_or(0)
    }
}

impl Home for Rows {
    fn variables(&self) -> Vec<(String, String)> {
        vec![("WAWPFORM_STATE".to_owned(), format!("{}?lease=1", self.url))]
    }

    fn store(&self) -> Arc<dyn Store> {
        let address = PostgresAddress::parse(&self.url, |_| None).unwrap();
        Arc::new(PostgresStore::new(address, Name::new("acme").unwrap()))
    }

    /// The serial of the document as it was last written whole.
    fn writes(&self) -> u64 {
        self.number("SELECT head->>'serial' FROM wawpform.fleet")
    }

    /// The server goes on with what it was sent: its sessions are to be over.
    fn after_kill(&self, _: &Program) {
        let others = "SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND application_name = 'wawpform'";
        while self.number(others) > 0 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}
