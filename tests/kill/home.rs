//! Where the state of a killed fleet lives: any store, as far as the harness has to know it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wawpform::state::{LocalStore, Store};

use super::contract::Place as _;
use super::contract::http::HttpPlace;
use super::program::Program;

/// Makes a home of its own for each fleet, whose program runs in the folder.
pub type MakeHome = fn(&Path) -> Box<dyn Home>;

/// The place of one fleet's state.
pub trait Home: Send + Sync {
    /// What the program is told of it: `WAWPFORM_STATE` and what else it needs.
    fn variables(&self) -> Vec<(String, String)>;

    /// Another hand on it, to read what a killed run left. A new one for each time.
    fn store(&self) -> Arc<dyn Store>;

    /// A number that is another one as soon as a document is being written whole, or was.
    fn writes(&self) -> u64;

    /// Called after each kill, before anything is read: waits until nothing that the killed one had sent is still
    /// on its way, and frees its lock, where that does not end with the process or by its lease. (An apply waits a
    /// minute for a lock.)
    fn after_kill(&self, program: &Program);
}

/// A file in the folder of the program.
struct File(PathBuf);

/// The state in a file: its lock ends with its process.
pub fn local(folder: &Path) -> Box<dyn Home> {
    Box::new(File(folder.join("state/acme.json")))
}

impl Home for File {
    fn variables(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(LocalStore::new(&self.0))
    }

    /// The last document is linked to its backup: the next one is about to be written.
    fn writes(&self) -> u64 {
        std::fs::metadata(self.0.with_extension("json.backup")).map_or(0, |facts| facts.ino())
    }

    fn after_kill(&self, _: &Program) {}
}

/// The state on a server: its lock stays when its holder is dead, and a person takes it away.
pub fn http(_: &Path) -> Box<dyn Home> {
    Box::new(HttpPlace::fresh())
}

impl Home for HttpPlace {
    fn variables(&self) -> Vec<(String, String)> {
        vec![("WAWPFORM_STATE".into(), self.server.url())]
    }

    fn store(&self) -> Arc<dyn Store> {
        self.open()
    }

    fn writes(&self) -> u64 {
        self.server.count("POST") as u64
    }

    fn after_kill(&self, program: &Program) {
        self.server.until_nobody_is_connected();
        let (code, said) = program.run(&["state", "unlock", "--force"]);
        assert_eq!(code, 0, "{said}");
    }
}
