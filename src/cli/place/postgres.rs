//! A state in PostgreSQL: from the URL to the store.
//!
//! Invariant: what is said of a URL does not hold its password.

use std::sync::Arc;

use super::super::App;
use super::super::exit::Fault;
use crate::instance::Name;
use crate::state::{PostgresAddress, PostgresStore, Store};

/// The store that a URL names; of the manifest's fleet, when the URL names none.
///
/// # Errors
/// When the URL cannot be used.
pub(super) fn store(
    app: &App,
    url: &str,
    flag: &str,
    fleet: impl FnOnce() -> anyhow::Result<Name>,
) -> anyhow::Result<Arc<dyn Store>> {
    let address = PostgresAddress::parse(url, |name| app.env.var(name)).map_err(|error| {
        let hint = "write postgres://user@host/database?fleet=NAME, and give the password in PGPASSWORD";
        Fault::error(format!("{flag}: {error}"), hint)
    })?;
    let fleet = match address.fleet() {
        Some(fleet) => fleet.clone(),
        None => fleet()?,
    };
    Ok(Arc::new(PostgresStore::new(address, fleet)))
}

/// The URL without its password, to be pasted into a shell.
pub(super) fn shown(url: &str) -> String {
    match PostgresAddress::parse(url, |_| None) {
        Ok(address) if address.as_given().contains(['?', '&']) => format!("'{}'", address.as_given()),
        Ok(address) => address.as_given().to_owned(),
        Err(_) => "[not a URL]".into(),
    }
}
