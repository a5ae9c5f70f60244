//! A place on a server of Terraform's HTTP protocol, and that server.
//!
//! Terraform itself is run against it in tests/http_state, so it is known to be one. It is strict: a write needs the
//! id of the lock that is held, and an unlock the same. What it does wrong it is told to do wrong.

use std::sync::Arc;
use std::time::Duration;

use wawpform::state::{HttpAddress, HttpRetries, HttpSettings, HttpStore, Store};

use super::Place;

mod line;
mod server;

pub use server::{Flaw, Request, Server};

/// A server of its own, with one state.
pub struct HttpPlace {
    pub server: Server,
}

impl HttpPlace {
    pub fn fresh() -> Self {
        Self { server: Server::start() }
    }

    pub fn settings(&self) -> HttpSettings {
        let (address, user) = HttpAddress::parse(&self.server.url()).unwrap();
        let retries =
            HttpRetries { most: 2, least_wait: Duration::ZERO, most_wait: Duration::from_millis(1) };
        HttpSettings { retries, user, ..HttpSettings::new(address) }
    }

    pub fn store(&self) -> HttpStore {
        HttpStore::new(self.settings()).unwrap()
    }
}

impl Place for HttpPlace {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store())
    }

    fn take_lock_away(&self) {
        self.server.set_lock(None);
    }

    fn put_document(&self, bytes: &[u8]) {
        self.server.put(Some(bytes.to_vec()));
    }

    fn remove_records(&self) {
        self.server.put(None);
    }

    fn after_crash(&self) {
        // What the dead one had sent is answered before its connections count as gone.
        self.server.until_nobody_is_connected();
        self.server.set_lock(None);
    }
}
