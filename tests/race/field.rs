//! Where the state lives that is raced for: any store, as far as the harness has to know it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wawpform::state::{LocalStore, Store};

use super::contract::Place as _;
use super::contract::http::HttpPlace;

/// Makes a field with no state in it; the folder is for whatever it keeps, and is no machine's.
pub type MakeField = fn(&Path) -> Box<dyn Field>;

/// The place of the state.
pub trait Field {
    /// What both programs are told of it: `WAWPFORM_STATE` and what else they need.
    fn variables(&self) -> Vec<(String, String)>;

    /// Another hand on it, to read what they left.
    fn store(&self) -> Arc<dyn Store>;
}

struct File(PathBuf);

/// A file that both can reach.
pub fn local(folder: &Path) -> Box<dyn Field> {
    Box::new(File(folder.join("acme.json")))
}

impl Field for File {
    fn variables(&self) -> Vec<(String, String)> {
        vec![("WAWPFORM_STATE".to_owned(), self.0.display().to_string())]
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(LocalStore::new(&self.0))
    }
}

/// A server of Terraform's HTTP protocol.
pub fn http(_: &Path) -> Box<dyn Field> {
    Box::new(HttpPlace::fresh())
}

impl Field for HttpPlace {
    fn variables(&self) -> Vec<(String, String)> {
        vec![("WAWPFORM_STATE".to_owned(), self.server.url())]
    }

    fn store(&self) -> Arc<dyn Store> {
        self.open()
    }
}
