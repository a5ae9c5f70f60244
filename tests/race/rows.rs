//! The state in a database that two machines reach.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use wawpform::instance::Name;
use wawpform::state::{PostgresAddress, PostgresStore, Store};

use super::field::Field;
use super::postgres_server::Server;

static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::start);

/// Whether there is a server here.
pub fn is_there() -> bool {
    SERVER.is_some()
}

struct Rows(String);

pub fn postgres(_: &Path) -> Box<dyn Field> {
    Box::new(Rows(SERVER.as_ref().expect("it was looked for").database("race")))
}

impl Field for Rows {
    fn variables(&self) -> Vec<(String, String)> {
        vec![("WAWPFORM_STATE".to_owned(), self.0.clone())]
    }

    fn store(&self) -> Arc<dyn Store> {
        let address = PostgresAddress::parse(&self.0, |_| None).unwrap();
        Arc::new(PostgresStore::new(address, Name::new("acme").unwrap()))
    }
}
